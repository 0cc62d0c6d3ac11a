//! Action requests and their runs.

use crate::stmt::stmts;

macro_rules! columns {
    () => {
        "id, incident_id, node_id, action, facts, reason, requester_id, requester_name, created_at, expires_at, nonce, \
         policy_version, approvals_needed, state, execution_id, detail, digest"
    };
}

const COLUMNS: [&str; 17] = [
    "id",
    "incident_id",
    "node_id",
    "action",
    "facts",
    "reason",
    "requester_id",
    "requester_name",
    "created_at",
    "expires_at",
    "nonce",
    "policy_version",
    "approvals_needed",
    "state",
    "execution_id",
    "detail",
    "digest",
];
const EXECUTION: [&str; 6] = ["id", "request_id", "attempted_at", "concluded_at", "outcome", "detail"];

stmts! {
    REQUEST_BY_ID(1) -> COLUMNS, concat!("SELECT ", columns!(), " FROM action_request WHERE id = $1");
    REQUEST_OPEN(3) -> COLUMNS,
        concat!("SELECT ", columns!(), " FROM action_request WHERE node_id = $1 AND container = $2 AND action = $3 \
         AND state IN ('awaiting_approval', 'approved', 'running', 'unknown')");
    REQUESTS_OF(1) -> COLUMNS,
        concat!("SELECT ", columns!(), " FROM action_request WHERE incident_id = $1 ORDER BY created_at DESC, id DESC");
    EXECUTION_OF(1) -> EXECUTION,
        "SELECT id, request_id, attempted_at, concluded_at, outcome, detail FROM execution WHERE request_id = $1";
    EXECUTIONS_OF(1) -> EXECUTION,
        "SELECT e.id, e.request_id, e.attempted_at, e.concluded_at, e.outcome, e.detail FROM execution e \
         JOIN action_request r ON r.id = e.request_id WHERE r.incident_id = $1";

    REQUEST_ADD(18) -> [],
        concat!("INSERT INTO action_request (", columns!(), ", container) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
         $11, $12, $13, $14, $15, $16, $17, $18)");
    /// The one consumption: of any number of tries at the same time, one gets the row back.
    REQUEST_CONSUME(4) -> ["id"],
        "UPDATE action_request SET state = 'running', execution_id = $3 \
         WHERE id = $1 AND state = 'approved' AND digest = $2 AND expires_at > $4 RETURNING id";
    /// `$4` to `$11`: the states that it may be in, repeated to fill up.
    REQUEST_SET(11) -> [],
        "UPDATE action_request SET state = $2, detail = $3 WHERE id = $1 AND state IN ($4, $5, $6, $7, $8, $9, $10, $11)";
    /// Only the run that consumed the approval may begin.
    EXECUTION_ADD(6) -> [],
        "INSERT INTO execution (id, request_id, attempted_at, concluded_at, outcome, detail) \
         SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS BIGINT), CAST($4 AS BIGINT), CAST($5 AS TEXT), CAST($6 AS TEXT) \
         WHERE EXISTS (SELECT 1 FROM action_request WHERE id = $2 AND execution_id = $1 AND state = 'running')";
    EXECUTION_CONCLUDE(4) -> [],
        "UPDATE execution SET outcome = $2, detail = $3, concluded_at = $4 \
         WHERE id = $1 AND (outcome IS NULL OR outcome = 'unknown')";
}
