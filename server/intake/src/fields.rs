//! Looking up a field that may be called and typed in several ways.
//!
//! Keys: `container.id` may come as `container_id` (flattened by a search engine on the way) or nested
//! (`{"container":{"id":…}}`); `proc.aname[2]` as `proc.aname_2`. Values: text, number, boolean, null; unknown is said as
//! null, `"<NA>"` or `""`. Numbers go beyond `i64`, so all become text.
//!
//! Text is kept as it came, except that U+0000 becomes U+FFFD: PostgreSQL cannot hold it in a text, and an alarm must not
//! be lost for one. The raw bytes keep it.

use serde_json::{Map, Value};

/// An object to look things up in.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a>(pub(crate) Option<&'a Map<String, Value>>);

/// The longest name that is looked up, in bytes.
const LONGEST: usize = 64;

impl<'a> Fields<'a> {
    /// The value under this name or one of its other spellings.
    pub(crate) fn get(self, name: &str) -> Option<&'a Value> {
        let map = self.0?;
        if let Some(value) = map.get(name) {
            return Some(value);
        }
        let mut buffer = [0; LONGEST];
        respelled(map, name, &mut buffer, true)
            .or_else(|| respelled(map, name, &mut buffer, false))
            .or_else(|| nested(map, name))
    }

    /// Is there such a field, known or not?
    pub(crate) fn has(self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The field as text, unless it says that it is unknown.
    pub(crate) fn text(self, name: &str) -> Option<String> {
        text(self.get(name)?)
    }

    /// The first of these fields that is known.
    pub(crate) fn first(self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.text(name))
    }
}

/// With dots and brackets as underscores, or only the brackets.
fn respelled<'a>(map: &'a Map<String, Value>, name: &str, buffer: &mut [u8; LONGEST], dots: bool) -> Option<&'a Value> {
    let mut len = 0;
    let mut changed = false;
    for byte in name.bytes() {
        let byte = match byte {
            b'.' if dots => b'_',
            b'[' => b'_',
            b']' => {
                changed = true;
                continue;
            }
            other => other,
        };
        changed |= byte == b'_';
        *buffer.get_mut(len)? = byte;
        len += 1;
    }
    changed.then(|| std::str::from_utf8(&buffer[..len]).ok()).flatten().and_then(|name| map.get(name))
}

fn nested<'a>(map: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let (first, rest) = name.split_once('.')?;
    rest.split('.').try_fold(map.get(first)?, |value, key| value.get(key))
}

/// A value as text, unless it says that it is unknown. Of a list the first element counts.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => known(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Array(list) => list.first().filter(|first| !first.is_array()).and_then(text),
        Value::Null | Value::Object(_) => None,
    }
}

/// A text, unless it says that it is unknown.
pub(crate) fn known(text: &str) -> Option<String> {
    if text.trim().is_empty() || text == "<NA>" {
        return None;
    }
    Some(if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text.to_owned() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn other_spellings_are_found() {
        for (name, value) in [
            ("container.id", json!({"container.id": "x"})),
            ("container.id", json!({"container_id": "x"})),
            ("container.id", json!({"container": {"id": "x"}})),
            ("container.image.tag", json!({"container": {"image": {"tag": "x"}}})),
            ("proc.aname[2]", json!({"proc.aname[2]": "x"})),
            ("proc.aname[2]", json!({"proc.aname_2": "x"})),
            ("proc.aname[2]", json!({"proc_aname_2": "x"})),
        ] {
            assert_eq!(Fields(value.as_object()).text(name).as_deref(), Some("x"), "{value}");
        }
        assert!(!Fields(json!({"container": "x"}).as_object()).has("container.id"));
    }

    #[test]
    fn every_way_to_say_unknown_is_nothing() {
        for value in
            [json!(null), json!("<NA>"), json!(""), json!("  "), json!({}), json!([]), json!([null]), json!([["x"]])]
        {
            assert_eq!(text(&value), None, "{value}");
        }
        assert_eq!(text(&json!(18_446_744_073_670_260_079_u64)).as_deref(), Some("18446744073670260079"));
        assert_eq!(text(&json!(false)).as_deref(), Some("false"));
        assert_eq!(text(&json!("a\0b")).as_deref(), Some("a\u{fffd}b"));
    }
}
