//! Alarms. The only statements that must be fast by the thousand.

use std::sync::LazyLock;

use crate::stmt::{Stmt, stmts};

stmts! {
    /// Known dedupe keys are left out; what comes back is new.
    ALARM_ADD(6) -> ["id"],
        "INSERT INTO alarm (id, source_id, received_at, dedupe_key, body, raw) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (dedupe_key) DO NOTHING RETURNING id";
    ALARMS_UNMAPPED(1) -> ["body"],
        "SELECT body FROM alarm WHERE incident_id IS NULL ORDER BY received_at, id LIMIT $1";
    ALARMS_OF(2) -> ["body", "incident_id", "method", "reason"],
        "SELECT body, incident_id, method, reason FROM alarm WHERE incident_id = $1 ORDER BY received_at DESC, id DESC LIMIT $2";
    ALARMS_MOVE(4) -> [],
        "UPDATE alarm SET incident_id = $2, method = $3, reason = $4 WHERE incident_id = $1";
}

/// Rows in one statement of [`insert_many`].
pub(crate) const MANY: usize = 32;
const COLUMNS: usize = 6;
/// Alarms in one statement of [`map_many`].
pub(crate) const MAPPED: usize = 64;

static INSERT_MANY: LazyLock<String> = LazyLock::new(|| {
    let rows: Vec<String> = (0..MANY).map(|row| format!("({})", parameters(row * COLUMNS + 1, COLUMNS))).collect();
    format!(
        "INSERT INTO alarm (id, source_id, received_at, dedupe_key, body, raw) VALUES {} \
         ON CONFLICT (dedupe_key) DO NOTHING RETURNING id",
        rows.join(", ")
    )
});

static MAP_MANY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "UPDATE alarm SET incident_id = $1, method = $2, reason = $3 WHERE incident_id IS NULL AND id IN ({})",
        parameters(4, MAPPED)
    )
});

/// `$4, $5, $6` for 4 and 3.
fn parameters(first: usize, count: usize) -> String {
    (first..first + count).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}

/// [`ALARM_ADD`] for [`MANY`] rows at once: the numbers of the parameters are computed, nothing else.
pub(crate) fn insert_many() -> &'static str {
    INSERT_MANY.as_str()
}

/// Gives alarms that belong to none to an incident. Fewer than [`MAPPED`] are repeated to fill up.
pub(crate) fn map_many() -> &'static str {
    MAP_MANY.as_str()
}

/// The two as registered.
pub(crate) fn computed() -> [Stmt; 2] {
    [
        Stmt { name: "ALARM_ADD_MANY", sql: insert_many(), params: MANY * COLUMNS, columns: &["id"] },
        Stmt { name: "ALARM_MAP_MANY", sql: map_many(), params: 3 + MAPPED, columns: &[] },
    ]
}
