//! Load balancers, and holds on their gates.

use quell_core::ports::{CommitError, Thing};
use quell_domain::{
    Timestamp,
    gate::{Balancer, BalancerAccess, BalancerFacts, Hold},
    ids::{BalancerId, GateKey, RequestId},
};

use super::{about, one};
use crate::{
    db::{Tx, rows, run},
    error::failed,
    rows::{clean, clean_opt, gates::VersionRow, json},
    sql::gates as sql,
};

pub(super) async fn add_balancer(tx: &mut Tx, balancer: &Balancer) -> Result<(), CommitError> {
    let access = json(&balancer.access)?;
    let facts = balancer.facts.as_ref().map(json).transpose()?;
    let added = run!(
        tx tx, sql::BALANCER_ADD, balancer.id.as_str(), clean(&balancer.name), access.as_str(), facts.as_deref(),
        clean_opt(balancer.trouble.as_deref()), balancer.created_at.0, balancer.removed_at.map(|at| at.0)
    );
    one(added.map_err(about(Thing::Balancer))?, Thing::Balancer)
}

pub(super) async fn set_facts(
    tx: &mut Tx,
    balancer: &BalancerId,
    facts: Option<&BalancerFacts>,
    trouble: Option<&str>,
) -> Result<(), CommitError> {
    let facts = facts.map(json).transpose()?;
    let set = run!(tx tx, sql::BALANCER_FACTS, balancer.as_str(), facts.as_deref(), clean_opt(trouble));
    one(set.map_err(about(Thing::Balancer))?, Thing::Balancer)
}

pub(super) async fn set_access(
    tx: &mut Tx,
    balancer: &BalancerId,
    before: &BalancerAccess,
    access: &BalancerAccess,
) -> Result<(), CommitError> {
    let (before, access) = (json(before)?, json(access)?);
    let set = run!(tx tx, sql::BALANCER_ACCESS, balancer.as_str(), before.as_str(), access.as_str());
    one(set.map_err(about(Thing::Balancer))?, Thing::Balancer)
}

pub(super) async fn remove_balancer(tx: &mut Tx, balancer: &BalancerId, at: Timestamp) -> Result<(), CommitError> {
    let removed = run!(tx tx, sql::BALANCER_REMOVE, balancer.as_str(), at.0);
    one(removed.map_err(about(Thing::Balancer))?, Thing::Balancer)
}

pub(super) async fn add_hold(tx: &mut Tx, hold: &Hold) -> Result<(), CommitError> {
    let body = json(hold)?;
    let added = run!(
        tx tx, sql::HOLD_ADD, hold.request.as_str(), hold.incident.as_str(), hold.balancer.as_str(),
        clean(hold.gate.as_str()), hold.state.word(), hold.since.0, hold.version, body.as_str()
    );
    one(added.map_err(about(Thing::Hold))?, Thing::Hold)
}

pub(super) async fn set_hold(tx: &mut Tx, hold: &Hold) -> Result<(), CommitError> {
    let body = json(hold)?;
    let set = run!(tx tx, sql::HOLD_SET, hold.request.as_str(), hold.version, hold.state.word(), body.as_str());
    one(set.map_err(about(Thing::Hold))?, Thing::Hold)
}

/// Commits come one after another (see [`super`]), so what is found here holds until the end of this one.
pub(super) async fn expect_holds(
    tx: &mut Tx,
    balancer: &BalancerId,
    gate: &GateKey,
    expected: &[(RequestId, i64)],
) -> Result<(), CommitError> {
    let found = rows!(tx tx, VersionRow, sql::HOLDS_ACTIVE, balancer.as_str(), clean(gate.as_str())).map_err(failed)?;
    let mut found: Vec<(&str, i64)> = found.iter().map(|row| (row.request_id.as_str(), row.version)).collect();
    let mut expected: Vec<(&str, i64)> = expected.iter().map(|(id, version)| (id.as_str(), *version)).collect();
    found.sort_unstable();
    expected.sort_unstable();
    if found == expected { Ok(()) } else { Err(CommitError::Conflict(Thing::Hold)) }
}
