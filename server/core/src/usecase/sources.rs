//! Alarm sources, their tokens, and what they sent that could not be read.

use quell_domain::{
    Changeset, Problem,
    audit::{Event, codes},
    changeset::Op,
    ids::{DeadLetterId, Digest, NodeId, SourceId},
    people,
    source::{Source, SourceKind},
    view::{SourceRow, SourcesPage},
};

use crate::{
    Portal,
    grant::{Grant, may},
    ids,
};

impl Portal {
    /// Sources by name, and the newest dead letters.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn sources(&self, _grant: Grant<may::ManageSources>) -> Result<SourcesPage, Problem> {
        let nodes = self.store.nodes().await?;
        let sources = self.store.sources().await?;
        let node_name = |id: &Option<NodeId>| {
            nodes.iter().find(|node| Some(&node.id) == id.as_ref()).map(|node| node.name.clone()).unwrap_or_default()
        };
        Ok(SourcesPage {
            sources: sources
                .into_iter()
                .map(|(source, last_alarm_at)| SourceRow {
                    node_name: node_name(&source.default_node),
                    source,
                    last_alarm_at,
                })
                .collect(),
            dead_letters: self.store.dead_letters(50).await?,
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
