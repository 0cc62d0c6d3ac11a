//! Jobs, their leases, and failed tries.

use crate::stmt::stmts;

stmts! {
    JOB_ADD(5) -> [],
        "INSERT INTO job (id, kind, subject, incident_id, due_at, state, epoch, lease_owner, lease_until) \
         VALUES ($1, $2, $3, $4, $5, 'ready', 0, NULL, NULL)";
    JOB_FINISH(2) -> [],
        "UPDATE job SET state = 'done', lease_owner = NULL, lease_until = NULL \
         WHERE id = $1 AND epoch = $2 AND state = 'ready'";
    /// What lies beyond `$4` was written before the clock was set back: it counts as past.
    JOB_CANDIDATES(4) -> ["id", "kind", "subject", "incident_id", "epoch"],
        "SELECT id, kind, subject, incident_id, epoch FROM job \
         WHERE state = 'ready' AND (due_at <= $1 OR due_at > $4) \
         AND (lease_until IS NULL OR lease_until <= $1 OR lease_until > $4) AND kind <> $3 \
         ORDER BY due_at, id LIMIT $2";
    /// Of any number of workers that saw the same candidate, one gets it.
    JOB_CLAIM(6) -> [],
        "UPDATE job SET lease_owner = $3, lease_until = $4, epoch = epoch + 1 \
         WHERE id = $1 AND epoch = $2 AND state = 'ready' \
         AND (lease_until IS NULL OR lease_until <= $5 OR lease_until > $6)";
    JOB_EXTEND(3) -> [],
        "UPDATE job SET lease_until = $3 WHERE id = $1 AND epoch = $2 AND state = 'ready' AND lease_until IS NOT NULL";
    JOB_RELEASE(3) -> [],
        "UPDATE job SET lease_owner = NULL, lease_until = NULL, due_at = $3 \
         WHERE id = $1 AND epoch = $2 AND state = 'ready'";

    THROTTLE(1) -> ["failures", "last_at"], "SELECT failures, last_at FROM throttle WHERE key_digest = $1";
    /// Writes only over what was seen (`$3`, `$4`): of tries made at the same time, one at a time is counted.
    THROTTLE_COUNT(4) -> [],
        "INSERT INTO throttle (key_digest, failures, last_at) VALUES ($1, 1, $2) \
         ON CONFLICT (key_digest) DO UPDATE SET failures = throttle.failures + 1, last_at = excluded.last_at \
         WHERE throttle.failures = $3 AND throttle.last_at = $4";
    THROTTLE_GIVE_BACK(1) -> [], "UPDATE throttle SET failures = failures - 1 WHERE key_digest = $1 AND failures > 0";
    THROTTLE_FORGET(1) -> [], "DELETE FROM throttle WHERE key_digest = $1";
    THROTTLE_SWEEP(1) -> [], "DELETE FROM throttle WHERE last_at < $1";

    PING(0) -> ["n"], "SELECT COUNT(*) AS n FROM audit_head";
}
