//! Action requests and their runs.

use crate::stmt::stmts;

macro_rules! columns {
    () => {
        "id, incident_id, node_id, action, parameters, facts, facts_asked, reason, requester_id, requester_name, created_at, \
         expires_at, nonce, policy_version, needs, break_glass, revision, state, execution_id, detail, digest"
    };
}

const COLUMNS: [&str; 21] = [
    "id",
    "incident_id",
    "node_id",
    "action",
    "parameters",
    "facts",
    "facts_asked",
    "reason",
    "requester_id",
    "requester_name",
    "created_at",
    "expires_at",
    "nonce",
    "policy_version",
    "needs",
    "break_glass",
    "revision",
    "state",
    "execution_id",
    "detail",
    "digest",
];
const VOTE: [&str; 9] =
    ["id", "request_id", "person_id", "person_name", "decision", "reason", "waives_evidence", "digest", "at"];
const EXECUTION: [&str; 6] = ["id", "request_id", "attempted_at", "concluded_at", "outcome", "detail"];

stmts! {
    REQUEST_BY_ID(1) -> COLUMNS, concat!("SELECT ", columns!(), " FROM action_request WHERE id = $1");
    REQUEST_OPEN(4) -> COLUMNS,
        concat!("SELECT ", columns!(), " FROM action_request WHERE node_id = $1 AND container = $2 AND action = $3 AND gate = $4 \
         AND state IN ('awaiting_approval', 'approved', 'running', 'unknown')");
    REQUESTS_OF(1) -> COLUMNS,
        concat!("SELECT ", columns!(), " FROM action_request WHERE incident_id = $1 ORDER BY created_at DESC, id DESC");
    /// Requests that others must look at, the one that ends first on top: undecided, or done without asking and not reviewed.
    REQUESTS_WAITING(0) -> COLUMNS,
        concat!("SELECT ", columns!(), " FROM action_request WHERE state = 'awaiting_approval' ORDER BY expires_at, id");
    REQUESTS_TO_REVIEW(0) -> COLUMNS,
        concat!("SELECT ", columns!(), " FROM action_request WHERE break_glass AND NOT EXISTS \
         (SELECT 1 FROM action_review v WHERE v.request_id = action_request.id) ORDER BY created_at, id");
    /// `$1`,`$2` the last row's key, `$3` limit.
    REQUESTS_NEWEST(3) -> COLUMNS,
        concat!("SELECT ", columns!(), " FROM action_request WHERE (created_at, id) < ($1, $2) \
         ORDER BY created_at DESC, id DESC LIMIT $3");
    VOTES_OF(1) -> VOTE,
        "SELECT id, request_id, person_id, person_name, decision, reason, waives_evidence, digest, at \
         FROM approval_vote WHERE request_id = $1 ORDER BY at, id";
    REVIEW_OF(1) -> ["request_id", "person_id", "person_name", "note", "at"],
        "SELECT request_id, person_id, person_name, note, at FROM action_review WHERE request_id = $1";
    EXECUTION_OF(1) -> EXECUTION,
        "SELECT id, request_id, attempted_at, concluded_at, outcome, detail FROM execution WHERE request_id = $1";
    EXECUTIONS_OF(1) -> EXECUTION,
        "SELECT e.id, e.request_id, e.attempted_at, e.concluded_at, e.outcome, e.detail FROM execution e \
         JOIN action_request r ON r.id = e.request_id WHERE r.incident_id = $1";

    REQUEST_ADD(23) -> [],
        concat!("INSERT INTO action_request (", columns!(), ", container, gate) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
         $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)");
    /// `$2` is the revision that the decision was made on.
    REQUEST_DECIDE(6) -> [],
        "UPDATE action_request SET revision = revision + 1, state = $3, facts = $4, digest = $5, detail = $6 \
         WHERE id = $1 AND revision = $2 AND state = 'awaiting_approval'";
    VOTE_ADD(9) -> [],
        "INSERT INTO approval_vote (id, request_id, person_id, person_name, decision, reason, waives_evidence, digest, at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    /// The first review is the one.
    REVIEW_ADD(5) -> [],
        "INSERT INTO action_review (request_id, person_id, person_name, note, at) \
         SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS BIGINT) \
         WHERE NOT EXISTS (SELECT 1 FROM action_review WHERE request_id = $1)";
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
