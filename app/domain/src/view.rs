//! What the pages show: read models that use cases return and that travel to the browser as they are.
//!
//! Everything a person may not see is already left out; every button comes with whether it works and why not.

use serde::{Deserialize, Serialize};

use crate::{
    action::{ActionRequest, Container, Difference, RunState},
    alarm::{AlarmClass, AlarmDetail, ContainerHint, MappingMethod, Severity},
    audit::{Actor, EventOutcome, Target},
    evidence::{Item, Pack, Task},
    execution::Execution,
    ids::{AlarmId, ContainerId, Digest, IncidentId, PersonId},
    incident::{Incident, IncidentState},
    node::Node,
    people::Person,
    playbook::{Step, StepState},
    policy::{Can, Role},
    source::Source,
    time::Timestamp,
};

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

crate::words! {
    /// The views of the queue.
    QueueView {
        /// Open and not contained, most urgent first.
        NeedsAction = "action", "Needs action";
        /// Mine and open.
        Mine = "mine", "Mine";
        /// Open without an owner.
        Unassigned = "unassigned", "Unassigned";
        /// Contained and open.
        Contained = "contained", "Contained";
        /// Closed.
        Closed = "closed", "Closed";
    }
}

/// What of the queue is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueFilter {
    /// Which view.
    pub view: QueueView,
    /// Only this class (the runbook's tabs).
    pub class: Option<AlarmClass>,
    /// Substring of title, container, node, image or number; never a pattern.
    pub text: String,
    /// Continue after this row: its sort key and number.
    pub after: Option<(i64, i64)>,
}

/// One row of the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueRow {
    /// Ours.
    pub id: IncidentId,
    /// `INC-12` has 12.
    pub number: i64,
    /// For people; attacker-influenced.
    pub title: String,
    /// The worst alarm's.
    pub severity: Severity,
    /// The worst alarm's.
    pub class: AlarmClass,
    /// How far.
    pub state: IncidentState,
    /// Alarms in it.
    pub alarm_count: i64,
    /// Container name or hint.
    pub container_name: String,
    /// First 12 digits, when resolved.
    pub container_short: String,
    /// Node name or hint.
    pub node_name: String,
    /// How the container was found.
    pub method: MappingMethod,
    /// The owner's name, empty when nobody.
    pub owner_name: String,
    /// When it must be contained.
    pub contain_by: Timestamp,
    /// When the first alarm was received.
    pub first_alarm_at: Timestamp,
    /// When it was contained.
    pub contained_at: Option<Timestamp>,
    /// Where each step of the playbook stands, in order.
    pub steps: Vec<StepState>,
    /// The one next step.
    pub next: Option<Step>,
}

/// The four numbers above the queue, and the counts of its tabs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Open and not contained.
    pub need_containment: i64,
    /// Of these, past their target.
    pub past_target: i64,
    /// Open and not acknowledged.
    pub not_acknowledged: i64,
    /// First alarm of the oldest of these.
    pub oldest_unacknowledged: Option<Timestamp>,
    /// Open, owned by whoever asks.
    pub mine: i64,
    /// Open without an owner.
    pub unassigned: i64,
    /// Open and contained.
    pub contained: i64,
    /// Closed.
    pub closed: i64,
    /// Open and not contained, by class, in the order of [`AlarmClass::ALL`].
    pub by_class: Vec<i64>,
    /// Median microseconds from first alarm to verified containment, of the last 24 hours.
    pub median_to_contain: Option<i64>,
    /// When an alarm was last received, from any source.
    pub last_alarm_at: Option<Timestamp>,
}

/// The queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuePage {
    /// What was asked for.
    pub filter: QueueFilter,
    /// At most 50, most urgent first.
    pub rows: Vec<QueueRow>,
    /// Where the next page begins.
    pub next: Option<(i64, i64)>,
    /// The numbers.
    pub counters: Counters,
    /// May the viewer acknowledge and assign?
    pub can_triage: Can,
    /// Nodes in use, and how many of them answered last.
    pub nodes: (i64, i64),
    /// When this was read.
    pub as_of: Timestamp,
}

/// One alarm on the incident page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmRow {
    /// Ours.
    pub id: AlarmId,
    /// When the detector says it happened.
    pub occurred_at: Timestamp,
    /// When we had it.
    pub received_at: Timestamp,
    /// The detector's clock cannot be right.
    pub clock_suspect: bool,
    /// The format it was read as.
    pub detector: String,
    /// The detector's rule.
    pub rule: String,
    /// Ours.
    pub class: AlarmClass,
    /// The detector's word.
    pub severity_reported: String,
    /// Ours.
    pub severity: Severity,
    /// Why ours differs.
    pub severity_reason: String,
    /// As the alarm names the node.
    pub node_hint: Option<String>,
    /// As the alarm names the container.
    pub container: ContainerHint,
    /// The rest of it.
    pub detail: AlarmDetail,
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
    /// What came of it, or what it waits for: one sentence.
    pub result: String,
}

