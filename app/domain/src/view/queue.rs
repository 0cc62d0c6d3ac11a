//! The queue.

use serde::{Deserialize, Serialize};

use crate::{
    alarm::{AlarmClass, MappingMethod, Severity},
    ids::IncidentId,
    incident::IncidentState,
    playbook::{Due, Offer, StepState},
    policy::Can,
    time::Timestamp,
};

crate::words! {
    /// The views of the queue.
    QueueView {
        /// Open, with something to do that must not wait: containing, the verdict, evidence, restoring what is contained; most
        /// urgent first.
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
    /// It is contained as far as is known, and that cannot be read.
    pub unknown: bool,
    /// The clock that runs now.
    pub due: Due,
    /// Its place in the queue; see [`Incident::urgency`](crate::incident::Incident::urgency).
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub urgency: i64,
    /// Where each step of the playbook stands, in order.
    pub steps: Vec<StepState>,
    /// The one next step, and the first way to do it; where a request waits for another person, the way to decide it.
    pub next: Option<Offer>,
}

/// The four numbers above the queue, and the counts of its tabs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Open, with something to do that must not wait.
    pub need_action: i64,
    /// Of these, not contained; those of which it is not known are not among them.
    pub need_containment: i64,
    /// Open and contained as far as is known, and that cannot be read.
    pub unknown: i64,
    /// Of those not contained, past their target.
    pub past_target: i64,
    /// Open and not acknowledged.
    pub not_acknowledged: i64,
    /// Of these, past their target.
    pub past_acknowledge: i64,
    /// First alarm of the oldest of those not acknowledged.
    pub oldest_unacknowledged: Option<Timestamp>,
    /// Open, owned by whoever asks.
    pub mine: i64,
    /// Open without an owner.
    pub unassigned: i64,
    /// Open and contained.
    pub contained: i64,
    /// Closed.
    pub closed: i64,
    /// What is in the view that was asked for, by class, in the order of [`AlarmClass::ALL`].
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
