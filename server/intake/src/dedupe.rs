//! The key that is equal for one event delivered twice, and for nothing else.
//!
//! Falco's events have no id. A forwarder adds one for each delivery (`uuid`), which says nothing about the event, and may
//! reorder keys, flatten their names, round nanoseconds and cut long texts. So the key is made from the parts that survive:
//! time as text, rule, node, container, process id, event number, file or connection, command line and arguments.

use quell_domain::{Timestamp, ids::Digest};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::fields::{Fields, text};

/// Falcosidekick cuts texts of more than 512 bytes after the 507th; only what lies before counts.
const KEPT: usize = 500;

/// Length in front of each part, so that parts cannot flow into one another.
struct Key(Sha256);

impl Key {
    fn new(version: &str) -> Self {
        let mut key = Self(Sha256::new());
        key.add(version);
        key
    }

    fn add(&mut self, part: &str) {
        let part = &part[..part.floor_char_boundary(KEPT)];
        self.0.update((part.len() as u64).to_be_bytes());
        self.0.update(part);
    }

    fn finish(self) -> Digest {
        Digest::from_bytes(self.0.finalize().into())
    }
}

/// The key of a Falco event. `container` is its id as the alarm gives it, wherever that stood. Events without a time that
/// can be read are told apart by when they came: one too many is better than one lost.
pub(crate) fn falco(
    event: &Map<String, Value>,
    fields: Fields<'_>,
    container: &str,
    output: &str,
    undated: Option<Timestamp>,
) -> Digest {
    let mut key = Key::new("falco 1");
    match (event.get("time"), undated) {
        (_, Some(received_at)) => key.add(&received_at.0.to_string()),
        (Some(Value::String(time)), None) => key.add(time.trim()),
        (Some(time), None) => key.add(&time.to_string()),
        (None, None) => key.add(&fields.first(&["evt.time", "evt.time.iso8601"]).unwrap_or_default()),
    }
    for name in ["rule", "hostname"] {
        key.add(&event.get(name).and_then(text).unwrap_or_default());
    }
    key.add(container);
    let mut said = false;
    for name in ["proc.pid", "evt.num", "fd.name", "proc.cmdline"] {
        let part = fields.text(name).unwrap_or_default();
        said |= !part.is_empty();
        key.add(&part);
    }
    let mut arguments: Vec<(String, String)> = fields
        .0
        .into_iter()
        .flatten()
        .filter(|(name, _)| ["evt.arg", "evt_arg", "ka.", "ka_"].iter().any(|prefix| name.starts_with(prefix)))
        .filter_map(|(name, value)| Some((name.replace(['.', '['], "_").replace(']', ""), text(value)?)))
        .collect();
    arguments.sort_unstable();
    said |= !arguments.is_empty();
    for (name, value) in &arguments {
        key.add(name);
        key.add(value);
    }
    if !said {
        key.add(output);
    }
    key.finish()
}

/// The key of an alarm in our own format: the sender's id, which is unique for this source; without one, all its bytes.
pub(crate) fn quell(source: &str, id: Option<&str>, raw: &[u8]) -> Digest {
    match id {
        Some(id) => {
            let mut key = Key::new("quell 1");
            key.add(source);
            key.0.update(id);
            key.finish()
        }
        None => {
            let mut key = Key::new("quell 1 bytes");
            key.add(source);
            key.0.update(raw);
            key.finish()
        }
    }
}
