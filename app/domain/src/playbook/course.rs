//! What an incident keeps of its playbook: the version that it follows, what that asks of it, and what was left out.

use serde::{Deserialize, Serialize};

use super::{Playbooks, Step, is_done};
use crate::{action::Action, error::Problem, incident::Incident, time::Timestamp};

/// A step that was left out, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Which.
    pub step: Step,
    /// In the words of whoever left it out.
    pub reason: String,
    /// Their name at the time.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Since when a containment cannot be read, and why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unknown {
    /// Since when.
    pub since: Timestamp,
    /// In words.
    pub reason: String,
}

/// What an incident follows, as it stood when it was opened, joined by a worse alarm or moved to another version.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// The version of the playbooks.
    pub version: i64,
    /// The kinds of its steps, in order.
    pub steps: Vec<Step>,
    /// With what to contain, the first choice first.
    pub measures: Vec<Action>,
    /// Until when somebody must have looked.
    pub acknowledge_by: Timestamp,
    /// Until when the service must be restored.
    pub recover_by: Timestamp,
    /// What was left out.
    pub skipped: Vec<Skipped>,
    /// When a containment was last verified. It stays when that is released, and goes when it did not hold.
    pub verified_at: Option<Timestamp>,
    /// When the service was restored: the containment released, or a person said so.
    pub restored_at: Option<Timestamp>,
}

impl Course {
    /// Why a step was left out, if it was.
    #[must_use]
    pub fn skipped(&self, step: Step) -> Option<&Skipped> {
        self.skipped.iter().find(|skipped| skipped.step == step)
    }
}

impl Incident {
    /// Takes over what its playbook asks: steps, measures, and deadlines by class and severity. Must be called whenever
    /// one of these, or the time of the first alarm, changes. What was left out stays left out where its
    /// playbook allows that.
    pub fn follow(&mut self, playbooks: &Playbooks) {
        let book = playbooks.book(self.class);
        let (acknowledge, contain, recover) = book.target(self.severity).micros();
        let mut skipped = std::mem::take(&mut self.course.skipped);
        skipped.retain(|skipped| book.step(skipped.step).is_some_and(|step| step.skippable));
        self.contain_by = self.first_alarm_at.plus(contain);
        self.course = Course {
            version: playbooks.version,
            steps: book.steps.iter().map(|step| step.kind).collect(),
            measures: book.step(Step::Contain).map(|step| step.measures.clone()).unwrap_or_default(),
            acknowledge_by: self.first_alarm_at.plus(acknowledge),
            recover_by: self.first_alarm_at.plus(recover),
            skipped,
            verified_at: self.course.verified_at,
            restored_at: self.course.restored_at,
        };
    }

    /// Moves it to the newest version.
    ///
    /// # Errors
    /// Conflict when it is closed, or follows that version already.
    pub fn use_version(&mut self, newest: &Playbooks) -> Result<(), Problem> {
        self.must_be_open()?;
        if self.course.version == newest.version {
            return Err(Problem::conflict(format!("It follows version {} already.", newest.version)));
        }
        self.follow(newest);
        Ok(())
    }

    /// Leaves a step out. `playbooks` are those that it follows.
    ///
    /// # Errors
    /// Conflict when it is closed, the step is over, or its playbook does not allow it; invalid, naming `reason`, without
    /// a reason.
    pub fn skip(
        &mut self,
        step: Step,
        reason: &str,
        by: &str,
        playbooks: &Playbooks,
        now: Timestamp,
    ) -> Result<(), Problem> {
        self.must_be_open()?;
        let asked = playbooks.book(self.class).step(step);
        let Some(asked) = asked else { return Err(Problem::conflict("This incident's playbook has no such step.")) };
        if !asked.skippable {
            return Err(Problem::conflict("The playbook does not allow to leave this step out."));
        }
        if self.course.skipped(step).is_some() {
            return Err(Problem::conflict("This step was left out already."));
        }
        if is_done(step, self) {
            return Err(Problem::conflict("This step is done already."));
        }
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(Problem::field("reason", "Say in a few words why it is left out."));
        }
        self.note_seen(now);
        self.course.skipped.push(Skipped { step, reason: reason.to_owned(), by: by.to_owned(), at: now });
        Ok(())
    }

    /// Takes it back that a step was left out.
    ///
    /// # Errors
    /// Conflict when the incident is closed, or the step was not left out.
    pub fn take_back(&mut self, step: Step) -> Result<(), Problem> {
        self.must_be_open()?;
        if self.course.skipped(step).is_none() {
            return Err(Problem::conflict("This step was not left out."));
        }
        self.course.skipped.retain(|skipped| skipped.step != step);
        Ok(())
    }

    /// A person says that the service works again, whatever became of this container: a clean one may have its place.
    ///
    /// # Errors
    /// Conflict when it is closed or was restored before; invalid, naming `reason`, when it is not said how.
    pub fn restored(&mut self, how: &str, now: Timestamp) -> Result<(), Problem> {
        self.must_be_open()?;
        if self.course.restored_at.is_some() {
            return Err(Problem::conflict("The service was restored already."));
        }
        if how.trim().is_empty() {
            return Err(Problem::field("reason", "Say in a few words what serves in its place."));
        }
        self.note_seen(now);
        self.course.restored_at = Some(now);
        Ok(())
    }

    /// Is it said to be contained, and cannot be read?
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.unknown.is_some() && self.contained_at.is_some()
    }
}
