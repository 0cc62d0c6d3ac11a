//! The playbook: which steps an incident takes, and the single next one.

use crate::incident::{Incident, IncidentState};

crate::words! {
    /// The steps of playbook version 1, in order.
    Step {
        /// Somebody looks.
        Acknowledge = "acknowledge", "Acknowledge";
        /// Is it an intrusion?
        Verdict = "verdict", "Give the verdict";
        /// Stop it.
        Contain = "contain", "Pause the container";
        /// Keep what it left.
        Evidence = "evidence", "Retain evidence";
    }
}

crate::words! {
    /// Where a step stands.
    StepState {
        /// Over.
        Done = "done", "Done";
        /// The one to do now.
        Current = "current", "Now";
        /// Not yet.
        Later = "later", "Later";
    }
}

/// Is a step over for this incident?
#[must_use]
pub fn is_done(step: Step, incident: &Incident) -> bool {
    match step {
        Step::Acknowledge => incident.acknowledged_at.is_some(),
        Step::Verdict => incident.verdict.is_some(),
        Step::Contain => incident.contained_at.is_some() || incident.state == IncidentState::Recovering,
        Step::Evidence => incident.evidence_at.is_some(),
    }
}

/// The first step that is not over; none when all are or the incident is closed.
#[must_use]
pub fn next(incident: &Incident) -> Option<Step> {
    if incident.state == IncidentState::Closed {
        return None;
    }
    Step::ALL.iter().copied().find(|step| !is_done(*step, incident))
}

/// All steps with where they stand.
#[must_use]
pub fn steps(incident: &Incident) -> Vec<(Step, StepState)> {
    let next = next(incident);
    Step::ALL
        .iter()
        .map(|step| {
            let state = if is_done(*step, incident) {
                StepState::Done
            } else if Some(*step) == next {
                StepState::Current
            } else {
                StepState::Later
            };
            (*step, state)
        })
        .collect()
}
