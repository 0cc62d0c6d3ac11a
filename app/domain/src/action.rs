//! An action request: what exactly shall be done to which container, and the digest that binds every approval to it.

mod container;

use serde::{Deserialize, Serialize};

pub use self::container::{Container, ContainerFacts, Difference, RunState, Seen};

use crate::{
    error::Problem,
    ids::{Digest, ExecutionId, IncidentId, NodeId, PersonId, RequestId},
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

impl Action {
    /// Is a container that is in this state what the action makes of it?
    #[must_use]
    pub fn is_done_in(self, state: RunState) -> bool {
        match self {
            Self::Pause => state == RunState::Paused,
        }
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
            action: Action::Pause,
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
        if incident.closed_at.is_some() {
            return Err(Problem::conflict("This incident is closed. Nothing was done."));
        }
        match container.state {
            RunState::Running => Ok(node.clone()),
            // Paused by somebody else, or doubted since: the request will find it done, and that is recorded.
            RunState::Paused if incident.contained_at.is_none() => Ok(node.clone()),
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
