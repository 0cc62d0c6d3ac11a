//! Every question to the database, one file an area. Reading takes no lock that a writer waits for.

mod actions;
mod alarms;
mod audit;
mod changes;
pub(crate) mod counters;
mod evidence;
mod factors;
mod gates;
mod incidents;
mod people;
mod places;
mod tokens;

use async_trait::async_trait;
use quell_core::ports::{AuditRow, ReadError, Reads};
use quell_domain::{
    Timestamp,
    action::{Action, ActionRequest},
    alarm::{Alarm, AlarmClass, Mapping},
    approval::{Review, Vote},
    audit::Entry,
    change::Proposed,
    evidence::{CustodyStep, Item, Pack},
    execution::Execution,
    gate::{Balancer, Hold},
    ids::{
        AccountId, BalancerId, ChangeId, ContainerId, DeadLetterId, Digest, EvidenceId, GateKey, IncidentId, NodeId,
        PackId, PersonId, RequestId,
    },
    incident::Incident,
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

use crate::{SqlStore, error::failed};

type Read<T> = Result<T, ReadError>;

/// Rows into what they stand for.
fn all<R, T>(rows: Result<Vec<R>, sqlx::Error>) -> Read<Vec<T>>
where
    T: TryFrom<R, Error = ReadError>,
{
    rows.map_err(failed)?.into_iter().map(T::try_from).collect()
}

/// A row into what it stands for.
fn maybe<R, T>(row: Result<Option<R>, sqlx::Error>) -> Read<Option<T>>
where
    T: TryFrom<R, Error = ReadError>,
{
    row.map_err(failed)?.map(T::try_from).transpose()
}

#[async_trait]
impl Reads for SqlStore {
    async fn admin_count(&self) -> Read<i64> {
        people::admins(&self.db).await
    }
    async fn people(&self) -> Read<Vec<(Person, Vec<String>)>> {
        people::all_of_them(&self.db).await
    }
    async fn person(&self, id: &PersonId) -> Read<Option<Person>> {
        people::one(&self.db, id).await
    }
    async fn account_by_login(&self, login: &str) -> Read<Option<(Account, Person)>> {
        people::account_by_login(&self.db, login).await
    }
    async fn account(&self, id: &AccountId) -> Read<Option<(Account, Person)>> {
        people::account(&self.db, id).await
    }
    async fn is_setup_offered(&self, token: &Digest, now: Timestamp) -> Read<bool> {
        people::is_setup_offered(&self.db, token, now).await
    }
    async fn factors_of(&self, person: &PersonId) -> Read<Vec<KeptFactor>> {
        factors::of(&self.db, person).await
    }
    async fn recovery_left(&self, person: &PersonId) -> Read<i64> {
        factors::recovery_left(&self.db, person).await
    }
    async fn is_proof_kept(&self, person: &PersonId, by: &str) -> Read<bool> {
        factors::is_proof_kept(&self.db, person, by).await
    }

    async fn tokens(&self) -> Read<Vec<ApiToken>> {
        tokens::everybodys(&self.db).await
    }
    async fn tokens_of(&self, person: &PersonId) -> Read<Vec<ApiToken>> {
        tokens::of(&self.db, person).await
    }
    async fn token_by_hash(&self, hash: &Digest) -> Read<Option<(ApiToken, Person)>> {
        tokens::by_hash(&self.db, hash).await
    }

    async fn is_set_up_mode(&self) -> Read<bool> {
        people::is_set_up_mode(&self.db).await
    }
    async fn policy(&self) -> Read<Option<Published<Policy>>> {
        changes::policy(&self.db).await
    }
    async fn policies(&self) -> Read<Vec<Published<Policy>>> {
        changes::policies(&self.db).await
    }
    async fn playbooks(&self) -> Read<Option<Published<Playbooks>>> {
        changes::playbooks(&self.db).await
    }
    async fn playbooks_of(&self, version: i64) -> Read<Option<Published<Playbooks>>> {
        changes::playbooks_of(&self.db, version).await
    }
    async fn all_playbooks(&self) -> Read<Vec<Published<Playbooks>>> {
        changes::all_playbooks(&self.db).await
    }
    async fn open_by_playbook(&self) -> Read<Vec<(i64, AlarmClass, i64)>> {
        counters::open_by_playbook(&self.db).await
    }
    async fn draft_of(&self, person: &PersonId, what: Drafted) -> Read<Option<String>> {
        changes::draft_of(&self.db, person, what).await
    }
    async fn change(&self, id: &ChangeId) -> Read<Option<Proposed>> {
        changes::one(&self.db, id).await
    }
    async fn pending_changes(&self) -> Read<Vec<Proposed>> {
        changes::pending(&self.db).await
    }
    async fn newest_changes(&self, limit: i64) -> Read<Vec<Proposed>> {
        changes::newest(&self.db, limit).await
    }

    async fn nodes(&self) -> Read<Vec<Node>> {
        places::nodes(&self.db).await
    }
    async fn node(&self, id: &NodeId) -> Read<Option<Node>> {
        places::node(&self.db, id).await
    }
    async fn balancers(&self) -> Read<Vec<Balancer>> {
        gates::balancers(&self.db).await
    }
    async fn balancer(&self, id: &BalancerId) -> Read<Option<Balancer>> {
        gates::balancer(&self.db, id).await
    }
    async fn is_held(&self, balancer: &BalancerId) -> Read<bool> {
        gates::is_held(&self.db, balancer).await
    }
    async fn hold(&self, request: &RequestId) -> Read<Option<Hold>> {
        gates::hold(&self.db, request).await
    }
    async fn holds_at(&self, balancer: &BalancerId, gate: &GateKey, limit: i64) -> Read<Vec<Hold>> {
        gates::holds_at(&self.db, balancer, gate, limit).await
    }
    async fn open_holds_at(&self, balancer: &BalancerId, gate: &GateKey) -> Read<Vec<Hold>> {
        gates::open_holds_at(&self.db, balancer, gate).await
    }
    async fn holds_of(&self, incident: &IncidentId) -> Read<Vec<Hold>> {
        gates::holds_of(&self.db, incident).await
    }
    async fn holds_to_look_at(&self, since: Timestamp, ahead: Timestamp, limit: i64) -> Read<Vec<Hold>> {
        gates::watched(&self.db, since, ahead, limit).await
    }

    async fn sources(&self) -> Read<Vec<SourceRow>> {
        places::sources(&self.db).await
    }
    async fn source_by_token(&self, hash: &Digest) -> Read<Option<Source>> {
        places::source_by_token(&self.db, hash).await
    }
    async fn dead_letters(&self, before: Option<&LetterPlace>, limit: i64) -> Read<Vec<DeadLetterRow>> {
        places::dead_letters(&self.db, before, limit).await
    }
    async fn dead_letter(&self, id: &DeadLetterId) -> Read<Option<Vec<u8>>> {
        places::dead_letter(&self.db, id).await
    }

    async fn unmapped_alarms(&self, limit: i64) -> Read<Vec<Alarm>> {
        alarms::unmapped(&self.db, limit).await
    }
    async fn alarms_of(&self, incident: &IncidentId, limit: i64) -> Read<Vec<(Alarm, Mapping)>> {
        alarms::of(&self.db, incident, limit).await
    }

    async fn incident(&self, id: &IncidentId) -> Read<Option<Incident>> {
        incidents::one(&self.db, id).await
    }
    async fn incident_by_number(&self, number: i64) -> Read<Option<Incident>> {
        incidents::by_number(&self.db, number).await
    }
    async fn open_incident(&self, key: &str) -> Read<Option<Incident>> {
        incidents::open(&self.db, key).await
    }
    async fn incidents_with(&self, key: &str) -> Read<Vec<Incident>> {
        incidents::with(&self.db, key).await
    }
    async fn incidents_of(&self, id: &IncidentId) -> Read<Vec<Incident>> {
        incidents::of(&self.db, id).await
    }
    async fn was_merged_into(&self, id: &IncidentId) -> Read<bool> {
        incidents::was_merged_into(&self.db, id).await
    }
    async fn watch_list(&self) -> Read<Vec<Incident>> {
        incidents::watch_list(&self.db).await
    }
    async fn looked_at(&self, incident: &Incident) -> Read<Option<Timestamp>> {
        incidents::looked_at(&self.db, incident).await
    }
    async fn queue(&self, filter: &QueueFilter, me: &PersonId, limit: i64) -> Read<Vec<QueueRow>> {
        incidents::queue(&self.db, filter, me, limit).await
    }
    async fn counters(&self, me: &PersonId, view: QueueView, now: Timestamp) -> Read<Counters> {
        counters::read(&self.db, &self.counted, me, view, now).await
    }

    async fn request(&self, id: &RequestId) -> Read<Option<ActionRequest>> {
        actions::one(&self.db, id).await
    }
    async fn open_request(
        &self,
        node: &NodeId,
        container: &ContainerId,
        action: Action,
        gate: Option<(&BalancerId, &GateKey)>,
    ) -> Read<Option<ActionRequest>> {
        actions::open(&self.db, node, container, action, gate).await
    }
    async fn requests_of(&self, incident: &IncidentId) -> Read<Vec<(ActionRequest, Option<Execution>)>> {
        actions::of(&self.db, incident).await
    }
    async fn waiting_requests(&self) -> Read<Vec<ActionRequest>> {
        actions::waiting(&self.db).await
    }
    async fn requests_to_review(&self) -> Read<Vec<ActionRequest>> {
        actions::to_review(&self.db).await
    }
    async fn newest_requests(&self, before: Option<(Timestamp, RequestId)>, limit: i64) -> Read<Vec<ActionRequest>> {
        actions::newest(&self.db, before, limit).await
    }
    async fn votes_of(&self, request: &RequestId) -> Read<Vec<Vote>> {
        actions::votes(&self.db, request).await
    }
    async fn review_of(&self, request: &RequestId) -> Read<Option<Review>> {
        actions::review(&self.db, request).await
    }
    async fn execution_of(&self, request: &RequestId) -> Read<Option<Execution>> {
        actions::execution(&self.db, request).await
    }

    async fn packs_of(&self, incident: &IncidentId) -> Read<Vec<PackRow>> {
        evidence::packs_of(&self.db, incident).await
    }
    async fn collecting(&self) -> Read<Vec<(IncidentId, Timestamp)>> {
        evidence::collecting(&self.db).await
    }
    async fn pack(&self, id: &PackId) -> Read<Option<PackRow>> {
        evidence::pack(&self.db, id).await
    }
    async fn item(&self, id: &EvidenceId) -> Read<Option<(Item, Pack)>> {
        evidence::item(&self.db, id).await
    }
    async fn custody_of(&self, id: &EvidenceId) -> Read<Vec<CustodyStep>> {
        evidence::custody_of(&self.db, id).await
    }

    async fn entries_of(&self, incident: &IncidentId, limit: i64) -> Read<Vec<Entry>> {
        audit::entries_of(&self.db, incident, limit).await
    }
    async fn entries_since(&self, incident: &IncidentId, seq: i64, limit: i64) -> Read<Vec<Entry>> {
        audit::entries_since(&self.db, incident, seq, limit).await
    }
    async fn entry(&self, seq: i64) -> Read<Option<Entry>> {
        audit::entry(&self.db, seq).await
    }
    async fn entries(&self, filter: &AuditFilter, limit: i64) -> Read<Vec<(Entry, Option<i64>)>> {
        audit::entries(&self.db, filter, limit).await
    }
    async fn changes_after(&self, seq: i64, limit: i64) -> Read<Vec<(i64, String, Option<IncidentId>)>> {
        audit::changes_after(&self.db, seq, limit).await
    }
    async fn audit_rows(&self, from: i64, limit: i64) -> Read<Vec<AuditRow>> {
        audit::rows(&self.db, from, limit).await
    }
    async fn audit_head(&self) -> Read<(i64, Digest)> {
        audit::head(&self.db).await
    }
}
