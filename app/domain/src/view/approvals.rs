//! The list of requests, and the page on which one is decided.

use serde::{Deserialize, Serialize};

use super::GateApproval;
use crate::{
    action::{ActionRequest, Container, Difference},
    alarm::Severity,
    approval::{Review, Vote},
    execution::Execution,
    ids::Digest,
    incident::Incident,
    policy::Can,
    time::Timestamp,
};

/// One request in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestLine {
    /// The request.
    pub request: ActionRequest,
    /// Approvals that count so far.
    pub approvals: i64,
    /// Of the incident.
    pub number: i64,
    /// Of the incident; attacker-influenced text.
    pub title: String,
    /// Of the incident.
    pub severity: Severity,
    /// Where.
    pub node_name: String,
}

/// The list of requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalsPage {
    /// Undecided, the one that ends first on top.
    pub waiting: Vec<RequestLine>,
    /// Done without asking, and not reviewed yet.
    pub to_review: Vec<RequestLine>,
    /// Every outcome, newest first.
    pub past: Vec<RequestLine>,
    /// Are there older ones?
    pub older: bool,
    /// May the viewer decide at all?
    pub can: Can,
    /// When this was read.
    pub as_of: Timestamp,
}

/// One request, with everything that a decision needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalPage {
    /// The incident.
    pub incident: Incident,
    /// The request.
    pub request: ActionRequest,
    /// The container as its engine describes it now; none when it cannot be told, with why in `trouble`, and when
    /// nothing is left to decide.
    pub container: Option<Container>,
    /// Why the engine could not be asked.
    pub trouble: Option<String>,
    /// The gate, when it is about one.
    pub gate: Option<GateApproval>,
    /// What goes back with the form.
    pub fingerprint: Option<Digest>,
    /// What changed since the request was last bound; each must be ticked as seen.
    pub changed: Vec<Difference>,
    /// What is not as it was when somebody asked.
    pub changed_since_asked: Vec<Difference>,
    /// What changed makes it another container: it cannot be approved.
    pub other_container: bool,
    /// Is the action possible on the container as it is now?
    pub possible: Can,
    /// Nothing is sealed: whoever approves this kill must waive that.
    pub needs_waiver: bool,
    /// What the approver should know first.
    pub warnings: Vec<String>,
    /// What the action does and does not do.
    pub effects: Vec<String>,
    /// Decisions, oldest first.
    pub votes: Vec<Vote>,
    /// Approvals that count so far.
    pub approvals: i64,
    /// How many are needed.
    pub quorum: i64,
    /// Names of who could decide now.
    pub deciders: Vec<String>,
    /// May the viewer decide?
    pub can_decide: Can,
    /// May the viewer take it back?
    pub can_withdraw: Can,
    /// May the viewer review it?
    pub can_review: Can,
    /// What another person said about it.
    pub review: Option<Review>,
    /// Its one run, once it began.
    pub execution: Option<Execution>,
    /// When this was read.
    pub as_of: Timestamp,
}