/// A request and its run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestRow {
    /// The request.
    pub request: ActionRequest,
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

/// One line of the timeline or the audit page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventRow {
    /// Its place in the chain.
    pub seq: i64,
    /// When it was recorded.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// Its code.
    pub code: String,
    /// How it ended.
    pub outcome: EventOutcome,
    /// What it is about.
    pub target: Option<Target>,
    /// `INC-12`, when it belongs to an incident.
    pub incident: Option<i64>,
    /// What it says beyond its code: one sentence, made from its facts; may hold attacker text.
    pub text: String,
}

/// What the viewer may do on an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentCan {
    /// Acknowledge.
    pub acknowledge: Can,
    /// Assign to me, verdict, note, choose the container.
    pub triage: Can,
    /// Pause.
    pub pause: Can,
    /// Start the collection of evidence.
    pub collect: Can,
    /// Stop one that is under way.
    pub cancel: Can,
    /// Download kept evidence.
    pub download: Can,
}

/// The incident page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncidentPage {
    /// The ticket.
    pub incident: Incident,
    /// The owner's name, empty when nobody.
    pub owner_name: String,
    /// Is the viewer the owner?
    pub mine: bool,
    /// Newest first, at most 100.
    pub alarms: Vec<AlarmRow>,
    /// The playbook.
    pub steps: Vec<StepRow>,
    /// Newest first.
    pub requests: Vec<RequestRow>,
    /// Newest first.
    pub packs: Vec<PackRow>,
    /// Newest first, at most 200.
    pub timeline: Vec<EventRow>,
    /// What the viewer may do.
    pub can: IncidentCan,
    /// What is not stopped by what was done so far: sentences.
    pub still_open: Vec<String>,
    /// When this was read.
    pub as_of: Timestamp,
}

/// A container on a node, for the chooser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerChoice {
    /// The node's id.
    pub node: crate::ids::NodeId,
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
    /// The ticket.
    pub incident: Incident,
    /// Likely ones first.
    pub choices: Vec<ContainerChoice>,
    /// Nodes that did not answer, with why.
    pub silent: Vec<(String, String)>,
    /// May the viewer choose?
    pub can: Can,
}

/// The confirm page of an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmPage {
    /// The ticket.
    pub incident: Incident,
    /// The container as the engine describes it now; none when it cannot be told, with why in `trouble`.
    pub container: Option<Container>,
    /// What goes back with the form.
    pub fingerprint: Option<Digest>,
    /// What the viewer should know first.
    pub warnings: Vec<String>,
    /// What the action does and does not stop.
    pub effects: Vec<String>,
    /// May the viewer request it, and does the container's state allow it?
    pub can: Can,
    /// Why the engine could not be asked.
    pub trouble: Option<String>,
    /// Approvals besides the requester.
    pub approvals_needed: u32,
    /// Whose name will stand in the record.
    pub recorded_as: String,
    /// What changed since the viewer opened the page, when the form came back.
    pub changed: Vec<Difference>,
    /// When the engine was asked.
    pub as_of: Timestamp,
}

/// One item with its custody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidencePage {
    /// The ticket.
    pub incident: Incident,
    /// The pack it belongs to.
    pub pack: Pack,
    /// The item.
    pub item: Item,
    /// Oldest first.
    pub custody: Vec<crate::evidence::CustodyStep>,
    /// The kept bytes as text with secrets masked, for small text items; empty otherwise.
    pub preview: String,
    /// May the viewer download it?
    pub can_download: Can,
}

/// What of the audit trail is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditFilter {
    /// Only this actor name or id.
    pub actor: String,
    /// Only codes that begin so.
    pub code: String,
    /// Only this incident's number.
    pub incident: Option<i64>,
    /// Only this outcome.
    pub outcome: Option<EventOutcome>,
    /// Only entries before this one.
    pub before: Option<i64>,
}

/// The audit page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditPage {
    /// What was asked for.
    pub filter: AuditFilter,
    /// Newest first, at most 100.
    pub rows: Vec<EventRow>,
    /// Number of entries in all.
    pub entries: i64,
    /// Hash of the last entry.
    pub head: Digest,
    /// Where the next page begins.
    pub next: Option<i64>,
}

/// The answer of *Verify*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditVerdict {
    /// Does the whole chain hold?
    pub intact: bool,
    /// In words.
    pub words: String,
    /// The first bad entry.
    pub first_bad: Option<i64>,
}

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
    /// When.
    pub received_at: Timestamp,
    /// From which source.
    pub source_name: String,
    /// What was wrong.
    pub reason: String,
    /// The first 300 characters.
    pub preview: String,
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
    /// `incident`, `queue`, `people`, `nodes`, `sources`, `audit`.
    pub kind: String,
    /// Incident id where there is one, else empty.
    pub id: String,
    /// Grows with every change of this thing.
    pub rev: i64,
}
