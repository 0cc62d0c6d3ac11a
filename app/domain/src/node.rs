//! A node: a machine with a container engine, and what we know of that engine.

use serde::{Deserialize, Serialize};

use crate::{
    error::Problem,
    ids::{EngineId, NodeId},
    time::Timestamp,
};

/// What the engine says about itself; shown on the node's page and kept as evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineFacts {
    /// The engine's own id; stays the same while its data folder does.
    pub engine_id: EngineId,
    /// The machine's name as the engine knows it.
    pub hostname: String,
    /// Engine version.
    pub version: String,
    /// API version.
    pub api_version: String,
    /// `overlay2`, `vfs`, …
    pub storage_driver: String,
    /// `1` or `2`.
    pub cgroup_version: String,
    /// Whether containers outlive a restart of the engine. When off, a restart thaws paused containers.
    pub live_restore: bool,
    /// Operating system and kernel.
    pub system: String,
    /// The node's clock minus ours, microseconds.
    pub clock_offset: i64,
    /// When we asked.
    pub checked_at: Timestamp,
}

impl EngineFacts {
    /// What an operator should know before relying on this engine, most important first.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if !self.live_restore {
            warnings.push(
                "live-restore is off: a restart of the engine lets paused containers run again and sends them a stop signal."
                    .to_owned(),
            );
        }
        if self.clock_offset.abs() > 2 * crate::time::SECOND {
            warnings.push(format!(
                "The node's clock differs from the portal's by {}.",
                crate::time::span(self.clock_offset)
            ));
        }
        warnings
    }
}

/// A machine with a container engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Ours.
    pub id: NodeId,
    /// Unique; what detectors call this machine (compared without case).
    pub name: String,
    /// Where its engine listens: `unix:///var/run/docker.sock`.
    pub endpoint: String,
    /// Words by which the policy tells nodes apart (`production`, `pci`), sorted.
    pub labels: Vec<String>,
    /// The last answer of its engine.
    pub facts: Option<EngineFacts>,
    /// Why the last check failed, if it did.
    pub trouble: Option<String>,
    /// When it was added.
    pub created_at: Timestamp,
    /// Since when it is no longer used.
    pub removed_at: Option<Timestamp>,
}

/// Checks a node's name: 1 to 253 of letters, digits, dot, dash, underscore.
///
/// # Errors
/// Names the field `name`.
pub fn parse_node_name(text: &str) -> Result<String, Problem> {
    let name = text.trim();
    let fits =
        (1..=253).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b));
    if fits {
        Ok(name.to_owned())
    } else {
        Err(Problem::field("name", "Use the machine's host name: letters, digits, dot, dash, underscore."))
    }
}

/// What a label may be, for whoever typed something else.
pub const LABELS: &str = "Use lower-case words of a-z, 0-9 and dash, separated by commas; at most 32 characters each.";

/// Is this one label: 1 to 32 of `a-z 0-9 -`?
#[must_use]
pub fn is_label(word: &str) -> bool {
    (1..=32).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Reads labels, separated by commas: sorted, each once, at most twenty.
///
/// # Errors
/// Names the field `labels`.
pub fn parse_labels(text: &str) -> Result<Vec<String>, Problem> {
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    let labels: std::collections::BTreeSet<String> = words.map(ToOwned::to_owned).collect();
    if labels.len() > 20 || !labels.iter().all(|label| is_label(label)) {
        return Err(Problem::field("labels", LABELS));
    }
    Ok(labels.into_iter().collect())
}

/// Checks an engine endpoint: a Unix socket with an absolute path.
///
/// # Errors
/// Names the field `endpoint`.
pub fn parse_endpoint(text: &str) -> Result<String, Problem> {
    let endpoint = text.trim();
    match endpoint.strip_prefix("unix://") {
        Some(path) if path.starts_with('/') && !path.contains('\0') => Ok(endpoint.to_owned()),
        _ => Err(Problem::field("endpoint", "Give the engine's Unix socket, for example unix:///var/run/docker.sock.")),
    }
}
