//! Alarm sources, their tokens, and what they sent that could not be read.

use quell_domain::{
    Changeset, Problem,
    audit::{Event, codes},
    changeset::Op,
    ids::{DeadLetterId, Digest, NodeId, SourceId},
    people,
    source::{Source, SourceKind},
    view::{DeadLetterRow, LetterPlace, SourcesPage},
};

use crate::{
    Portal,
    grant::{Grant, may},
    ids,
};

/// Dead letters on a page.
const LETTERS: i64 = 50;

impl Portal {
    /// Sources by name, and the newest dead letters, or those before a place.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn sources(
        &self,
        _grant: Grant<may::ManageSources>,
        before: Option<LetterPlace>,
    ) -> Result<SourcesPage, Problem> {
        let nodes = self.store.nodes().await?;
        let mut dead_letters = self.store.dead_letters(before.as_ref(), LETTERS + 1).await?;
        let more = i64::try_from(dead_letters.len()).is_ok_and(|n| n > LETTERS);
        if more {
            dead_letters.pop();
        }
        let next = dead_letters.last().filter(|_| more).map(DeadLetterRow::place);
        Ok(SourcesPage {
            sources: self.store.sources().await?,
            dead_letters,
            before,
            next,
            nodes: nodes.into_iter().map(|node| (node.id.to_string(), node.name)).collect(),
        })
    }

    /// Adds a source; returns the path with its token, shown once and kept nowhere.
    ///
    /// # Errors
    /// Invalid fields; the name is taken.
    pub async fn add_source(
        &self,
        grant: Grant<may::ManageSources>,
        name: &str,
        kind: SourceKind,
        default_node: Option<NodeId>,
    ) -> Result<String, Problem> {
        let name = people::parse_name(name)?;
        if let Some(node) = &default_node {
            self.known_node(node).await.map_err(|_| Problem::field("node", "Choose a node that is in use."))?;
        }
        let token = ids::secret();
        let now = self.now();
        let source = Source {
            id: SourceId::new(ids::mint()),
            name: name.clone(),
            kind,
            token_hash: Digest::of(token.as_bytes()),
            default_node,
            created_at: now,
            revoked_at: None,
        };
        let event = Event::new(now, grant.actor(), codes::SOURCE_ADDED)
            .target("source", &source.id)
            .fact("name", name)
            .fact("kind", kind.word());
        match self.try_commit(Changeset::new(event).with(Op::AddSource(source))).await {
            Ok(_) => Ok(format!("/intake/{}/{token}", kind.word())),
            Err(crate::ports::CommitError::Duplicate(_)) => {
                Err(Problem::field("name", "A source of this name exists already."))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The bytes of a dead letter as they came. Hostile: never to be shown by a browser.
    ///
    /// # Errors
    /// Not found.
    pub async fn dead_letter(&self, _grant: Grant<may::ManageSources>, id: DeadLetterId) -> Result<Vec<u8>, Problem> {
        let found = self.store.dead_letter(&id).await?;
        found.ok_or_else(|| Problem::not_found("dead letter"))
    }

    /// Refuses a source's token from now on. What it sent stays.
    ///
    /// # Errors
    /// Conflict when it is revoked already.
    pub async fn revoke_source(&self, grant: Grant<may::ManageSources>, id: SourceId) -> Result<(), Problem> {
        let now = self.now();
        let event = Event::new(now, grant.actor(), codes::SOURCE_REVOKED).target("source", &id);
        self.commit(Changeset::new(event).with(Op::RevokeSource(id, now))).await?;
        self.intake.forget_sources();
        Ok(())
    }
}
