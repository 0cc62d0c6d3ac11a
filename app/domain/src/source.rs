//! An alarm source: one detector with a token of its own.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{Digest, NodeId, SourceId},
    time::Timestamp,
};

crate::words! {
    /// The format that a source sends.
    SourceKind {
        /// Falco's `http_output`.
        Falco = "falco", "Falco http_output";
        /// Falcosidekick's webhook.
        Falcosidekick = "falcosidekick", "Falcosidekick webhook";
        /// Our own documented JSON.
        Quell = "quell", "Quell JSON";
    }
}

/// The id of the source that Quell's own alarms come from. Every database has it, and nobody has a token for it.
#[must_use]
pub fn own() -> SourceId {
    SourceId::new("quell")
}

/// A detector that may send alarms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Ours.
    pub id: SourceId,
    /// Unique, for people.
    pub name: String,
    /// What it sends.
    pub kind: SourceKind,
    /// SHA-256 of the token; the token itself is shown once and kept nowhere.
    #[serde(skip, default = "no_digest")]
    pub token_hash: Digest,
    /// The node this source stands for, when its alarms name none that we know.
    pub default_node: Option<NodeId>,
    /// When it was added.
    pub created_at: Timestamp,
    /// Since when its token is refused.
    pub revoked_at: Option<Timestamp>,
}

fn no_digest() -> Digest {
    Digest::from_hex("")
}
