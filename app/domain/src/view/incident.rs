//! One incident, the chooser of its container, and one item of its evidence.

use serde::{Deserialize, Serialize};

use super::EventRow;
use crate::{
    action::{Action, ActionRequest, ContainerFacts, RequestState, RunState},
    alarm::{Alarm, MappingMethod},
    evidence::{CustodyStep, Item, Pack, Task},
    execution::Execution,
    gate::{Hold, Look},
    ids::{ContainerId, NodeId, RequestId},
    incident::Incident,
    playbook::{Due, Offer, Step, StepState},
    policy::Can,
    time::Timestamp,
};

/// One alarm on the incident page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmRow {
    /// The alarm.
    pub alarm: Alarm,
    /// How its container was found.
    pub method: MappingMethod,
    /// The same in a sentence.
    pub reason: String,
}

/// One step of the playbook on the incident page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRow {
    /// Which.
    pub step: Step,
    /// Where it stands.
    pub state: StepState,
    /// What the team calls it.
    pub title: String,
    /// What the team says about it; empty when it is over.
    pub guidance: String,
    /// What came of it, or what it waits for: one sentence.
    pub result: String,
    /// What it is about, by name, while it is the one to do; attacker text.
    pub about: Vec<(String, String)>,
    /// The ways to do it, when its turn has come or it need not wait for that; and whether the viewer may.
    pub offers: Vec<(Offer, Can)>,
    /// May it be left out?
    pub skippable: bool,
}

/// What the incident page shows of a request; its own page shows all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestBrief {
    /// Ours.
    pub id: RequestId,
    /// What.
    pub action: Action,
    /// The container's name when somebody asked, or which gate of which load balancer; attacker text.
    pub name: String,
    /// Why, in the requester's words.
    pub reason: String,
    /// Who asks.
    pub requester_name: String,
    /// When.
    pub created_at: Timestamp,
    /// Without the approvals that the policy asks for.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub break_glass: bool,
    /// Where it stands.
    pub state: RequestState,
    /// One sentence about how it ended.
    pub detail: String,
}

impl From<ActionRequest> for RequestBrief {
    fn from(request: ActionRequest) -> Self {
        Self {
            id: request.id,
            action: request.action,
            name: request.parameters.gate.as_ref().map_or(request.facts.name, |change| change.place()),
            reason: request.reason,
            requester_name: request.requester_name,
            created_at: request.created_at,
            break_glass: request.break_glass,
            state: request.state,
            detail: request.detail,
        }
    }
}

/// A request and its run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestRow {
    /// The request.
    pub request: RequestBrief,
    /// Its one run, once it began.
    pub execution: Option<Execution>,
}

/// A pack and its items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackRow {
    /// The pack.
    pub pack: Pack,
    /// Its items while they are worked on.
    pub tasks: Vec<Task>,
    /// Its concluded items.
    pub items: Vec<Item>,
}

/// What the viewer may do on an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentCan {
    /// Acknowledge.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub acknowledge: Can,
    /// Assign to me, verdict, note, choose the container.
    pub triage: Can,
    /// Pause.
    pub pause: Can,
    /// Every action on the container; whether it is in a state for it is said on its confirm page.
    pub actions: Vec<(Action, Can)>,
    /// Restrict and restore gates in front of it.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub gates: Can,
    /// Start the collection of evidence.
    pub collect: Can,
    /// Stop one that is under way.
    pub cancel: Can,
    /// Download kept evidence.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub download: Can,
    /// Read the audit trail.
    pub read_audit: Can,
}

/// The incident page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncidentPage {
    /// The incident.
    pub incident: Incident,
    /// The owner's name, empty when nobody.
    pub owner_name: String,
    /// Is the viewer the owner?
    pub mine: bool,
    /// Newest first, at most 100.
    pub alarms: Vec<AlarmRow>,
    /// The version of the playbooks that it follows.
    pub playbook: i64,
    /// It is said to be contained, and cannot be read.
    pub unknown: bool,
    /// The playbook.
    pub steps: Vec<StepRow>,
    /// Its clocks: to acknowledge, to contain, to restore.
    pub dues: Vec<Due>,
    /// The clock that runs now.
    pub due: Due,
    /// Newest first.
    pub requests: Vec<RequestRow>,
    /// What the engine said of the container when it was last asked for an action or evidence.
    pub facts: Option<ContainerFacts>,
    /// Newest first.
    pub packs: Vec<PackRow>,
    /// Newest first, up to a limit.
    pub timeline: Vec<EventRow>,
    /// Are there events before those?
    pub older_events: bool,
    /// What the viewer may do.
    pub can: IncidentCan,
    /// Holds of this incident on gates, past ones too, oldest first. Stays on the server: `gates/show` tells others.
    #[serde(skip)]
    pub holds: Vec<Hold>,
    /// The last look for gates in front of its container, if there was one. Stays on the server.
    #[serde(skip)]
    pub looked: Option<Look>,
    /// What is not stopped by what was done so far: sentences.
    pub still_open: Vec<String>,
    /// Numbers of the incidents about containers that took this one's place, or whose place it took, and of the one that it
    /// was merged into or duplicates.
    pub related: Vec<i64>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// A container on a node, for the chooser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerChoice {
    /// The node's id.
    pub node: NodeId,
    /// The node's name.
    pub node_name: String,
    /// Full id.
    pub container: ContainerId,
    /// Name.
    pub name: String,
    /// Image reference.
    pub image: String,
    /// What it is doing.
    pub state: RunState,
    /// Why it may be the one, empty when nothing points to it.
    pub hint: String,
}

/// The chooser of the container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoosePage {
    /// The incident.
    pub incident: Incident,
    /// Likely ones first.
    pub choices: Vec<ContainerChoice>,
    /// Nodes that did not answer, with why.
    pub silent: Vec<(String, String)>,
    /// May the viewer choose?
    pub can: Can,
}

/// One item with its custody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidencePage {
    /// The incident.
    pub incident: Incident,
    /// The pack it belongs to.
    pub pack: Pack,
    /// The item.
    pub item: Item,
    /// Oldest first.
    pub custody: Vec<CustodyStep>,
    /// The kept bytes as text with secrets masked, for small text items; empty otherwise.
    pub preview: String,
    /// May the viewer download it?
    pub can_download: Can,
}
