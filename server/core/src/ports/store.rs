//! The store: one write door, reads by question, and the little bookkeeping that needs no audit event.

use async_trait::async_trait;
use quell_domain::{
    Changeset, Timestamp,
    action::{Action, ActionRequest},
    alarm::{Alarm, AlarmClass, Mapping},
    approval::{Review, Vote},
    audit::Entry,
    change::Proposed,
    evidence::{CustodyStep, Item, Pack},
    execution::Execution,
    gate::{Balancer, Hold},
    ids::{
        AccountId, AlarmId, BalancerId, ChangeId, ContainerId, DeadLetterId, Digest, EvidenceId, GateKey, IncidentId,
        JobId, NodeId, PackId, PersonId, RequestId, SourceId, TokenId,
    },
    incident::Incident,
    job::{ClaimedJob, JobKind},
    node::Node,
    people::{Account, Person},
    playbook::Playbooks,
    policy::Policy,
    proof::KeptFactor,
    source::Source,
    token::ApiToken,
    versions::{Drafted, Published},
    view::{AuditFilter, Counters, DeadLetterRow, LetterPlace, PackRow, QueueFilter, QueueRow, QueueView, SourceRow},
};

use super::{CommitError, ReadError};

/// What a commit gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Committed {
    /// Sequence number of the last audit event; unchanged when nothing was written (only known alarms came).
    pub seq: i64,
    /// Alarms that were new.
    pub new_alarms: Vec<AlarmId>,
}

/// An audit entry as it lies in the table, for the verifier: bytes and searchable columns, unchecked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Column.
    pub seq: i64,
    /// The canonical bytes, verbatim.
    pub canonical: Vec<u8>,
    /// Column.
    pub hash: String,
    /// Column.
    pub code: String,
    /// Column.
    pub at: i64,
    /// Column.
    pub incident: Option<String>,
    /// Column: actor id.
    pub actor: String,
    /// Column: actor name, in lower case.
    pub actor_name: String,
    /// Column.
    pub outcome: String,
}

/// Tries counted under one key (`pair:alice:10.0.0.1`, `network:10.0.0.1`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Throttle {
    /// Since the last success, the ones under way too.
    pub failures: i64,
    /// When the last one was.
    pub last_at: i64,
}

/// Every question to the database. Lists come in the order that their page needs.
#[async_trait]
pub trait Reads: Send + Sync {
    /// How many admins there are who are not disabled.
    async fn admin_count(&self) -> Result<i64, ReadError>;
    /// By name, with sign-in names.
    async fn people(&self) -> Result<Vec<(Person, Vec<String>)>, ReadError>;
    /// One person.
    async fn person(&self, id: &PersonId) -> Result<Option<Person>, ReadError>;
    /// An account and its person, by sign-in name.
    async fn account_by_login(&self, login: &str) -> Result<Option<(Account, Person)>, ReadError>;
    /// An account and its person.
    async fn account(&self, id: &AccountId) -> Result<Option<(Account, Person)>, ReadError>;
    /// Is there a set-up link with this token hash that is neither used nor expired?
    async fn is_setup_offered(&self, token: &Digest, now: Timestamp) -> Result<bool, ReadError>;
    /// Second factors of a person, oldest first.
    async fn factors_of(&self, person: &PersonId) -> Result<Vec<KeptFactor>, ReadError>;
    /// How many recovery codes of a person are unused.
    async fn recovery_left(&self, person: &PersonId) -> Result<i64, ReadError>;
    /// Has the person still what a proof was given by: this factor, or this used recovery code?
    async fn is_proof_kept(&self, person: &PersonId, by: &str) -> Result<bool, ReadError>;

    /// Everybody's tokens, newest first.
    async fn tokens(&self) -> Result<Vec<ApiToken>, ReadError>;
    /// A person's tokens, newest first.
    async fn tokens_of(&self, person: &PersonId) -> Result<Vec<ApiToken>, ReadError>;
    /// The token whose secret has this hash, with its person; also one that is not good any more.
    async fn token_by_hash(&self, hash: &Digest) -> Result<Option<(ApiToken, Person)>, ReadError>;

