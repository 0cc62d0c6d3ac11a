//! The playbooks: their versions, a draft of the next, and how one incident follows its own.

use serde::{Deserialize, Serialize};

use super::{StepRow, Versions};
use crate::{
    alarm::AlarmClass,
    error::Problem,
    incident::Incident,
    playbook::{DraftBook, Due, Playbook, PlaybookStep, Playbooks, Target},
    policy::Can,
    time::Timestamp,
    versions::{Compared, compare},
};

/// The playbooks of today and how they came about.
pub type PlaybooksPage = Versions<Playbooks>;

/// A draft of the playbooks and what it would change. One playbook of it is on the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaybooksDraftPage {
    /// The version that it would follow.
    pub base: i64,
    /// As they were typed.
    pub books: Vec<DraftBook>,
    /// Which of them is shown, counted from 0.
    pub shown: usize,
    /// Was anything kept? Else these are the playbooks of today.
    pub is_kept: bool,
    /// What is wrong with it.
    pub problem: Option<Problem>,
    /// What it changes; none while something is wrong.
    pub preview: Option<PlaybooksPreview>,
}

/// What new playbooks change, and for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaybooksPreview {
    /// Playbook by playbook: those that differ.
    pub books: Vec<BookDiff>,
    /// Open incidents that keep the version that they follow.
    pub open: i64,
}

/// How the playbook of a class differs between two versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookDiff {
    /// The class; none for every class without its own.
    pub class: Option<AlarmClass>,
    /// Has the class a playbook of its own: before, and after? What has none follows the one for every class, which is
    /// always there.
    pub own: (bool, bool),
    /// Step by step.
    pub steps: Vec<Compared<PlaybookStep>>,
    /// Severity by severity.
    pub targets: Vec<Compared<Target>>,
    /// Open incidents that follow the old one, and keep it.
    pub open: i64,
}

impl BookDiff {
    /// How one playbook differs from another; none when it does not. That a class gets its own, or has none any more, is a
    /// difference, also when it says the same.
    #[must_use]
    pub fn of(old: &Playbook, new: &Playbook, class: Option<AlarmClass>) -> Option<Self> {
        let own = class.map_or((true, true), |_| (old.class == class, new.class == class));
        let (steps, targets) = (compare(&old.steps, &new.steps), compare(&old.targets, &new.targets));
        let differs = own.0 != own.1 || steps.iter().any(Compared::differs) || targets.iter().any(Compared::differs);
        differs.then_some(Self { class, own, steps, targets, open: 0 })
    }

    /// Every playbook that differs between two versions: first the one for every class without its own.
    #[must_use]
    pub fn all(old: &Playbooks, new: &Playbooks) -> Vec<Self> {
        let has_own = |class: AlarmClass| old.books.iter().chain(&new.books).any(|book| book.class == Some(class));
        let classes = AlarmClass::ALL.iter().copied().filter(|class| has_own(*class)).map(Some);
        let differing = |class| Self::of(book(old, class), book(new, class), class);
        std::iter::once(None).chain(classes).filter_map(differing).collect()
    }
}

fn book(playbooks: &Playbooks, class: Option<AlarmClass>) -> &Playbook {
    class.map_or(&playbooks.books[0], |class| playbooks.book(class))
}

/// How an incident follows its playbook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncidentPlaybookPage {
    /// The incident.
    pub incident: Incident,
    /// What it follows, with the texts of its version.
    pub book: Playbook,
    /// Who published that version, and when; none for the one that is built in and not written down.
    pub published: Option<(String, Timestamp)>,
    /// Where its steps stand.
    pub steps: Vec<StepRow>,
    /// Its clocks.
    pub dues: Vec<Due>,
    /// The newest version.
    pub newest: i64,
    /// What moving it there would change; none when it follows the newest.
    pub change: Option<BookDiff>,
    /// May the viewer leave steps out, take that back, and say that the service is restored?
    pub can_triage: Can,
    /// May the viewer move it to the newest version?
    pub can_move: Can,
    /// When this was read.
    pub as_of: Timestamp,
}
