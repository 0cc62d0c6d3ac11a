//! The watch over containments: every few seconds, and at once when a node's engine rings, each contained container is
//! looked at. Reads only. What no longer holds is recorded with an alarm; what cannot be read is recorded as unknown. Where
//! a containment was and is no more, a container that comes in the contained one's place is still looked for.
//!
//! Of several portals one watches a node, by lease. Two that look at the same time do no harm: what they would write names
//! the incident's version.

mod alarm;
mod gates;
mod judge;
mod look;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::{StreamExt as _, future::join_all, stream::BoxStream};
use quell_domain::{
    ids::{ContainerId, IncidentId, NodeId},
    incident::Incident,
    node::Node,
};
use tokio::sync::watch;

use crate::{
    Portal,
    ports::{EngineError, ReadError},
};

/// How often it looks for nodes that have something to watch.
const ROUND: Duration = Duration::from_secs(1);
/// How long it rests between two looks at a node at least, however often the engine rings.
const REST: Duration = Duration::from_millis(500);

/// Containers that were told of as having come in another's place: they need not be told of at each look. What decides is
/// the alarm's dedupe key.
type Told = Mutex<BTreeSet<(IncidentId, ContainerId)>>;

/// What a turn at a node came to.
#[allow(clippy::large_enum_variant, reason = "one is held at a time")]
enum Turn {
    /// Nothing is or should be contained there any more.
    Over,
    /// Another portal watches it.
    Elsewhere,
    /// Looked at; the node, while it is in use.
    Looked(Option<Node>),
}

impl Portal {
    /// Runs until `shutdown` turns true.
    pub async fn run_watch(self: Arc<Self>, owner: String, mut shutdown: watch::Receiver<bool>) {
        let mut posts = BTreeMap::new();
        loop {
            match self.store.watch_list().await {
                Ok(incidents) => {
                    posts.retain(|_, post: &mut tokio::task::JoinHandle<()>| !post.is_finished());
                    for node in incidents.into_iter().filter_map(|incident| incident.place.node) {
                        let (portal, owner) = (Arc::clone(&self), owner.clone());
                        posts
                            .entry(node.clone())
                            .or_insert_with(|| tokio::spawn(async move { portal.watch_node(&node, &owner).await }));
                    }
                }
                Err(error) => tracing::warn!(%error, "looking for what is contained"),
            }
            tokio::select! {
                () = tokio::time::sleep(ROUND) => {}
                _ = shutdown.wait_for(|stop| *stop) => break,
            }
        }
        posts.values().for_each(tokio::task::JoinHandle::abort);
    }

    /// Returns when nothing is contained on the node any more.
    async fn watch_node(&self, id: &NodeId, owner: &str) {
        let every = Duration::from_micros(self.settings.watch_every.unsigned_abs());
        let (mut bell, told) = (None, Told::default());
        loop {
            let node = match self.turn(id, owner, &told).await {
                Ok(Turn::Over) => return,
                Ok(Turn::Looked(node)) => node,
                Ok(Turn::Elsewhere) => None,
                Err(error) => {
                    tracing::warn!(%error, "watching containments");
                    None
                }
            };
            tokio::time::sleep(REST).await;
            match node {
                Some(node) => drop(tokio::time::timeout(every.saturating_sub(REST), self.rung(&node, &mut bell)).await),
                None => {
                    bell = None;
                    tokio::time::sleep(every.saturating_sub(REST)).await;
                }
            }
        }
    }

    /// Returns when the next look is due at once: the engine rang, or was only now asked to, or ended. One that cannot be
    /// asked is asked again after the next look.
    async fn rung(&self, node: &Node, bell: &mut Option<BoxStream<'static, ()>>) {
        match bell {
            Some(rings) => {
                if rings.next().await.is_none() {
                    *bell = None;
                }
            }
            None => match self.engines.bell(node).await {
                Ok(rings) => *bell = Some(rings),
                Err(error) => {
                    tracing::debug!(node = %node.name, %error, "the engine does not ring");
                    std::future::pending::<()>().await;
                }
            },
        }
    }

    async fn turn(&self, id: &NodeId, owner: &str, told: &Told) -> Result<Turn, ReadError> {
        let watched = self.store.watch_list().await?;
        let here: Vec<&Incident> = watched.iter().filter(|it| it.place.node.as_ref() == Some(id)).collect();
        if here.is_empty() {
            return Ok(Turn::Over);
        }
        let now = self.now();
        // Two missed turns, and another takes over.
        let until = now.plus(2 * self.settings.watch_every);
        if !self.store.take_watch(id, owner, now, until).await? {
            return Ok(Turn::Elsewhere);
        }
        let node = self.store.node(id).await?.filter(|node| node.removed_at.is_none());
        let listed = match &node {
            Some(node) => self.engines.containers(node).await,
            None => Err(EngineError::Unreachable("not in use".to_owned())),
        };
        let mut all_written = true;
        for outcome in
            join_all(here.into_iter().map(|incident| self.look_at(incident, node.as_ref(), &listed, told))).await
        {
            if let Err(error) = outcome {
                tracing::warn!(%error, "keeping what became of a containment; it is looked at again");
                all_written = false;
            }
        }
        if all_written {
            self.store.looked(id, owner, self.now()).await?;
        }
        Ok(Turn::Looked(node))
    }
}
