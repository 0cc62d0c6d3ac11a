//! The audit trail, and the timeline that is made from it.

use serde::{Deserialize, Serialize};

use crate::{
    audit::{Actor, EventOutcome, Target},
    ids::Digest,
    time::Timestamp,
};

/// One line of the timeline or the audit page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventRow {
    /// Its place in the chain.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub seq: i64,
    /// When it was recorded.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// Its code.
    pub code: String,
    /// The same in words: the browser does not load those of all codes.
    pub label: String,
    /// How it ended.
    pub outcome: EventOutcome,
    /// What it is about.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub target: Option<Target>,
    /// `INC-12`, when it belongs to an incident.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub incident: Option<i64>,
    /// What it says beyond its code: one sentence, made from its facts; may hold attacker text.
    pub text: String,
}

/// What of the audit trail is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditFilter {
    /// Only this actor name or id.
    pub actor: String,
    /// Only codes that begin so.
    pub code: String,
    /// Only this incident's number.
    pub incident: Option<i64>,
    /// Only this outcome.
    pub outcome: Option<EventOutcome>,
    /// Only entries before this one.
    pub before: Option<i64>,
}

/// The audit page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditPage {
    /// What was asked for.
    pub filter: AuditFilter,
    /// Newest first, at most 100.
    pub rows: Vec<EventRow>,
    /// Number of entries in all.
    pub entries: i64,
    /// Hash of the last entry.
    pub head: Digest,
    /// Where the next page begins.
    pub next: Option<i64>,
}

/// The answer of *Verify*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditVerdict {
    /// Does the whole chain hold?
    pub intact: bool,
    /// In words; names the first bad entry.
    pub words: String,
}
