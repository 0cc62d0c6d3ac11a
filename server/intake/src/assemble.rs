//! The part of an alarm that is the same for every format.

use quell_domain::Timestamp;
use quell_domain::{
    alarm::{self, Alarm, AlarmClass, AlarmDetail, ContainerHint, Severity},
    ids::{AlarmId, Digest},
};

use crate::Delivery;

/// What a format's reader works with besides the item.
pub(crate) struct Context<'a, 'b> {
    pub(crate) delivery: &'a Delivery<'b>,
    pub(crate) raw: &'a [u8],
    pub(crate) mint: &'a mut dyn FnMut() -> String,
}

/// What a format's reader found.
pub(crate) struct Parsed {
    pub(crate) detector: &'static str,
    pub(crate) rule: String,
    pub(crate) class: AlarmClass,
    /// A severity that this very rule never falls below, and why.
    pub(crate) floor: Option<(Severity, &'static str)>,
    pub(crate) severity_reported: String,
    pub(crate) severity: Option<Severity>,
    /// Nothing when the detector gives no time that can be read.
    pub(crate) occurred_at: Option<Timestamp>,
    pub(crate) dedupe_key: Digest,
    pub(crate) node: Option<String>,
    pub(crate) container: ContainerHint,
    pub(crate) detail: AlarmDetail,
}

/// Rates it, dates it and puts it together.
pub(crate) fn assemble(parsed: Parsed, context: &mut Context<'_, '_>) -> Alarm {
    let received_at = context.delivery.received_at;
    let (mut severity, mut severity_reason) = alarm::rate(parsed.severity, parsed.class);
    if let Some((floor, why)) = parsed.floor.filter(|(floor, _)| *floor > severity) {
        severity_reason = format!("raised from {} to {}: {why}", severity.word(), floor.word());
        severity = floor;
    }
    // Without a readable time nobody can tell a replay from the real thing.
    let occurred_at = parsed.occurred_at.unwrap_or(received_at);
    let clock_suspect = parsed.occurred_at.is_none() || alarm::clock_suspect(occurred_at, received_at);
    Alarm {
        id: AlarmId::new((context.mint)()),
        source: context.delivery.source.clone(),
        detector: parsed.detector.to_owned(),
        received_at,
        occurred_at,
        clock_suspect,
        dedupe_key: parsed.dedupe_key,
        rule: parsed.rule,
        class: parsed.class,
        severity_reported: parsed.severity_reported,
        severity,
        severity_reason,
        node_hint: parsed.node,
        container: parsed.container,
        detail: parsed.detail,
        raw: context.raw.to_vec(),
    }
}
