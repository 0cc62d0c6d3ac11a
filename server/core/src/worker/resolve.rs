//! Finding the container that an alarm speaks of: by id prefix, on the node that it names, and nowhere else.

use std::collections::{BTreeMap, HashMap};

use futures::future::join_all;
use quell_domain::{
    alarm::{Alarm, MappingMethod},
    audit::Actor,
    ids::{ContainerId, NodeId, SourceId},
    incident::{Place, container_key, hint_key},
    node::Node,
    text,
};

use crate::{
    Portal,
    ports::{ContainerBrief, EngineError, ReadError},
    usecase::nodes::in_words,
};

/// Where an alarm belongs: the key to join by, and the place for a new incident.
pub(super) struct Resolved {
    pub key: String,
    pub place: Place,
}

/// What one pass of the correlator knows of nodes and containers; each engine is asked at most once a pass.
pub(super) struct Atlas {
    nodes: Vec<Node>,
    defaults: HashMap<SourceId, NodeId>,
    lists: HashMap<NodeId, Result<Vec<ContainerBrief>, EngineError>>,
}

impl Portal {
    pub(super) async fn atlas(&self) -> Result<Atlas, ReadError> {
        let sources = self.store.sources().await?;
        let defaults =
            sources.into_iter().filter_map(|row| row.source.default_node.map(|node| (row.source.id, node))).collect();
        Ok(Atlas { nodes: self.store.nodes().await?, defaults, lists: HashMap::new() })
    }

    /// Asks the engines that these alarms need, all at the same time: one that is silent holds the others up no longer than
    /// one call takes.
    pub(super) async fn survey(&self, alarms: &[Alarm], atlas: &mut Atlas) {
        let named = alarms.iter().filter(|alarm| !alarm.container.host).filter_map(|alarm| atlas.node_of(alarm));
        let nodes: BTreeMap<NodeId, Node> = named.map(|(node, _)| (node.id.clone(), node)).collect();
        let asked = nodes.into_values().map(|node| async move {
            let node = self.without_stranger(node).await;
            let list = self.engines.containers(&node).await;
            self.keep_trouble(&node, list.as_ref().err()).await;
            (node.id, list)
        });
        atlas.lists.extend(join_all(asked).await);
    }

    /// The node's own engine may be back where another one answered.
    async fn without_stranger(&self, node: Node) -> Node {
        if node.stranger.is_none() {
            return node;
        }
        let now = self.asked(node).await;
        if now.stranger.is_none() {
            self.keep_checked(&now).await;
        }
        now
    }

    /// The node says whether its engine answers. Kept only when that changed, so that alarms do not fill the trail.
    async fn keep_trouble(&self, node: &Node, error: Option<&EngineError>) {
        let now = match error {
            // It is written down already.
            Some(EngineError::Stranger) if node.stranger.is_some() => return,
            Some(EngineError::Stranger) => self.asked(node.clone()).await,
            other => Node { trouble: other.map(in_words), ..node.clone() },
        };
        if node.trouble != now.trouble {
            self.keep_checked(&now).await;
        }
    }

    async fn keep_checked(&self, node: &Node) {
        let change = self.node_checked(Actor::system("correlator"), node);
        if let Err(error) = self.try_commit(change).await {
            tracing::warn!(node = %node.name, %error, "keeping whether the engine answers");
        }
    }
}

/// Which node an alarm names, beside the one that is looked at.
enum Named {
    This,
    /// One that Quell does not know.
    Other(String),
    None,
}

impl Named {
    /// How sure a container is whose id fits on this node, and why.
    fn by_id(self, node: &Node) -> (MappingMethod, String) {
        let fits = format!("The id is that of one container on {}", node.name);
        match self {
            Self::This => (MappingMethod::Exact, format!("{fits}, which the alarm names.")),
            Self::None => (MappingMethod::Likely, format!("{fits}, for which the source stands.")),
            Self::Other(hint) => (
                MappingMethod::Inferred,
                format!(
                    "{fits}, for which the source stands; but the alarm names the node {}, which Quell does not know. \
                     Confirm the container before acting.",
                    text::visible(&text::cut(&hint, 80))
                ),
            ),
        }
    }
}

