//! Playbooks as data: steps with their texts, and time targets. All playbooks together are one version.

use serde::{Deserialize, Serialize};

use super::Step;
use crate::{
    action::Action,
    alarm::{AlarmClass, Severity},
    error::Problem,
    time::MINUTE,
};

/// Characters of a step's title.
const LONGEST_TITLE: usize = 80;
/// Characters of a step's guidance.
const LONGEST_GUIDANCE: usize = 300;
/// The longest time target, minutes: 30 days.
const MOST_MINUTES: i64 = 30 * 24 * 60;

/// One step as a playbook describes it. Title and guidance are written by the team; they are shown as text all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaybookStep {
    /// What Quell offers and judges.
    pub kind: Step,
    /// What the team calls it.
    pub title: String,
    /// What to look at, in a few words; may be empty.
    pub guidance: String,
    /// For containing: with what, the first choice first. Empty for every other kind.
    pub measures: Vec<Action>,
    /// May it be left out, with a reason?
    pub skippable: bool,
}

/// The time targets of one severity, in minutes from the first alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Of which severity.
    pub severity: Severity,
    /// Until somebody looks.
    pub acknowledge: i64,
    /// Until a containment is verified.
    pub contain: i64,
    /// Until the service is restored.
    pub recover: i64,
}

/// What to do about alarms of one class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Playbook {
    /// The class; none for every class without a playbook of its own.
    pub class: Option<AlarmClass>,
    /// In order.
    pub steps: Vec<PlaybookStep>,
    /// One of each severity, the worst first.
    pub targets: Vec<Target>,
}

/// All playbooks of one version; the first is for every class without its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Playbooks {
    /// 1, 2, 3, …
    pub version: i64,
    /// At least one.
    pub books: Vec<Playbook>,
}

impl Playbook {
    /// Which incidents follow it, in words.
    #[must_use]
    pub fn label(&self) -> &'static str {
        label(self.class)
    }

    /// The step of a kind, if it has one.
    #[must_use]
    pub fn step(&self, kind: Step) -> Option<&PlaybookStep> {
        self.steps.iter().find(|step| step.kind == kind)
    }

    /// The time targets of a severity.
    #[must_use]
    pub fn target(&self, severity: Severity) -> Target {
        // A checked playbook has them all; what is missing leaves no time.
        let none = Target { severity, acknowledge: 0, contain: 0, recover: 0 };
        self.targets.iter().find(|target| target.severity == severity).copied().unwrap_or(none)
    }

    /// Checks what no playbook may say, whoever publishes it.
    ///
    /// # Errors
    /// Names the field `steps` or `targets`, and the row.
    pub fn check(&self) -> Result<(), Problem> {
        self.check_steps().map_err(|words| Problem::field("steps", format!("{}: {words}", self.label())))?;
        self.check_targets().map_err(|words| Problem::field("targets", format!("{}: {words}", self.label())))
    }

    fn check_steps(&self) -> Result<(), String> {
        for (number, step) in (1..).zip(&self.steps) {
            let before = &self.steps[..number - 1];
            step.check(before).map_err(|words| format!("step {number}: {words}"))?;
        }
        if let Some(missing) = Step::ALL.iter().find(|kind| kind.is_needed() && self.step(**kind).is_none()) {
            return Err(format!("every playbook needs a step of the kind “{}”. Add one.", missing.label()));
        }
        match self.steps.last() {
            Some(last) if last.kind == Step::Close => Ok(()),
            _ => Err("closing must be the last step: nothing follows it.".to_owned()),
        }
    }

    fn check_targets(&self) -> Result<(), String> {
        if !self.targets.iter().map(|target| target.severity).eq(Severity::ALL.iter().rev().copied()) {
            return Err("give the targets of each severity once.".to_owned());
        }
        for target in &self.targets {
            let severity = target.severity.label().to_lowercase();
            let all = [target.acknowledge, target.contain, target.recover];
            if all.iter().any(|minutes| !(1..=MOST_MINUTES).contains(minutes)) {
                return Err(format!("{severity}: give whole minutes, from 1 to {MOST_MINUTES} (30 days)."));
            }
            if !all.is_sorted() {
                return Err(format!(
                    "{severity}: acknowledging comes before containing, and that before restoring: give no later target a shorter time."
                ));
            }
        }
        Ok(())
    }
}

