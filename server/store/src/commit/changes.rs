//! The policy, the playbooks, drafts of them, and changes that take two admins.

use quell_core::ports::{CommitError, Thing};
use quell_domain::{
    change::Proposed,
    ids::PersonId,
    playbook::Playbooks,
    policy::Policy,
    versions::{Drafted, Published},
};

use super::{about, one};
use crate::{
    db::{Tx, row, run},
    error::failed,
    rows::{Number, clean, json},
    sql::changes as sql,
};

pub(super) async fn publish_policy(tx: &mut Tx, published: &Published<Policy>) -> Result<(), CommitError> {
    let (version, body) = (published.body.version, json(&published.body.rules)?);
    publish(tx, sql::POLICY_ADD, version, &body, published, Thing::Policy).await
}

pub(super) async fn publish_playbooks(tx: &mut Tx, published: &Published<Playbooks>) -> Result<(), CommitError> {
    let (version, body) = (published.body.version, json(&published.body.books)?);
    publish(tx, sql::PLAYBOOKS_ADD, version, &body, published, Thing::Playbooks).await
}

async fn publish<T>(
    tx: &mut Tx,
    statement: &'static str,
    version: i64,
    body: &str,
    published: &Published<T>,
    what: Thing,
) -> Result<(), CommitError> {
    let added = run!(
        tx tx, statement, version, body, clean(&published.proposed_by), clean(&published.published_by), published.at.0
    );
    one(added.map_err(about(what))?, what)
}

/// Commits come one after another (see [`super`]), so what is found here holds until the end of this one.
pub(super) async fn expect_policy(tx: &mut Tx, version: i64) -> Result<(), CommitError> {
    let found = row!(tx tx, Number, sql::POLICY_IS, version).map_err(failed)?;
    if found.is_some_and(|row| row.n == 1) { Ok(()) } else { Err(CommitError::Conflict(Thing::Policy)) }
}

pub(super) async fn set_draft(
    tx: &mut Tx,
    person: &PersonId,
    what: Drafted,
    draft: Option<&str>,
) -> Result<(), CommitError> {
    let set = match draft {
        Some(body) => run!(tx tx, sql::DRAFT_SET, person.as_str(), what.word(), body),
        None => run!(tx tx, sql::DRAFT_DROP, person.as_str(), what.word()),
    };
    set.map_err(about(Thing::Policy))?;
    Ok(())
}

pub(super) async fn add(tx: &mut Tx, change: &Proposed) -> Result<(), CommitError> {
    let body = json(&change.change)?;
    let added = run!(
        tx tx, sql::CHANGE_ADD, change.id.as_str(), change.change.kind(), body.as_str(), clean(&change.summary),
        change.proposer.as_str(), clean(&change.proposer_name), change.created_at.0, change.expires_at.0,
        change.state.word(), change.decided_by.as_ref().map(PersonId::as_str), clean(&change.decider_name),
        change.decided_at.map(|at| at.0), clean(&change.reason)
    );
    one(added.map_err(about(Thing::AdminChange))?, Thing::AdminChange)
}

pub(super) async fn decide(tx: &mut Tx, change: &Proposed) -> Result<(), CommitError> {
    let decided = run!(
        tx tx, sql::CHANGE_DECIDE, change.id.as_str(), change.state.word(),
        change.decided_by.as_ref().map(PersonId::as_str), clean(&change.decider_name),
        change.decided_at.map(|at| at.0), clean(&change.reason)
    );
    one(decided.map_err(about(Thing::AdminChange))?, Thing::AdminChange)
}
