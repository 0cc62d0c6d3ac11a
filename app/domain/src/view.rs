//! What the pages show: read models that use cases return and that travel to the browser as they are.
//!
//! Everything a person may not see is already left out; every button comes with whether it works and why not.

mod admin;
mod audit;
mod confirm;
mod incident;
mod queue;

use serde::{Deserialize, Serialize};

pub use self::{
    admin::{DeadLetterRow, NodesPage, PeoplePage, SourceRow, SourcesPage},
    audit::{AuditFilter, AuditPage, AuditVerdict, EventRow},
    confirm::ConfirmPage,
    incident::{
        AlarmRow, ChoosePage, ContainerChoice, EvidencePage, IncidentCan, IncidentPage, PackRow, RequestRow, StepRow,
    },
    queue::{Counters, QueueFilter, QueuePage, QueueRow, QueueView},
};
use crate::{ids::PersonId, policy::Role};

/// Who is looking, for the frame around every page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// The person.
    pub id: PersonId,
    /// As shown.
    pub name: String,
    /// The account they signed in with.
    pub login: String,
    /// What they may do.
    pub roles: Vec<Role>,
    /// Open incidents, for the mark beside the link; none when they may not see any.
    pub open_incidents: Option<i64>,
}

/// Where a browser goes after a change, and what it is told there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Next {
    /// A path of ours.
    pub path: String,
    /// One sentence: what was done.
    pub notice: String,
    /// Shown once and kept nowhere: a new token or password, with its label.
    #[serde(default)]
    pub once: Option<(String, String)>,
}

impl Next {
    /// Goes to a path and says what was done.
    #[must_use]
    pub fn to(path: impl Into<String>, notice: impl Into<String>) -> Self {
        Self { path: path.into(), notice: notice.into(), once: None }
    }
}

/// A message of the live stream: something changed; what, is asked for separately by whoever may know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// `incident`, `queue`, `evidence`, `people`, `nodes`, `sources`, `audit`.
    pub kind: String,
    /// Incident id where there is one, else empty.
    pub id: String,
    /// Grows with every change of this thing.
    pub rev: i64,
}
