//! An action request: what exactly shall be done to which container, and the digest that binds every approval to it.

mod container;
mod gate;
mod kind;
mod possible;

use serde::{Deserialize, Serialize};

pub use self::{
    container::{Attachment, Container, ContainerFacts, Difference, Parameters, RunState, Seen},
    gate::GateStanding,
    kind::{Action, Purpose},
    possible::{EvidenceStanding, Standing},
};

use crate::{
    error::Problem,
    ids::{Digest, ExecutionId, IncidentId, NodeId, PersonId, RequestId},
    incident::Incident,
    policy::Requirement,
    time::Timestamp,
};

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
        /// Some of it was done; the detail says what.
        PartlyDone = "partly_done", "Partly done";
        /// Nobody knows; a verify job is reading the real state.
        Unknown = "unknown", "Unknown";
        /// The facts had changed: nothing was touched.
        Void = "void", "Void";
        /// Somebody said no.
        Denied = "denied", "Denied";
        /// An approver wants something changed: a new request is needed.
        SentBack = "sent_back", "Sent back";
        /// Taken back by the requester.
        Withdrawn = "withdrawn", "Withdrawn";
        /// Too late.
        Expired = "expired", "Expired";
    }
}

impl RequestState {
    /// Something is still going to happen.
    pub const OPEN: &'static [Self] = &[Self::AwaitingApproval, Self::Approved, Self::Running, Self::Unknown];

    /// Is something still going to happen?
    #[must_use]
    pub fn is_open(self) -> bool {
        Self::OPEN.contains(&self)
    }

    /// Was the engine, or the load balancer, asked, or may it have been?
    #[must_use]
    pub fn may_have_acted(self) -> bool {
        matches!(self, Self::Running | Self::Verified | Self::Failed | Self::PartlyDone | Self::Unknown)
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
    /// With what besides.
    pub parameters: Parameters,
    /// To exactly this. An approver who has seen what changed since binds the request to how it is now.
    pub facts: ContainerFacts,
    /// As it was when somebody asked.
    pub facts_asked: ContainerFacts,
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
    /// What that policy asks for.
    pub needs: Requirement,
    /// Without the approvals that the policy asks for: another person must review it before the incident is closed.
    pub break_glass: bool,
    /// Counts decisions; a decision names the revision that it was made on.
    pub revision: i64,
    /// Where it stands.
    pub state: RequestState,
    /// The one run that consumed it.
    pub execution: Option<ExecutionId>,
    /// One sentence about how it ended.
    pub detail: String,
    /// What every approval signs and the worker compares.
    pub digest: Digest,
}

/// Fewest characters of a reason that stands for an approval.
const LEAST_REASON: usize = 10;

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
    /// The box that says that users may notice was ticked.
    pub accepts_impact: bool,
    /// The last four digits of the container's id, as typed.
    pub typed: String,
    /// Skip the approvals, and be reviewed afterwards.
    pub break_glass: bool,
    /// Who.
    pub requester: PersonId,
    /// Their name.
    pub requester_name: String,
    /// When.
    pub now: Timestamp,
}

impl Intent {
    /// The care that the tier asks for (ux, 3.6).
    fn check(&self, action: Action, facts: &ContainerFacts, needs: Requirement) -> Result<(), Problem> {
        if self.break_glass {
            if action.purpose() != Purpose::Contain {
                return Err(Problem::field("break_glass", "Break-glass is for containing only, never for releasing."));
            }
            if needs.approvals == 0 {
                return Err(Problem::field(
                    "break_glass",
                    "Nobody needs to approve this: request it without break-glass.",
                ));
            }
            if self.reason.chars().count() < LEAST_REASON {
                return Err(Problem::field(
                    "detail",
                    "Say why it cannot wait for an approver: at least 10 characters.",
                ));
            }
        }
        let tier = needs.tier.max(action.least_tier());
        if tier >= 2 && !self.accepts_impact {
            return Err(Problem::field("accepts_impact", "Tick that you know what this does."));
        }
        let id = facts.container.as_str();
        if tier >= 3 && self.typed.trim() != &id[id.len() - 4..] {
            return Err(Problem::field("typed", "Type the last 4 characters of the container's id."));
        }
        Ok(())
    }
}

