//! What shippers wrap around an event: Fluent Bit's `log`, journald's `MESSAGE`, Loki's `message`, the `data` of a cloud event.

use serde_json::{Map, Value};

use crate::split;

/// Envelopes within envelopes are opened this far.
const MAX_DEPTH: usize = 3;

/// The event inside, or the object itself when it is one already. An object with a rule is never opened: its `message` holds
/// the attacker's text, and an object in there must not replace the alarm.
pub(crate) fn open(mut map: Map<String, Value>) -> Map<String, Value> {
    for _ in 0..MAX_DEPTH {
        if map.contains_key("rule") || map.contains_key("quell") {
            break;
        }
        match inner(&mut map) {
            Some(next) => map = next,
            None => break,
        }
    }
    map
}

fn inner(map: &mut Map<String, Value>) -> Option<Map<String, Value>> {
    let cloud_event = map.contains_key("specversion");
    ["log", "message", "MESSAGE"].into_iter().chain(cloud_event.then_some("data")).find_map(|key| {
        match map.get_mut(key)? {
            Value::Object(object) => Some(std::mem::take(object)),
            Value::String(text) => {
                let bytes = text.trim_end().as_bytes();
                split::parse(&bytes[split::after_prefix(bytes)?..]).ok()
            }
            _ => None,
        }
    })
}
