//! What is the same for all that is kept in versions: a draft while somebody writes it, and whether a version waits for
//! another admin. Publishing is a change that takes two admins: see [`super::changes`].

use quell_domain::{
    Changeset, Problem,
    audit::Event,
    change::Change,
    changeset::Op,
    ids::{ChangeId, PersonId},
    versions::Drafted,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Portal,
    grant::{Grant, may},
    ports::{CommitError, ReadError},
};

impl Portal {
    /// Writes version 1 down, once: later programs may have another one built in.
    pub(super) async fn seed(&self, event: Event, first: Op) -> Result<(), Problem> {
        match self.try_commit(Changeset::new(event).with(first)).await {
            // Another portal was first.
            Ok(_) | Err(CommitError::Conflict(_) | CommitError::Duplicate(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// What this person is writing, if anything.
    pub(super) async fn draft<T: DeserializeOwned>(
        &self,
        grant: &Grant<may::ManagePolicy>,
        what: Drafted,
    ) -> Result<Option<T>, ReadError> {
        let Some(person) = grant.person() else { return Ok(None) };
        let kept = self.store.draft_of(person, what).await?;
        kept.map(|kept| serde_json::from_str(&kept).map_err(|error| ReadError(Box::new(error)))).transpose()
    }

    /// Keeps a draft as it was typed, or forgets it. `event` says so.
    pub(super) async fn keep_draft<T: Serialize + Sync>(
        &self,
        person: &PersonId,
        what: Drafted,
        draft: Option<&T>,
        event: Event,
    ) -> Result<(), Problem> {
        let kept = draft.map(serde_json::to_string).transpose().map_err(|error| ReadError(Box::new(error)))?;
        let event = event.fact("dropped", kept.is_none());
        self.commit(Changeset::new(event).with(Op::SetDraft(person.clone(), what, kept))).await.map(drop)
    }

    /// The change that waits for another admin and publishes this, if one does.
    pub(super) async fn waiting_version(
        &self,
        publishes: impl Fn(&Change) -> bool,
    ) -> Result<Option<ChangeId>, ReadError> {
        let now = self.now();
        let pending = self.store.pending_changes().await?.into_iter();
        Ok(pending.filter(|it| now < it.expires_at).find(|it| publishes(&it.change)).map(|it| it.id))
    }
}

/// Who writes a draft.
pub(super) fn writer(grant: &Grant<may::ManagePolicy>) -> Result<PersonId, Problem> {
    grant.only_person("write a draft")
}
