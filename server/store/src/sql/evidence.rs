//! Evidence packs, tasks, items and their custody.

use crate::stmt::stmts;

macro_rules! pack {
    () => {
        "p.id, p.incident_id, p.node_id, p.facts, p.requester_id, p.requester_name, p.created_at, p.done_at"
    };
}
macro_rules! task {
    () => {
        "t.id, t.pack_id, t.kind, t.state, t.bytes, t.total, t.started_at, t.heartbeat_at, t.note"
    };
}
macro_rules! item {
    () => {
        "i.id, i.pack_id, i.incident_id, i.kind, i.state, i.size, i.sha256, i.object, i.method, i.started_at, i.ended_at, \
         i.checked, i.reason"
    };
}

const PACK: [&str; 8] =
    ["id", "incident_id", "node_id", "facts", "requester_id", "requester_name", "created_at", "done_at"];
const TASK: [&str; 9] = ["id", "pack_id", "kind", "state", "bytes", "total", "started_at", "heartbeat_at", "note"];
const ITEM: [&str; 13] = [
    "id",
    "pack_id",
    "incident_id",
    "kind",
    "state",
    "size",
    "sha256",
    "object",
    "method",
    "started_at",
    "ended_at",
    "checked",
    "reason",
];

stmts! {
    PACK_BY_ID(1) -> PACK, concat!("SELECT ", pack!(), " FROM evidence_pack p WHERE p.id = $1");
    PACKS_OF(1) -> PACK,
        concat!("SELECT ", pack!(), " FROM evidence_pack p WHERE p.incident_id = $1 ORDER BY p.created_at DESC, p.id DESC");
    COLLECTING(0) -> ["incident_id", "at"],
        "SELECT p.incident_id, MAX(t.heartbeat_at) AS at FROM evidence_pack p JOIN evidence_task t ON t.pack_id = p.id \
         WHERE p.done_at IS NULL AND t.heartbeat_at IS NOT NULL GROUP BY p.incident_id";
    TASKS_OF_PACK(1) -> TASK, concat!("SELECT ", task!(), " FROM evidence_task t WHERE t.pack_id = $1");
    TASKS_OF(1) -> TASK,
        concat!("SELECT ", task!(), " FROM evidence_task t JOIN evidence_pack p ON p.id = t.pack_id WHERE p.incident_id = $1");
    ITEMS_OF_PACK(1) -> ITEM, concat!("SELECT ", item!(), " FROM evidence_item i WHERE i.pack_id = $1");
    ITEMS_OF(1) -> ITEM, concat!("SELECT ", item!(), " FROM evidence_item i WHERE i.incident_id = $1");
    ITEM_BY_ID(1) -> ITEM, concat!("SELECT ", item!(), " FROM evidence_item i WHERE i.id = $1");
    CUSTODY_OF(1) -> ["item_id", "at", "actor", "what", "sha256"],
        "SELECT item_id, at, actor, what, sha256 FROM custody_step WHERE item_id = $1 ORDER BY id";

    PACK_ADD(8) -> [],
        "INSERT INTO evidence_pack (id, incident_id, node_id, facts, requester_id, requester_name, created_at, done_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    TASK_ADD(9) -> [],
        "INSERT INTO evidence_task (id, pack_id, kind, state, bytes, total, started_at, heartbeat_at, note) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    /// A task that begins (again) begins at nothing. `$5` to `$12`: the states that it may be in, repeated to fill up.
    TASK_SET(12) -> [],
        "UPDATE evidence_task SET state = $2, note = $3, heartbeat_at = $4, \
         started_at = CASE WHEN $2 = 'collecting' THEN $4 ELSE started_at END, \
         bytes = CASE WHEN $2 = 'collecting' THEN 0 ELSE bytes END \
         WHERE id = $1 AND state IN ($5, $6, $7, $8, $9, $10, $11, $12)";
    TASK_PROGRESS(4) -> [],
        "UPDATE evidence_task SET bytes = $2, total = $3, heartbeat_at = $4 \
         WHERE id = $1 AND state = 'collecting'";
    TASK_CHECKING(3) -> [],
        "UPDATE evidence_task SET state = 'verifying', bytes = $2, total = $2, heartbeat_at = $3 \
         WHERE id = $1 AND state = 'collecting'";
    ITEM_ADD(13) -> [],
        "INSERT INTO evidence_item (id, pack_id, incident_id, kind, state, size, sha256, object, method, started_at, ended_at, \
         checked, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    CUSTODY_ADD(5) -> [],
        "INSERT INTO custody_step (item_id, at, actor, what, sha256) VALUES ($1, $2, $3, $4, $5)";
    PACK_FINISH(2) -> [], "UPDATE evidence_pack SET done_at = $2 WHERE id = $1 AND done_at IS NULL";
}
