//! Falcosidekick's webhook: Falco's event, with what this forwarder adds and takes away.
//!
//! It adds `uuid`, which is of the delivery and not of the event: two forwarders give two. It may flatten field names and
//! leave `output_fields` nearly empty, and cuts long texts when the whole is larger than 4 kB.

use serde_json::{Map, Value};

use crate::{Finding, assemble::Context, falco};

/// How a text that was cut ends.
const CUT: &str = "[...]";

/// Does this come from Falcosidekick?
pub(crate) fn is(map: &Map<String, Value>) -> bool {
    map.contains_key("uuid")
}

/// Was this text cut? Then its end, where Falco puts the container, is gone, and what looks like it is the attacker's.
pub(crate) fn was_cut(text: &str) -> bool {
    text.ends_with(CUT)
}

/// Reads one event.
pub(crate) fn read(map: &Map<String, Value>, context: &mut Context<'_, '_>) -> Result<Finding, String> {
    falco::read(map, "falcosidekick", context)
}
