//! From the first look to recovering: who has it, what was done to its container, and what is known of it.

use super::{Incident, IncidentState, Place};
use crate::{
    action::{Action, Purpose},
    alarm::Alarm,
    error::Problem,
    ids::PersonId,
    time::Timestamp,
};

impl Incident {
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

    /// Gives it an owner, or hands it over to another. Who has it has also looked at it.
    ///
    /// # Errors
    /// Conflict when it is closed, or theirs already.
    pub fn assign(&mut self, to: &PersonId, now: Timestamp) -> Result<(), Problem> {
        self.must_be_open()?;
        if self.owner.as_ref() == Some(to) {
            return Err(Problem::conflict("It has this owner already."));
        }
        self.note_seen(now);
        self.owner = Some(to.clone());
        Ok(())
    }

    /// An action was requested.
    ///
    /// # Errors
    /// Conflict when it is closed.
    pub fn requested(&mut self, action: Action, now: Timestamp) -> Result<(), Problem> {
        self.must_be_open()?;
        self.note_seen(now);
        if action.purpose() == Purpose::Contain && !self.is_held() {
            self.state = IncidentState::Containing;
        }
        Ok(())
    }

    /// Does a measure hold the container itself? A gate that is restricted stops new connections from outside only: what runs
    /// goes on, and what it sends gets out. So it is no containment by itself.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.measures.iter().any(|measure| !measure.is_of_gate())
    }

    /// An action was verified. One more measure does not end an analysis.
    pub fn verified(&mut self, action: Action, now: Timestamp) {
        match action.releases() {
            None => {
                if !self.measures.contains(&action) {
                    self.measures.push(action);
                    self.measures.sort_unstable();
                }
                self.course.restored_at = None;
                if self.is_held() && self.contained_at.is_none() {
                    self.contained_at = Some(now);
                    self.course.verified_at = Some(now);
                }
                if self.is_held() && self.state != IncidentState::Analysing {
                    self.settle(IncidentState::Contained);
                }
            }
            Some(containment) => {
                self.measures.retain(|measure| *measure != containment);
                if !self.is_held() {
                    self.contained_at = None;
                    self.unknown = None;
                    self.settle(IncidentState::Recovering);
                }
                if self.measures.is_empty() {
                    self.course.restored_at.get_or_insert(now);
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
        if !self.is_held() {
            self.contained_at = None;
            self.unhold();
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
            // What a gate lets through is read at the gate.
            self.measures.retain(|measure| measure.is_of_gate());
            self.unhold();
            self.settle(IncidentState::Containing);
        }
    }

    /// What was verified did not hold: it counts as never contained.
    fn unhold(&mut self) {
        self.unknown = None;
        self.course.verified_at = None;
    }

    /// People begin to find out what happened.
    ///
    /// # Errors
    /// Conflict, saying what comes first.
    pub fn start_analysis(&mut self, now: Timestamp) -> Result<(), Problem> {
        self.may_start_analysis().map_err(Problem::conflict)?;
        self.note_seen(now);
        self.state = IncidentState::Analysing;
        Ok(())
    }

    /// May an analysis begin? `Err` says why not.
    ///
    /// # Errors
    /// The sentence to show.
    pub fn may_start_analysis(&self) -> Result<(), String> {
        let why_not = match self.state {
            IncidentState::Contained => return Ok(()),
            IncidentState::Closed => "This incident is closed.",
            IncidentState::Analysing => "It is analysed already.",
            IncidentState::Recovering => "The container was released. Contain it again to analyse it as it is.",
            _ => "Contain it first: what still runs changes what there is to analyse.",
        };
        Err(why_not.to_owned())
    }

    /// The analysis is done, with what was found. It stays contained until somebody releases it.
    ///
    /// # Errors
    /// Conflict when none is under way; invalid, naming `findings`, without words.
    pub fn finish_analysis(&mut self, findings: &str, now: Timestamp) -> Result<(), Problem> {
        self.may_finish_analysis().map_err(Problem::conflict)?;
        if findings.trim().is_empty() {
            return Err(Problem::field("findings", "Say in a few words what was found."));
        }
        self.analysed_at = Some(now);
        self.state = IncidentState::Contained;
        Ok(())
    }

    /// Is there an analysis to end? `Err` says why not.
    ///
    /// # Errors
    /// The sentence to show.
    pub fn may_finish_analysis(&self) -> Result<(), String> {
        match self.state {
            IncidentState::Analysing => Ok(()),
            IncidentState::Closed => Err("This incident is closed.".to_owned()),
            _ => Err("No analysis is under way.".to_owned()),
        }
    }

    /// A person said which container it is.
    ///
    /// # Errors
    /// Conflict when it is closed, or when an action was already aimed at another container.
    pub fn choose(&mut self, key: String, place: Place, now: Timestamp) -> Result<(), Problem> {
        self.may_choose()?;
        self.note_seen(now);
        self.key = key;
        self.place = place;
        Ok(())
    }

    /// May a person still say which container it is?
    ///
    /// # Errors
    /// Conflict when it is closed, or when an action was already aimed at its container.
    pub fn may_choose(&self) -> Result<(), Problem> {
        self.must_be_open()?;
        match self.state {
            IncidentState::Containing
            | IncidentState::Contained
            | IncidentState::Analysing
            | IncidentState::Recovering => {
                Err(Problem::conflict("An action was already requested for this incident's container."))
            }
            IncidentState::New | IncidentState::Triage | IncidentState::Closed => Ok(()),
        }
    }

    pub(crate) fn note_seen(&mut self, now: Timestamp) {
        self.acknowledged_at.get_or_insert(now);
        if self.state == IncidentState::New {
            self.state = IncidentState::Triage;
        }
    }

    /// A closed incident stays closed, whatever is still read back.
    fn settle(&mut self, state: IncidentState) {
        if self.state != IncidentState::Closed {
            self.state = state;
        }
    }
}
