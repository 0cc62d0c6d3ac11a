//! An incident: alarms about one container on one node, and how far people have come with it.
//!
//! Owns what an incident is made of and how it opens; what happens to it afterwards stands below: taking it on and
//! containing it ([`life`]), its end ([`closing`]), and becoming one with another ([`merge`]).

pub mod closing;
pub mod life;
pub mod merge;

mod undo;

use serde::{Deserialize, Serialize};

pub use self::closing::{Closing, Verdict};
use crate::{
    action::Action,
    alarm::{Alarm, AlarmClass, MappingMethod, Severity},
    error::Problem,
    ids::{ContainerId, IncidentId, NodeId, PersonId},
    playbook::{Course, Playbooks, Step, Unknown, is_over, is_pressing},
    time::Timestamp,
};

crate::words! {
    /// How far (design, section 5).
    IncidentState {
        /// Nobody has looked.
        New = "new", "New";
        /// Somebody looks.
        Triage = "triage", "Triage";
        /// An action is under way.
        Containing = "containing", "Containing";
        /// An action is verified.
        Contained = "contained", "Contained";
        /// Contained, and people find out what happened.
        Analysing = "analysing", "Analysing";
        /// Released: back in service, to be closed.
        Recovering = "recovering", "Recovering";
        /// Over.
        Closed = "closed", "Closed";
    }
}

/// Where an incident's container was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The node, when it is one of ours.
    pub node: Option<NodeId>,
    /// The node's name: ours, or as the alarm gives it.
    pub node_name: String,
    /// The container, when resolved.
    pub container: Option<ContainerId>,
    /// Its name, or what the alarm gives.
    pub container_name: String,
    /// Image reference.
    pub image: String,
    /// `sha256:…`, when resolved.
    pub image_id: String,
    /// How it was found.
    pub method: MappingMethod,
    /// One sentence on how it was found, or why it was not.
    pub reason: String,
}

/// Added to the deadline, microseconds, of incidents whose containment cannot be read: in the queue they come after all that
/// are not contained.
pub const AFTER_OPEN: i64 = 1 << 60;

/// Added to the deadline of contained incidents, microseconds: in the queue they come after all others.
pub const AFTER_ALL: i64 = 1 << 61;

/// An incident, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Ours.
    pub id: IncidentId,
    /// `INC-12` has number 12. Given by the store when it is first written; 0 before.
    pub number: i64,
    /// Counts writes; a write names the version it read.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub version: i64,
    /// What alarms are joined by: node and container, or source, node hint and rule when unresolved.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub key: String,
    /// For people; made of a rule and a container name, so attacker-influenced text.
    pub title: String,
    /// The class of the worst alarm.
    pub class: AlarmClass,
    /// The worst of its alarms.
    pub severity: Severity,
    /// How far.
    pub state: IncidentState,
    /// Was it an intrusion, and why.
    pub verdict: Option<Verdict>,
    /// The words given with the verdict.
    pub verdict_reason: String,
    /// Which container on which node.
    pub place: Place,
    /// Who works on it.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub owner: Option<PersonId>,
    /// When the first alarm was received.
    pub first_alarm_at: Timestamp,
    /// When the last one was.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub last_alarm_at: Timestamp,
    /// How many.
    pub alarm_count: i64,
    /// When it must be contained.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub contain_by: Timestamp,
    /// First human acknowledgement.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub acknowledged_at: Option<Timestamp>,
    /// The containments that were verified and hold as far as is known: paused, disconnected, killed, a gate restricted.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub measures: Vec<Action>,
    /// Since when at least one of them holds the container itself.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub contained_at: Option<Timestamp>,
    /// Whether a containment holds cannot be read; the last word of the watch.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub unknown: Option<Unknown>,
    /// When a pack of evidence was last concluded with at least one sealed item.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub evidence_at: Option<Timestamp>,
    /// When people last said that its analysis is done.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub analysed_at: Option<Timestamp>,
    /// When it was closed.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub closed_at: Option<Timestamp>,
    /// Why it was.
    pub closing: Option<Closing>,
    /// The words given with that; they begin with the other incident's label where there is one.
    pub closing_reason: String,
    /// The other incident that [`Closing::Merged`] or [`Closing::Duplicate`] speaks of.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub of: Option<IncidentId>,
    /// When it was last opened again.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub reopened_at: Option<Timestamp>,
    /// The playbook that it follows, and how far.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub course: Course,
}

