//! Rows of action requests and executions.

use quell_core::ports::ReadError;
use quell_domain::{
    Timestamp,
    action::{Action, ActionRequest, RequestState},
    approval::{Decision, Review, Vote},
    execution::{Execution, Outcome},
    ids::{BalancerId, Digest, ExecutionId, GateKey, IncidentId, NodeId, PersonId, RequestId, VoteId},
};

use super::{from_json, moment, word};

/// The column that tells requests about several gates in front of one container apart.
pub(crate) fn gate_word(balancer: &BalancerId, gate: &GateKey) -> String {
    format!("{balancer}/{gate}")
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct RequestRow {
    id: String,
    incident_id: String,
    node_id: String,
    action: String,
    parameters: String,
    facts: String,
    facts_asked: String,
    reason: String,
    requester_id: String,
    requester_name: String,
    created_at: i64,
    expires_at: i64,
    nonce: String,
    policy_version: i64,
    needs: String,
    break_glass: bool,
    revision: i64,
    state: String,
    execution_id: Option<String>,
    detail: String,
    digest: String,
}

impl TryFrom<RequestRow> for ActionRequest {
    type Error = ReadError;

    fn try_from(row: RequestRow) -> Result<Self, ReadError> {
        Ok(Self {
            id: RequestId::new(row.id),
            incident: IncidentId::new(row.incident_id),
            node: NodeId::new(row.node_id),
            action: word(Action::from_word(&row.action), "action_request.action")?,
            parameters: from_json(&row.parameters)?,
            facts: from_json(&row.facts)?,
            facts_asked: from_json(&row.facts_asked)?,
            reason: row.reason,
            requester: PersonId::new(row.requester_id),
            requester_name: row.requester_name,
            created_at: Timestamp(row.created_at),
            expires_at: Timestamp(row.expires_at),
            nonce: row.nonce,
            policy_version: row.policy_version,
            needs: from_json(&row.needs)?,
            break_glass: row.break_glass,
            revision: row.revision,
            state: word(RequestState::from_word(&row.state), "action_request.state")?,
            execution: row.execution_id.map(ExecutionId::new),
            detail: row.detail,
            digest: Digest::from_hex(row.digest),
        })
    }
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct ExecutionRow {
    id: String,
    request_id: String,
    attempted_at: i64,
    concluded_at: Option<i64>,
    outcome: Option<String>,
    detail: String,
}

impl TryFrom<ExecutionRow> for Execution {
    type Error = ReadError;

    fn try_from(row: ExecutionRow) -> Result<Self, ReadError> {
        Ok(Self {
            id: ExecutionId::new(row.id),
            request: RequestId::new(row.request_id),
            attempted_at: Timestamp(row.attempted_at),
            concluded_at: moment(row.concluded_at),
            outcome: row.outcome.map(|it| word(Outcome::from_word(&it), "execution.outcome")).transpose()?,
            detail: row.detail,
        })
    }
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct VoteRow {
    id: String,
    request_id: String,
    person_id: String,
    person_name: String,
    decision: String,
    reason: String,
    waives_evidence: bool,
    digest: String,
    at: i64,
}

impl TryFrom<VoteRow> for Vote {
    type Error = ReadError;

    fn try_from(row: VoteRow) -> Result<Self, ReadError> {
        Ok(Self {
            id: VoteId::new(row.id),
            request: RequestId::new(row.request_id),
            person: PersonId::new(row.person_id),
            person_name: row.person_name,
            decision: word(Decision::from_word(&row.decision), "approval_vote.decision")?,
            reason: row.reason,
            waives_evidence: row.waives_evidence,
            digest: Digest::from_hex(row.digest),
            at: Timestamp(row.at),
        })
    }
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct ReviewRow {
    request_id: String,
    person_id: String,
    person_name: String,
    note: String,
    at: i64,
}

impl TryFrom<ReviewRow> for Review {
    type Error = ReadError;

    fn try_from(row: ReviewRow) -> Result<Self, ReadError> {
        Ok(Self {
            request: RequestId::new(row.request_id),
            person: PersonId::new(row.person_id),
            person_name: row.person_name,
            note: row.note,
            at: Timestamp(row.at),
        })
    }
}
