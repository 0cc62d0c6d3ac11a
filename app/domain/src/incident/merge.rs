//! What alarms make of an incident, and two incidents that become one and two again.
//!
//! Which alarms came with which incident is the store's to remember: see
//! [`Op::MoveAlarms`](crate::changeset::Op::MoveAlarms).

use super::{Closing, Incident};
use crate::{
    alarm::{Alarm, AlarmClass, Severity},
    error::Problem,
    playbook::Playbooks,
    time::Timestamp,
};

/// How far a node's clock may be ahead of ours before its alarm counts as later than the containment, microseconds.
const LATE: i64 = 5 * crate::time::SECOND;

/// What a set of alarms comes to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many.
    pub count: i64,
    /// The worst of them.
    pub worst: Option<(Severity, AlarmClass)>,
    /// When the first and the last were received.
    pub span: Option<(Timestamp, Timestamp)>,
}

impl Tally {
    /// Counts so many more, of which each [says](Alarm::says) this; `span` is when the first and the last were received.
    pub fn add(&mut self, count: i64, says: Option<(Severity, AlarmClass)>, span: (Timestamp, Timestamp)) {
        self.count += count;
        self.span = Some(self.span.map_or(span, |(first, last)| (first.min(span.0), last.max(span.1))));
        if let Some(this) = says {
            self.worst = Some(self.worst.map_or(this, |worst| worse(worst, this)));
        }
    }
}

/// The higher severity counts; among equals the class that stands first in the runbook, an escape before all.
fn worse(one: (Severity, AlarmClass), other: (Severity, AlarmClass)) -> (Severity, AlarmClass) {
    let is_worse = other.0 > one.0 || (other.0 == one.0 && other.1 < one.1);
    if is_worse { other } else { one }
}

impl Incident {
    /// Takes one more alarm about its container in: counts it, and raises severity, class and deadline to the worst. A
    /// contained container raises none: one that happened after containment says that containment no longer holds.
    pub fn join(&mut self, alarm: &Alarm, playbooks: &Playbooks) {
        if self.contained_at.is_some_and(|at| alarm.occurred_at > at.plus(LATE) && !alarm.clock_suspect) {
            self.doubted();
        }
        self.alarm_count += 1;
        self.first_alarm_at = self.first_alarm_at.min(alarm.received_at);
        self.last_alarm_at = self.last_alarm_at.max(alarm.received_at);
        self.worsen((alarm.severity, alarm.class));
        self.follow(playbooks);
    }

    /// Gives all alarms to another incident and closes this one. An incident that is closed, and was about the same
    /// container, is opened again by that. `hindrance` says what stands in the way of closing this one. `playbooks` are
    /// those that the other follows.
    ///
    /// # Errors
    /// Conflict when this one is closed, holds a containment, or something stands in the way; invalid, naming `into`, when
    /// the other is the same, is closed about something else, or is not about this one's container although that is known.
    pub fn merge(
        &mut self,
        into: &mut Self,
        reason: &str,
        hindrance: Option<&str>,
        now: Timestamp,
        playbooks: &Playbooks,
    ) -> Result<(), Problem> {
        if self.id == into.id {
            return Err(Problem::field("into", "Choose another incident than this one."));
        }
        self.must_be_open()?;
        let same = into.key == self.key && !into.is_merged();
        if into.closed_at.is_some() && !same {
            return Err(Problem::field("into", format!("{} is closed. Choose an open incident.", into.label())));
        }
        // An incident is about one container: merged, another one would be in nobody's queue, and its measures unwatched.
        if self.target_node().is_some() && into.key != self.key {
            let label = into.label();
            let words = format!(
                "{label} is not about the container of {}. It can become part only of an incident about the same one; \
                 merge {label} into it instead if that one's container is not known.",
                self.label()
            );
            return Err(Problem::field("into", words));
        }
        if !self.measures.is_empty() {
            let held = if self.is_held() { "its container contained" } else { "a gate restricted" };
            return Err(Problem::conflict(format!(
                "{} holds {held}, and nobody would watch that any more. Go on with it.",
                self.label()
            )));
        }
        if let Some(hindrance) = hindrance {
            return Err(Problem::conflict(hindrance));
        }
        if into.closed_at.is_some() {
            into.open_again(now);
        }
        self.note_seen(now);
        into.note_seen(now);
        let reason = reason.trim();
        let words = if reason.is_empty() { into.label() } else { format!("{}: {reason}", into.label()) };
        self.end(Closing::Merged, words, Some(into.id.clone()), now);
        into.alarm_count += self.alarm_count;
        into.first_alarm_at = into.first_alarm_at.min(self.first_alarm_at);
        into.last_alarm_at = into.last_alarm_at.max(self.last_alarm_at);
        into.worsen((self.severity, self.class));
        into.follow(playbooks);
        self.alarm_count = 0;
        Ok(())
    }

    /// Opens it again as an incident of its own. When its alarms are back, it and the one that had them until then are to
    /// be [counted anew](Self::recount). `rival` is another open incident with its key.
    ///
    /// # Errors
    /// Conflict when it was not merged, or has a rival.
    pub fn unmerge(&mut self, rival: Option<&Self>, now: Timestamp) -> Result<(), Problem> {
        self.may_unmerge(rival).map_err(Problem::conflict)?;
        self.open_again(now);
        Ok(())
    }

    /// Was it merged into another? Then that one, or the one that that was merged into, has its alarms.
    #[must_use]
    pub fn is_merged(&self) -> bool {
        self.closing == Some(Closing::Merged)
    }

    /// Can it be taken out of the incident that it was merged into? `Err` says why not.
    ///
    /// # Errors
    /// The sentence to show.
    pub fn may_unmerge(&self, rival: Option<&Self>) -> Result<(), String> {
        if !self.is_merged() {
            return Err("This incident was not merged into another.".to_owned());
        }
        match rival {
            Some(rival) => {
                let (label, what) = (rival.label(), self.subject());
                Err(format!("{label} is open about {what}, and only one may be. Close or merge {label} first."))
            }
            None => Ok(()),
        }
    }

    /// What is made of its alarms, made anew.
    pub fn recount(&mut self, alarms: &Tally, playbooks: &Playbooks) {
        self.alarm_count = alarms.count;
        if let Some((severity, class)) = alarms.worst {
            (self.severity, self.class) = (severity, class);
        }
        if let Some((first, last)) = alarms.span {
            (self.first_alarm_at, self.last_alarm_at) = (first, last);
        }
        self.follow(playbooks);
    }

    fn worsen(&mut self, other: (Severity, AlarmClass)) {
        (self.severity, self.class) = worse((self.severity, self.class), other);
    }
}
