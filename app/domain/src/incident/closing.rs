//! How an incident ends, and how it is opened again.

use super::{Incident, IncidentState};
use crate::{action::Action, error::Problem, ids::IncidentId, time::Timestamp};

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
    }
}

crate::words! {
    /// Why an incident is over.
    Closing {
        /// An intrusion that did harm.
        TruePositiveImpact = "true_positive_impact", "True positive, with impact";
        /// An intrusion that did none.
        TruePositiveNoImpact = "true_positive_no_impact", "True positive, without impact";
        /// The detector was wrong.
        FalsePositive = "false_positive", "False positive";
        /// It happened, and was meant to.
        Benign = "benign", "Benign: expected activity";
        /// Another incident is about the same.
        Duplicate = "duplicate", "Duplicate of another incident";
        /// It cannot be told.
        Insufficient = "insufficient", "Too little information";
        /// Its alarms belong to another incident. Given by merging, never by a person's choice.
        Merged = "merged", "Merged into another incident";
    }
}

impl Closing {
    /// What a person may choose.
    pub const CHOICES: &'static [Self] = &[
        Self::TruePositiveImpact,
        Self::TruePositiveNoImpact,
        Self::FalsePositive,
        Self::Benign,
        Self::Duplicate,
        Self::Insufficient,
    ];

    /// Does it say that there was an intrusion?
    #[must_use]
    pub fn is_intrusion(self) -> bool {
        matches!(self, Self::TruePositiveImpact | Self::TruePositiveNoImpact)
    }

    /// The verdict that goes with it; none when it goes with any.
    #[must_use]
    pub fn verdict(self) -> Option<Verdict> {
        match self {
            Self::TruePositiveImpact | Self::TruePositiveNoImpact => Some(Verdict::Confirmed),
            Self::FalsePositive => Some(Verdict::FalsePositive),
            Self::Benign => Some(Verdict::Benign),
            Self::Insufficient => Some(Verdict::Insufficient),
            Self::Duplicate | Self::Merged => None,
        }
    }
}

impl Verdict {
    /// With what it closes the incident; none for a confirmed intrusion, which people work on.
    #[must_use]
    pub fn closing(self) -> Option<Closing> {
        match self {
            Self::Confirmed => None,
            Self::FalsePositive => Some(Closing::FalsePositive),
            Self::Benign => Some(Closing::Benign),
            Self::Insufficient => Some(Closing::Insufficient),
        }
    }
}

/// How a person wants to close an incident.
#[derive(Debug, Clone, PartialEq)]
pub struct Ending {
    /// Why.
    pub closing: Closing,
    /// For a duplicate: the incident that it duplicates, and those that this one is itself a duplicate of or merged into,
    /// one after the other.
    pub of: Vec<Incident>,
    /// In words.
    pub reason: String,
    /// They know that nothing is sealed as evidence.
    pub without_evidence: bool,
}

impl Incident {
    /// Records whether it was an intrusion. Anything but confirmed closes it, unless something stands in the way of that:
    /// `hindrance` says what.
    ///
    /// # Errors
    /// Conflict when it is closed, or when it would be while something stands in the way; invalid, naming `reason`, when
    /// it is not confirmed and no reason is given.
    pub fn give_verdict(
        &mut self,
        verdict: Verdict,
        reason: &str,
        hindrance: Option<&str>,
        now: Timestamp,
    ) -> Result<(), Problem> {
        self.must_be_open()?;
        let closing = verdict.closing();
        if closing.is_some() && reason.trim().is_empty() {
            return Err(Problem::field("reason", "Say in a few words why it is not an intrusion."));
        }
        if let Some(hindrance) = hindrance.filter(|_| closing.is_some()) {
            return Err(Problem::conflict(hindrance));
        }
        self.note_seen(now);
        self.verdict = Some(verdict);
        reason.trim().clone_into(&mut self.verdict_reason);
        if let Some(closing) = closing {
            self.end(closing, reason.trim().to_owned(), None, now);
        }
        Ok(())
    }

    /// Closes it, unless something stands in the way: `hindrance` says what. A reason that says *no intrusion* is the
    /// verdict too; one that says *intrusion* needs that verdict before.
    ///
    /// # Errors
    /// Conflict when it is closed or something stands in the way; invalid, naming `closing`, `of`, `reason` or
    /// `without_evidence`.
    pub fn close(&mut self, ending: Ending, hindrance: Option<&str>, now: Timestamp) -> Result<(), Problem> {
        self.must_be_open()?;
        self.check(&ending)?;
        if let Some(hindrance) = hindrance {
            return Err(Problem::conflict(hindrance));
        }
        let Ending { closing, of, reason, .. } = ending;
        let reason = reason.trim();
        self.note_seen(now);
        if let Some(verdict) = closing.verdict().filter(|verdict| self.verdict != Some(*verdict)) {
            self.verdict = Some(verdict);
            reason.clone_into(&mut self.verdict_reason);
        }
        let words = of.first().map_or_else(|| reason.to_owned(), |other| format!("{}: {reason}", other.label()));
        self.end(closing, words, of.first().map(|other| other.id.clone()), now);
        Ok(())
    }

