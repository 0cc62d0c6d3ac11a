//! A container as its engine describes it: what an approval binds, and what a person should know besides.

use serde::{Deserialize, Serialize};

use crate::{
    gate::{Door, GateChange},
    ids::{ContainerId, Digest, EngineId},
    time::Timestamp,
};

crate::words! {
    /// What the engine says a container is doing.
    RunState {
        /// Made, never started.
        Created = "created", "Created";
        /// Running.
        Running = "running", "Running";
        /// Frozen.
        Paused = "paused", "Paused";
        /// Being started again.
        Restarting = "restarting", "Restarting";
        /// Being removed.
        Removing = "removing", "Being removed";
        /// Ended.
        Exited = "exited", "Exited";
        /// Could not be removed.
        Dead = "dead", "Dead";
    }
}

impl RunState {
    /// Does nothing of it run, so that what is read of it is of one moment?
    #[must_use]
    pub fn holds_still(self) -> bool {
        matches!(self, Self::Created | Self::Paused | Self::Exited | Self::Dead)
    }
}

/// A network that a container is attached to, with what is needed to attach it again in the same way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The network's id.
    pub network: String,
    /// Its name.
    pub name: String,
    /// Names by which others on the network reach the container; the engine's own short id is left out.
    pub aliases: Vec<String>,
    /// Address that was asked for, when one was.
    pub fixed_ipv4: Option<String>,
    /// The same for IPv6.
    pub fixed_ipv6: Option<String>,
}

/// What an action is done with, besides the container.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameters {
    /// Networks to take away, or to give back.
    pub networks: Vec<Attachment>,
    /// What shall be done to which gate, when it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<Box<GateChange>>,
}

/// The facts that an approval is about. When one differs at execution, nothing runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerFacts {
    /// The engine's own id.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub engine_id: EngineId,
    /// Full id.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub container: ContainerId,
    /// Name without the leading slash.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub name: String,
    /// Image reference as the container was made with.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub image: String,
    /// `sha256:…` of the image.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub image_id: String,
    /// As the engine writes it.
    pub created: String,
    /// As the engine writes it; changes at every start.
    pub started_at: String,
    /// How often the engine restarted it.
    pub restart_count: i64,
    /// `type source → destination (rw)`, sorted.
    pub mounts: Vec<String>,
}

impl ContainerFacts {
    /// Is it the same run of the same container? Then what was done to its processes is done, whatever else changed.
    #[must_use]
    pub fn is_same_run(&self, now: &Self) -> bool {
        let run = |facts: &Self| {
            (facts.engine_id.clone(), facts.container.clone(), facts.created.clone(), facts.started_at.clone())
        };
        run(self) == run(now)
    }

    /// The names of the facts that differ, with both values, for people.
    #[must_use]
    pub fn differences(&self, now: &Self) -> Vec<Difference> {
        let pairs = [
            ("Engine", self.engine_id.to_string(), now.engine_id.to_string()),
            ("Container id", self.container.to_string(), now.container.to_string()),
            ("Name", self.name.clone(), now.name.clone()),
            ("Image", self.image.clone(), now.image.clone()),
            ("Image digest", self.image_id.clone(), now.image_id.clone()),
            ("Created", self.created.clone(), now.created.clone()),
            ("Started", self.started_at.clone(), now.started_at.clone()),
            ("Restarts", self.restart_count.to_string(), now.restart_count.to_string()),
            ("Mounts", self.mounts.join(", "), now.mounts.join(", ")),
        ];
        pairs
            .into_iter()
            .filter(|(_, before, after)| before != after)
            .map(|(fact, before, after)| Difference { fact: fact.to_owned(), before, after })
            .collect()
    }
}

/// One fact that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Its name.
    pub fact: String,
    /// When requested.
    pub before: String,
    /// Now.
    pub after: String,
}

/// A container as the engine describes it at a moment: the bound facts and what a person should know besides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    /// What an approval binds.
    pub facts: ContainerFacts,
    /// What it is doing.
    pub state: RunState,
    /// Process id of its first process on the node; 0 when none.
    pub pid: i64,
    /// Its command line; attacker text.
    pub command: String,
    /// The engine deletes it, and its anonymous volumes, as soon as it ends.
    pub auto_remove: bool,
    /// `no`, `always`, `unless-stopped`, `on-failure`.
    pub restart_policy: String,
    /// Its networks, by name.
    pub attachments: Vec<Attachment>,
    /// Where it can be reached: its own addresses, and ports that are published on its node. An address that is
    /// unspecified stands for every address of the node, see [`Node::doors_of`](crate::node::Node::doors_of).
    #[serde(default)]
    pub doors: Vec<Door>,
    /// Uses the node's own network: there is nothing to disconnect.
    pub host_network: bool,
    /// Shares namespaces with the node or another container: these are not frozen with it.
    pub shared_namespaces: Vec<String>,
    /// Has all capabilities of the node.
    pub privileged: bool,
    /// A health check runs in it and may make an orchestrator restart it.
    pub health_check: bool,
    /// `kubernetes`, `swarm`, `compose`, when labels say that something else manages it.
    pub managed_by: Option<String>,
    /// Does its engine leave containers as they are when it restarts? Else a restart thaws a paused one.
    pub live_restore: bool,
    /// Number of processes, when the engine told.
    pub processes: Option<i64>,
    /// When the engine was asked.
    pub checked_at: Timestamp,
}

/// What a confirm page showed of a container. Its form carries it, so that the page can say what changed meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// What an approval binds.
    pub facts: ContainerFacts,
    /// What it was doing.
    pub state: RunState,
}

impl Seen {
    /// What a container shows that this did not, with both values, for people.
    #[must_use]
    pub fn differences(&self, now: &Container) -> Vec<Difference> {
        let state = (self.state != now.state).then(|| Difference {
            fact: "State".to_owned(),
            before: self.state.label().to_owned(),
            after: now.state.label().to_owned(),
        });
        state.into_iter().chain(self.facts.differences(&now.facts)).collect()
    }
}

impl Container {
    /// Is it on this network?
    #[must_use]
    pub fn is_attached(&self, network: &Attachment) -> bool {
        self.attachments.iter().any(|held| held.network == network.network)
    }

    /// Do none of its processes run any more, for good as far as the engine goes?
    #[must_use]
    pub fn has_ended(&self) -> bool {
        matches!(self.state, RunState::Exited | RunState::Dead | RunState::Removing)
    }

    /// Does it talk over the network of another container? Then it has none of its own, and is not cut off by that.
    #[must_use]
    pub fn shares_network(&self) -> bool {
        self.shared_namespaces.iter().any(|shared| shared.starts_with("the network namespace of container"))
    }

    /// Does the engine start it again by itself?
    #[must_use]
    pub fn restarts_itself(&self) -> bool {
        !matches!(self.restart_policy.as_str(), "no" | "")
    }

    /// A hash of everything a confirm page showed; the form sends it back so that stale facts are noticed.
    #[must_use]
    pub fn fingerprint(&self) -> Digest {
        Digest::of(&serde_json::to_vec(&(&self.facts, self.state)).unwrap_or_default())
    }

    /// What a page that shows this container now has shown.
    #[must_use]
    pub fn seen(&self) -> Seen {
        Seen { facts: self.facts.clone(), state: self.state }
    }
}
