//! Load balancers, and holds on their gates.

use quell_domain::{
    Timestamp,
    gate::{Balancer, Hold},
    ids::{BalancerId, GateKey, IncidentId, RequestId},
};

use super::{Read, all, maybe};
use crate::{
    Db,
    db::{row, rows},
    error::failed,
    rows::{
        Number, clean,
        gates::{BalancerRow, HoldRow},
    },
    sql::gates as sql,
};

pub(super) async fn balancers(db: &Db) -> Read<Vec<Balancer>> {
    let mut found: Vec<Balancer> = all(rows!(read db, BalancerRow, sql::BALANCERS))?;
    found.sort_by_cached_key(|balancer| balancer.name.to_lowercase());
    Ok(found)
}

pub(super) async fn balancer(db: &Db, id: &BalancerId) -> Read<Option<Balancer>> {
    maybe(row!(read db, BalancerRow, sql::BALANCER_BY_ID, clean(id.as_str())))
}

pub(super) async fn hold(db: &Db, request: &RequestId) -> Read<Option<Hold>> {
    maybe(row!(read db, HoldRow, sql::HOLD_BY_REQUEST, request.as_str()))
}

pub(super) async fn holds_at(db: &Db, balancer: &BalancerId, gate: &GateKey, limit: i64) -> Read<Vec<Hold>> {
    all(rows!(read db, HoldRow, sql::HOLDS_AT, clean(balancer.as_str()), clean(gate.as_str()), limit))
}

pub(super) async fn open_holds_at(db: &Db, balancer: &BalancerId, gate: &GateKey) -> Read<Vec<Hold>> {
    all(rows!(read db, HoldRow, sql::HOLDS_OPEN, clean(balancer.as_str()), clean(gate.as_str())))
}

pub(super) async fn holds_of(db: &Db, incident: &IncidentId) -> Read<Vec<Hold>> {
    all(rows!(read db, HoldRow, sql::HOLDS_OF, incident.as_str()))
}

pub(super) async fn is_held(db: &Db, balancer: &BalancerId) -> Read<bool> {
    let found = row!(read db, Number, sql::HOLDS_ON, balancer.as_str()).map_err(failed)?;
    Ok(found.is_some_and(|row| row.n > 0))
}

pub(super) async fn watched(db: &Db, since: Timestamp, ahead: Timestamp, limit: i64) -> Read<Vec<Hold>> {
    all(rows!(read db, HoldRow, sql::HOLDS_WATCHED, since.0, limit, ahead.0))
}
