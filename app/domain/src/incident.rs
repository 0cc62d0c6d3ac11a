//! An incident: the ticket. Alarms about one container on one node, and how far people have come with it.

use serde::{Deserialize, Serialize};

use crate::{
    action::{Action, Purpose},
    alarm::{Alarm, AlarmClass, MappingMethod, Severity},
    error::Problem,
    ids::{ContainerId, IncidentId, NodeId, PersonId},
    policy::Policy,
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
        /// Released: back in service, to be closed.
        Recovering = "recovering", "Recovering";
        /// Over.
        Closed = "closed", "Closed";
    }
}

crate::words! {
    /// Was it an intrusion? Anything but `Confirmed` closes the incident.
    Verdict {
        /// Yes.
        Confirmed = "confirmed", "Intrusion confirmed";
        /// The detector was wrong.
        FalsePositive = "false_positive", "Not an intrusion: false positive";
        /// It happened, and was meant to.
        Benign = "benign", "Not an intrusion: expected activity";
        /// It cannot be told.
        Insufficient = "insufficient", "Not confirmed: too little information";
        /// Its alarms belong to another incident. Given by merging, never by a person's choice.
        Merged = "merged", "Merged into another incident";
    }
}

impl Verdict {
    /// What a person may choose.
    pub const CHOICES: &'static [Self] = &[Self::Confirmed, Self::FalsePositive, Self::Benign, Self::Insufficient];
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

/// Added to the deadline of contained incidents, microseconds: in the queue they come after all that are not.
pub const AFTER_ALL: i64 = 1 << 61;

/// An incident's place in the queue: by deadline, and what is contained after all that is not.
#[must_use]
pub fn urgency(contain_by: Timestamp, contained_at: Option<Timestamp>) -> i64 {
    if contained_at.is_some() { contain_by.0.saturating_add(AFTER_ALL) } else { contain_by.0 }
}

/// How far a node's clock may be ahead of ours before its alarm counts as later than the containment, microseconds.
const LATE: i64 = 5 * crate::time::SECOND;

/// The ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Ours.
    pub id: IncidentId,
    /// `INC-12` has number 12. Given by the store when it is first written; 0 before.
    pub number: i64,
    /// Counts writes; a write names the version it read.
    pub version: i64,
    /// What alarms are joined by: node and container, or source, node hint and rule when unresolved.
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
    pub owner: Option<PersonId>,
    /// When the first alarm was received.
    pub first_alarm_at: Timestamp,
    /// When the last one was.
    pub last_alarm_at: Timestamp,
    /// How many.
    pub alarm_count: i64,
    /// When it must be contained.
    pub contain_by: Timestamp,
    /// First human acknowledgement.
    pub acknowledged_at: Option<Timestamp>,
    /// The containments that were verified and hold as far as is known: paused, disconnected, killed.
    pub measures: Vec<Action>,
    /// Since when at least one of them holds.
    pub contained_at: Option<Timestamp>,
    /// When a pack of evidence was last concluded with at least one sealed item.
    pub evidence_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
}