    /// Were there never two enabled admins at a time?
    async fn is_set_up_mode(&self) -> Result<bool, ReadError>;
    /// The newest version of the policy; none before the first was written.
    async fn policy(&self) -> Result<Option<Published<Policy>>, ReadError>;
    /// Every version of the policy, newest first.
    async fn policies(&self) -> Result<Vec<Published<Policy>>, ReadError>;
    /// The newest version of the playbooks; none before the first was written.
    async fn playbooks(&self) -> Result<Option<Published<Playbooks>>, ReadError>;
    /// One version of the playbooks.
    async fn playbooks_of(&self, version: i64) -> Result<Option<Published<Playbooks>>, ReadError>;
    /// Every version of the playbooks, newest first.
    async fn all_playbooks(&self) -> Result<Vec<Published<Playbooks>>, ReadError>;
    /// Open incidents by the version of the playbooks that they follow, and class.
    async fn open_by_playbook(&self) -> Result<Vec<(i64, AlarmClass, i64)>, ReadError>;
    /// What this person is writing, as JSON.
    async fn draft_of(&self, person: &PersonId, what: Drafted) -> Result<Option<String>, ReadError>;
    /// One change.
    async fn change(&self, id: &ChangeId) -> Result<Option<Proposed>, ReadError>;
    /// Changes that are not decided, oldest first; those whose time is over too.
    async fn pending_changes(&self) -> Result<Vec<Proposed>, ReadError>;
    /// Changes of every outcome, newest first.
    async fn newest_changes(&self, limit: i64) -> Result<Vec<Proposed>, ReadError>;

    /// Nodes in use, by name.
    async fn nodes(&self) -> Result<Vec<Node>, ReadError>;
    /// One node, removed ones too.
    async fn node(&self, id: &NodeId) -> Result<Option<Node>, ReadError>;

    /// Load balancers in use, by name.
    async fn balancers(&self) -> Result<Vec<Balancer>, ReadError>;
    /// One load balancer, removed ones too.
    async fn balancer(&self, id: &BalancerId) -> Result<Option<Balancer>, ReadError>;
    /// Does any incident hold one of its gates?
    async fn is_held(&self, balancer: &BalancerId) -> Result<bool, ReadError>;
    /// The hold that a request took.
    async fn hold(&self, request: &RequestId) -> Result<Option<Hold>, ReadError>;
    /// Holds on a gate, past ones too, newest first.
    async fn holds_at(&self, balancer: &BalancerId, gate: &GateKey, limit: i64) -> Result<Vec<Hold>, ReadError>;
    /// Holds on a gate that are not over, all of them, oldest first.
    async fn open_holds_at(&self, balancer: &BalancerId, gate: &GateKey) -> Result<Vec<Hold>, ReadError>;
    /// Holds of an incident, past ones too, oldest first.
    async fn holds_of(&self, incident: &IncidentId) -> Result<Vec<Hold>, ReadError>;
    /// Holds of open incidents that should be true and were not looked at since, or only after `ahead`, which a clock that was
    /// set back has left behind; the longest ago first.
    async fn holds_to_look_at(&self, since: Timestamp, ahead: Timestamp, limit: i64) -> Result<Vec<Hold>, ReadError>;

    /// All sources by name, with what was last heard of each.
    async fn sources(&self) -> Result<Vec<SourceRow>, ReadError>;
    /// The unrevoked source with this token hash.
    async fn source_by_token(&self, hash: &Digest) -> Result<Option<Source>, ReadError>;
    /// Newest first, those before a place or all.
    async fn dead_letters(&self, before: Option<&LetterPlace>, limit: i64) -> Result<Vec<DeadLetterRow>, ReadError>;
    /// The bytes of one, as they came.
    async fn dead_letter(&self, id: &DeadLetterId) -> Result<Option<Vec<u8>>, ReadError>;

    /// Alarms that belong to no incident yet, oldest first, without raw bytes.
    async fn unmapped_alarms(&self, limit: i64) -> Result<Vec<Alarm>, ReadError>;
    /// Alarms of an incident, newest first, without raw bytes.
    async fn alarms_of(&self, incident: &IncidentId, limit: i64) -> Result<Vec<(Alarm, Mapping)>, ReadError>;

