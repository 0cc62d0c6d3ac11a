//! Alarms. The only statements that must be fast by the thousand.

use std::sync::LazyLock;

use crate::stmt::{Stmt, stmts};

/// A move `gone` that was made by merging and not taken back since, neither by itself nor with one before it.
macro_rules! counts {
    () => {
        "gone.undoes IS NULL AND NOT EXISTS (SELECT 1 FROM alarm_moved AS back WHERE back.alarm_id = gone.alarm_id \
         AND back.undoes <= gone.move AND back.move > gone.move)"
    };
}

// The bodies are looked up one by one for the few rows that are wanted: as a join, PostgreSQL may prefer to read all.
stmts! {
    /// The oldest first: ids sort by time.
    ALARMS_UNMAPPED(1) -> ["body"],
        "SELECT (SELECT body FROM alarm WHERE id = alarm_id) AS body FROM alarm_unmapped ORDER BY alarm_id LIMIT $1";
    ALARMS_OF(2) -> ["body", "incident_id", "method", "reason"],
        "SELECT (SELECT body FROM alarm WHERE id = alarm_id) AS body, incident_id, method, reason FROM alarm_mapping \
         WHERE incident_id = $1 ORDER BY alarm_id DESC LIMIT $2";
    /// `$2` the part that may return, `$3` the last id before or '', `$4` limit.
    ALARMS_SPLIT(4) -> ["body", "returns"],
        concat!("SELECT (SELECT body FROM alarm WHERE id = alarm_id) AS body, \
         (SELECT COUNT(*) FROM alarm_moved AS gone WHERE gone.alarm_id = alarm_mapping.alarm_id AND gone.from_id = $2 AND ", counts!(), ") AS returns \
         FROM alarm_mapping WHERE incident_id = $1 AND alarm_id > $3 ORDER BY alarm_id LIMIT $4");
    ALARMS_CAME(1) -> ["n"],
        "SELECT COUNT(*) AS n FROM (SELECT alarm_id FROM alarm_moved WHERE to_id = $1 LIMIT 1) AS first";
    ALARMS_MARK(3) -> [], "UPDATE alarm_mapping SET method = $2, reason = $3 WHERE incident_id = $1";
    /// Safe under the lock that every commit takes first.
    MOVE_NEXT(0) -> ["n"], "SELECT COALESCE(MAX(move), 0) + 1 AS n FROM alarm_moved";
    /// What is about to move: `$1` the move, `$2` from, `$3` to.
    MOVE_NOTE(3) -> [],
        "INSERT INTO alarm_moved (move, alarm_id, from_id, to_id, undoes, method, reason) \
         SELECT CAST($1 AS BIGINT), alarm_id, $2, $3, CAST(NULL AS BIGINT), method, reason FROM alarm_mapping WHERE incident_id = $2";
    ALARMS_MOVE(4) -> [],
        "UPDATE alarm_mapping SET incident_id = $2, method = COALESCE($3, method), reason = COALESCE($4, reason) \
         WHERE incident_id = $1";
    /// What is about to go back: `$1` the move, `$2` from, `$3` to.
    GIVE_BACK_NOTE(3) -> [],
        concat!("INSERT INTO alarm_moved (move, alarm_id, from_id, to_id, undoes, method, reason) \
         SELECT CAST($1 AS BIGINT), here.alarm_id, $2, $3, gone.move, here.method, here.reason \
         FROM alarm_moved AS gone JOIN alarm_mapping AS here ON here.alarm_id = gone.alarm_id AND here.incident_id = $2 \
         WHERE gone.from_id = $3 AND ", counts!());
    /// Comes after [`GIVE_BACK_NOTE`]: each is marked as it was when it left. `$1` the move, `$2` to.
    GIVE_BACK(2) -> [],
        "UPDATE alarm_mapping SET incident_id = $2, \
         method = (SELECT gone.method FROM alarm_moved AS back JOIN alarm_moved AS gone ON gone.move = back.undoes AND gone.alarm_id = back.alarm_id \
         WHERE back.move = $1 AND back.alarm_id = alarm_mapping.alarm_id), \
         reason = (SELECT gone.reason FROM alarm_moved AS back JOIN alarm_moved AS gone ON gone.move = back.undoes AND gone.alarm_id = back.alarm_id \
         WHERE back.move = $1 AND back.alarm_id = alarm_mapping.alarm_id) \
         WHERE alarm_id IN (SELECT alarm_id FROM alarm_moved WHERE move = $1)";
}

/// Rows in one statement that adds alarms, largest first: any batch is a few of them.
const SIZES: [usize; 4] = [64, 16, 4, 1];
const COLUMNS: usize = 6;
/// Alarms in one statement of [`leave_unmapped`], [`map_many`] and [`take_unmapped`]. Fewer are repeated to fill up.
pub(crate) const MANY: usize = 64;

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

static LEAVE_UNMAPPED: LazyLock<String> = LazyLock::new(|| {
    let rows: Vec<String> = (1..=MANY).map(|n| format!("(${n})")).collect();
    format!("INSERT INTO alarm_unmapped (alarm_id) VALUES {} ON CONFLICT DO NOTHING", rows.join(", "))
});

static MAP_MANY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "INSERT INTO alarm_mapping (alarm_id, incident_id, method, reason) \
         SELECT alarm_id, $1, $2, $3 FROM alarm_unmapped WHERE alarm_id IN ({})",
        parameters(4, MANY)
    )
});

static TAKE_UNMAPPED: LazyLock<String> =
    LazyLock::new(|| format!("DELETE FROM alarm_unmapped WHERE alarm_id IN ({})", parameters(1, MANY)));

/// `$4, $5, $6` for 4 and 3. The numbers of parameters are all that is ever computed in a text.
fn parameters(first: usize, count: usize) -> String {
    (first..first + count).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}

/// The statement that adds most of so many alarms at once, and how many it adds.
pub(crate) fn insert_some(of: usize) -> (usize, &'static str) {
    let which = SIZES.iter().position(|size| *size <= of).unwrap_or(SIZES.len() - 1);
    (SIZES[which], INSERTS[which].as_str())
}

/// Notes alarms as belonging to no incident yet.
pub(crate) fn leave_unmapped() -> &'static str {
    LEAVE_UNMAPPED.as_str()
}

/// Gives those of these alarms that belong to none to an incident.
pub(crate) fn map_many() -> &'static str {
    MAP_MANY.as_str()
}

/// Comes after [`map_many`]: they belong to one now.
pub(crate) fn take_unmapped() -> &'static str {
    TAKE_UNMAPPED.as_str()
}

/// These as registered.
pub(crate) fn computed() -> Vec<Stmt> {
    let insert = |size| {
        let (size, sql) = insert_some(size);
        Stmt { name: "ALARMS_ADD", sql, params: size * COLUMNS, columns: &["id"] }
    };
    let mut all = SIZES.map(insert).to_vec();
    let many = |name, sql, params| Stmt { name, sql, params, columns: &[] };
    all.push(many("ALARMS_LEAVE_UNMAPPED", leave_unmapped(), MANY));
    all.push(many("ALARMS_MAP", map_many(), 3 + MANY));
    all.push(many("ALARMS_TAKE_UNMAPPED", take_unmapped(), MANY));
    all
}
