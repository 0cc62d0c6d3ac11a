//! An action request: what exactly shall be done to which container, and the digest that binds every approval to it.

use serde::{Deserialize, Serialize};

use crate::{
    error::Problem,
    ids::{ContainerId, Digest, EngineId, ExecutionId, IncidentId, NodeId, PersonId, RequestId},
    incident::Incident,
    policy::Requirement,
    time::Timestamp,
};

crate::words! {
    /// What can be done to a container.
    Action {
        /// Freeze all processes; memory is kept.
        Pause = "pause", "Pause";
    }
}

crate::words! {
    /// Where a request stands (design, section 5). Requests are never deleted.
    RequestState {
        /// Other people must agree first.
        AwaitingApproval = "awaiting_approval", "Awaiting approval";
        /// Agreed; a worker will take it.
        Approved = "approved", "Approved";
        /// A worker has it.
        Running = "running", "Running";
        /// Done, and read back from the engine.
        Verified = "verified", "Verified";
        /// Not done.
        Failed = "failed", "Failed";
        /// Nobody knows; a verify job is reading the real state.
        Unknown = "unknown", "Unknown";
        /// The facts had changed: nothing was touched.
        Void = "void", "Void";
        /// Too late.
        Expired = "expired", "Expired";
    }
}

impl RequestState {
    /// Is something still going to happen?
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::AwaitingApproval | Self::Approved | Self::Running | Self::Unknown)
    }
}

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

/// The facts that an approval is about. When one differs at execution, nothing runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerFacts {
    /// The engine's own id.
    pub engine_id: EngineId,
    /// Full id.
    pub container: ContainerId,
    /// Name without the leading slash.
    pub name: String,
    /// Image reference as the container was made with.
    pub image: String,
    /// `sha256:…` of the image.
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
    /// Names of its networks.
    pub networks: Vec<String>,
    /// Shares namespaces with the node or another container: these are not frozen with it.
    pub shared_namespaces: Vec<String>,
    /// Has all capabilities of the node.
    pub privileged: bool,
    /// A health check runs in it and may make an orchestrator restart it.
    pub health_check: bool,
    /// `kubernetes`, `swarm`, `compose`, when labels say that something else manages it.
    pub managed_by: Option<String>,
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

    /// What a person must know before pausing, most important first.
    #[must_use]
    pub fn pause_warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.auto_remove {
            warnings.push("The engine deletes this container and its anonymous volumes as soon as it ends. Keep evidence first where you can.".to_owned());
        }
        for shared in &self.shared_namespaces {
            warnings.push(format!("It shares {shared}; what runs there besides is not frozen."));
        }
        if self.health_check {
            warnings.push(
                "A health check runs in it. While paused it shows as unhealthy, and an auto-heal tool may restart it."
                    .to_owned(),
            );
        }
        if let Some(manager) = &self.managed_by {
            warnings.push(format!("It is managed by {manager}, which may start a replacement or restart it."));
        }
        warnings
    }
}

/// A request to act on a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionRequest {
    /// Ours.
    pub id: RequestId,
    /// For which incident.
    pub incident: IncidentId,
    /// On which node.
    pub node: NodeId,
    /// What.
    pub action: Action,
    /// To exactly this.
    pub facts: ContainerFacts,
    /// Why, in the requester's words.
    pub reason: String,
    /// Who asks.
    pub requester: PersonId,
    /// Their name at the time.
    pub requester_name: String,
    /// When.
    pub created_at: Timestamp,
    /// After this it can no longer run.
    pub expires_at: Timestamp,
    /// Makes two otherwise equal requests different.
    pub nonce: String,
    /// The policy that set the requirement.
    pub policy_version: i64,
    /// Approvals besides the requester.
    pub approvals_needed: i64,
    /// Where it stands.
    pub state: RequestState,
    /// The one run that consumed it.
    pub execution: Option<ExecutionId>,
    /// One sentence about how it ended.
    pub detail: String,
    /// What every approval signs and the worker compares.
    pub digest: Digest,
}

/// What a person typed and saw on the confirm page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// Ours, minted for this request.
    pub id: RequestId,
    /// Minted for this request.
    pub nonce: String,
    /// What.
    pub action: Action,
    /// Why.
    pub reason: String,
    /// The fingerprint that the confirm page carried.
    pub seen: Digest,
    /// Who.
    pub requester: PersonId,
    /// Their name.
    pub requester_name: String,
    /// When.
    pub now: Timestamp,
}

impl ActionRequest {
    /// Decides whether a pause may be requested now, and makes the request.
    ///
    /// # Errors
    /// [`Problem`] with code conflict when the container is not what the page showed, is not running, or is not surely
    /// the one that the incident is about.
    pub fn pause(
        incident: &Incident,
        container: &Container,
        requirement: Requirement,
        policy_version: i64,
        intent: Intent,
    ) -> Result<Self, Problem> {
        let node = Self::may_pause(incident, container)?;
        if container.fingerprint() != intent.seen {
            return Err(Problem::conflict(
                "The container changed since the page was shown. Nothing was done; look at the facts again.",
            ));
        }
        let mut request = Self {
            id: intent.id,
            incident: incident.id.clone(),
            node,
            action: intent.action,
            facts: container.facts.clone(),
            reason: intent.reason,
            requester: intent.requester,
            requester_name: intent.requester_name,
            created_at: intent.now,
            expires_at: intent.now.plus(requirement.valid_for),
            nonce: intent.nonce,
            policy_version,
            approvals_needed: i64::from(requirement.approvals),
            state: if requirement.approvals == 0 { RequestState::Approved } else { RequestState::AwaitingApproval },
            execution: None,
            detail: String::new(),
            digest: Digest::from_hex(""),
        };
        request.digest = request.signed_facts();
        Ok(request)
    }

    /// Could this container be paused for this incident now? Gives the node to act on.
    ///
    /// # Errors
    /// Conflict, with why not.
    pub fn may_pause(incident: &Incident, container: &Container) -> Result<NodeId, Problem> {
        let Some(node) = incident.target_node() else {
            return Err(Problem::conflict(
                "Choose the container first: it is not sure which one this incident is about.",
            ));
        };
        match container.state {
            RunState::Running => Ok(node.clone()),
            RunState::Paused => Err(Problem::conflict("The container is paused already. Nothing was done.")),
            other => Err(Problem::conflict(format!(
                "Only a running container can be paused; this one is {}. Nothing was done.",
                other.label().to_lowercase()
            ))),
        }
    }

    /// SHA-256 of the canonical JSON of everything an approval is about (design, section 6).
    #[must_use]
    pub fn signed_facts(&self) -> Digest {
        #[derive(Serialize)]
        struct Signed<'a> {
            v: u32,
            action: Action,
            facts: &'a ContainerFacts,
            incident: &'a IncidentId,
            node: &'a NodeId,
            requester: &'a PersonId,
            expires_at: Timestamp,
            nonce: &'a str,
        }
        let signed = Signed {
            v: 1,
            action: self.action,
            facts: &self.facts,
            incident: &self.incident,
            node: &self.node,
            requester: &self.requester,
            expires_at: self.expires_at,
            nonce: &self.nonce,
        };
        Digest::of(&serde_json::to_vec(&signed).unwrap_or_default())
    }
}
