//! What the pages show: read models that use cases return and that travel to the browser as they are.
//!
//! Everything a person may not see is already left out; every button comes with whether it works and why not.

mod admin;
mod approvals;
mod audit;
mod bulk;
mod changes;
mod confirm;
mod gates;
mod incident;
mod life;
mod next;
mod playbooks;
mod proof;
mod queue;
mod tokens;

use serde::{Deserialize, Serialize};

pub use self::{
    admin::{DeadLetterRow, LetterPlace, NodesPage, PeoplePage, SourceRow, SourcesPage},
    approvals::{ApprovalPage, ApprovalsPage, RequestLine},
    audit::{AuditFilter, AuditPage, AuditVerdict, EventRow},
    bulk::{BulkPage, BulkRow, IsolatePage, MergePage, OwnersPage},
    changes::{ChangePage, ChangesPage, DraftPage, Holders, PolicyPage, Preview, Versions},
    confirm::ConfirmPage,
    gates::{BalancersPage, GateApproval, GateConfirmPage, GateRow, GatesPage, HoldRow},
    incident::{
        AlarmRow, ChoosePage, ContainerChoice, EvidencePage, IncidentCan, IncidentPage, PackRow, RequestBrief,
        RequestRow, StepRow,
    },
    life::{Hindrance, LifePage, LifeStep, LinkRow, Owner, Relation},
    next::{Next, Once},
    playbooks::{BookDiff, IncidentPlaybookPage, PlaybooksDraftPage, PlaybooksPage, PlaybooksPreview},
    proof::{CodeAppPage, FactorsPage, PasskeyPage, ProvePage},
    queue::{Counters, QueueFilter, QueuePage, QueueRow, QueueView},
    tokens::TokensPage,
};
use crate::{ids::PersonId, policy::Role};

/// Who is looking, for the frame around every page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// The person.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub id: PersonId,
    /// As shown.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub name: String,
    /// The account they signed in with.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub login: String,
    /// What they may do.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub roles: Vec<Role>,
    /// Incidents that need action, for the mark beside the link; none when they may not see any.
    pub need_action: Option<i64>,
    /// Requests that wait for a decision of theirs, for the mark beside the link; none when they may not decide.
    pub to_decide: Option<i64>,
    /// What ran without approval and was not reviewed: told on every page to who may review.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub to_review: i64,
    /// Changes that wait for a decision of theirs, for the mark beside the link; none when they may not decide.
    pub changes: Option<i64>,
}

/// A message of the live stream: something changed; what, is asked for separately by whoever may know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// `incident`, `queue`, `people`, `nodes`, `balancers`, `sources`, `policy`, `playbooks`, `changes`, `audit`.
    pub kind: String,
    /// Incident id where there is one, else empty.
    pub id: String,
    /// Grows with every change of this thing.
    pub rev: i64,
}