impl ActionRequest {
    /// Decides whether an action may be requested now, and makes the request.
    ///
    /// # Errors
    /// Conflict when the container is not what the page showed, is in no state for it, or is not surely the one that
    /// the incident is about. Invalid, naming the field, when the care that the tier asks for was not taken.
    pub fn new(
        action: Action,
        incident: &Incident,
        container: &Container,
        standing: &Standing,
        (policy_version, needs): (i64, Requirement),
        intent: Intent,
    ) -> Result<Self, Problem> {
        if action.is_of_gate() {
            return Err(Problem::conflict("Choose the gate first. Nothing was done."));
        }
        let node = action.possible(incident, container, standing, !intent.break_glass).map_err(Problem::undone)?;
        if container.fingerprint() != intent.seen {
            return Err(Problem::conflict(
                "The container changed since the page was shown. Nothing was done; look at the facts again.",
            ));
        }
        intent.check(action, &container.facts, needs)?;
        let parameters = match action {
            Action::Disconnect => Parameters { networks: container.attachments.clone(), gate: None },
            Action::Reconnect => standing.taken.clone(),
            Action::Pause | Action::Unpause | Action::Kill | Action::RestrictGate | Action::RestoreGate => {
                Parameters::default()
            }
        };
        let what = (action, parameters, container.facts.clone());
        Ok(Self::asked(what, (incident.id.clone(), node), (policy_version, needs), intent))
    }

    /// The request as it begins.
    fn asked(
        (action, parameters, facts): (Action, Parameters, ContainerFacts),
        (incident, node): (IncidentId, NodeId),
        (policy_version, needs): (i64, Requirement),
        intent: Intent,
    ) -> Self {
        let approvals = if intent.break_glass { 0 } else { needs.approvals };
        let mut request = Self {
            id: intent.id,
            incident,
            node,
            action,
            parameters,
            facts: facts.clone(),
            facts_asked: facts,
            reason: intent.reason,
            requester: intent.requester,
            requester_name: intent.requester_name,
            created_at: intent.now,
            expires_at: intent.now.plus(needs.valid_for),
            nonce: intent.nonce,
            policy_version,
            needs,
            break_glass: intent.break_glass,
            revision: 0,
            state: if approvals == 0 { RequestState::Approved } else { RequestState::AwaitingApproval },
            execution: None,
            detail: String::new(),
            digest: Digest::from_hex(""),
        };
        request.digest = request.signed_facts();
        request
    }

    /// Is the container on no network but those that it was asked to be taken from? Another one would be taken without
    /// approval, and never given back.
    ///
    /// # Errors
    /// Conflict.
    pub fn expect_networks(&self, now: &Container) -> Result<(), Problem> {
        let asked = &self.parameters.networks;
        let joined = now.attachments.iter().any(|held| asked.iter().all(|known| known.network != held.network));
        if self.action == Action::Disconnect && joined {
            return Err(Problem::conflict(
                "The container joined another network since this was asked for. Deny it, or send it back.",
            ));
        }
        Ok(())
    }

    /// SHA-256 of the canonical JSON of everything an approval is about (design, section 6).
    #[must_use]
    pub fn signed_facts(&self) -> Digest {
        #[derive(Serialize)]
        struct Signed<'a> {
            v: u32,
            action: Action,
            parameters: &'a Parameters,
            facts: &'a ContainerFacts,
            incident: &'a IncidentId,
            node: &'a NodeId,
            requester: &'a PersonId,
            break_glass: bool,
            expires_at: Timestamp,
            nonce: &'a str,
        }
        let signed = Signed {
            v: 1,
            action: self.action,
            parameters: &self.parameters,
            facts: &self.facts,
            incident: &self.incident,
            node: &self.node,
            requester: &self.requester,
            break_glass: self.break_glass,
            expires_at: self.expires_at,
            nonce: &self.nonce,
        };
        Digest::of(&serde_json::to_vec(&signed).unwrap_or_default())
    }
}
