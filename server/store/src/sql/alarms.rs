//! Alarms. The only statements that must be fast by the thousand.

use std::sync::LazyLock;

use crate::stmt::{Stmt, stmts};

stmts! {
    ALARMS_UNMAPPED(1) -> ["body"],
        "SELECT body FROM alarm WHERE incident_id IS NULL ORDER BY received_at, id LIMIT $1";
    ALARMS_OF(2) -> ["body", "incident_id", "method", "reason"],
        "SELECT body, incident_id, method, reason FROM alarm WHERE incident_id = $1 ORDER BY received_at DESC, id DESC LIMIT $2";
    ALARMS_MOVE(4) -> [],
        "UPDATE alarm SET incident_id = $2, method = $3, reason = $4 WHERE incident_id = $1";
}

/// Rows in one statement that adds alarms, largest first: any batch is a few of them.
const SIZES: [usize; 4] = [64, 16, 4, 1];
const COLUMNS: usize = 6;
/// Alarms in one statement of [`map_many`].
pub(crate) const MAPPED: usize = 64;

/// Known dedupe keys are left out; what comes back is new.
static INSERTS: LazyLock<[String; 4]> = LazyLock::new(|| {
    SIZES.map(|size| {
        let rows: Vec<String> = (0..size).map(|row| format!("({})", parameters(row * COLUMNS + 1, COLUMNS))).collect();
        format!(
            "INSERT INTO alarm (id, source_id, received_at, dedupe_key, body, raw) VALUES {} \
             ON CONFLICT (dedupe_key) DO NOTHING RETURNING id",
            rows.join(", ")
        )
    })
});

static MAP_MANY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "UPDATE alarm SET incident_id = $1, method = $2, reason = $3 WHERE incident_id IS NULL AND id IN ({})",
        parameters(4, MAPPED)
    )
});

/// `$4, $5, $6` for 4 and 3. The numbers of parameters are all that is ever computed in a text.
fn parameters(first: usize, count: usize) -> String {
    (first..first + count).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}

/// The statement that adds most of so many alarms at once, and how many it adds.
pub(crate) fn insert_some(of: usize) -> (usize, &'static str) {
    let which = SIZES.iter().position(|size| *size <= of).unwrap_or(SIZES.len() - 1);
    (SIZES[which], INSERTS[which].as_str())
}

/// Gives alarms that belong to none to an incident. Fewer than [`MAPPED`] are repeated to fill up.
pub(crate) fn map_many() -> &'static str {
    MAP_MANY.as_str()
}

/// These as registered.
pub(crate) fn computed() -> Vec<Stmt> {
    let insert = |size| {
        let (size, sql) = insert_some(size);
        Stmt { name: "ALARMS_ADD", sql, params: size * COLUMNS, columns: &["id"] }
    };
    let mut all = SIZES.map(insert).to_vec();
    all.push(Stmt { name: "ALARMS_MAP", sql: map_many(), params: 3 + MAPPED, columns: &[] });
    all
}