    /// Everything that is wrong with it, at once.
    fn check(&self, ending: &Ending) -> Result<(), Problem> {
        let mut wrong: Vec<(&str, String)> = Vec::new();
        let closing = ending.closing;
        if closing == Closing::Merged {
            wrong.push(("closing", "Choose one of the offered reasons; to merge it, go to Merge.".to_owned()));
        }
        if let Err(why_not) = self.may_close_as(closing) {
            wrong.push(("closing", why_not));
        }
        match (closing, ending.of.first()) {
            (Closing::Duplicate, None) => {
                wrong.push(("of", "Give the number of the incident that this one duplicates.".to_owned()));
            }
            (Closing::Duplicate, Some(other)) if other.id == self.id => {
                wrong.push(("of", "An incident is no duplicate of itself. Give another number.".to_owned()));
            }
            (Closing::Duplicate, Some(other)) if ending.of.iter().any(|it| it.id == self.id) => {
                let other = other.label();
                wrong.push((
                    "of",
                    format!("{other} leads back to this one. Close {other} as the duplicate, or neither."),
                ));
            }
            (Closing::Duplicate, Some(_)) | (_, None) => {}
            (_, Some(_)) => {
                wrong.push((
                    "of",
                    "Only a duplicate names another incident. Empty this, or choose duplicate.".to_owned(),
                ));
            }
        }
        if ending.reason.trim().is_empty() {
            wrong.push(("reason", "Say in a few words why it can be closed.".to_owned()));
        }
        if self.lacks_evidence(closing) && !ending.without_evidence {
            let remedy = "Nothing is sealed as evidence. Retain evidence first, or tick that you close without.";
            wrong.push(("without_evidence", remedy.to_owned()));
        }
        let mut wrong = wrong.into_iter();
        let Some((field, remedy)) = wrong.next() else { return Ok(()) };
        let first = Problem::field(field, remedy);
        Err(wrong.fold(first, |problem, (field, remedy)| problem.and_field(field, remedy)))
    }

    /// Does this reason fit what people found? `Err` says what comes first.
    ///
    /// # Errors
    /// The sentence to show.
    pub fn may_close_as(&self, closing: Closing) -> Result<(), String> {
        if closing.is_intrusion() && self.verdict != Some(Verdict::Confirmed) {
            return Err("Give the verdict first: only a confirmed intrusion is a true positive.".to_owned());
        }
        Ok(())
    }

    /// Would it be closed as an intrusion of which nothing is kept?
    #[must_use]
    pub fn lacks_evidence(&self, closing: Closing) -> bool {
        closing.is_intrusion() && self.evidence_at.is_none()
    }

    /// What it leaves as it is on its container when it is closed or merged: sentences.
    #[must_use]
    pub fn left_in_place(&self) -> Vec<String> {
        let left = self.measures.iter().filter_map(|measure| match measure {
            // A kill ends a pause: nothing is left that could be resumed.
            Action::Pause if self.measures.contains(&Action::Kill) => None,
            Action::Pause => Some("The container stays paused until somebody resumes it on its node."),
            Action::Disconnect => {
                Some("The container stays without its networks until somebody reconnects it on its node.")
            }
            Action::RestrictGate => {
                Some("A gate in front of it stays restricted until somebody restores it in its load balancer.")
            }
            Action::Kill | Action::Unpause | Action::Reconnect | Action::RestoreGate => None,
        });
        let mut left: Vec<String> = left.map(str::to_owned).collect();
        let never = self.course.verified_at.is_none() && !self.is_held() && self.target_node().is_some();
        if !left.is_empty() {
            let unwatched = "While the incident is closed Quell does not watch whether that holds, and releases nothing. \
                             Open it again for either.";
            left.push(unwatched.to_owned());
        }
        if never {
            left.push(
                "The container was never contained: as far as Quell knows its processes run and its traffic flows."
                    .to_owned(),
            );
        }
        left
    }

    /// Opens it again, in the state that its measures say. A verdict that said no intrusion is taken back. Its clock goes
    /// on from the first alarm. `rival` is another open incident with its key.
    ///
    /// # Errors
    /// Conflict when it is open, was merged, or has a rival; invalid, naming `reason`, without words.
    pub fn reopen(&mut self, reason: &str, rival: Option<&Self>, now: Timestamp) -> Result<(), Problem> {
        self.may_reopen(rival).map_err(Problem::conflict)?;
        if reason.trim().is_empty() {
            return Err(Problem::field("reason", "Say in a few words why it is opened again."));
        }
        self.open_again(now);
        Ok(())
    }

    /// May it be opened again? `Err` says what to do instead.
    ///
    /// # Errors
    /// The sentence to show.
    pub fn may_reopen(&self, rival: Option<&Self>) -> Result<(), String> {
        match (self.closing, rival) {
            (None, _) => Err("This incident is open.".to_owned()),
            (Some(Closing::Merged), _) => {
                Err("It was merged into another incident. Unmerge it: that opens it again.".to_owned())
            }
            (Some(_), Some(rival)) => Err(format!(
                "{label} is open about {what}. Merge {label} into this one, which opens it again, or go on there.",
                label = rival.label(),
                what = self.subject()
            )),
            (Some(_), None) => Ok(()),
        }
    }

    /// What a verdict or a merge does in the end.
    pub(super) fn end(&mut self, closing: Closing, words: String, of: Option<IncidentId>, now: Timestamp) {
        self.state = IncidentState::Closed;
        self.closed_at = Some(now);
        self.closing = Some(closing);
        self.closing_reason = words;
        self.of = of;
    }

    pub(super) fn open_again(&mut self, now: Timestamp) {
        self.state = match (self.is_held(), self.measures.is_empty()) {
            (true, _) => IncidentState::Contained,
            (false, false) => IncidentState::Containing,
            (false, true) => IncidentState::Triage,
        };
        if self.verdict != Some(Verdict::Confirmed) {
            self.verdict = None;
            self.verdict_reason.clear();
        }
        self.closed_at = None;
        self.closing = None;
        self.closing_reason.clear();
        self.of = None;
        self.reopened_at = Some(now);
    }
}
