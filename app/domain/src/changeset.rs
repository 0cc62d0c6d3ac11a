//! A changeset: everything that one use case writes, and the audit events that say so.
//!
//! It cannot be built without an audit event. Every operation names what it expects to find (a version, a state, an
//! epoch); when the store finds something else, nothing of the changeset is written.

use std::net::IpAddr;

use crate::{
    action::{ActionRequest, RequestState},
    alarm::{Alarm, DeadLetter, MappingMethod},
    approval::{Review, Vote},
    audit::Event,
    change::Proposed,
    evidence::{CustodyStep, Item, ItemState, Pack, Task},
    execution::{Execution, Outcome},
    gate::{Balancer, BalancerAccess, BalancerFacts, Hold},
    ids::{
        AccountId, AlarmId, BalancerId, Digest, EvidenceId, ExecutionId, FactorId, GateKey, IncidentId, JobId, NodeId,
        PackId, PersonId, RequestId, SourceId, TokenId,
    },
    incident::Incident,
    job::NewJob,
    node::{Access, EngineFacts, Node},
    people::{Account, Person},
    playbook::Playbooks,
    policy::{Policy, Role},
    proof::KeptFactor,
    source::Source,
    time::Timestamp,
    token::ApiToken,
    versions::{Drafted, Published},
};

