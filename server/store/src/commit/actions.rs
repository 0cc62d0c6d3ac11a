//! Action requests and their runs.

use quell_core::ports::{CommitError, Thing};
use quell_domain::{
    Timestamp,
    action::{ActionRequest, RequestState},
    approval::{Review, Vote},
    execution::{Execution, Outcome},
    ids::{Digest, ExecutionId, RequestId},
};

use super::{about, fill, one};
use crate::{
    db::{Tx, row, run},
    rows::{
        Id,
        actions::{ExecutionRow, gate_word},
        clean, json,
    },
    sql::actions as sql,
};

pub(super) async fn add(tx: &mut Tx, request: &ActionRequest) -> Result<(), CommitError> {
    let (facts, asked) = (json(&request.facts)?, json(&request.facts_asked)?);
    let (parameters, needs) = (json(&request.parameters)?, json(&request.needs)?);
    let gate = request.gate().map(|change| gate_word(&change.balancer, &change.gate)).unwrap_or_default();
    let added = run!(
        tx tx, sql::REQUEST_ADD, request.id.as_str(), request.incident.as_str(), request.node.as_str(),
        request.action.word(), parameters.as_str(), facts.as_str(), asked.as_str(), clean(&request.reason),
        request.requester.as_str(), clean(&request.requester_name), request.created_at.0, request.expires_at.0,
        request.nonce.as_str(), request.policy_version, needs.as_str(), request.break_glass, request.revision,
        request.state.word(),
        request.execution.as_ref().map(ExecutionId::as_str), clean(&request.detail), request.digest.as_str(),
        request.facts.container.as_str(), clean(&gate)
    );
    one(added.map_err(about(Thing::ActionRequest))?, Thing::ActionRequest)
}

pub(super) async fn decide(tx: &mut Tx, revision: i64, request: &ActionRequest) -> Result<(), CommitError> {
    let facts = json(&request.facts)?;
    let decided = run!(
        tx tx, sql::REQUEST_DECIDE, request.id.as_str(), revision, request.state.word(), facts.as_str(),
        request.digest.as_str(), clean(&request.detail)
    );
    one(decided.map_err(about(Thing::ActionRequest))?, Thing::ActionRequest)
}

pub(super) async fn vote(tx: &mut Tx, vote: &Vote) -> Result<(), CommitError> {
    let added = run!(
        tx tx, sql::VOTE_ADD, vote.id.as_str(), vote.request.as_str(), vote.person.as_str(), clean(&vote.person_name),
        vote.decision.word(), clean(&vote.reason), vote.waives_evidence, vote.digest.as_str(), vote.at.0
    );
    one(added.map_err(about(Thing::Vote))?, Thing::Vote)
}

pub(super) async fn review(tx: &mut Tx, review: &Review) -> Result<(), CommitError> {
    let added = run!(
        tx tx, sql::REVIEW_ADD, review.request.as_str(), review.person.as_str(), clean(&review.person_name),
        clean(&review.note), review.at.0
    );
    one(added.map_err(about(Thing::Review))?, Thing::Review)
}

pub(super) async fn consume(
    tx: &mut Tx,
    request: &RequestId,
    digest: &Digest,
    execution: &ExecutionId,
    now: Timestamp,
) -> Result<(), CommitError> {
    let consumed = row!(tx tx, Id, sql::REQUEST_CONSUME, request.as_str(), digest.as_str(), execution.as_str(), now.0);
    match consumed.map_err(about(Thing::ActionRequest))? {
        Some(_) => Ok(()),
        None => Err(CommitError::Conflict(Thing::ActionRequest)),
    }
}

pub(super) async fn set(
    tx: &mut Tx,
    request: &RequestId,
    from: &[RequestState],
    to: RequestState,
    detail: &str,
) -> Result<(), CommitError> {
    let [a, b, c, d, e, f, g, h] = fill(&from.iter().map(|state| state.word()).collect::<Vec<_>>());
    let set = run!(tx tx, sql::REQUEST_SET, request.as_str(), to.word(), clean(detail), a, b, c, d, e, f, g, h);
    one(set.map_err(about(Thing::ActionRequest))?, Thing::ActionRequest)
}

pub(super) async fn begin(tx: &mut Tx, execution: &Execution) -> Result<(), CommitError> {
    let begun = run!(
        tx tx, sql::EXECUTION_ADD, execution.id.as_str(), execution.request.as_str(), execution.attempted_at.0,
        execution.concluded_at.map(|at| at.0), execution.outcome.map(Outcome::word), clean(&execution.detail)
    );
    one(begun.map_err(about(Thing::Execution))?, Thing::ActionRequest)
}

pub(super) async fn expect_not_attempted(tx: &mut Tx, request: &RequestId) -> Result<(), CommitError> {
    let attempted = row!(tx tx, ExecutionRow, sql::EXECUTION_OF, request.as_str());
    let attempted = attempted.map_err(about(Thing::Execution))?;
    if attempted.is_none() { Ok(()) } else { Err(CommitError::Conflict(Thing::Execution)) }
}

pub(super) async fn conclude(
    tx: &mut Tx,
    execution: &ExecutionId,
    outcome: Outcome,
    detail: &str,
    at: Timestamp,
) -> Result<(), CommitError> {
    let concluded = run!(tx tx, sql::EXECUTION_CONCLUDE, execution.as_str(), outcome.word(), clean(detail), at.0);
    one(concluded.map_err(about(Thing::Execution))?, Thing::Execution)
}
