//! The playbooks: which ones count, a draft of the next version, and what that would change. How an incident follows its
//! own is in [`follow`]; how its steps read is in [`steps`].
//!
//! Publishing is a change that takes two admins: see [`super::changes`].

mod follow;
pub(super) mod steps;

use quell_domain::{
    Problem,
    alarm::AlarmClass,
    audit::{Actor, Event, codes},
    change::Change,
    changeset::Op,
    incident::Incident,
    playbook::{BookPress, DraftBook, Playbooks, TypedBook},
    versions::{Drafted, Press, Published},
    view::{BookDiff, PlaybooksDraftPage, PlaybooksPage, PlaybooksPreview},
};

use super::{changes::Outcome, versions::writer};
use crate::{
    Portal,
    grant::{Grant, may},
    ports::ReadError,
};

impl Portal {
    /// The playbooks that new incidents follow, as the database has them.
    pub(crate) async fn playbooks_today(&self) -> Result<Playbooks, ReadError> {
        Ok(self.store.playbooks().await?.map_or_else(Playbooks::builtin, |published| published.body))
    }

    /// The playbooks that an incident follows. Until a version is written down, the built-in ones are version 1.
    pub(crate) async fn playbooks_of(&self, incident: &Incident) -> Result<Playbooks, ReadError> {
        let published = self.store.playbooks_of(incident.course.version).await?;
        Ok(published.map_or_else(Playbooks::builtin, |published| published.body))
    }

    /// Writes the built-in playbooks down as version 1.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn seed_playbooks(&self) -> Result<(), Problem> {
        if self.store.playbooks().await?.is_some() {
            return Ok(());
        }
        let (event, first) = self.published_playbooks(Actor::system("start"), Playbooks::builtin(), "Quell");
        self.seed(event, Op::PublishPlaybooks(first)).await
    }

    /// A version with the event that says so.
    pub(super) fn published_playbooks(
        &self,
        actor: Actor,
        body: Playbooks,
        proposed_by: &str,
    ) -> (Event, Published<Playbooks>) {
        let now = self.now();
        let event = Event::new(now, actor.clone(), codes::PLAYBOOKS_PUBLISHED)
            .target("playbooks", body.version)
            .fact("version", body.version)
            .fact("proposed_by", proposed_by)
            .fact("books", serde_json::to_value(&body.books).unwrap_or_default());
        let published = Published { body, proposed_by: proposed_by.to_owned(), published_by: actor.name, at: now };
        (event, published)
    }

    /// Every version, newest first.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn playbooks_page(&self, grant: Grant<may::ManagePolicy>) -> Result<PlaybooksPage, Problem> {
        let mut versions = self.store.all_playbooks().await?;
        if versions.is_empty() {
            versions.push(self.published_playbooks(Actor::system("start"), Playbooks::builtin(), "Quell").1);
        }
        let has_draft = self.draft::<Vec<DraftBook>>(&grant, Drafted::Playbooks).await?.is_some();
        let pending = self.waiting_version(|it| matches!(it, Change::PublishPlaybooks { .. })).await?;
        Ok(PlaybooksPage { versions, has_draft, pending })
    }

    /// The viewer's draft, or the playbooks of today to begin with; the one of `class` is shown, or the first.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn playbooks_draft_page(
        &self,
        grant: Grant<may::ManagePolicy>,
        class: &str,
    ) -> Result<PlaybooksDraftPage, Problem> {
        let today = self.playbooks_today().await?;
        let kept: Option<Vec<DraftBook>> = self.draft(&grant, Drafted::Playbooks).await?;
        let is_kept = kept.is_some();
        let books = kept.unwrap_or_else(|| DraftBook::all(&today));
        let (problem, preview) = match DraftBook::playbooks(&books, today.version + 1) {
            Ok(next) => (None, Some(self.playbooks_preview(&today, &next).await?)),
            Err(problem) => (Some(problem), None),
        };
        let shown = books.iter().position(|book| book.class == class).unwrap_or_default();
        Ok(PlaybooksDraftPage { base: today.version, books, shown, is_kept, problem, preview })
    }

    /// Keeps the playbook that was typed, and does what the button says. Gives the class of the one to show next, and what
    /// came of proposing it.
    ///
    /// # Errors
    /// Invalid, naming `class` or `add`; `steps` or `targets` when it is to be proposed and something is wrong with it.
    pub async fn save_playbooks(
        &self,
        grant: Grant<may::ManagePolicy>,
        typed: TypedBook,
        press: BookPress,
    ) -> Result<(String, Option<Outcome>), Problem> {
        let person = writer(&grant)?;
        let today = self.playbooks_today().await?;
        let kept: Option<Vec<DraftBook>> = self.draft(&grant, Drafted::Playbooks).await?;
        let mut books = kept.unwrap_or_else(|| DraftBook::all(&today));
        // Dropping a draft needs nothing that fits it.
        let dropped = press == BookPress::Rows(Press::Drop);
        let turned = press.turn(&mut books, &typed);
        let event = || Event::new(self.now(), grant.actor(), codes::PLAYBOOKS_DRAFTED);
        let told = event().fact("books", books.len());
        self.keep_draft(&person, Drafted::Playbooks, (!dropped).then_some(&books), told).await?;
        if dropped {
            return Ok((String::new(), None));
        }
        let shown = turned?;
        if press != BookPress::Rows(Press::Propose) {
            return Ok((shown, None));
        }
        let next = DraftBook::playbooks(&books, today.version + 1)?;
        if next.books == today.books {
            return Err(Problem::field("steps", "These are the playbooks of today: there is nothing to publish."));
        }
        let summary = format!("Publish version {} of the playbooks", next.version);
        let change = Change::PublishPlaybooks { base: today.version, books: next.books };
        let outcome = self.propose(&grant, change, summary).await?;
        self.keep_draft(&person, Drafted::Playbooks, None::<&Vec<DraftBook>>, event()).await?;
        Ok((shown, Some(outcome)))
    }

    /// What new playbooks change, and how many open incidents go on without that.
    pub(super) async fn playbooks_preview(
        &self,
        old: &Playbooks,
        new: &Playbooks,
    ) -> Result<PlaybooksPreview, ReadError> {
        let counted = self.store.open_by_playbook().await?;
        let open = counted.iter().map(|(_, _, count)| count).sum();
        let mut books = BookDiff::all(old, new);
        for diff in &mut books {
            let class = diff.class;
            let follows = |it: AlarmClass| match class {
                Some(class) => class == it,
                None => old.book(it).class.is_none() && new.book(it).class.is_none(),
            };
            let keep = counted.iter().filter(|(version, it, _)| *version == old.version && follows(*it));
            diff.open = keep.map(|(_, _, count)| count).sum();
        }
        Ok(PlaybooksPreview { books, open })
    }
}
