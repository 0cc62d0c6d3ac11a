//! The policy, drafts of it, and changes that take two admins.

use quell_core::ports::{CommitError, Thing};
use quell_domain::{
    change::Proposed,
    ids::PersonId,
    policy::{DraftRule, Published},
};

use super::{about, one};
use crate::{
    db::{Tx, row, run},
    error::failed,
    rows::{Number, clean, json},
    sql::changes as sql,
};

pub(super) async fn publish(tx: &mut Tx, published: &Published) -> Result<(), CommitError> {
    let rules = json(&published.policy.rules)?;
    let added = run!(
        tx tx, sql::POLICY_ADD, published.policy.version, rules.as_str(), clean(&published.proposed_by),
        clean(&published.published_by), published.at.0
    );
    one(added.map_err(about(Thing::Policy))?, Thing::Policy)
}

/// Commits come one after another (see [`super`]), so what is found here holds until the end of this one.
pub(super) async fn expect_policy(tx: &mut Tx, version: i64) -> Result<(), CommitError> {
    let found = row!(tx tx, Number, sql::POLICY_IS, version).map_err(failed)?;
    if found.is_some_and(|row| row.n == 1) { Ok(()) } else { Err(CommitError::Conflict(Thing::Policy)) }
}

pub(super) async fn set_draft(tx: &mut Tx, person: &PersonId, draft: Option<&[DraftRule]>) -> Result<(), CommitError> {
    let set = match draft.map(|rows| json(&rows)).transpose()? {
        Some(rules) => run!(tx tx, sql::DRAFT_SET, person.as_str(), rules.as_str()),
        None => run!(tx tx, sql::DRAFT_DROP, person.as_str()),
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
