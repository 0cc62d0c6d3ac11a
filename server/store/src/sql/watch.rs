//! The watch over containments.

use crate::stmt::stmts;

stmts! {
    /// One portal at a time. `$3` now, `$4` until when; what lies beyond `$5` was written before the clock was set back.
    WATCH_TAKE(5) -> [],
        "INSERT INTO node_watch (node_id, owner, lease_until) VALUES ($1, $2, $4) \
         ON CONFLICT (node_id) DO UPDATE SET owner = excluded.owner, lease_until = excluded.lease_until \
         WHERE node_watch.owner = $2 OR node_watch.lease_until <= $3 OR node_watch.lease_until > $5";
    WATCH_LOOKED(3) -> [], "UPDATE node_watch SET looked_at = $3 WHERE node_id = $1 AND owner = $2";
    WATCHED(1) -> ["looked_at"], "SELECT looked_at FROM node_watch WHERE node_id = $1";
}
