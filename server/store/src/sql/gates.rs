//! Load balancers, and holds on their gates.

use crate::stmt::stmts;

const BALANCER: [&str; 7] = ["id", "name", "access", "facts", "trouble", "created_at", "removed_at"];
const HOLD: [&str; 3] = ["body", "looked_at", "version"];

stmts! {
    BALANCERS(0) -> BALANCER,
        "SELECT id, name, access, facts, trouble, created_at, removed_at FROM balancer WHERE removed_at IS NULL";
    BALANCER_BY_ID(1) -> BALANCER,
        "SELECT id, name, access, facts, trouble, created_at, removed_at FROM balancer WHERE id = $1";
    BALANCER_ADD(7) -> [],
        "INSERT INTO balancer (id, name, access, facts, trouble, created_at, removed_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    /// A failed check keeps the facts of the last good one.
    BALANCER_FACTS(3) -> [],
        "UPDATE balancer SET facts = COALESCE(CAST($2 AS TEXT), facts), trouble = $3 WHERE id = $1";
    BALANCER_ACCESS(3) -> [],
        "UPDATE balancer SET access = $3 WHERE id = $1 AND access = $2 AND removed_at IS NULL";
    /// What is held could not be put back any more.
    BALANCER_REMOVE(2) -> [],
        "UPDATE balancer SET removed_at = $2 WHERE id = $1 AND removed_at IS NULL AND NOT EXISTS \
         (SELECT 1 FROM gate_hold WHERE balancer_id = $1 AND state NOT IN ('released', 'dropped'))";

    HOLD_BY_REQUEST(1) -> HOLD, "SELECT body, looked_at, version FROM gate_hold WHERE request_id = $1";
    /// Past ones too, the newest first.
    HOLDS_AT(3) -> HOLD,
        "SELECT body, looked_at, version FROM gate_hold WHERE balancer_id = $1 AND gate = $2 \
         ORDER BY since DESC, request_id DESC LIMIT $3";
    HOLDS_OPEN(2) -> HOLD,
        "SELECT body, looked_at, version FROM gate_hold WHERE balancer_id = $1 AND gate = $2 \
         AND state NOT IN ('released', 'dropped') ORDER BY since, request_id";
    HOLDS_OF(1) -> HOLD,
        "SELECT body, looked_at, version FROM gate_hold WHERE incident_id = $1 ORDER BY since, request_id";
    HOLDS_ACTIVE(2) -> ["request_id", "version"],
        "SELECT request_id, version FROM gate_hold WHERE balancer_id = $1 AND gate = $2 \
         AND state NOT IN ('released', 'dropped') ORDER BY request_id";
    HOLDS_ON(1) -> ["n"],
        "SELECT COUNT(*) AS n FROM gate_hold WHERE balancer_id = $1 AND state NOT IN ('released', 'dropped')";
    /// What was not looked at since `$1`. What lies beyond `$3` was written before the clock was set back.
    HOLDS_WATCHED(3) -> HOLD,
        "SELECT h.body, h.looked_at, h.version FROM gate_hold h JOIN incident i ON i.id = h.incident_id \
         WHERE h.state = 'held' AND i.closed_at IS NULL AND (h.looked_at IS NULL OR h.looked_at <= $1 OR h.looked_at > $3) \
         ORDER BY h.looked_at, h.request_id LIMIT $2";
    HOLD_ADD(8) -> [],
        "INSERT INTO gate_hold (request_id, incident_id, balancer_id, gate, state, since, looked_at, version, body) \
         VALUES ($1, $2, $3, $4, $5, $6, NULL, $7, $8)";
    HOLD_SET(4) -> [],
        "UPDATE gate_hold SET state = $3, body = $4, version = version + 1 WHERE request_id = $1 AND version = $2";
    HOLD_LOOKED(2) -> [], "UPDATE gate_hold SET looked_at = $2 WHERE request_id = $1";
}
