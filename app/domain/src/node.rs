//! A node: a machine with a container engine, and what we know of that engine.

mod access;

use std::{collections::HashSet, net::IpAddr};

use serde::{Deserialize, Serialize};

use crate::{
    action::Container,
    error::Problem,
    gate::Door,
    ids::{EngineId, NodeId},
    text,
    time::{DAY, Timestamp},
};

pub use access::{Access, AccessForm};

/// How long before a certificate's end people are warned.
const RENEW: i64 = 30 * DAY;

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
    /// The certificates that the connection was made with; none when it needs none.
    pub certificates: Vec<Certificate>,
    /// When we asked.
    pub checked_at: Timestamp,
}

/// Whose certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateOf {
    /// Of the CA that we hold the engine to.
    Ca,
    /// Ours.
    Client,
    /// The engine's own.
    Engine,
}

impl CertificateOf {
    /// What people call it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Ca => "CA certificate",
            Self::Client => "Client certificate",
            Self::Engine => "Engine's certificate",
        }
    }
}

/// How long a certificate is valid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Whose.
    pub of: CertificateOf,
    /// Last moment.
    pub until: Timestamp,
}

/// How near a certificate's end is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasts {
    /// More than 30 days.
    Long,
    /// No longer than 30 days.
    Short,
    /// It has ended.
    Expired,
}

impl Certificate {
    /// How near its end is.
    #[must_use]
    pub fn lasts(&self, now: Timestamp) -> Lasts {
        match self.until.since(now) {
            ..0 => Lasts::Expired,
            0..RENEW => Lasts::Short,
            _ => Lasts::Long,
        }
    }

    /// What to say about its end, when that is near or over.
    #[must_use]
    pub fn warning(&self, now: Timestamp) -> Option<String> {
        let (label, left) = (self.of.label(), crate::time::span(self.until.since(now)));
        match self.lasts(now) {
            Lasts::Long => None,
            Lasts::Short => {
                Some(format!("{label}: expires in {left}. Renew it; Quell reads the files anew each time."))
            }
            Lasts::Expired => Some(format!("{label}: expired {left} ago.")),
        }
    }
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
    /// How its engine is reached.
    pub access: Access,
    /// Words by which the policy tells nodes apart (`production`, `pci`), sorted.
    pub labels: Vec<String>,
    /// Addresses under which the ports that are published on it are reached, besides the one that its engine is reached
    /// by, sorted.
    #[serde(default)]
    pub addresses: Vec<IpAddr>,
    /// The last answer of its engine.
    pub facts: Option<EngineFacts>,
    /// The last answer of another engine at the same place, which is not used until an admin accepts it.
    pub stranger: Option<EngineFacts>,
    /// Why the last check failed, if it did.
    pub trouble: Option<String>,
    /// When it was added.
    pub created_at: Timestamp,
    /// Since when it is no longer used.
    pub removed_at: Option<Timestamp>,
}

impl Node {
    /// Whether an engine with this id is the one that this node stands for. Before its first answer, any is.
    #[must_use]
    pub fn is_engine(&self, id: &EngineId) -> bool {
        self.facts.as_ref().is_none_or(|facts| facts.engine_id == *id)
    }

    /// Where a container of its can be reached. A port that is published on every address is published on each that is known
    /// of this machine.
    #[must_use]
    pub fn doors_of(&self, container: &Container) -> Vec<Door> {
        let mut own = self.addresses.clone();
        own.extend(self.access.address());
        let mut doors = Vec::new();
        for door in &container.doors {
            if door.address.is_unspecified() {
                // Docker publishes on 0.0.0.0 and on :: as two; each stands for the addresses of its kind.
                let kind = own.iter().filter(|address| address.is_ipv4() == door.address.is_ipv4());
                doors.extend(kind.map(|address| Door { address: *address, port: door.port }));
            } else {
                doors.push(door.clone());
            }
        }
        let mut seen = HashSet::new();
        doors.retain(|door| seen.insert(door.clone()));
        doors
    }

    /// The node after an engine said this about itself. Another engine's answer changes nothing that we know of ours.
    #[must_use]
    pub fn answered(self, facts: EngineFacts) -> Self {
        if self.is_engine(&facts.engine_id) {
            return Self { facts: Some(facts), stranger: None, trouble: None, ..self };
        }
        let (id, host) = (text::cut(facts.engine_id.as_str(), 80), text::cut(&facts.hostname, 80));
        let trouble = format!("Another engine answers: {id} on {host}. It is not used until an admin accepts it.");
        Self { stranger: Some(facts), trouble: Some(trouble), ..self }
    }
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

/// What addresses may be, for whoever typed something else.
pub const ADDRESSES: &str =
    "Write addresses such as 10.0.0.5 or 2001:db8::5, separated by commas; no ports and no networks.";

/// Reads addresses of a machine, separated by commas: sorted, each once, at most twenty.
///
/// # Errors
/// Names the field `addresses`.
pub fn parse_addresses(text: &str) -> Result<Vec<IpAddr>, Problem> {
    let words = text.split([',', ' ']).map(str::trim).filter(|word| !word.is_empty());
    let addresses: Result<std::collections::BTreeSet<IpAddr>, _> =
        words.map(|word| word.parse::<IpAddr>().map(|address| address.to_canonical())).collect();
    match addresses {
        Ok(addresses)
            if addresses.len() <= 20 && addresses.iter().all(|it| !it.is_unspecified() && !it.is_multicast()) =>
        {
            Ok(addresses.into_iter().collect())
        }
        _ => Err(Problem::field("addresses", ADDRESSES)),
    }
}