    /// One incident.
    async fn incident(&self, id: &IncidentId) -> Result<Option<Incident>, ReadError>;
    /// One incident by its number.
    async fn incident_by_number(&self, number: i64) -> Result<Option<Incident>, ReadError>;
    /// The open incident with this key.
    async fn open_incident(&self, key: &str) -> Result<Option<Incident>, ReadError>;
    /// Every incident with this key, open and closed ones, the newest first.
    async fn incidents_with(&self, key: &str) -> Result<Vec<Incident>, ReadError>;
    /// Incidents that were merged into this one or closed as its duplicates, by number.
    async fn incidents_of(&self, id: &IncidentId) -> Result<Vec<Incident>, ReadError>;
    /// Did alarms ever come into this incident by a person's merging?
    async fn was_merged_into(&self, id: &IncidentId) -> Result<bool, ReadError>;
    /// Open incidents with a containment that holds as far as is known, or that should be contained.
    async fn watch_list(&self) -> Result<Vec<Incident>, ReadError>;
    /// When the watch last looked at the contained containers of an incident's node; what came of it stands in the incident.
    async fn looked_at(&self, incident: &Incident) -> Result<Option<Timestamp>, ReadError>;
    /// Rows of the queue, in its order.
    async fn queue(&self, filter: &QueueFilter, me: &PersonId, limit: i64) -> Result<Vec<QueueRow>, ReadError>;
    /// The numbers above the queue, by class for one view.
    async fn counters(&self, me: &PersonId, view: QueueView, now: Timestamp) -> Result<Counters, ReadError>;

    /// One request.
    async fn request(&self, id: &RequestId) -> Result<Option<ActionRequest>, ReadError>;
    /// The open request for this action on this container, or on this gate in front of it.
    async fn open_request(
        &self,
        node: &NodeId,
        container: &ContainerId,
        action: Action,
        gate: Option<(&BalancerId, &GateKey)>,
    ) -> Result<Option<ActionRequest>, ReadError>;
    /// Requests of an incident with their runs, newest first.
    async fn requests_of(&self, incident: &IncidentId) -> Result<Vec<(ActionRequest, Option<Execution>)>, ReadError>;
    /// Requests that await approval, the one that ends first on top.
    async fn waiting_requests(&self) -> Result<Vec<ActionRequest>, ReadError>;
    /// Break-glass requests that nobody has reviewed yet, oldest first.
    async fn requests_to_review(&self) -> Result<Vec<ActionRequest>, ReadError>;
    /// Requests of every outcome, newest first, older than `before`.
    async fn newest_requests(
        &self,
        before: Option<(Timestamp, RequestId)>,
        limit: i64,
    ) -> Result<Vec<ActionRequest>, ReadError>;
    /// Decisions on a request, oldest first.
    async fn votes_of(&self, request: &RequestId) -> Result<Vec<Vote>, ReadError>;
    /// What another person said about a break-glass request.
    async fn review_of(&self, request: &RequestId) -> Result<Option<Review>, ReadError>;
    /// The run of a request.
    async fn execution_of(&self, request: &RequestId) -> Result<Option<Execution>, ReadError>;

    /// Packs of an incident, newest first.
    async fn packs_of(&self, incident: &IncidentId) -> Result<Vec<PackRow>, ReadError>;
    /// One pack.
    async fn pack(&self, id: &PackId) -> Result<Option<PackRow>, ReadError>;
    /// The last sign of life of every collection that is under way.
    async fn collecting(&self) -> Result<Vec<(IncidentId, Timestamp)>, ReadError>;
    /// One concluded item and its pack.
    async fn item(&self, id: &EvidenceId) -> Result<Option<(Item, Pack)>, ReadError>;
    /// Its custody, oldest first.
    async fn custody_of(&self, id: &EvidenceId) -> Result<Vec<CustodyStep>, ReadError>;

    /// Audit entries of an incident, newest first.
    async fn entries_of(&self, incident: &IncidentId, limit: i64) -> Result<Vec<Entry>, ReadError>;
    /// Audit entries of an incident after a sequence number, oldest first, without those about alarms that joined.
    async fn entries_since(&self, incident: &IncidentId, seq: i64, limit: i64) -> Result<Vec<Entry>, ReadError>;
    /// One audit entry.
    async fn entry(&self, seq: i64) -> Result<Option<Entry>, ReadError>;
    /// Audit entries, newest first, with the numbers of their incidents.
    async fn entries(&self, filter: &AuditFilter, limit: i64) -> Result<Vec<(Entry, Option<i64>)>, ReadError>;
    /// Entries after a sequence number, oldest first: what changed, for the live stream. Code and incident only.
    async fn changes_after(&self, seq: i64, limit: i64) -> Result<Vec<(i64, String, Option<IncidentId>)>, ReadError>;
    /// Entries as they lie in the table, from a sequence number on, oldest first.
    async fn audit_rows(&self, from: i64, limit: i64) -> Result<Vec<AuditRow>, ReadError>;
    /// Sequence number and hash in the head row.
    async fn audit_head(&self) -> Result<(i64, Digest), ReadError>;
}

