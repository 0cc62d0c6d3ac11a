//! The one write door: a changeset becomes rows and chained audit entries, in one transaction, or nothing.
//!
//! The head of the audit chain is taken first: commits wait for each other there, so that numbers and hashes follow
//! without gaps. Operations come next, each with the number of rows that it must hit; the entries come last.

mod actions;
mod alarms;
mod audit;
mod changes;
mod evidence;
mod factors;
mod gates;
mod incidents;
mod jobs;
mod people;
mod places;
mod tokens;

use quell_core::ports::{CommitError, Committed, ReadError, Thing};
use quell_domain::{Changeset, audit::Event, changeset::Op};
use sqlx::error::ErrorKind;

use self::alarms::Learned;
use crate::{Db, db::Tx, error::failed};

pub(crate) async fn commit(db: &Db, changes: Changeset) -> Result<Committed, CommitError> {
    let (events, ops) = changes.into_parts();
    match attempt(db, &events, &ops).await {
        Err(CommitError::Failed(error)) if lost_a_race(&error) => attempt(db, &events, &ops).await,
        other => other,
    }
}

async fn attempt(db: &Db, events: &[Event], ops: &[Op]) -> Result<Committed, CommitError> {
    let mut tx = db.begin().await.map_err(failed)?;
    let head = audit::take_head(&mut tx, events.len()).await?;
    let mut learned = Learned::default();
    for op in ops {
        apply(&mut tx, op, &mut learned).await?;
    }
    let batches = &learned.batches;
    let only_known = !ops.is_empty() && ops.len() == batches.len() && batches.iter().all(alarms::Added::only_known);
    if only_known {
        tx.rollback().await.map_err(failed)?;
        return Ok(Committed { seq: head.seq, ..Committed::default() });
    }
    let seq = audit::append(&mut tx, head, alarms::complete(events, &learned)).await?;
    tx.commit().await.map_err(failed)?;
    Ok(Committed { seq, new_alarms: learned.batches.into_iter().flat_map(|added| added.new).collect() })
}

