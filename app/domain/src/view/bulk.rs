//! Work on several incidents at once: what was done, what would be merged, and what would be isolated.

use serde::{Deserialize, Serialize};

use super::{ConfirmPage, Owner, RequestBrief};
use crate::{
    action::Action,
    bulk::{BulkKind, BulkLine, BulkOutcome},
    incident::Incident,
    policy::Can,
    time::Timestamp,
};

/// What became of one incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkRow {
    /// As it was recorded.
    pub line: BulkLine,
    /// The incident as it is now; none when there is none of this number.
    pub incident: Option<Incident>,
    /// The request that was made, as it stands now.
    pub request: Option<RequestBrief>,
}

/// What was done to several incidents in one go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkPage {
    /// Its number: that of its entry in the audit trail.
    pub bulk: i64,
    /// What.
    pub kind: BulkKind,
    /// What of containers.
    pub action: Option<Action>,
    /// Of a merge: the number of the incident that stays.
    pub into: Option<i64>,
    /// Who did it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// In the order in which they were chosen.
    pub rows: Vec<BulkRow>,
    /// May the viewer undo it now?
    pub can_undo: Can,
}

impl BulkPage {
    /// For how many it ended so.
    #[must_use]
    pub fn count(&self, outcome: BulkOutcome) -> usize {
        self.rows.iter().filter(|row| row.line.outcome == outcome).count()
    }
}

/// Who may own an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnersPage {
    /// By name.
    pub owners: Vec<Owner>,
}

/// Incidents that may become one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergePage {
    /// In the order in which they were chosen.
    pub incidents: Vec<Incident>,
    /// Numbers that no incident has.
    pub missing: Vec<i64>,
    /// The one that stays, when it is plain which.
    pub stays: Option<i64>,
    /// May the viewer merge?
    pub can: Can,
}

/// Containers that may be isolated, each as its engine describes it now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IsolatePage {
    /// The measure.
    pub action: Action,
    /// Each as its own confirm page would say it, in the order in which they were chosen.
    pub targets: Vec<ConfirmPage>,
    /// Numbers that no incident has.
    pub missing: Vec<i64>,
    /// What the measure does and does not do.
    pub effects: Vec<String>,
    /// May the viewer ask for it?
    pub can: Can,
    /// Whose name will stand in the record.
    pub recorded_as: String,
}

impl IsolatePage {
    /// The most care that any of the targets asks for.
    #[must_use]
    pub fn tier(&self) -> u8 {
        let asked = self.targets.iter().filter(|target| target.can.allowed).map(|target| target.needs.tier);
        asked.max().unwrap_or_default().max(self.action.least_tier())
    }
}
