//! A body to its items: single object, array, JSON lines, objects one after the other, and lines with a shipper's prefix.
//!
//! Works on bytes and keeps each item's slice exactly as it came. It looks for where a value ends only by brackets and
//! strings; whether the value is good JSON is decided afterwards for each item alone, so that one broken item does not take
//! the others with it. Every byte is looked at a bounded number of times, whatever the body.

mod line;
mod scan;

use serde_json::{Map, Value};

pub(crate) use line::after_prefix;
use scan::End;

/// Most items of one body; what follows them is one dead letter. 8 MiB of real events are about 6,000.
pub const MAX_ITEMS: usize = 50_000;

/// A part of a body.
#[derive(Debug, PartialEq)]
pub(crate) enum Piece<'a> {
    /// Something that begins like an object.
    Item {
        /// The bytes as they came, with a shipper's prefix.
        raw: &'a [u8],
        /// The object alone.
        json: &'a [u8],
    },
    /// Something else. Neighbouring lines of the same kind are one piece.
    Junk {
        /// The bytes as they came.
        raw: &'a [u8],
        /// One sentence.
        reason: &'static str,
    },
}

const BROKEN: &str = "This is JSON that breaks off or whose brackets do not match.";
const NO_OBJECT: &str = "This is JSON, but no object.";
const TOO_MANY: &str = "There are more items in one body than are read at once.";

/// Cuts a body into pieces.
pub(crate) fn split(body: &[u8]) -> Vec<Piece<'_>> {
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    let mut junk: Option<(usize, usize, &'static str)> = None;
    let mut at = if body.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let mut in_array = false;
    // Once a value ran to the end of the body without closing, each line stands for itself: looking for the end again from
    // every later line would take quadratic time.
    let mut by_line = false;
    loop {
        while body.get(at).is_some_and(|b| b.is_ascii_whitespace() || (in_array && *b == b',')) {
            at += 1;
        }
        let Some(first) = body.get(at) else { break };
        if pieces.len() >= MAX_ITEMS {
            pieces.extend(junk.take().map(|(from, to, reason)| Piece::Junk { raw: &body[from..to], reason }));
            pieces.push(Piece::Junk { raw: &body[at..], reason: TOO_MANY });
            return pieces;
        }
        let next = match first {
            b'[' if !in_array => {
                in_array = true;
                at += 1;
                continue;
            }
            b']' if in_array => {
                in_array = false;
                at += 1;
                continue;
            }
            b'{' => {
                let limit = if by_line { line::end(body, at) } else { body.len() };
                match scan::end_of_value(&body[..limit], at) {
                    End::Whole(end) => Next::Item { raw: at..end, json: at..end },
                    End::Broken(end) => Next::Junk(end, BROKEN),
                    End::Open => {
                        by_line = true;
                        Next::Junk(line::end(body, at), BROKEN)
                    }
                }
            }
            _ if in_array => Next::Junk(scan::end_of_element(body, at), NO_OBJECT),
            _ => {
                let end = line::end(body, at);
                let indented = at > 0 && body[at - 1] == b' ';
                match line::read(&body[at..end], indented) {
                    line::Line::Noise => Next::Skip(end),
                    line::Line::Prefixed(skip) => Next::Item { raw: at..end, json: at + skip..end },
                    line::Line::Junk(reason) => Next::Junk(end, reason),
                }
            }
        };
        match next {
            Next::Junk(end, reason) => {
                junk = match junk.take() {
                    Some((from, _, same)) if same == reason && reason != BROKEN => Some((from, end, reason)),
                    other => {
                        pieces.extend(other.map(|(from, to, reason)| Piece::Junk { raw: &body[from..to], reason }));
                        Some((at, end, reason))
                    }
                };
                at = end;
            }
            Next::Skip(end) => at = end,
            Next::Item { raw, json } => {
                pieces.extend(junk.take().map(|(from, to, reason)| Piece::Junk { raw: &body[from..to], reason }));
                at = raw.end;
                pieces.push(Piece::Item { raw: &body[raw], json: &body[json] });
            }
        }
    }
    pieces.extend(junk.map(|(from, to, reason)| Piece::Junk { raw: &body[from..to], reason }));
    pieces
}

enum Next {
    Item { raw: std::ops::Range<usize>, json: std::ops::Range<usize> },
    Junk(usize, &'static str),
    Skip(usize),
}

/// One item as a JSON object. Of a key that comes twice the last value counts, as some detectors rely on. Bytes that are no
/// UTF-8 are replaced: a process must not be able to hide its alarm behind a strange byte in its name.
///
/// # Errors
/// One sentence why it is none.
pub(crate) fn parse(json: &[u8]) -> Result<Map<String, Value>, String> {
    let value = match std::str::from_utf8(json) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_str(&String::from_utf8_lossy(json)),
    };
    match value {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(NO_OBJECT.to_owned()),
        Err(e) => Err(format!("This is not valid JSON: {e}.")),
    }
}

#[cfg(test)]
mod tests;
