//! Action requests and their runs.

use std::collections::HashMap;

use quell_domain::{
    Timestamp,
    action::{Action, ActionRequest},
    approval::{Review, Vote},
    execution::Execution,
    ids::{BalancerId, ContainerId, GateKey, IncidentId, NodeId, RequestId},
};

use super::{Read, all, maybe};
use crate::{
    Db,
    db::{row, rows},
    rows::{
        actions::{ExecutionRow, RequestRow, ReviewRow, VoteRow, gate_word},
        clean,
    },
    sql::actions as sql,
};

pub(super) async fn one(db: &Db, id: &RequestId) -> Read<Option<ActionRequest>> {
    maybe(row!(read db, RequestRow, sql::REQUEST_BY_ID, id.as_str()))
}

pub(super) async fn open(
    db: &Db,
    node: &NodeId,
    container: &ContainerId,
    action: Action,
    gate: Option<(&BalancerId, &GateKey)>,
) -> Read<Option<ActionRequest>> {
    let gate = gate.map(|(balancer, gate)| gate_word(balancer, gate)).unwrap_or_default();
    maybe(row!(
        read db, RequestRow, sql::REQUEST_OPEN, node.as_str(), container.as_str(), action.word(), clean(&gate)
    ))
}

pub(super) async fn of(db: &Db, incident: &IncidentId) -> Read<Vec<(ActionRequest, Option<Execution>)>> {
    let requests: Vec<ActionRequest> = all(rows!(read db, RequestRow, sql::REQUESTS_OF, incident.as_str()))?;
    let executions: Vec<Execution> = all(rows!(read db, ExecutionRow, sql::EXECUTIONS_OF, incident.as_str()))?;
    let mut runs: HashMap<RequestId, Execution> =
        executions.into_iter().map(|execution| (execution.request.clone(), execution)).collect();
    let with_run = |request: ActionRequest| {
        let run = runs.remove(&request.id);
        (request, run)
    };
    Ok(requests.into_iter().map(with_run).collect())
}

pub(super) async fn waiting(db: &Db) -> Read<Vec<ActionRequest>> {
    all(rows!(read db, RequestRow, sql::REQUESTS_WAITING))
}

pub(super) async fn to_review(db: &Db) -> Read<Vec<ActionRequest>> {
    all(rows!(read db, RequestRow, sql::REQUESTS_TO_REVIEW))
}

pub(super) async fn newest(db: &Db, before: Option<(Timestamp, RequestId)>, limit: i64) -> Read<Vec<ActionRequest>> {
    let (at, id) = before.unwrap_or((Timestamp(i64::MAX), RequestId::new("")));
    all(rows!(read db, RequestRow, sql::REQUESTS_NEWEST, at.0, id.as_str(), limit))
}

pub(super) async fn votes(db: &Db, request: &RequestId) -> Read<Vec<Vote>> {
    all(rows!(read db, VoteRow, sql::VOTES_OF, request.as_str()))
}

pub(super) async fn review(db: &Db, request: &RequestId) -> Read<Option<Review>> {
    maybe(row!(read db, ReviewRow, sql::REVIEW_OF, request.as_str()))
}

pub(super) async fn execution(db: &Db, request: &RequestId) -> Read<Option<Execution>> {
    maybe(row!(read db, ExecutionRow, sql::EXECUTION_OF, request.as_str()))
}
