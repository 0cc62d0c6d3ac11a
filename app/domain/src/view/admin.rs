//! People, nodes and sources.

use serde::{Deserialize, Serialize};

use crate::{ids::DeadLetterId, node::Node, people::Person, source::Source, time::Timestamp};

/// The people page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeoplePage {
    /// By name, with their sign-in names.
    pub people: Vec<(Person, Vec<String>)>,
}

/// The nodes page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodesPage {
    /// In use, by name.
    pub nodes: Vec<Node>,
}

/// A dead letter, for admins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetterRow {
    /// Which.
    pub id: DeadLetterId,
    /// When.
    pub received_at: Timestamp,
    /// From which source.
    pub source_name: String,
    /// What was wrong.
    pub reason: String,
    /// The first 300 characters.
    pub preview: String,
    /// Bytes in all.
    pub size: i64,
}

/// The sources page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourcesPage {
    /// By name.
    pub sources: Vec<SourceRow>,
    /// Nodes to choose a default from: id and name.
    pub nodes: Vec<(String, String)>,
    /// Newest first, at most 50.
    pub dead_letters: Vec<DeadLetterRow>,
}

/// A source with what it sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRow {
    /// The source.
    pub source: Source,
    /// Its default node's name.
    pub node_name: String,
    /// When it last sent an alarm.
    pub last_alarm_at: Option<Timestamp>,
}