/// How keys of resolved containers begin.
const CONTAINER: &str = "container:";

/// The key under which alarms about a resolved container are joined.
#[must_use]
pub fn container_key(node: &NodeId, container: &ContainerId) -> String {
    format!("{CONTAINER}{node}:{container}")
}

/// The key of an alarm whose container is not known: source, node hint, and the container hint or else the rule.
#[must_use]
pub fn hint_key(alarm: &Alarm) -> String {
    let node = alarm.node_hint.as_deref().unwrap_or("?");
    let what = alarm.container.id.as_deref().or(alarm.container.name.as_deref());
    match what {
        Some(container) => format!("hint:{}:{node}:c:{container}", alarm.source),
        None => format!("hint:{}:{node}:r:{}", alarm.source, alarm.rule),
    }
}

impl Incident {
    /// Opens an incident for a first alarm; it follows these playbooks from now on.
    #[must_use]
    pub fn open(id: IncidentId, key: String, alarm: &Alarm, place: Place, playbooks: &Playbooks) -> Self {
        let title = if place.container_name.is_empty() {
            alarm.rule.clone()
        } else {
            format!("{} in {}", alarm.rule, place.container_name)
        };
        let mut incident = Self {
            id,
            number: 0,
            version: 0,
            key,
            title: crate::text::cut(&title, 200),
            class: alarm.class,
            severity: alarm.severity,
            state: IncidentState::New,
            verdict: None,
            verdict_reason: String::new(),
            place,
            owner: None,
            first_alarm_at: alarm.received_at,
            last_alarm_at: alarm.received_at,
            alarm_count: 1,
            contain_by: alarm.received_at,
            acknowledged_at: None,
            measures: Vec::new(),
            contained_at: None,
            unknown: None,
            evidence_at: None,
            analysed_at: None,
            closed_at: None,
            closing: None,
            closing_reason: String::new(),
            of: None,
            reopened_at: None,
            course: Course::default(),
        };
        incident.follow(playbooks);
        incident
    }

    /// Takes a surer place over: an alarm that names the container well mends what a poorer one left open. What a person
    /// chose stays.
    pub fn learn_place(&mut self, found: &Place) {
        if found.method.allows_action() && !self.place.method.allows_action() {
            self.place = found.clone();
        }
    }

    /// The node to act on, when it is sure enough which container this is about.
    #[must_use]
    pub fn target_node(&self) -> Option<&NodeId> {
        self.place.node.as_ref().filter(|_| self.place.method.allows_action() && self.place.container.is_some())
    }

    /// Is there still something for people to do that must not wait? What of it, its playbook says.
    #[must_use]
    pub fn needs_action(&self) -> bool {
        is_pressing(self)
    }

    /// Its place in the queue: by the deadline to contain it; where it is not known whether it is contained behind all that
    /// is not, and what is contained, or need not be, last, by the deadline to restore the service.
    #[must_use]
    pub fn urgency(&self) -> i64 {
        let (by, behind) = if self.is_unknown() {
            (self.contain_by, AFTER_OPEN)
        } else if is_over(Step::Contain, self) {
            (self.course.recover_by, AFTER_ALL)
        } else {
            (self.contain_by, 0)
        };
        by.0.saturating_add(behind)
    }

    /// `INC-12`.
    #[must_use]
    pub fn label(&self) -> String {
        format!("INC-{}", self.number)
    }

    /// Its page.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/incidents/{}", self.number)
    }

    /// What two incidents with one key have in common.
    fn subject(&self) -> &'static str {
        if self.key.starts_with(CONTAINER) { "the same container" } else { "the same hint of a container" }
    }

    /// May anything be done to it but opening it again? `Err` says why not.
    ///
    /// # Errors
    /// The sentence to show.
    pub fn may_change(&self) -> Result<(), String> {
        if self.closed_at.is_some() { Err("This incident is closed.".to_owned()) } else { Ok(()) }
    }

    pub(crate) fn must_be_open(&self) -> Result<(), Problem> {
        self.may_change().map_err(Problem::conflict)
    }
}
