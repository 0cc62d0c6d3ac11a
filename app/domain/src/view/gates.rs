//! The gates in front of an incident's container, the confirm page of changing one, and the load balancers.

use serde::{Deserialize, Serialize};

use super::RequestBrief;
use crate::{
    action::{Action, Container, Difference},
    gate::{AllowList, BackEnd, Balancer, Door, Former, Gate, Hold, How, Rules},
    ids::{BalancerId, Digest, GateKey, RequestId},
    incident::Incident,
    policy::{Can, Requirement},
    time::Timestamp,
};

/// A hold, with whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldRow {
    /// The hold.
    pub hold: Hold,
    /// Number of its incident.
    pub number: i64,
    /// Is it of the incident that is looked at?
    pub mine: bool,
}

/// One gate on the page of gates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateRow {
    /// Which load balancer.
    pub balancer: BalancerId,
    /// What people call it.
    pub balancer_name: String,
    /// Which of its listeners.
    pub key: GateKey,
    /// What people call the two; as it was when it was last known.
    pub place: String,
    /// As the load balancer describes it now; none when it does not, with why in `trouble`.
    pub gate: Option<Gate>,
    /// Why the load balancer could not be asked.
    pub trouble: Option<String>,
    /// Every back end behind it; those that lead to the container are marked.
    pub back_ends: Vec<BackEnd>,
    /// Holds that are not over, of this incident and others, the oldest first.
    pub holds: Vec<HoldRow>,
    /// Is it not as this incident's hold left it? Somebody else changed it.
    pub conflict: bool,
    /// What restricting it does not, or did not, stop: sentences.
    pub not_stopped: Vec<String>,
    /// May the viewer ask for restricting it?
    pub restrict: Can,
    /// May the viewer ask for restoring it?
    pub restore: Can,
    /// Requests of this incident about this gate that are not over.
    pub open: Vec<RequestBrief>,
}

/// The gates in front of an incident's container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatesPage {
    /// The incident.
    pub incident: Incident,
    /// The container as its engine describes it now; none when it cannot be told, with why in `trouble`.
    pub container: Option<Container>,
    /// Why its engine could not be asked.
    pub trouble: Option<String>,
    /// Where the container can be reached: what gates were looked for by.
    pub doors: Vec<Door>,
    /// Gates that lead to it, and gates that this incident holds.
    pub gates: Vec<GateRow>,
    /// Load balancers that could not be asked, by name, with why.
    pub silent: Vec<(String, String)>,
    /// How many load balancers are registered.
    pub balancers: usize,
    /// What containment so far does not stop: sentences.
    pub still_open: Vec<String>,
    /// May the viewer ask for any change?
    pub can: Can,
    /// When this was read.
    pub as_of: Timestamp,
}

/// The confirm page of restricting or restoring a gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateConfirmPage {
    /// [`Action::RestrictGate`] or [`Action::RestoreGate`].
    pub action: Action,
    /// The incident.
    pub incident: Incident,
    /// Which load balancer.
    pub balancer: BalancerId,
    /// What people call it.
    pub balancer_name: String,
    /// Which of its listeners.
    pub key: GateKey,
    /// As it is now; none when it cannot be told, with why in `trouble`.
    pub gate: Option<Gate>,
    /// Why the load balancer, or the container's engine, could not be asked.
    pub trouble: Option<String>,
    /// Every back end behind it: whom it hits.
    pub back_ends: Vec<BackEnd>,
    /// Holds on it that are not over.
    pub holds: Vec<HoldRow>,
    /// This incident's hold, which restoring takes back.
    pub mine: Option<Hold>,
    /// Who may connect now.
    pub now: Option<Rules>,
    /// Restoring: what is put back.
    pub former: Option<Former>,
    /// Restoring: how it was restricted.
    pub how: How,
    /// Restoring: the gate is not as Quell left it; what it should be stands in `mine`, what it is in `now`. The form must
    /// say whether that is put aside (`over`) or stays (`leave`).
    pub conflict: bool,
    /// Incidents that hold it too: restoring leaves it closed for them, restricting joins them with their list.
    pub others: Vec<i64>,
    /// Restricting: the list that must be used, because another incident holds the gate with it.
    pub their_list: Option<AllowList>,
    /// Restricting: the list that the form begins with, an entry a line.
    pub prefilled: String,
    /// Can this load balancer end connections that stand?
    pub can_cut: bool,
    /// What goes back with the form, as `fingerprint`.
    pub fingerprint: Option<Digest>,
    /// What it does.
    pub effects: Vec<String>,
    /// What it will not stop.
    pub not_stopped: Vec<String>,
    /// What the viewer should know first.
    pub warnings: Vec<String>,
    /// How it is taken back: sentences.
    pub undo: Vec<String>,
    /// From where will be knocked, before and after; why not, where not.
    pub probes: Vec<String>,
    /// May the viewer request it, and is it possible now?
    pub can: Can,
    /// What today's policy asks for.
    pub needs: Requirement,
    /// The request for the same that is open already.
    pub open: Option<RequestId>,
    /// May the approvals be skipped, to be reviewed afterwards?
    pub can_break_glass: bool,
    /// Whose name will stand in the record.
    pub recorded_as: String,
    /// When this was read.
    pub as_of: Timestamp,
}

/// What an approver must know of the gate that a request is about; what the request wants stands in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateApproval {
    /// As it is now; none when it cannot be told, with why in `trouble`, and when nothing is left to decide.
    pub gate: Option<Gate>,
    /// Why the load balancer could not be asked.
    pub trouble: Option<String>,
    /// What is not as it was when it was asked for. Then it cannot be approved: it must be asked for anew.
    pub changed: Vec<Difference>,
    /// Holds on it that are not over.
    pub holds: Vec<HoldRow>,
    /// The hold that the request took or takes back, with its proof.
    pub hold: Option<Hold>,
}

/// The page of load balancers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BalancersPage {
    /// In use, by name.
    pub balancers: Vec<Balancer>,
    /// Now.
    pub as_of: Timestamp,
}
