//! One JSON document (RFC 8259), scanned byte by byte in memory bounded by its depth.

use super::{grouped, quoted};

/// Deeper documents are refused; engines nest less than twenty levels.
const DEPTH: usize = 1_024;

/// Scans one document.
#[derive(Debug, Default)]
pub(super) struct Scan {
    at: State,
    /// For each open bracket: is it an object?
    open: Vec<bool>,
    count: u64,
}

/// What the next byte may be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    /// A value.
    #[default]
    Value,
    /// A value or `]`.
    FirstItem,
    /// A key or `}`.
    FirstKey,
    /// A key.
    Key,
    /// `:`.
    Colon,
    /// A comma or a closing bracket; nothing but blanks when no bracket is open.
    After,
    Text {
        key: bool,
    },
    Escape {
        key: bool,
    },
    Hex {
        key: bool,
        left: u8,
    },
    /// The rest of `true`, `false` or `null`.
    Word(&'static [u8]),
    /// After `-`.
    Minus,
    /// After a leading `0`.
    Zero,
    Digits,
    /// After `.`.
    Dot,
    Fraction,
    /// After `e`.
    Exponent,
    /// After the exponent's sign.
    ExponentSign,
    ExponentDigits,
}

impl Scan {
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), String> {
        for (at, &byte) in bytes.iter().enumerate() {
            self.at = self.step(byte).ok_or_else(|| {
                let rest = quoted(&bytes[at..]);
                format!("The JSON document is broken at byte {}: {rest}", grouped(self.count))
            })?;
            self.count += 1;
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<String, String> {
        use State::{After, Digits, ExponentDigits, Fraction, Zero};
        if self.open.is_empty() && matches!(self.at, After | Zero | Digits | Fraction | ExponentDigits) {
            Ok(format!("One whole JSON document, {} bytes", grouped(self.count)))
        } else {
            Err(format!("The JSON document breaks off after {} bytes", grouped(self.count)))
        }
    }

    fn step(&mut self, byte: u8) -> Option<State> {
        use State::{
            After, Colon, Digits, Dot, Escape, Exponent, ExponentDigits, ExponentSign, FirstItem, FirstKey, Fraction,
            Hex, Key, Minus, Text, Value, Word, Zero,
        };
        match (self.at, byte) {
            (Text { key: true }, b'"') => Some(Colon),
            (Text { key: false }, b'"') => Some(After),
            (Text { key }, b'\\') => Some(Escape { key }),
            (Text { .. }, 0x20..) => Some(self.at),
            (Escape { key }, b'u') => Some(Hex { key, left: 4 }),
            (Escape { key }, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Some(Text { key }),
            (Hex { key, left: 1 }, b) if b.is_ascii_hexdigit() => Some(Text { key }),
            (Hex { key, left }, b) if b.is_ascii_hexdigit() => Some(Hex { key, left: left - 1 }),
            (Text { .. } | Escape { .. } | Hex { .. }, _) => None,

            (Word([first, rest @ ..]), b) if *first == b => Some(if rest.is_empty() { After } else { Word(rest) }),
            (Word(_), _) => None,

            (Minus, b'0') => Some(Zero),
            (Minus, b'1'..=b'9') | (Digits, b'0'..=b'9') => Some(Digits),
            (Zero | Digits, b'.') => Some(Dot),
            (Dot | Fraction, b'0'..=b'9') => Some(Fraction),
            (Zero | Digits | Fraction, b'e' | b'E') => Some(Exponent),
            (Exponent, b'+' | b'-') => Some(ExponentSign),
            (Exponent | ExponentSign | ExponentDigits, b'0'..=b'9') => Some(ExponentDigits),
            (Minus | Dot | Exponent | ExponentSign, _) => None,
            // A number ends with the first byte that cannot go on; that byte belongs to what follows.
            (Zero | Digits | Fraction | ExponentDigits, b) => self.after(b),

            (at, b' ' | b'\t' | b'\n' | b'\r') => Some(at),
            (Value | FirstItem, b'"') => Some(Text { key: false }),
            (Value | FirstItem, b'{') => self.opened(true),
            (Value | FirstItem, b'[') => self.opened(false),
            (Value | FirstItem, b't') => Some(Word(b"rue")),
            (Value | FirstItem, b'f') => Some(Word(b"alse")),
            (Value | FirstItem, b'n') => Some(Word(b"ull")),
            (Value | FirstItem, b'-') => Some(Minus),
            (Value | FirstItem, b'0') => Some(Zero),
            (Value | FirstItem, b'1'..=b'9') => Some(Digits),
            (FirstItem, b']') | (FirstKey, b'}') => self.after(byte),
            (Key | FirstKey, b'"') => Some(Text { key: true }),
            (Colon, b':') => Some(Value),
            (After, b) => self.after(b),
            (Value | FirstItem | FirstKey | Key | Colon, _) => None,
        }
    }

    fn opened(&mut self, object: bool) -> Option<State> {
        if self.open.len() == DEPTH {
            return None;
        }
        self.open.push(object);
        Some(if object { State::FirstKey } else { State::FirstItem })
    }

    /// The byte after a whole value.
    fn after(&mut self, byte: u8) -> Option<State> {
        match (byte, self.open.last()) {
            (b' ' | b'\t' | b'\n' | b'\r', _) => Some(State::After),
            (b',', Some(true)) => Some(State::Key),
            (b',', Some(false)) => Some(State::Value),
            (b'}', Some(true)) | (b']', Some(false)) => {
                self.open.pop();
                Some(State::After)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::check;
    use crate::ports::Shape;

    #[test]
    fn a_whole_document_passes_and_each_truncation_fails() {
        let document = br#"{"Id":"3f","Env":["A=\"b\u00e9\\",true,false,null,-0.5e+3,[],{}],"n":{"x":10}}"#;
        assert_eq!(check(Shape::Json, document, 7).as_deref(), Ok("One whole JSON document, 78 bytes"));
        for end in 0..document.len() {
            assert!(check(Shape::Json, &document[..end], 4).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn an_error_appended_is_a_second_document() {
        assert!(check(Shape::Json, b"null\n", 3).is_ok());
        let said = check(Shape::Json, b"[1]\n{\"message\":\"read error\"}\n", 50).expect_err("two documents");
        assert!(said.contains("read error"), "{said}");
        assert!(check(Shape::Json, b"", 3).is_err());
    }

    #[test]
    fn depth_is_bounded() {
        assert!(check(Shape::Json, "[".repeat(2_000).as_bytes(), 100).is_err());
    }

    proptest! {
        /// `serde_json` is the second opinion. Bytes outside ASCII are left out: it refuses some, engines never send them.
        #[test]
        fn it_agrees_with_a_known_parser(text in r#"[\[\]{}:,"\\0-9.eE+\-truefalsn u\x00-\x7f]{0,24}"#, step in 1_usize..9) {
            let known = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
            prop_assert_eq!(check(Shape::Json, text.as_bytes(), step).is_ok(), known, "{:?}", text);
        }

        #[test]
        fn it_takes_what_a_known_writer_writes(keys in prop::collection::vec(".*", 0..6), n in any::<f64>()) {
            let document = serde_json::json!({ "keys": keys, "n": n, "deep": [[{ "k": keys }], null, true] });
            let bytes = serde_json::to_vec_pretty(&document).expect("writable");
            prop_assert!(check(Shape::Json, &bytes, 11).is_ok());
            prop_assert!(check(Shape::Json, &bytes[..bytes.len() - 1], 11).is_err());
        }
    }
}
