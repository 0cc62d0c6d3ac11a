//! Time targets and clocks: how long an incident has left, or how long it took.

use serde::{Deserialize, Serialize};

use super::Step;
use crate::{
    incident::{Incident, IncidentState},
    time::Timestamp,
};

crate::words! {
    /// What there is a time target for. All are counted from the first alarm that was received.
    Goal {
        /// Somebody looks (MTTA).
        Acknowledge = "acknowledge", "to acknowledge";
        /// A containment is verified (MTTC).
        Contain = "contain", "to contain";
        /// The service is restored (MTTR).
        Recover = "recover", "to restore";
    }
}

/// A time target and how an incident stands against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// What for.
    pub goal: Goal,
    /// The first alarm.
    pub from: Timestamp,
    /// Until when.
    pub by: Timestamp,
    /// When it was reached.
    pub met: Option<Timestamp>,
    /// It will not be reached any more: closed before, left out, or no step of its playbook.
    pub off: bool,
}

impl Incident {
    /// The clock of one target.
    #[must_use]
    pub fn due(&self, goal: Goal) -> Due {
        let course = &self.course;
        let (by, met, step) = match goal {
            Goal::Acknowledge => (course.acknowledge_by, self.acknowledged_at, Step::Acknowledge),
            // What was released was contained before; what did not hold was not.
            Goal::Contain => (self.contain_by, course.verified_at, Step::Contain),
            Goal::Recover => (course.recover_by, course.restored_at, Step::Recover),
        };
        let taken = course.steps.contains(&step) && course.skipped(step).is_none();
        let off = self.state == IncidentState::Closed || !taken;
        Due { goal, from: self.first_alarm_at, by, met, off }
    }

    /// All clocks.
    #[must_use]
    pub fn dues(&self) -> Vec<Due> {
        Goal::ALL.iter().map(|goal| self.due(*goal)).collect()
    }

    /// The clock that runs now: to acknowledge, then to contain, then to restore. When none does, that of containing.
    #[must_use]
    pub fn due_now(&self) -> Due {
        let mut running = self.dues().into_iter().filter(|due| due.met.is_none() && !due.off);
        running.next().unwrap_or_else(|| self.due(Goal::Contain))
    }
}