impl Atlas {
    /// Where an alarm belongs, by what its node's engine said.
    pub(super) fn resolve(&self, alarm: &Alarm) -> Resolved {
        let Some((node, named)) = self.node_of(alarm) else {
            let reason = match &alarm.node_hint {
                Some(_) => "The alarm names a node that Quell does not know.",
                None => "The alarm names no node, and its source stands for none.",
            };
            return unresolved(alarm, None, reason.to_owned());
        };
        if alarm.container.host {
            return unresolved(alarm, Some(&node), "It happened on the node itself, in no container.".to_owned());
        }
        match self.lists.get(&node.id) {
            Some(Ok(containers)) => match_in(alarm, &node, named, containers),
            Some(Err(error)) => {
                unresolved(alarm, Some(&node), format!("{} The container could not be looked up.", in_words(error)))
            }
            None => unresolved(alarm, Some(&node), "The container was not looked up.".to_owned()),
        }
    }

    /// The named node; else the one that the source stands for, and that it is not the named one.
    fn node_of(&self, alarm: &Alarm) -> Option<(Node, Named)> {
        // Our own names first: what an engine calls its machine is that machine's word, and two may say the same.
        let named = alarm.node_hint.as_deref().and_then(|hint| {
            let ours = self.nodes.iter().find(|node| node.name.eq_ignore_ascii_case(hint));
            ours.or_else(|| {
                let said = |node: &&Node| node.facts.as_ref().is_some_and(|f| f.hostname.eq_ignore_ascii_case(hint));
                let mut fits = self.nodes.iter().filter(said);
                fits.next().filter(|_| fits.next().is_none())
            })
        });
        if let Some(node) = named {
            return Some((node.clone(), Named::This));
        }
        let default = self.defaults.get(&alarm.source)?;
        let named = alarm.node_hint.clone().map_or(Named::None, Named::Other);
        self.nodes.iter().find(|node| node.id == *default).map(|node| (node.clone(), named))
    }
}

fn match_in(alarm: &Alarm, node: &Node, named: Named, containers: &[ContainerBrief]) -> Resolved {
    if let Some(id) = &alarm.container.id {
        let hits: Vec<&ContainerBrief> =
            containers.iter().filter(|container| container.id.as_str().starts_with(id.as_str())).collect();
        return match hits.as_slice() {
            [one] if alarm.detail.low_confidence => found(
                node,
                one,
                MappingMethod::Inferred,
                "The id fits, but the detector knew too little to be relied on. Confirm the container before acting."
                    .to_owned(),
            ),
            [one] => {
                let (method, reason) = named.by_id(node);
                found(node, one, method, reason)
            }
            [] => unresolved(alarm, Some(node), format!("No container on {} has this id; it may be gone.", node.name)),
            several => unresolved(
                alarm,
                Some(node),
                format!("{} containers on {} have ids that begin so.", several.len(), node.name),
            ),
        };
    }
    let Some(name) = &alarm.container.name else {
        return unresolved(alarm, Some(node), "The alarm names no container.".to_owned());
    };
    let hits: Vec<&ContainerBrief> = containers.iter().filter(|container| container.name == *name).collect();
    match hits.as_slice() {
        [one] => found(
            node,
            one,
            MappingMethod::Inferred,
            "Only the name fits. Confirm the container before acting.".to_owned(),
        ),
        _ => unresolved(alarm, Some(node), format!("No container on {} has this name.", node.name)),
    }
}

fn found(node: &Node, container: &ContainerBrief, method: MappingMethod, reason: String) -> Resolved {
    let id: &ContainerId = &container.id;
    Resolved {
        key: container_key(&node.id, id),
        place: Place {
            node: Some(node.id.clone()),
            node_name: node.name.clone(),
            container: Some(id.clone()),
            container_name: container.name.clone(),
            image: container.image.clone(),
            image_id: container.image_id.clone(),
            method,
            reason,
        },
    }
}

fn unresolved(alarm: &Alarm, node: Option<&Node>, reason: String) -> Resolved {
    let hinted = alarm.container.name.clone().or_else(|| alarm.container.id.clone()).unwrap_or_default();
    Resolved {
        key: hint_key(alarm),
        place: Place {
            node: node.map(|node| node.id.clone()),
            node_name: node.map(|node| node.name.clone()).or_else(|| alarm.node_hint.clone()).unwrap_or_default(),
            container: None,
            container_name: if alarm.container.host { "the node itself".to_owned() } else { hinted },
            image: alarm.detail.image.clone().unwrap_or_default(),
            image_id: String::new(),
            method: MappingMethod::Unresolved,
            reason,
        },
    }
}
