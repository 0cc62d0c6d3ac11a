//! The audit chain.

use crate::stmt::stmts;

stmts! {
    /// The first statement of every commit: it makes commits wait for each other, so that the chain has no fork and a
    /// number read under it stays the largest. `$1`: how many entries will be added.
    HEAD_TAKE(1) -> ["seq", "hash"], "UPDATE audit_head SET seq = seq + $1 WHERE id = 1 RETURNING seq, hash";
    HEAD_HASH(1) -> [], "UPDATE audit_head SET hash = $1 WHERE id = 1";
    EVENT_ADD(9) -> [],
        "INSERT INTO audit_event (seq, at, code, actor, actor_name, outcome, incident_id, canonical, hash) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

    HEAD(0) -> ["seq", "hash"], "SELECT seq, hash FROM audit_head WHERE id = 1";
    ENTRIES_OF(2) -> ["seq", "at", "code", "actor", "incident_id", "canonical", "hash", "number"],
        "SELECT seq, at, code, actor, incident_id, canonical, hash, CAST(NULL AS BIGINT) AS number FROM audit_event \
         WHERE incident_id = $1 ORDER BY seq DESC LIMIT $2";
    /// `$1` actor or '', `$2` pattern of codes, `$3` outcome or '', `$4` before, `$5` limit.
    ENTRIES(5) -> ["seq", "at", "code", "actor", "incident_id", "canonical", "hash", "number"],
        "SELECT e.seq, e.at, e.code, e.actor, e.incident_id, e.canonical, e.hash, i.number FROM audit_event e \
         LEFT JOIN incident i ON i.id = e.incident_id \
         WHERE ($1 = '' OR e.actor = $1 OR e.actor_name = $1) AND e.code LIKE $2 ESCAPE '\\' \
         AND ($3 = '' OR e.outcome = $3) AND e.seq < $4 ORDER BY e.seq DESC LIMIT $5";
    /// The same for the incident of one number, `$6`, which has an index.
    ENTRIES_OF_NUMBER(6) -> ["seq", "at", "code", "actor", "incident_id", "canonical", "hash", "number"],
        "SELECT e.seq, e.at, e.code, e.actor, e.incident_id, e.canonical, e.hash, i.number FROM audit_event e \
         JOIN incident i ON i.id = e.incident_id \
         WHERE e.incident_id = (SELECT id FROM incident WHERE number = $6) \
         AND ($1 = '' OR e.actor = $1 OR e.actor_name = $1) AND e.code LIKE $2 ESCAPE '\\' \
         AND ($3 = '' OR e.outcome = $3) AND e.seq < $4 ORDER BY e.seq DESC LIMIT $5";
    ENTRY(1) -> ["seq", "at", "code", "actor", "incident_id", "canonical", "hash", "number"],
        "SELECT seq, at, code, actor, incident_id, canonical, hash, CAST(NULL AS BIGINT) AS number FROM audit_event \
         WHERE seq = $1";
    /// `$1` incident, `$2` after, `$3` a code that is left out, `$4` limit.
    ENTRIES_SINCE(4) -> ["seq", "at", "code", "actor", "incident_id", "canonical", "hash", "number"],
        "SELECT seq, at, code, actor, incident_id, canonical, hash, CAST(NULL AS BIGINT) AS number FROM audit_event \
         WHERE incident_id = $1 AND seq > $2 AND code <> $3 ORDER BY seq LIMIT $4";
    CHANGES_AFTER(2) -> ["seq", "code", "incident_id"],
        "SELECT seq, code, incident_id FROM audit_event WHERE seq > $1 ORDER BY seq LIMIT $2";
    AUDIT_ROWS(2) -> ["seq", "canonical", "hash", "code", "at", "incident", "actor", "actor_name", "outcome"],
        "SELECT seq, canonical, hash, code, at, incident_id AS incident, actor, actor_name, outcome FROM audit_event \
         WHERE seq >= $1 ORDER BY seq LIMIT $2";
}
