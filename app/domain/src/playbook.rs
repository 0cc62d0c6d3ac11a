//! The playbook of an incident: which steps it takes, where each stands, and the single next one.
//!
//! Owns: the kinds of steps and how each is judged, what an incident keeps of its playbook ([`Course`]), time targets and
//! offers. The texts, the order and the targets are data: see [`books`]. Must not know who looks or where it is shown.

mod books;
mod course;
mod draft;
mod due;
mod offer;

pub use self::{
    books::{Playbook, PlaybookStep, Playbooks, Target, label},
    course::{Course, Skipped, Unknown},
    draft::{BookPress, DraftBook, DraftStep, DraftTarget, LONGEST_DRAFT, TypedBook},
    due::{Due, Goal},
    offer::{Offer, decision, offers},
};
use crate::incident::{Incident, IncidentState};

crate::words! {
    /// What Quell knows to offer and to judge as done. Each stands in a playbook at most once.
    Step {
        /// Somebody looks.
        Acknowledge = "acknowledge", "Acknowledge";
        /// Is it an intrusion?
        Verdict = "verdict", "Verdict";
        /// Stop it.
        Contain = "contain", "Contain";
        /// Keep what it left.
        Evidence = "evidence", "Evidence";
        /// Find out how they came in and what they did.
        Analyse = "analyse", "Analyse";
        /// Bring the service back.
        Recover = "recover", "Recover";
        /// Say how it ended.
        Close = "close", "Close";
    }
}

impl Step {
    /// May a playbook allow to leave it out? Without somebody who looks, a verdict and an end there is no incident.
    #[must_use]
    pub fn may_be_skippable(self) -> bool {
        !matches!(self, Self::Acknowledge | Self::Verdict | Self::Close)
    }

    /// Must every playbook have it?
    #[must_use]
    pub fn is_needed(self) -> bool {
        matches!(self, Self::Acknowledge | Self::Verdict | Self::Contain | Self::Close)
    }
}

crate::words! {
    /// Where a step stands.
    StepState {
        /// Over.
        Done = "done", "Done";
        /// Left out, with a reason.
        Skipped = "skipped", "Skipped";
        /// The one to do now.
        Current = "current", "Now";
        /// Not yet.
        Later = "later", "Later";
    }
}

/// Is a step done for this incident? A containment that cannot be read is not: unknown is not fine.
#[must_use]
pub fn is_done(step: Step, incident: &Incident) -> bool {
    match step {
        Step::Acknowledge => incident.acknowledged_at.is_some(),
        Step::Verdict => incident.verdict.is_some(),
        Step::Contain => {
            (incident.contained_at.is_some() && !incident.is_unknown()) || incident.state == IncidentState::Recovering
        }
        Step::Evidence => incident.evidence_at.is_some(),
        Step::Analyse => incident.analysed_at.is_some(),
        Step::Recover => incident.course.restored_at.is_some(),
        Step::Close => incident.closed_at.is_some(),
    }
}

/// Is nothing more to do about a step: done, or left out?
#[must_use]
pub fn is_over(step: Step, incident: &Incident) -> bool {
    is_done(step, incident) || incident.course.skipped(step).is_some()
}

/// The first step that is not over; none when the incident is closed.
#[must_use]
pub fn next(incident: &Incident) -> Option<Step> {
    if incident.state == IncidentState::Closed {
        return None;
    }
    incident.course.steps.iter().copied().find(|step| !is_over(*step, incident))
}

/// All steps of the incident's playbook with where they stand.
#[must_use]
pub fn steps(incident: &Incident) -> Vec<(Step, StepState)> {
    let next = next(incident);
    let state = |step: Step| {
        if is_done(step, incident) {
            StepState::Done
        } else if incident.course.skipped(step).is_some() {
            StepState::Skipped
        } else if Some(step) == next {
            StepState::Current
        } else {
            StepState::Later
        }
    };
    incident.course.steps.iter().map(|step| (*step, state(*step))).collect()
}

/// Is something to do that must not wait: containing, the verdict, evidence, and while it is contained, restoring the
/// service? Working out what happened may.
#[must_use]
pub fn is_pressing(incident: &Incident) -> bool {
    let presses = |step: Step| match step {
        Step::Contain | Step::Verdict | Step::Evidence => true,
        // Its clock runs then.
        Step::Recover => incident.contained_at.is_some(),
        Step::Acknowledge | Step::Analyse | Step::Close => false,
    };
    incident.closed_at.is_none() && incident.course.steps.iter().any(|step| presses(*step) && !is_over(*step, incident))
}
