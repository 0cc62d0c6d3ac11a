//! Taking triage back: what an incident must still be like for it, and what it is like afterwards.
//!
//! Who may, for how long, and whether somebody did something since is decided by [`crate::bulk`].

use super::{Incident, IncidentState};
use crate::{error::Problem, ids::PersonId, time::Timestamp};

impl Incident {
    /// Not acknowledged after all, when it was acknowledged at this moment and nothing came of it.
    ///
    /// # Errors
    /// Conflict when it is closed or has gone on.
    pub fn undo_acknowledge(&mut self, at: Timestamp) -> Result<(), Problem> {
        self.must_be_open()?;
        if self.acknowledged_at != Some(at) || self.state != IncidentState::Triage || self.verdict.is_some() {
            return Err(Problem::conflict("The incident has gone on since."));
        }
        self.acknowledged_at = None;
        self.state = IncidentState::New;
        Ok(())
    }

    /// The former owner is back, or nobody. `untouched`: nobody did anything since the owner was given at this moment; if
    /// that was the acknowledgement too, it is taken back as well. Says whether it was, and stays.
    ///
    /// # Errors
    /// Conflict when it is closed, or when the owner is not the one who was given.
    pub fn undo_assign(
        &mut self,
        (given, at): (&PersonId, Timestamp),
        former: Option<PersonId>,
        untouched: bool,
    ) -> Result<bool, Problem> {
        self.must_be_open()?;
        if self.owner.as_ref() != Some(given) {
            return Err(Problem::conflict("It has another owner since."));
        }
        self.owner = former;
        let was_seen_by_it = self.acknowledged_at == Some(at);
        Ok(was_seen_by_it && !(untouched && self.undo_acknowledge(at).is_ok()))
    }
}