/// The key under which alarms about a resolved container are joined.
#[must_use]
pub fn container_key(node: &NodeId, container: &ContainerId) -> String {
    format!("container:{node}:{container}")
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
    /// Opens an incident for a first alarm.
    #[must_use]
    pub fn open(id: IncidentId, key: String, alarm: &Alarm, place: Place, policy: &Policy) -> Self {
        let title = if place.container_name.is_empty() {
            alarm.rule.clone()
        } else {
            format!("{} in {}", alarm.rule, place.container_name)
        };
        Self {
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
            contain_by: policy.contain_by(alarm.received_at, alarm.severity),
            acknowledged_at: None,
            measures: Vec::new(),
            contained_at: None,
            evidence_at: None,
            closed_at: None,
        }
    }

    /// Takes one more alarm in: counts it, and raises severity, class and deadline to the worst. A contained container
    /// raises none: one that happened after containment says that containment no longer holds.
    pub fn join(&mut self, alarm: &Alarm, policy: &Policy) {
        self.alarm_count += 1;
        if self.contained_at.is_some_and(|at| alarm.occurred_at > at.plus(LATE) && !alarm.clock_suspect) {
            self.doubted();
        }
        self.first_alarm_at = self.first_alarm_at.min(alarm.received_at);
        self.last_alarm_at = self.last_alarm_at.max(alarm.received_at);
        self.worsen(alarm.severity, alarm.class);
        self.contain_by = policy.contain_by(self.first_alarm_at, self.severity);
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

    /// Is there still something for people to do: contain it, give the verdict, keep evidence?
    #[must_use]
    pub fn needs_action(&self) -> bool {
        self.closed_at.is_none()
            && (self.contained_at.is_none() || self.verdict.is_none() || self.evidence_at.is_none())
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

    /// Somebody has looked: the first time counts.
    ///
    /// # Errors
    /// Conflict when somebody already has, or it is closed.
    pub fn acknowledge(&mut self, now: Timestamp) -> Result<(), Problem> {
        self.must_be_open()?;
        if self.acknowledged_at.is_some() {
            return Err(Problem::conflict("Somebody has acknowledged this already."));
        }
        self.note_seen(now);
        Ok(())
    }

    /// Gives it an owner.
    ///
    /// # Errors
    /// Conflict when it is closed.
    pub fn assign(&mut self, to: &PersonId, now: Timestamp) -> Result<(), Problem> {
        self.must_be_open()?;
        self.note_seen(now);
        self.owner = Some(to.clone());
        Ok(())
    }

    /// Records whether it was an intrusion. Anything but confirmed closes it, unless something stands in the way of that:
    /// `hindrance` says what.
    ///
    /// # Errors
    /// Conflict when it is closed, or when it would be while an action is under way; invalid, naming `reason`, when it is
    /// not confirmed and no reason is given.
    pub fn give_verdict(
        &mut self,
        verdict: Verdict,
        reason: &str,
        hindrance: Option<&str>,
        now: Timestamp,
    ) -> Result<(), Problem> {
        self.must_be_open()?;
        if !Verdict::CHOICES.contains(&verdict) {
            return Err(Problem::field("verdict", "Choose one of the offered verdicts."));
        }
        if verdict != Verdict::Confirmed && reason.trim().is_empty() {
            return Err(Problem::field("reason", "Say in a few words why it is not an intrusion."));
        }
        if let Some(hindrance) = hindrance.filter(|_| verdict != Verdict::Confirmed) {
            return Err(Problem::conflict(hindrance));
        }
        self.note_seen(now);
        self.verdict = Some(verdict);
        self.verdict_reason = reason.trim().to_owned();
        if verdict != Verdict::Confirmed {
            self.state = IncidentState::Closed;
            self.closed_at = Some(now);
        }
        Ok(())
    }

    /// An action was requested.
    ///
    /// # Errors
    /// Conflict when it is closed.
    pub fn requested(&mut self, action: Action, now: Timestamp) -> Result<(), Problem> {
        self.must_be_open()?;
        self.note_seen(now);
        if action.purpose() == Purpose::Contain && self.measures.is_empty() {
            self.state = IncidentState::Containing;
        }
        Ok(())
    }

    /// An action was verified.
    pub fn verified(&mut self, action: Action, now: Timestamp) {
        match action.releases() {
            None => {
                if !self.measures.contains(&action) {
                    self.measures.push(action);
                    self.measures.sort_unstable();
                }
                self.contained_at.get_or_insert(now);
                self.settle(IncidentState::Contained);
            }
            Some(containment) => {
                self.measures.retain(|measure| *measure != containment);
                if self.measures.is_empty() {
                    self.contained_at = None;
                    self.settle(IncidentState::Recovering);
                }
            }
        }
    }

    /// An action came to nothing: back to where it stood before.
    pub fn came_to_nothing(&mut self) {
        if self.state == IncidentState::Containing && self.measures.is_empty() {
            self.state = IncidentState::Triage;
        }
    }

    /// A containment no longer holds. The others, if any, still do.
    pub fn broken(&mut self, measure: Action) {
        self.measures.retain(|held| *held != measure);
        if self.measures.is_empty() {
            self.contained_at = None;
            self.settle(IncidentState::Containing);
        }
    }

    /// Quell's own watch found that these no longer hold; its alarm counts.
    pub fn found_broken(&mut self, measures: &[Action], alarm: &Alarm) {
        measures.iter().for_each(|measure| self.broken(*measure));
        self.alarm_count += 1;
        self.last_alarm_at = self.last_alarm_at.max(alarm.received_at);
    }

    /// Something happened that should not have, were it contained: whatever was done must be verified again.
    pub fn doubted(&mut self) {
        if self.contained_at.take().is_some() {
            self.measures.clear();
            self.settle(IncidentState::Containing);
        }
    }

    /// A closed incident stays closed, whatever is still read back.
    fn settle(&mut self, state: IncidentState) {
        if self.state != IncidentState::Closed {
            self.state = state;
        }
    }

    /// A person said which container it is.
    ///
    /// # Errors
    /// Conflict when it is closed, or when an action was already aimed at another container.
    pub fn choose(&mut self, key: String, place: Place, now: Timestamp) -> Result<(), Problem> {
        self.must_be_open()?;
        if matches!(self.state, IncidentState::Containing | IncidentState::Contained) {
            return Err(Problem::conflict("An action was already requested for this incident's container."));
        }
        self.note_seen(now);
        self.key = key;
        self.place = place;
        Ok(())
    }

    /// Gives all alarms to another incident and closes this one.
    ///
    /// # Errors
    /// Conflict when either is closed, or an action was already aimed at this one's container.
    pub fn merge(&mut self, into: &mut Self, now: Timestamp, policy: &Policy) -> Result<(), Problem> {
        self.must_be_open()?;
        into.must_be_open()?;
        if matches!(self.state, IncidentState::Containing | IncidentState::Contained) {
            return Err(Problem::conflict("An action was already requested for this incident's container."));
        }
        self.verdict = Some(Verdict::Merged);
        self.verdict_reason = into.label();
        self.state = IncidentState::Closed;
        self.closed_at = Some(now);
        into.alarm_count += self.alarm_count;
        into.first_alarm_at = into.first_alarm_at.min(self.first_alarm_at);
        into.last_alarm_at = into.last_alarm_at.max(self.last_alarm_at);
        into.worsen(self.severity, self.class);
        into.contain_by = policy.contain_by(into.first_alarm_at, into.severity);
        Ok(())
    }

    /// The higher severity counts; among equals the class that stands first in the runbook, an escape before all.
    fn worsen(&mut self, severity: Severity, class: AlarmClass) {
        if severity > self.severity || (severity == self.severity && class < self.class) {
            self.severity = severity;
            self.class = class;
        }
    }

    fn note_seen(&mut self, now: Timestamp) {
        self.acknowledged_at.get_or_insert(now);
        if self.state == IncidentState::New {
            self.state = IncidentState::Triage;
        }
    }

    fn must_be_open(&self) -> Result<(), Problem> {
        if self.closed_at.is_some() { Err(Problem::conflict("This incident is closed.")) } else { Ok(()) }
    }
}