/// Which incidents a playbook of this class is for.
#[must_use]
pub fn label(class: Option<AlarmClass>) -> &'static str {
    class.map_or("Every class", AlarmClass::label)
}

impl PlaybookStep {
    fn check(&self, before: &[Self]) -> Result<(), String> {
        if before.iter().any(|other| other.kind == self.kind) {
            return Err(format!("there is a step of the kind “{}” already. Each kind stands once.", self.kind.label()));
        }
        if self.title.trim().is_empty() || self.title.chars().count() > LONGEST_TITLE {
            return Err(format!("give it a title of at most {LONGEST_TITLE} characters."));
        }
        if self.guidance.chars().count() > LONGEST_GUIDANCE {
            return Err(format!("use at most {LONGEST_GUIDANCE} characters of guidance."));
        }
        if self.skippable && !self.kind.may_be_skippable() {
            return Err(format!("a step of the kind “{}” cannot be left out.", self.kind.label()));
        }
        let contains = self.kind == Step::Contain;
        let known = self.measures.iter().all(|measure| Action::MEASURES.contains(measure));
        let once = (1..self.measures.len()).all(|at| !self.measures[..at].contains(&self.measures[at]));
        match (contains, self.measures.is_empty()) {
            (true, false) if known && once => Ok(()),
            (true, _) => {
                Err("choose with what to contain: pause, disconnect networks, or both in an order.".to_owned())
            }
            (false, true) => Ok(()),
            (false, false) => Err("only a step of the kind “Contain” has measures.".to_owned()),
        }
    }
}

impl Playbooks {
    /// Version 1: the runbook's procedure.
    #[must_use]
    pub fn builtin() -> Self {
        let step = |kind, title: &str, guidance: &str, skippable| PlaybookStep {
            kind,
            title: title.to_owned(),
            guidance: guidance.to_owned(),
            measures: if kind == Step::Contain { Action::MEASURES.to_vec() } else { Vec::new() },
            skippable,
        };
        let steps = vec![
            step(
                Step::Acknowledge,
                "Acknowledge",
                "Say that you look at it, so that nobody starts a second time.",
                false,
            ),
            step(
                Step::Verdict,
                "Give the verdict",
                "Is it an intrusion? Compare the alarms with what this container is for. Containing need not wait for it.",
                false,
            ),
            step(
                Step::Contain,
                "Pause the container",
                "A pause stops all processes and keeps their memory. Where it must go on running, take its networks.",
                false,
            ),
            step(
                Step::Evidence,
                "Retain evidence",
                "Before anything can destroy it: description, processes, changes, logs and the image.",
                true,
            ),
            step(
                Step::Analyse,
                "Analyse the attack source",
                "Look at the kept copy, not at the container: how did they come in, what did they do, where else?",
                true,
            ),
            step(
                Step::Recover,
                "Restore the service",
                "Mend the cause first. Then release the container, or put a clean one in its place.",
                true,
            ),
            step(Step::Close, "Close the incident", "Say how it ended, for whoever reads it later.", false),
        ];
        let target = |severity, acknowledge, contain, recover| Target { severity, acknowledge, contain, recover };
        let targets = vec![
            target(Severity::Critical, 5, 15, 4 * 60),
            target(Severity::High, 15, 30, 8 * 60),
            target(Severity::Medium, 30, 60, 24 * 60),
            target(Severity::Low, 60, 60, 3 * 24 * 60),
            target(Severity::Info, 60, 60, 7 * 24 * 60),
        ];
        Self { version: 1, books: vec![Playbook { class: None, steps, targets }] }
    }

    /// The playbook of a class.
    ///
    /// # Panics
    /// When there is none at all, which [`check`](Self::check) refuses.
    #[must_use]
    pub fn book(&self, class: AlarmClass) -> &Playbook {
        self.books.iter().find(|book| book.class == Some(class)).unwrap_or(&self.books[0])
    }

