//! Detector payloads to alarms: pure functions from bytes to [`Batch`].
//!
//! Owns: inflating, cutting a body into items, the formats (one file each), the table from rule to class, and the key that
//! tells an exact repeat. Every format decision follows from what detectors really send; the traps are named where they
//! are met.
//! Must not know: the network, the store, nodes or incidents. It reads no clock and mints no ids: both come in.
//!
//! All text in here is chosen by an attacker. It is copied, never interpreted, and stays as it came, with one exception:
//! see [`fields`].

#![forbid(unsafe_code)]

mod assemble;
mod classes;
mod container;
mod dedupe;
mod envelope;
mod falco;
mod falcosidekick;
mod fields;
mod inflate;
mod moment;
mod quell;
mod split;

use quell_domain::{
    Problem, Timestamp,
    alarm::{Alarm, DeadLetter},
    ids::{DeadLetterId, SourceId},
};
use serde_json::{Map, Value};

use crate::{assemble::Context, inflate::Unread, split::Piece};

pub use inflate::{MAX_BODY, MAX_INFLATED};
pub use split::MAX_ITEMS;

quell_domain::words! {
    /// How a delivery is to be read.
    Format {
        /// Falco's `http_output`, or its JSON lines through a shipper.
        Falco = "falco", "Falco";
        /// Falcosidekick's webhook.
        Falcosidekick = "falcosidekick", "Falcosidekick";
        /// Our own documented JSON.
        Quell = "quell", "Quell JSON";
        /// One of the above, by looking at each item.
        Detect = "detect", "Detect";
    }
}

/// One push as it came.
#[derive(Debug, Clone)]
pub struct Delivery<'a> {
    /// What the source is said to send.
    pub format: Format,
    /// Header `Content-Type`; only used to explain what cannot be read, since detectors send wrong ones.
    pub content_type: Option<&'a str>,
    /// Header `Content-Encoding`.
    pub content_encoding: Option<&'a str>,
    /// The body, perhaps compressed.
    pub body: &'a [u8],
    /// When we had it.
    pub received_at: Timestamp,
    /// Whose token brought it.
    pub source: SourceId,
    /// Name of the node that the source stands for. Never becomes an alarm's `node_hint`: the core must be able to tell what
    /// the alarm says from what we assume.
    pub default_node: Option<String>,
}

/// What was in it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batch {
    /// Findings, in the order of the body.
    pub alarms: Vec<Alarm>,
    /// What could not be read, with the reason.
    pub dead_letters: Vec<DeadLetter>,
    /// What sensors said about themselves.
    pub health: Vec<Health>,
}

/// A sensor speaking about itself: lost events, restarts, tests. Not an alarm, but alarms may be missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// The node it runs on: as it says, else the source's default.
    pub node: Option<String>,
    /// In its own words; untrusted text.
    pub message: String,
}

/// What one item turned out to be.
enum Finding {
    Alarm(Box<Alarm>),
    Health(Health),
}

/// Reads a delivery. `mint` gives a new id at each call.
///
/// An item that cannot be read becomes a dead letter and never spoils the items around it; so does a whole body that is
/// not the compression it says.
///
/// # Errors
/// [`Problem`] when nothing is kept: too large before or after inflating.
pub fn read(delivery: &Delivery<'_>, mint: &mut dyn FnMut() -> String) -> Result<Batch, Problem> {
    let mut batch = Batch::default();
    let body = match inflate::inflate(delivery) {
        Ok(body) => body,
        Err(Unread::TooLarge(problem)) => return Err(problem),
        Err(Unread::Broken(reason)) => {
            batch.dead_letters.push(dead_letter(delivery, delivery.body, reason.to_owned(), mint));
            return Ok(batch);
        }
    };
    for piece in split::split(&body) {
        let (raw, outcome) = match piece {
            Piece::Item { raw, json } => (
                raw,
                split::parse(json).and_then(|map| item(&envelope::open(map), &mut Context { delivery, raw, mint })),
            ),
            Piece::Junk { raw, reason } => (raw, Err(explain(reason, delivery))),
        };
        match outcome {
            Ok(Finding::Alarm(alarm)) => batch.alarms.push(*alarm),
            Ok(Finding::Health(health)) => batch.health.push(health),
            Err(reason) => batch.dead_letters.push(dead_letter(delivery, raw, reason, mint)),
        }
    }
    Ok(batch)
}

fn dead_letter(delivery: &Delivery<'_>, raw: &[u8], reason: String, mint: &mut dyn FnMut() -> String) -> DeadLetter {
    DeadLetter {
        id: DeadLetterId::new(mint()),
        source: delivery.source.clone(),
        received_at: delivery.received_at,
        reason,
        raw: raw.to_vec(),
    }
}

fn item(map: &Map<String, Value>, context: &mut Context<'_, '_>) -> Result<Finding, String> {
    let format = match context.delivery.format {
        Format::Detect => detect(map).ok_or("This is JSON, but neither Falco's, Falcosidekick's nor Quell's.")?,
        format => format,
    };
    match format {
        Format::Quell => quell::read(map, context),
        Format::Falcosidekick => falcosidekick::read(map, context),
        Format::Falco | Format::Detect => falco::read(map, "falco", context),
    }
}

fn detect(map: &Map<String, Value>) -> Option<Format> {
    if map.contains_key("quell") {
        return Some(Format::Quell);
    }
    let falco = map.contains_key("rule")
        && ["output_fields", "outputFields", "priority", "output"].iter().any(|key| map.contains_key(*key));
    falco.then(|| if falcosidekick::is(map) { Format::Falcosidekick } else { Format::Falco })
}

/// A reason, with what the sender can change when its header gives it away.
fn explain(reason: &str, delivery: &Delivery<'_>) -> String {
    match delivery.content_type {
        Some(kind) if kind.contains("msgpack") => {
            format!("{reason} The sender says that this is msgpack: set its format to JSON.")
        }
        _ => reason.to_owned(),
    }
}