async fn apply(tx: &mut Tx, op: &Op, learned: &mut Learned) -> Result<(), CommitError> {
    match op {
        Op::AddPerson(person, account) => people::add(tx, person, account).await,
        Op::SetRoles(person, roles) => people::set_roles(tx, person, roles).await,
        Op::ExpectRoles(person, roles) => people::expect_roles(tx, person, roles).await,
        Op::SetDisabled(person, at) => people::set_disabled(tx, person, *at).await,
        Op::SetPassword(account, hash) => people::set_password(tx, account, hash).await,
        Op::ExpectPassword(account, hash) => people::expect_password(tx, account, hash).await,
        Op::ExpectPerson(person, roles) => people::expect_person(tx, person, roles).await,
        Op::OfferSetup { token, expires_at } => people::offer_setup(tx, token, *expires_at).await,
        Op::UseSetup { token, now } => people::use_setup(tx, token, *now).await,

        Op::AddFactor(kept) => factors::add(tx, kept).await,
        Op::ExpectNoFactor(person) => factors::expect_none(tx, person).await,
        Op::RenameFactor { person, factor, name } => factors::rename(tx, person, factor, name).await,
        Op::RemoveFactor { person, factor } => factors::remove(tx, person, factor).await,
        Op::UseTotp { factor, step, at } => factors::use_totp(tx, factor, *step, *at).await,
        Op::UsePasskey { factor, data, counter, challenge, at } => {
            factors::use_passkey(tx, factor, data, *counter, challenge, *at).await
        }
        Op::SetRecovery { person, codes, at } => factors::set_recovery(tx, person, codes, *at).await,
        Op::UseRecovery { person, code, at } => factors::use_recovery(tx, person, code, *at).await,
        Op::ClearFactors(person) => factors::clear(tx, person).await,
        Op::AddToken(token, hash) => tokens::add(tx, token, hash).await,
        Op::RevokeToken(token, at) => tokens::revoke(tx, token, *at).await,
        Op::EndTokens(person, at) => tokens::end_all(tx, person, *at).await,

        Op::AddNode(node) => places::add_node(tx, node).await,
        Op::SetNodeFacts { node, facts, stranger, trouble } => {
            places::set_facts(tx, node, facts.as_ref(), stranger.as_ref(), trouble.as_deref()).await
        }
        Op::RemoveNode(node, at) => places::remove_node(tx, node, *at).await,
        Op::SetNodeLabels { node, before, labels } => places::set_labels(tx, node, before, labels).await,
        Op::SetNodeAccess { node, before, access } => places::set_access(tx, node, before, access).await,

        Op::SetNodeAddresses { node, before, addresses } => places::set_addresses(tx, node, before, addresses).await,

        Op::AddBalancer(balancer) => gates::add_balancer(tx, balancer).await,
        Op::SetBalancerFacts { balancer, facts, trouble } => {
            gates::set_facts(tx, balancer, facts.as_ref(), trouble.as_deref()).await
        }
        Op::SetBalancerAccess { balancer, before, access } => gates::set_access(tx, balancer, before, access).await,
        Op::RemoveBalancer(balancer, at) => gates::remove_balancer(tx, balancer, *at).await,
        Op::AddHold(hold) => gates::add_hold(tx, hold).await,
        Op::SetHold(hold) => gates::set_hold(tx, hold).await,
        Op::ExpectHolds { balancer, gate, holds } => gates::expect_holds(tx, balancer, gate, holds).await,

        Op::PublishPolicy(published) => changes::publish_policy(tx, published).await,
        Op::PublishPlaybooks(published) => changes::publish_playbooks(tx, published).await,
        Op::ExpectPolicy(version) => changes::expect_policy(tx, *version).await,
        Op::SetDraft(person, what, draft) => changes::set_draft(tx, person, *what, draft.as_deref()).await,
        Op::AddChange(change) => changes::add(tx, change).await,
        Op::DecideChange(change) => changes::decide(tx, change).await,
        Op::ExpectSetUpMode => people::expect_set_up_mode(tx).await,

        Op::AddSource(source) => places::add_source(tx, source).await,
        Op::RevokeSource(source, at) => places::revoke_source(tx, source, *at).await,

        Op::AddAlarms(alarms) => {
            learned.batches.push(alarms::add(tx, alarms).await?);
            Ok(())
        }
        Op::AddDeadLetters(letters) => alarms::add_dead_letters(tx, letters).await,
        Op::MapAlarms { alarms, incident, through, method, reason } => {
            alarms::map(tx, alarms, incident, through, (*method, reason)).await
        }
        Op::MarkAlarms { incident, method, reason } => alarms::mark(tx, incident, *method, reason).await,
        Op::MoveAlarms { from, to, mark } => alarms::shift(tx, from, to, mark.as_ref()).await,
        Op::GiveBackAlarms { to, from } => {
            learned.gave_back += alarms::give_back(tx, to, from).await?;
            Ok(())
        }
        Op::Recount { incident, playbooks } => incidents::recount(tx, incident, playbooks).await,

        Op::AddIncident(incident) => incidents::add(tx, incident).await,
        Op::SetIncident(incident) => incidents::set(tx, incident).await,
        Op::ExpectIncident(incident, version) => incidents::expect_version(tx, incident, *version).await,
        Op::ExpectOpen(incident) => incidents::expect_open(tx, incident).await,
        Op::ExpectIdle(incident) => incidents::expect_idle(tx, incident).await,
        Op::ExpectNoCollection(incident) => incidents::expect_no_collection(tx, incident).await,

        Op::AddRequest(request) => actions::add(tx, request).await,
        Op::DecideRequest { revision, request } => actions::decide(tx, *revision, request).await,
        Op::AddVote(vote) => actions::vote(tx, vote).await,
        Op::AddReview(review) => actions::review(tx, review).await,
        Op::Consume { request, digest, execution, now } => actions::consume(tx, request, digest, execution, *now).await,
        Op::SetRequest { request, from, to, detail } => actions::set(tx, request, from, *to, detail).await,
        Op::ExpectNotAttempted(request) => actions::expect_not_attempted(tx, request).await,
        Op::AddExecution(execution) => actions::begin(tx, execution).await,
        Op::ConcludeExecution { execution, outcome, detail, at } => {
            actions::conclude(tx, execution, *outcome, detail, *at).await
        }

        Op::AddPack(pack, tasks) => evidence::add_pack(tx, pack, tasks).await,
        Op::SetTask { task, from, to, note, at } => evidence::set_task(tx, task, from, *to, note, *at).await,
        Op::AddItem(item) => evidence::add_item(tx, item).await,
        Op::AddCustody(step) => evidence::add_custody(tx, step).await,
        Op::FinishPack(pack, at) => evidence::finish_pack(tx, pack, *at).await,

        Op::AddJob(job) => jobs::add(tx, job).await,
        Op::FinishJob { job, epoch } => jobs::finish(tx, job, *epoch).await,
    }
}

/// A guard: the statement must have hit exactly one row.
fn one(rows: u64, what: Thing) -> Result<(), CommitError> {
    if rows == 1 { Ok(()) } else { Err(CommitError::Conflict(what)) }
}

/// A driver's error about a thing: it exists already, what it refers to does not, or the database failed.
fn about(what: Thing) -> impl Fn(sqlx::Error) -> CommitError {
    move |error| match error.as_database_error().map(sqlx::error::DatabaseError::kind) {
        Some(ErrorKind::UniqueViolation) => CommitError::Duplicate(what),
        Some(ErrorKind::ForeignKeyViolation) => CommitError::Conflict(what),
        _ => CommitError::Failed(failed(error)),
    }
}

/// PostgreSQL ended the transaction because of another (serialisation, deadlock): trying again is safe, nothing of it
/// was written.
fn lost_a_race(error: &ReadError) -> bool {
    error
        .0
        .downcast_ref::<sqlx::Error>()
        .and_then(sqlx::Error::as_database_error)
        .and_then(|error| error.code().map(|code| matches!(&*code, "40001" | "40P01")))
        .unwrap_or(false)
}

/// Words to fill a list of eight parameters with; none fits when the list is empty.
fn fill(words: &[&'static str]) -> [&'static str; 8] {
    let mut filled = [words.first().copied().unwrap_or_default(); 8];
    for (slot, word) in filled.iter_mut().zip(words) {
        *slot = word;
    }
    filled
}
