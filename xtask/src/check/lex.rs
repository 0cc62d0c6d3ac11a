//! Splits Rust text into code, string literals and comments, so that a rule can look at one of them only.
//!
//! Not a parser: it knows where literals and comments begin and end, and nothing else.

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Everything that is neither of the others.
    Code,
    /// The inside of a string literal of any form.
    Text,
    /// A comment, with its slashes.
    Comment,
}

/// A piece of the file.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// What it is.
    pub kind: Kind,
    /// The line on which it begins, from 1.
    pub line: usize,
    /// As written.
    pub text: &'a str,
}

/// Splits a file.
pub fn split(source: &str) -> Vec<Piece<'_>> {
    let bytes = source.as_bytes();
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < bytes.len() {
        let rest = &source[at..];
        let Some((kind, skip, inner, whole)) = literal(rest, start == at || !word_byte(bytes[at - 1])) else {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        };
        if let Some(kind) = kind {
            push(&mut pieces, source, Kind::Code, start, at);
            push(&mut pieces, source, kind, at + skip, at + skip + inner);
            start = at + whole;
        }
        at += whole;
    }
    push(&mut pieces, source, Kind::Code, start, source.len());
    pieces
}

/// What begins here, if anything: (kind, or none for a char literal; bytes before the inside; of the inside; of all).
fn literal(rest: &str, word_starts: bool) -> Option<(Option<Kind>, usize, usize, usize)> {
    if rest.starts_with("//") {
        let len = rest.find('\n').unwrap_or(rest.len());
        return Some((Some(Kind::Comment), 0, len, len));
    }
    if rest.starts_with("/*") {
        let len = block_comment(rest);
        return Some((Some(Kind::Comment), 0, len, len));
    }
    if word_starts && let Some((skip, close)) = raw_start(rest) {
        let inner = rest[skip..].find(&close).unwrap_or(rest.len() - skip);
        return Some((Some(Kind::Text), skip, inner, (skip + inner + close.len()).min(rest.len())));
    }
    if let Some(inside) = rest.strip_prefix('"') {
        let inner = string_end(inside);
        return Some((Some(Kind::Text), 1, inner, (inner + 2).min(rest.len())));
    }
    let tail = rest.strip_prefix('\'')?;
    let first = tail.chars().next()?;
    if first == '\\' {
        // The escaped character may itself be a quote.
        let end = tail.char_indices().skip(2).find(|(_, c)| *c == '\'')?.0;
        return Some((None, 0, 0, end + 2));
    }
    // Anything else after a quote is a lifetime.
    tail[first.len_utf8()..].starts_with('\'').then_some((None, 0, 0, first.len_utf8() + 2))
}

/// `r"`, `r#"`, `br##"`, … → (bytes before the inside, what closes it).
fn raw_start(rest: &str) -> Option<(usize, String)> {
    let tail = rest.trim_start_matches(['b', 'c']).strip_prefix('r')?;
    let hashes = tail.len() - tail.trim_start_matches('#').len();
    tail[hashes..].starts_with('"').then(|| (rest.len() - tail.len() + hashes + 1, format!("\"{}", "#".repeat(hashes))))
}

fn string_end(inside: &str) -> usize {
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        if c == '"' && !escaped {
            return at;
        }
        escaped = c == '\\' && !escaped;
    }
    inside.len()
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        let here = &rest.as_bytes()[at..];
        if here.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

fn word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn push<'a>(pieces: &mut Vec<Piece<'a>>, source: &'a str, kind: Kind, from: usize, to: usize) {
    if from < to {
        let line = 1 + source[..from].matches('\n').count();
        pieces.push(Piece { kind, line, text: &source[from..to] });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: Kind, source: &str) -> Vec<&str> {
        split(source).iter().filter(|piece| piece.kind == kind).map(|piece| piece.text).collect()
    }

    #[test]
    fn strings_of_every_form() {
        let source = r####"a("x \" y"); b(r#"z " w"#); c(b"q"); d('"', '\'', "e"); fn f<'a>(x: &'a str) {} "last""####;
        assert_eq!(of(Kind::Text, source), ["x \\\" y", "z \" w", "q", "e", "last"]);
    }

    #[test]
    fn comments_are_not_code() {
        let source = "a /* b /* c */ \"d\" */ e // \"f\"\ng";
        assert_eq!(of(Kind::Comment, source), ["/* b /* c */ \"d\" */", "// \"f\""]);
        assert_eq!(of(Kind::Code, source), ["a ", " e ", "\ng"]);
        assert!(of(Kind::Text, source).is_empty());
    }

    #[test]
    fn lines_are_counted() {
        assert_eq!(split("a\n\"b\"").last().unwrap().line, 2);
    }
}
