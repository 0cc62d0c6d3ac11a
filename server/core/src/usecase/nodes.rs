//! Nodes and the preflight of their engines.

use quell_domain::{
    Changeset, Code, Problem,
    audit::{Actor, Event, EventOutcome, codes},
    change::Change,
    changeset::Op,
    ids::{EngineId, NodeId},
    node::{self, Access, AccessForm, EngineFacts, Node},
    view::NodesPage,
};

use super::changes::Outcome;
use crate::{
    Portal,
    grant::{Grant, may},
    ids,
    ports::EngineError,
};

impl Portal {
    /// Nodes in use, by name.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn nodes(&self, _grant: Grant<may::ManageNodes>) -> Result<NodesPage, Problem> {
        let nodes = self.store.nodes().await?;
        Ok(NodesPage { nodes, as_of: self.now() })
    }

    /// Adds a node whose engine answers. An empty name takes the engine's own host name.
    ///
    /// # Errors
    /// Invalid fields; the engine does not answer; the name is taken.
    pub async fn add_node(
        &self,
        grant: Grant<may::ManageNodes>,
        name: &str,
        access: &AccessForm,
    ) -> Result<(Node, Outcome), Problem> {
        let access = access.parse()?;
        if !name.trim().is_empty() {
            node::parse_node_name(name)?;
        }
        let facts = self.answering(&access).await?;
        let name = if name.trim().is_empty() { &facts.hostname } else { name };
        let node = Node {
            id: NodeId::new(ids::mint()),
            name: node::parse_node_name(name)?,
            access,
            labels: Vec::new(),
            addresses: Vec::new(),
            facts: Some(facts),
            stranger: None,
            trouble: None,
            created_at: self.now(),
            removed_at: None,
        };
        let in_use = self.store.nodes().await?;
        if in_use.iter().any(|other| other.name.eq_ignore_ascii_case(&node.name)) {
            return Err(Problem::field("name", "A node of this name is in use already."));
        }
        let engine = node.facts.as_ref().map(|facts| facts.engine_id.to_string()).unwrap_or_default();
        let summary = format!("Add node {} at {}, engine {engine}", node.name, node.access);
        let outcome = self.propose(&grant, Change::AddNode(node.clone()), summary).await?;
        Ok((node, outcome))
    }

    /// Other labels for a node, separated by commas: the policy tells nodes apart by them.
    ///
    /// # Errors
    /// Not found; invalid, naming `labels`.
    pub async fn set_labels(
        &self,
        grant: Grant<may::ManageNodes>,
        id: NodeId,
        labels: &str,
    ) -> Result<Outcome, Problem> {
        let labels = node::parse_labels(labels)?;
        let Node { name, labels: before, .. } = self.known_node(&id).await?;
        let list = |labels: &[String]| if labels.is_empty() { "none".to_owned() } else { labels.join(", ") };
        let summary = format!("Labels of node {name}: {}, until now {}", list(&labels), list(&before));
        self.propose(&grant, Change::SetLabels { node: id, before, labels }, summary).await
    }

    /// Other addresses for a node, separated by commas: under these its published ports are reached, and gates found.
    ///
    /// # Errors
    /// Not found; invalid, naming `addresses`.
    pub async fn set_addresses(
        &self,
        grant: Grant<may::ManageNodes>,
        id: NodeId,
        addresses: &str,
    ) -> Result<Outcome, Problem> {
        let addresses = node::parse_addresses(addresses)?;
        let Node { name, addresses: before, .. } = self.known_node(&id).await?;
        let list = |all: &[std::net::IpAddr]| match all {
            [] => "none".to_owned(),
            all => all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        };
        let summary = format!("Addresses of node {name}: {}, until now {}", list(&addresses), list(&before));
        self.propose(&grant, Change::SetAddresses { node: id, before, addresses }, summary).await
    }

    /// Another way to a node's engine: it must answer there.
    ///
    /// # Errors
    /// Not found; invalid fields; the engine does not answer there, or another one does.
    pub async fn set_access(
        &self,
        grant: Grant<may::ManageNodes>,
        id: NodeId,
        access: &AccessForm,
    ) -> Result<Outcome, Problem> {
        let node = self.known_node(&id).await?;
        let access = access.parse()?;
        if access == node.access {
            return Err(Problem::field("endpoint", "The node is reached in this way already."));
        }
        let found = self.answering(&access).await?;
        if node.facts.as_ref().is_some_and(|known| known.engine_id != found.engine_id) {
            return Err(Problem::field("endpoint", "Another engine answers there. Add it as a node of its own."));
        }
        let summary = format!("Reach node {} at {access}, until now {}", node.name, node.access);
        self.propose(&grant, Change::SetAccess { node: id, before: node.access, access }, summary).await
    }

    /// What the engine says that answers there.
    async fn answering(&self, access: &Access) -> Result<EngineFacts, Problem> {
        self.engines.facts(access).await.map_err(|error| {
            tracing::warn!(endpoint = %access, %error, "an engine that is asked for the first time");
            match error {
                EngineError::Barred { field, words, .. } => Problem::field(field, words),
                error => {
                    let check = "Check the endpoint, and that Quell may use it.";
                    Problem::field("endpoint", format!("{} {check}", in_words(&error)))
                }
            }
        })
    }

    /// Asks a node's engine for its facts again.
    ///
    /// # Errors
    /// Not found. An engine that does not answer, or another one that does, is not an error: the node says so.
    pub async fn check_node(&self, grant: Grant<may::ManageNodes>, id: NodeId) -> Result<(), Problem> {
        let node = self.asked(self.known_node(&id).await?).await;
        self.commit(self.node_checked(grant.actor(), &node)).await.map(drop)
    }

    /// From now on the other engine that answers is the node's. What was asked of the old one is bound to its id and
    /// ends by itself.
    ///
    /// # Errors
    /// Not found; conflict when `engine` is not the one that answers; unavailable when none does.
    pub async fn accept_engine(
        &self,
        grant: Grant<may::ManageNodes>,
        id: NodeId,
        engine: EngineId,
    ) -> Result<Node, Problem> {
        let node = self.known_node(&id).await?;
        let other = || Problem::conflict("It is not the engine that you saw. Check the node again and compare.");
        let seen = node.stranger.clone().filter(|seen| seen.engine_id == engine).ok_or_else(other)?;
        let now = self.engines.facts(&node.access).await.map_err(|error| self.engine_trouble(&node, &error))?;
        if now.engine_id != seen.engine_id {
            return Err(other());
        }
        let old = node.facts.as_ref();
        let event = Event::new(self.now(), grant.actor(), codes::NODE_ENGINE_ACCEPTED)
            .target("node", &id)
            .fact("name", node.name.clone())
            .fact("old_engine", old.map(|facts| facts.engine_id.to_string()))
            .fact("old_host", old.map(|facts| facts.hostname.clone()))
            .fact("old_version", old.map(|facts| facts.version.clone()))
            .fact("engine", now.engine_id.to_string())
            .fact("host", now.hostname.clone())
            .fact("version", now.version.clone());
        let op = Op::SetNodeFacts { node: id, facts: Some(now.clone()), stranger: None, trouble: None };
        self.commit(Changeset::new(event).with(op)).await?;
        Ok(Node { facts: Some(now), stranger: None, trouble: None, ..node })
    }

    /// A node after its engine was asked about itself; not written down yet.
    pub(crate) async fn asked(&self, node: Node) -> Node {
        match self.engines.facts(&node.access).await {
            Ok(facts) => node.answered(facts),
            Err(error) => {
                tracing::warn!(node = %node.name, %error, "engine");
                Node { trouble: Some(in_words(&error)), ..node }
            }
        }
    }

    /// A node as it is after its engine was asked.
    pub(crate) fn node_checked(&self, actor: Actor, node: &Node) -> Changeset {
        let event =
            Event::new(self.now(), actor, codes::NODE_CHECKED).target("node", &node.id).fact("name", node.name.clone());
        let event = match &node.trouble {
            None => event,
            Some(trouble) => event.outcome(EventOutcome::Failed).fact("trouble", trouble.clone()),
        };
        let (facts, stranger, trouble) = (node.facts.clone(), node.stranger.clone(), node.trouble.clone());
        Changeset::new(event).with(Op::SetNodeFacts { node: node.id.clone(), facts, stranger, trouble })
    }

    /// Stops using a node. Its incidents stay.
    ///
    /// # Errors
    /// Not found.
    pub async fn remove_node(&self, grant: Grant<may::ManageNodes>, id: NodeId) -> Result<Outcome, Problem> {
        let name = self.known_node(&id).await?.name;
        self.propose(&grant, Change::RemoveNode { node: id }, format!("Stop using node {name}")).await
    }

    pub(crate) async fn known_node(&self, id: &NodeId) -> Result<Node, Problem> {
        let node = self.store.node(id).await?;
        node.filter(|node| node.removed_at.is_none()).ok_or_else(|| Problem::not_found("node"))
    }

    /// What an engine's failure means for a person who wanted something of it. Details go to the log.
    pub(crate) fn engine_trouble(&self, node: &Node, error: &EngineError) -> Problem {
        tracing::warn!(node = %node.name, %error, "engine");
        Problem::new(Code::Unavailable, format!("{} Nothing was done.", in_words(error)))
    }
}

/// An engine's failure in a sentence that holds none of its own words.
pub(crate) fn in_words(error: &EngineError) -> String {
    match error {
        EngineError::NotFound => "The engine knows no such container any more.".to_owned(),
        EngineError::Refused { status, .. } => format!("The engine refused (status {status})."),
        EngineError::Barred { words, .. } => words.clone(),
        EngineError::Stranger => "Another engine answers. It is not used until an admin accepts it.".to_owned(),
        EngineError::Unreachable(_) => "The engine cannot be reached.".to_owned(),
        EngineError::NoAnswer(_) => "The engine gave no answer in time.".to_owned(),
        EngineError::Garbled(_) => "The engine's answer cannot be understood.".to_owned(),
    }
}
