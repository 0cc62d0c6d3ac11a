//! People, nodes and sources.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    ids::{DeadLetterId, PersonId},
    node::Node,
    people::Person,
    source::Source,
    time::Timestamp,
};

/// The people page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeoplePage {
    /// By name, with their sign-in names.
    pub people: Vec<(Person, Vec<String>)>,
    /// How many good tokens those have who have any.
    #[serde(default)]
    pub tokens: Vec<(PersonId, usize)>,
}

/// The nodes page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodesPage {
    /// In use, by name.
    pub nodes: Vec<Node>,
    /// Now, for how long certificates last.
    pub as_of: Timestamp,
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

impl DeadLetterRow {
    /// Its place among the others.
    #[must_use]
    pub fn place(&self) -> LetterPlace {
        LetterPlace { received_at: self.received_at, id: self.id.clone() }
    }
}

/// A place among dead letters: when one came, and which one of that moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterPlace {
    /// When.
    pub received_at: Timestamp,
    /// Which.
    pub id: DeadLetterId,
}

impl LetterPlace {
    /// From the page's address; none when it makes no sense.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (at, id) = text.split_once('-')?;
        Some(Self { received_at: Timestamp(at.parse().ok()?), id: DeadLetterId::new(id) })
    }
}

impl fmt::Display for LetterPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.received_at.0, self.id)
    }
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
    /// These are the ones before this place, not the newest.
    pub before: Option<LetterPlace>,
    /// Where older ones begin, when there are any.
    pub next: Option<LetterPlace>,
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
    /// When a sensor behind it last spoke about itself, and what it said; hostile.
    pub sensor: Option<(Timestamp, String)>,
}