/// One write. Each must hit exactly one row unless it says otherwise.
#[allow(missing_docs, reason = "fields of a variant are explained by the variant")]
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// A new person with their first account. Unique: login.
    AddPerson(Person, Account),
    /// Replaces a person's roles. Must not end the last enabled admin's.
    SetRoles(PersonId, Vec<Role>),
    /// Writes nothing: the person must hold exactly these roles, enabled or not.
    ExpectRoles(PersonId, Vec<Role>),
    /// Disables (some time) or enables (none) a person, and ends their sessions. Must not disable the last enabled admin.
    SetDisabled(PersonId, Option<Timestamp>),
    /// A new password hash for an account; ends its person's sessions.
    SetPassword(AccountId, String),
    /// Writes nothing: the account must still have this password hash, and its person must be enabled.
    ExpectPassword(AccountId, String),
    /// Keeps a set-up link's hash until it expires; replaces an older one.
    OfferSetup { token: Digest, expires_at: Timestamp },
    /// Uses the set-up link up: must be unused, unexpired, and no person may exist yet.
    UseSetup { token: Digest, now: Timestamp },

    /// A new second factor. Unique: handle.
    AddFactor(KeptFactor),
    /// Writes nothing: the person must have no second factor.
    ExpectNoFactor(PersonId),
    /// Calls a person's factor something else.
    RenameFactor { person: PersonId, factor: FactorId, name: String },
    /// Takes a factor from a person; with the last one go the unused recovery codes (1..n rows).
    RemoveFactor { person: PersonId, factor: FactorId },
    /// Takes a code of this step: it must be after the last one taken.
    UseTotp { factor: FactorId, step: i64, at: Timestamp },
    /// Takes a passkey's answer: another challenge than the last one, and a higher count, unless it never counts.
    UsePasskey { factor: FactorId, data: Vec<u8>, counter: i64, challenge: Digest, at: Timestamp },
    /// Replaces a person's unused recovery codes (0..n rows).
    SetRecovery { person: PersonId, codes: Vec<Digest>, at: Timestamp },
    /// Uses a recovery code up: it must be this person's, and unused.
    UseRecovery { person: PersonId, code: Digest, at: Timestamp },
    /// Takes all factors and recovery codes from a person and ends their sessions (0..n rows).
    ClearFactors(PersonId),
    /// A new token with the hash of its secret. Unique: hash.
    AddToken(ApiToken, Digest),
    /// Refuses a token from now on: must not be revoked yet.
    RevokeToken(TokenId, Timestamp),
    /// Refuses every good token of a person from now on (0..n rows).
    EndTokens(PersonId, Timestamp),

    /// A new node. Unique: name among nodes in use.
    AddNode(Node),
    /// The last answer of a node's engine, of another engine in its place, or why there was none.
    SetNodeFacts { node: NodeId, facts: Option<EngineFacts>, stranger: Option<EngineFacts>, trouble: Option<String> },
    /// Stops using a node: must be in use.
    RemoveNode(NodeId, Timestamp),

    /// Other labels for a node: must be in use, and have those that are expected.
    SetNodeLabels { node: NodeId, before: Vec<String>, labels: Vec<String> },
    /// Another way to a node's engine: must be in use, and be reached as is expected.
    SetNodeAccess { node: NodeId, before: Access, access: Access },
    /// Other addresses for a node: must be in use, and have those that are expected.
    SetNodeAddresses { node: NodeId, before: Vec<IpAddr>, addresses: Vec<IpAddr> },

    /// A new load balancer. Unique: name among those in use.
    AddBalancer(Balancer),
    /// The last answer of a load balancer's interface, or why there was none.
    SetBalancerFacts { balancer: BalancerId, facts: Option<BalancerFacts>, trouble: Option<String> },
    /// Another way to a load balancer's interface: must be in use, and be reached as is expected.
    SetBalancerAccess { balancer: BalancerId, before: BalancerAccess, access: BalancerAccess },
    /// Stops using a load balancer: must be in use, and none of its gates held.
    RemoveBalancer(BalancerId, Timestamp),

    /// A version of the policy: must be the one after the newest.
    PublishPolicy(Published<Policy>),
    /// A version of the playbooks: must be the one after the newest.
    PublishPlaybooks(Published<Playbooks>),
    /// Writes nothing: this version of the policy must be the newest (1 while none is written down).
    ExpectPolicy(i64),
    /// Keeps a person's draft of something, as JSON, or drops it (0..n rows).
    SetDraft(PersonId, Drafted, Option<String>),
    /// A change that waits for a second admin.
    AddChange(Proposed),
    /// What became of a change: it must wait still.
    DecideChange(Proposed),
    /// Writes nothing: there must never have been two admins.
    ExpectSetUpMode,

    /// A new source. Unique: name, token hash.
    AddSource(Source),
    /// Refuses a source's token from now on: must not be revoked yet.
    RevokeSource(SourceId, Timestamp),

    /// New alarms; those whose dedupe key is known are left out (0..n rows).
    AddAlarms(Vec<Alarm>),
    /// Payloads that could not be read.
    AddDeadLetters(Vec<DeadLetter>),

    /// A new incident; the store gives it the next number. Unique: key among open incidents.
    AddIncident(Incident),
    /// Writes an incident back: the stored version must be the one in it; it is then counted up.
    SetIncident(Incident),
    /// Says which incident alarms belong to: each must be without one. `through`: the merged incidents by whose key they
    /// came, each merged into the next and the last one into `incident`; they return with these as if they had moved along.
    MapAlarms {
        alarms: Vec<AlarmId>,
        incident: IncidentId,
        through: Vec<IncidentId>,
        method: MappingMethod,
        reason: String,
    },
    /// Says of every alarm of an incident how it was found (0..n rows).
    MarkAlarms { incident: IncidentId, method: MappingMethod, reason: String },
    /// Moves every alarm of one incident to another (0..n rows) and remembers what moved, and how each was found. `mark`:
    /// from now on they count as found like this.
    MoveAlarms { from: IncidentId, to: IncidentId, mark: Option<(MappingMethod, String)> },
    /// Gives an incident back the alarms that once moved away from it and are now at `from` (0..n rows), marked as they were
    /// then. How many is added to the events that say it ([`codes::UNMERGED`](crate::audit::codes::UNMERGED)).
    GiveBackAlarms { to: IncidentId, from: IncidentId },
    /// Makes anew what an incident is made of its alarms ([`Incident::recount`]), whatever joined until now: it must follow
    /// these playbooks, and be merged into no other.
    Recount { incident: IncidentId, playbooks: Playbooks },

    /// Writes nothing: the incident must be in this version.
    ExpectIncident(IncidentId, i64),
    /// Writes nothing: the incident must be open.
    ExpectOpen(IncidentId),
    /// Writes nothing: the incident must have no open request, no break-glass that nobody reviewed, and no collection
    /// under way.
    ExpectIdle(IncidentId),
    /// Writes nothing: no evidence may be under collection for the incident.
    ExpectNoCollection(IncidentId),

    /// Writes nothing: nothing may have been sent for the request, not even perhaps.
    ExpectNotAttempted(RequestId),
    /// A new request. Unique: node, container, action and gate among open requests.
    AddRequest(ActionRequest),
    /// A decision or withdrawal: the request must await approval in this revision. Writes its state, binding and digest.
    DecideRequest { revision: i64, request: ActionRequest },
    /// One person's decision. Unique: request, person and digest. Append-only.
    AddVote(Vote),
    /// Writes nothing: the person must be enabled and hold exactly these roles.
    ExpectPerson(PersonId, Vec<Role>),
    /// Another person has looked at what was done without approval: it must not be reviewed yet.
    AddReview(Review),
    /// The one consumption of an approval: the request must be approved, unexpired and have this digest.
    Consume { request: RequestId, digest: Digest, execution: ExecutionId, now: Timestamp },
    /// Ends a request or says that it is unknown: it must be in one of these states.
    SetRequest { request: RequestId, from: Vec<RequestState>, to: RequestState, detail: String },
    /// `attempted`: the outside world is about to be touched. Unique: request.
    AddExecution(Execution),
    /// The answer: the execution must be without one, or unknown.
    ConcludeExecution { execution: ExecutionId, outcome: Outcome, detail: String, at: Timestamp },

    /// A new hold on a gate. Unique: its request.
    AddHold(Hold),
    /// Writes a hold back: the stored version must be the one in it; it is then counted up.
    SetHold(Hold),
    /// Writes nothing: these holds on a gate, each in this version, and no others are not over.
    ExpectHolds { balancer: BalancerId, gate: GateKey, holds: Vec<(RequestId, i64)> },

    /// A new pack with its tasks. Unique: incident among packs that are not done.
    AddPack(Pack, Vec<Task>),
    /// A task moves on: it must be in one of these states.
    SetTask { task: EvidenceId, from: Vec<ItemState>, to: ItemState, note: String, at: Timestamp },
    /// A concluded item. Append-only.
    AddItem(Item),
    /// A step in the custody of an item. Append-only.
    AddCustody(CustodyStep),
    /// The pack's last item was concluded: it must not be done yet.
    FinishPack(PackId, Timestamp),

    /// New background work.
    AddJob(NewJob),
    /// The job is done: it must be held under this epoch.
    FinishJob { job: JobId, epoch: i64 },
}

/// Everything that one use case writes.
#[derive(Debug, Clone, PartialEq)]
pub struct Changeset {
    events: Vec<Event>,
    ops: Vec<Op>,
}

impl Changeset {
    /// Begins with the audit event that says what is done.
    #[must_use]
    pub fn new(event: Event) -> Self {
        Self { events: vec![event], ops: Vec::new() }
    }

    /// Adds a write.
    #[must_use]
    pub fn with(mut self, op: Op) -> Self {
        self.ops.push(op);
        self
    }

    /// Adds several writes.
    #[must_use]
    pub fn with_all(mut self, ops: impl IntoIterator<Item = Op>) -> Self {
        self.ops.extend(ops);
        self
    }

    /// Adds another audit event.
    #[must_use]
    pub fn and_event(mut self, event: Event) -> Self {
        self.events.push(event);
        self
    }

    /// The audit events, in order; at least one.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The writes, in order.
    #[must_use]
    pub fn ops(&self) -> &[Op] {
        &self.ops
    }

    /// Takes it apart for the store.
    #[must_use]
    pub fn into_parts(self) -> (Vec<Event>, Vec<Op>) {
        (self.events, self.ops)
    }
}