/// Small writes that say nothing about an incident and so need no audit event.
#[async_trait]
pub trait Bookkeeping: Send + Sync {
    /// Takes the next job that is due and that nobody holds, until `now + lease`. One that is due, or held, for longer
    /// than two leases and a minute from now is taken too: the clock was set back since that was written.
    /// Jobs of the kind `except` are left for later.
    async fn claim_job(
        &self,
        owner: &str,
        now: Timestamp,
        lease: i64,
        except: Option<JobKind>,
    ) -> Result<Option<ClaimedJob>, ReadError>;
    /// Holds a job longer. `false` when it was lost to another epoch.
    async fn extend_lease(&self, job: &JobId, epoch: i64, until: Timestamp) -> Result<bool, ReadError>;
    /// Gives a job back to be tried again not before `due_at`.
    async fn release_job(&self, job: &JobId, epoch: i64, due_at: Timestamp) -> Result<(), ReadError>;
    /// Takes the watch over a node's contained containers until then, or keeps it; `false` when another portal has it.
    async fn take_watch(&self, node: &NodeId, owner: &str, now: Timestamp, until: Timestamp)
    -> Result<bool, ReadError>;
    /// Whoever has the watch had a look at all of them.
    async fn looked(&self, node: &NodeId, owner: &str, now: Timestamp) -> Result<(), ReadError>;
    /// A held gate was looked at.
    async fn gate_looked(&self, hold: &RequestId, now: Timestamp) -> Result<(), ReadError>;
    /// Bytes received for an item.
    async fn progress(
        &self,
        item: &EvidenceId,
        bytes: i64,
        total: Option<i64>,
        now: Timestamp,
    ) -> Result<(), ReadError>;
    /// All bytes of an item are in: it is being checked now.
    async fn checking(&self, item: &EvidenceId, bytes: i64, now: Timestamp) -> Result<(), ReadError>;
    /// A sensor behind a source spoke about itself; only the last word is kept.
    async fn sensor_said(&self, source: &SourceId, words: &str, now: Timestamp) -> Result<(), ReadError>;
    /// A token was used from an address; written at most once a minute.
    async fn token_used(&self, token: &TokenId, address: Option<&str>, now: Timestamp) -> Result<(), ReadError>;
    /// Tries counted under a key.
    async fn throttle(&self, key: &str) -> Result<Throttle, ReadError>;
    /// Counts a try, unless another was counted since `seen`: then `false`, and the caller looks again.
    async fn count_try(&self, key: &str, seen: Throttle, now: Timestamp) -> Result<bool, ReadError>;
    /// Takes one counted try back.
    async fn give_back_try(&self, key: &str) -> Result<(), ReadError>;
    /// Begins to count anew.
    async fn forget_tries(&self, key: &str) -> Result<(), ReadError>;
    /// Somebody signed in from this place (account and network).
    async fn remember_place(&self, place: &str, now: Timestamp) -> Result<(), ReadError>;
    /// Did somebody sign in from this place since then?
    async fn is_usual_place(&self, place: &str, since: Timestamp) -> Result<bool, ReadError>;
    /// Can it be asked at all?
    async fn ping(&self) -> Result<(), ReadError>;
}

/// The store.
#[async_trait]
pub trait Store: Reads + Bookkeeping {
    /// The one write door: every operation and every audit event, in one transaction, or nothing.
    ///
    /// An [`AddAlarms`](quell_domain::changeset::Op::AddAlarms) that finds only known alarms, alone in its changeset,
    /// writes nothing at all. Otherwise the store completes the event `alarms.received` with the facts `new`,
    /// `duplicates` and `ids`.
    async fn commit(&self, changes: Changeset) -> Result<Committed, CommitError>;
}