    /// Checks what no playbooks may say, whoever publishes them.
    ///
    /// # Errors
    /// Names the field `steps` or `targets`, the playbook and the row.
    pub fn check(&self) -> Result<(), Problem> {
        if self.books.first().is_none_or(|book| book.class.is_some()) {
            return Err(Problem::field("steps", "The first playbook is for every class without its own."));
        }
        for (at, book) in self.books.iter().enumerate() {
            if self.books[..at].iter().any(|other| other.class == book.class) {
                return Err(Problem::field("steps", format!("{}: each class has one playbook at most.", book.label())));
            }
            book.check()?;
        }
        Ok(())
    }
}

impl Target {
    /// Microseconds: until somebody looks, until it is contained, until the service is restored.
    #[must_use]
    pub fn micros(self) -> (i64, i64, i64) {
        (self.acknowledge * MINUTE, self.contain * MINUTE, self.recover * MINUTE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The built-in targets, readable by somebody who does not program.
    #[test]
    fn the_builtin_playbook() {
        let all = Playbooks::builtin();
        assert_eq!(all.check(), Ok(()));
        let book = all.book(AlarmClass::Escape);
        let kinds: Vec<&str> = book.steps.iter().map(|step| step.kind.word()).collect();
        assert_eq!(kinds, ["acknowledge", "verdict", "contain", "evidence", "analyse", "recover", "close"]);
        let minutes = |severity| {
            let target = book.target(severity);
            (target.acknowledge, target.contain, target.recover)
        };
        assert_eq!(minutes(Severity::Critical), (5, 15, 240));
        assert_eq!(minutes(Severity::High), (15, 30, 480));
        assert_eq!(minutes(Severity::Low), (60, 60, 4_320));
    }

    #[test]
    fn a_class_may_have_its_own() {
        let mut all = Playbooks::builtin();
        let mut own = all.books[0].clone();
        own.class = Some(AlarmClass::Escape);
        own.targets[0].contain = 7;
        all.books.push(own.clone());
        assert_eq!(all.check(), Ok(()));
        assert_eq!(all.book(AlarmClass::Escape).target(Severity::Critical).contain, 7);
        assert_eq!(all.book(AlarmClass::Network).target(Severity::Critical).contain, 15);
        all.books.push(own);
        assert!(all.check().is_err(), "each class once");
        all.books.remove(0);
        assert!(all.check().is_err(), "the first is for all");
    }

    #[test]
    fn what_the_domain_needs_cannot_be_left_out() {
        for (what, change) in [
            ("“Verdict”", (|book| drop(book.steps.remove(1))) as fn(&mut Playbook)),
            ("“Contain”", |book| drop(book.steps.remove(2))),
            ("“Close”", |book| drop(book.steps.pop())),
            ("the last step", |book| book.steps.swap(5, 6)),
            ("step 8: there is", |book| book.steps.push(book.steps[3].clone())),
            ("step 2: a step of the kind “Verdict” cannot", |book| book.steps[1].skippable = true),
            ("step 3: choose with what", |book| book.steps[2].measures.clear()),
            ("step 3: choose with what", |book| book.steps[2].measures = vec![Action::Kill]),
            ("step 3: choose with what", |book| book.steps[2].measures = vec![Action::Pause, Action::Pause]),
            ("step 4: only a step", |book| book.steps[3].measures = vec![Action::Pause]),
            ("step 1: give it a title", |book| book.steps[0].title = " ".to_owned()),
            ("step 1: give it a title", |book| book.steps[0].title = "x".repeat(81)),
            ("step 1: use at most", |book| book.steps[0].guidance = "x".repeat(301)),
            ("critical: give whole minutes", |book| book.targets[0].acknowledge = 0),
            ("high: acknowledging comes before", |book| book.targets[1].contain = 14),
            ("each severity once", |book| book.targets.truncate(4)),
        ] {
            let mut all = Playbooks::builtin();
            change(&mut all.books[0]);
            let problem = all.check().expect_err(what);
            assert!(problem.fields[0].remedy.contains(what), "{what}: {problem}");
        }
    }
}
