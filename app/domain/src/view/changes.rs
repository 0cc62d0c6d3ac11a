//! The policy and the changes that wait for a second admin.

use serde::{Deserialize, Serialize};

use super::PlaybooksPreview;
use crate::{
    change::Proposed,
    error::Problem,
    ids::ChangeId,
    policy::{Affected, Can, DraftRule, Policy, Role, Rule},
    time::Timestamp,
    versions::{Compared, Published},
};

/// Something that is kept in versions: as it is today, and how it came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions<T> {
    /// Every version, newest first; at least one.
    pub versions: Vec<Published<T>>,
    /// Does the viewer have a draft?
    pub has_draft: bool,
    /// A version that waits for another admin, if one does.
    pub pending: Option<ChangeId>,
}

/// The policy of today and how it came about.
pub type PolicyPage = Versions<Policy>;

/// A draft of the policy and what it would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftPage {
    /// The version that it would follow.
    pub base: i64,
    /// As it was typed.
    pub rows: Vec<DraftRule>,
    /// Was anything kept? Else these are the rules of today.
    pub is_kept: bool,
    /// What is wrong with it.
    pub problem: Option<Problem>,
    /// What it changes; none while something is wrong.
    pub preview: Option<Preview>,
}

/// What a new policy changes, and for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// Rule by rule.
    pub lines: Vec<Compared<Rule>>,
    /// By action, severity and labels.
    pub affected: Vec<Affected>,
    /// Pending requests that will need more than they do now.
    pub stricter: i64,
    /// Who can give the approvals that it asks for.
    pub holders: Vec<Holders>,
}

/// How many people hold a role that approves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holders {
    /// The role.
    pub role: Role,
    /// Enabled people who hold it.
    pub people: i64,
    /// Approvals that a rule asks of it at most.
    pub needed: i64,
}

impl Holders {
    /// Too few: one of them may be the requester, who never approves.
    #[must_use]
    pub fn are_too_few(&self) -> bool {
        self.needed > 0 && self.people < self.needed + 1
    }
}

/// Changes that wait, and what became of others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangesPage {
    /// Undecided, oldest first.
    pub pending: Vec<Proposed>,
    /// Every outcome, newest first.
    pub past: Vec<Proposed>,
    /// There were never two admins: what needs two is done by one.
    pub set_up_mode: bool,
    /// Enabled admins besides the viewer.
    pub others: i64,
    /// When this was read.
    pub as_of: Timestamp,
}

/// One change, with what a decision needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangePage {
    /// The change.
    pub change: Proposed,
    /// What it would change, when it is a policy that waits.
    pub preview: Option<Preview>,
    /// The same, when it is playbooks that wait.
    pub playbooks: Option<PlaybooksPreview>,
    /// May the viewer decide?
    pub can_decide: Can,
    /// May the viewer take it back?
    pub can_withdraw: Can,
    /// Names of who could decide now.
    pub deciders: Vec<String>,
    /// When this was read.
    pub as_of: Timestamp,
}
