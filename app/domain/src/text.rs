//! Showing text that an attacker wrote: nothing invisible, nothing reordered, nothing endless; and numbers in words.

use std::fmt::Write as _;

/// Replaces every character that a reader cannot see, or that moves others around, by a visible mark: `\u{202E}` becomes
/// the text `\u202E`. Newlines and tabs stay as `\n` and `\t` marks.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_hidden(c) => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    let _ = write!(out, "\\u{unit:04X}");
                }
            }
            c => out.push(c),
        }
    }
    out
}

/// Control, format, bidirectional, zero-width and tag characters, and blanks that are not the ordinary one.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}'
            | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
        || (c.is_whitespace() && c != ' ')
}

/// At most `max` characters, the end cut off and marked.
#[must_use]
pub fn cut(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

/// How many characters of a typewriter face it takes up: two for what is not ASCII, as most such scripts are wider.
fn cells(c: char) -> usize {
    if c.is_ascii() { 1 } else { 2 }
}

/// At most as much as fits into `room` characters of a typewriter face, the end cut off and marked.
#[must_use]
pub fn fit(text: &str, room: usize) -> String {
    lines(text, room, 1).pop().unwrap_or_default()
}

/// Behind these a line may break, besides at a blank: addresses and names of images and containers have them.
const BREAKS: [char; 7] = ['.', ':', '-', '/', '_', ',', '@'];

/// On at most `most` lines of `room` characters of a typewriter face, broken at blanks and marks where there is one in the
/// second half of a line; what is left over is cut off and marked. At least one line, which may be empty.
#[must_use]
pub fn lines(text: &str, room: usize, most: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut left = room;
    for c in text.chars() {
        if cells(c) > left {
            if lines.len() == most {
                // The mark takes the place of the last character.
                if let Some(last) = lines.last_mut() {
                    last.pop();
                    last.push('…');
                }
                return lines;
            }
            let ends = c == ' ';
            let rest = lines.last_mut().filter(|_| !ends).map(unfinished).unwrap_or_default();
            left = room.saturating_sub(rest.chars().map(cells).sum());
            lines.push(rest);
            if ends {
                continue;
            }
        }
        left = left.saturating_sub(cells(c));
        if let Some(last) = lines.last_mut() {
            last.push(c);
        }
    }
    lines
}

/// Takes from a full line what belongs on the next. Nothing where it cannot be broken well: then a word is.
fn unfinished(line: &mut String) -> String {
    let half = line.len() / 2;
    let behind = |at: usize| Some(at + 1).filter(|at| *at > half);
    let blank = line.rfind(' ').and_then(behind);
    let rest = blank.or_else(|| line.rfind(BREAKS).and_then(behind)).map(|at| line.split_off(at)).unwrap_or_default();
    let end = line.trim_end().len();
    line.truncate(end);
    rest
}

/// `sha256:9b1e44…c07d`: long ids lose their middle, never their ends.
#[must_use]
pub fn middle(id: &str) -> String {
    let (prefix, rest) = id.split_once(':').map_or(("", id), |(p, r)| (&id[..=p.len()], r));
    if rest.len() <= 16 || !rest.is_ascii() {
        return id.to_owned();
    }
    format!("{prefix}{}…{}", &rest[..6], &rest[rest.len() - 4..])
}

/// `1 alarm`, `3 alarms`.
#[must_use]
pub fn count(number: impl TryInto<i64>, what: &str) -> String {
    let number = number.try_into().unwrap_or(i64::MAX);
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// Escapes text for a query.
#[must_use]
pub fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

/// `48 B`, `3.1 MB`: decimal units, as disks and networks count. Whole numbers only, and none that a browser does not have:
/// this runs there too, and floating-point or 128-bit numbers take much room.
#[must_use]
pub fn bytes(count: i64) -> String {
    let count = count.max(0);
    if count < 1_000 {
        return format!("{count} B");
    }
    let tenths = |unit: i64| count.saturating_add(unit / 20) / (unit / 10);
    let units = [("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000)];
    let fits = units.iter().find(|(_, unit)| tenths(*unit) < 10_000);
    let (name, unit) = *fits.unwrap_or(&("TB", 1_000_000_000_000));
    format!("{}.{} {name}", tenths(unit) / 10, tenths(unit) % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_is_shown() {
        assert_eq!(
            visible("a\u{202E}b\u{1b}[31m\u{200b}\n\0\u{E0041}"),
            "a\\u202Eb\\u001B[31m\\u200B\\n\\u0000\\uDB40\\uDC41"
        );
        assert_eq!(visible("naïve 漢字 <script>"), "naïve 漢字 <script>");
    }

    #[test]
    fn texts_fit_their_room() {
        assert_eq!(fit("payments", 8), "payments");
        assert_eq!(fit("payments-api", 8), "payment…");
        assert_eq!(fit("漢字漢字漢字", 8), "漢字漢…", "each takes two");
        assert_eq!(lines("198.51.100.23:4444", 15, 2), ["198.51.100.23:", "4444"]);
        assert_eq!(lines("whoever connects", 15, 2), ["whoever", "connects"]);
        assert_eq!(lines("payments of demo-haproxy", 15, 2), ["payments of", "demo-haproxy"]);
        assert_eq!(lines("not looked for yet", 14, 2), ["not looked for", "yet"], "the blank belongs to no line");
        assert_eq!(lines("a.bcdefghij", 8, 2), ["a.bcdefg", "hij"], "not so early that room is lost");
        assert_eq!(lines("abcdefghij", 4, 2), ["abcd", "efg…"]);
        assert_eq!(lines("", 4, 2), [""]);
        assert_eq!(lines("ab cd ef", 5, 3), ["ab cd", "ef"]);
        assert_eq!(fit("x", 0), "…", "no room is no reason to fail");
    }

    #[test]
    fn long_texts_keep_what_tells_them_apart() {
        assert_eq!(middle(&format!("sha256:{}c07d", "9b1e44".repeat(10))), "sha256:9b1e44…c07d");
        assert_eq!(middle("short"), "short");
        assert_eq!(cut("äöü", 2), "äö…");
        assert_eq!(bytes(3_100_000), "3.1 MB");
        assert_eq!(bytes(999), "999 B");
        assert_eq!((bytes(999_949).as_str(), bytes(999_950).as_str()), ("999.9 kB", "1.0 MB"));
        assert_eq!(bytes(i64::MAX), "9223372.0 TB");
    }
}
