//! An execution: one run of an action request against the outside world, bracketed by `attempted` and `concluded`.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{ExecutionId, RequestId},
    time::Timestamp,
};

crate::words! {
    /// How a run ended. `Unknown` is a real state: nobody heard the answer, and a verify job reads the world.
    Outcome {
        /// The engine said yes; not yet read back.
        Done = "done", "The engine said yes";
        /// Read back from the engine.
        Verified = "verified", "Verified";
        /// The engine said no, or reading back showed that nothing happened.
        Failed = "failed", "Failed";
        /// No answer was heard.
        Unknown = "unknown", "Unknown";
    }
}

/// One run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Execution {
    /// Ours.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub id: ExecutionId,
    /// The request that it carries out.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub request: RequestId,
    /// When `attempted` was durable.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub attempted_at: Timestamp,
    /// When the answer was durable.
    pub concluded_at: Option<Timestamp>,
    /// How it ended; none while it runs.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub outcome: Option<Outcome>,
    /// One sentence for people.
    pub detail: String,
}

impl Execution {
    /// A run that begins now.
    #[must_use]
    pub fn begun(id: ExecutionId, request: RequestId, now: Timestamp) -> Self {
        Self { id, request, attempted_at: now, concluded_at: None, outcome: None, detail: String::new() }
    }
}
