//! Alarms. The only statements that must be fast by the thousand.

use std::sync::LazyLock;

use crate::stmt::{Stmt, stmts};

// The bodies are looked up one by one for the few rows that are wanted: as a join, PostgreSQL may prefer to read all.
stmts! {
    /// The oldest first: ids sort by time.
    ALARMS_UNMAPPED(1) -> ["body"],
        "SELECT (SELECT body FROM alarm WHERE id = alarm_id) AS body FROM alarm_unmapped ORDER BY alarm_id LIMIT $1";
    ALARMS_OF(2) -> ["body", "incident_id", "method", "reason"],
        "SELECT (SELECT body FROM alarm WHERE id = alarm_id) AS body, incident_id, method, reason FROM alarm_mapping \
         WHERE incident_id = $1 ORDER BY alarm_id DESC LIMIT $2";
    /// What the alarms of an incident say, and how many say the same.
    ALARMS_TALLY(1) -> ["severity", "class", "n", "first_at", "last_at"],
        "SELECT severity, class, COUNT(*) AS n, MIN(received_at) AS first_at, MAX(received_at) AS last_at \
         FROM alarm_mapping JOIN alarm ON alarm.id = alarm_id WHERE incident_id = $1 GROUP BY severity, class";
    ALARMS_CAME(1) -> ["n"],
        "SELECT COUNT(*) AS n FROM (SELECT alarm_id FROM alarm_moved WHERE to_id = $1 LIMIT 1) AS first";
    ALARMS_MARK(3) -> [], "UPDATE alarm_mapping SET method = $2, reason = $3 WHERE incident_id = $1";
    /// Safe under the lock that every commit takes first.
    MOVE_NEXT(0) -> ["n"], "SELECT COALESCE(MAX(move), 0) + 1 AS n FROM alarm_moved";
    /// What is about to move: `$1` the move, `$2` from, `$3` to.
    MOVE_NOTE(3) -> [],
        "INSERT INTO alarm_moved (move, alarm_id, from_id, to_id, undoes, method, reason) \
         SELECT CAST($1 AS BIGINT), alarm_id, $2, $3, CAST(NULL AS BIGINT), method, reason FROM alarm_mapping WHERE incident_id = $2";
    /// Comes after [`MOVE_NOTE`] and the like: these moves count until the alarms go back.
    MOVE_COUNTS(1) -> [],
        "INSERT INTO alarm_away (alarm_id, move, from_id) SELECT alarm_id, move, from_id FROM alarm_moved WHERE move = $1";
    ALARMS_MOVE(4) -> [],
        "UPDATE alarm_mapping SET incident_id = $2, method = COALESCE($3, method), reason = COALESCE($4, reason) \
         WHERE incident_id = $1";
    /// What is about to go back: `$1` the move, `$2` from, `$3` to.
    GIVE_BACK_NOTE(3) -> [],
        "INSERT INTO alarm_moved (move, alarm_id, from_id, to_id, undoes, method, reason) \
         SELECT CAST($1 AS BIGINT), here.alarm_id, $2, $3, away.move, here.method, here.reason \
         FROM alarm_away AS away JOIN alarm_mapping AS here ON here.alarm_id = away.alarm_id AND here.incident_id = $2 \
         WHERE away.from_id = $3";
    /// Comes after [`GIVE_BACK_NOTE`]: the move with which each had left counts no more, and none after it.
    GIVE_BACK_ENDS(1) -> [],
        "DELETE FROM alarm_away WHERE alarm_id IN (SELECT alarm_id FROM alarm_moved WHERE move = $1) \
         AND move >= (SELECT undoes FROM alarm_moved AS back WHERE back.move = $1 AND back.alarm_id = alarm_away.alarm_id)";
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
const COLUMNS: usize = 8;
/// Alarms in one statement of [`leave_unmapped`], [`map_many`], [`note_arrived`] and [`take_unmapped`]. Fewer are repeated
/// to fill up.
pub(crate) const MANY: usize = 64;

/// Known dedupe keys are left out; what comes back is new.
static INSERTS: LazyLock<[String; 4]> = LazyLock::new(|| {
    SIZES.map(|size| {
        let rows: Vec<String> = (0..size).map(|row| format!("({})", parameters(row * COLUMNS + 1, COLUMNS))).collect();
        format!(
            "INSERT INTO alarm (id, source_id, received_at, severity, class, dedupe_key, body, raw) VALUES {} \
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

static NOTE_ARRIVED: LazyLock<String> = LazyLock::new(|| {
    format!(
        "INSERT INTO alarm_moved (move, alarm_id, from_id, to_id, undoes, method, reason) \
         SELECT CAST($1 AS BIGINT), alarm_id, $2, $3, CAST(NULL AS BIGINT), method, reason FROM alarm_mapping \
         WHERE alarm_id IN ({})",
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

/// Comes after [`map_many`]: they count as moved from one incident to another. `$1` the move, `$2` from, `$3` to.
pub(crate) fn note_arrived() -> &'static str {
    NOTE_ARRIVED.as_str()
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
    all.push(many("ALARMS_NOTE_ARRIVED", note_arrived(), 3 + MANY));
    all.push(many("ALARMS_TAKE_UNMAPPED", take_unmapped(), MANY));
    all
}
