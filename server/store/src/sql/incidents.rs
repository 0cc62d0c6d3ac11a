//! Incidents, the queue and the numbers above it.
//!
//! Each view of the queue has a text of its own, so that each can use its own partial index. Keys and limits are
//! always bound (the smallest or largest number where there is none), so that no text has optional parts that keep an
//! index from being used.

use crate::stmt::stmts;

/// The columns of a whole incident, in the order of [`COLUMNS`].
macro_rules! columns {
    () => {
        "id, number, version, key, title, class, severity, state, verdict, verdict_reason, node_id, node_name, \
         container, container_name, image, image_id, method, reason, owner_id, first_alarm_at, last_alarm_at, \
         alarm_count, contain_by, acknowledged_at, measures, contained_at, evidence_at, analysed_at, closed_at, \
         closing, closing_reason, of_id, reopened_at, unknown_since, unknown_reason, course"
    };
}

/// What still asks something of people, as the domain judged when it was written. Said like this wherever it is meant, so
/// that its partial indexes are used.
macro_rules! needs_action {
    () => {
        "needs_action = 1"
    };
}

/// How many of a view there are of each class.
macro_rules! by_class {
    ($which:expr) => {
        concat!("SELECT class, COUNT(*) AS n FROM incident WHERE ", $which, " GROUP BY class")
    };
}

/// A page of the queue, most urgent first: `$1` class or NULL, `$2` pattern or '', `$3`,`$4` the last row's key, `$5` limit.
macro_rules! queue {
    ($which:expr) => {
        concat!(
            "SELECT ",
            columns!(),
            ", (SELECT name FROM person WHERE person.id = owner_id) AS owner_name FROM incident WHERE ",
            $which,
            " AND (CAST($1 AS TEXT) IS NULL OR class = $1) AND ($2 = '' OR search LIKE $2 ESCAPE '\\')",
            " AND (urgency, number) > ($3, $4) ORDER BY urgency, number LIMIT $5"
        )
    };
}

const COLUMNS: [&str; 36] = [
    "id",
    "number",
    "version",
    "key",
    "title",
    "class",
    "severity",
    "state",
    "verdict",
    "verdict_reason",
    "node_id",
    "node_name",
    "container",
    "container_name",
    "image",
    "image_id",
    "method",
    "reason",
    "owner_id",
    "first_alarm_at",
    "last_alarm_at",
    "alarm_count",
    "contain_by",
    "acknowledged_at",
    "measures",
    "contained_at",
    "evidence_at",
    "analysed_at",
    "closed_at",
    "closing",
    "closing_reason",
    "of_id",
    "reopened_at",
    "unknown_since",
    "unknown_reason",
    "course",
];

/// The same with the owner's name behind them.
const QUEUE_COLUMNS: [&str; 37] = {
    let mut all = ["owner_name"; 37];
    let mut at = 0;
    while at < COLUMNS.len() {
        all[at] = COLUMNS[at];
        at += 1;
    }
    all
};

stmts! {
    INCIDENT_BY_ID(1) -> COLUMNS, concat!("SELECT ", columns!(), " FROM incident WHERE id = $1");
    INCIDENT_BY_NUMBER(1) -> COLUMNS, concat!("SELECT ", columns!(), " FROM incident WHERE number = $1");
    INCIDENT_OPEN(1) -> COLUMNS,
        concat!("SELECT ", columns!(), " FROM incident WHERE key_digest = $1 AND closed_at IS NULL");
    /// `$2` limit.
    INCIDENTS_WITH(2) -> COLUMNS,
        concat!("SELECT ", columns!(), " FROM incident WHERE key_digest = $1 ORDER BY number DESC LIMIT $2");
    /// `$2` limit.
    INCIDENTS_OF(2) -> COLUMNS,
        concat!("SELECT ", columns!(), " FROM incident WHERE of_id = $1 ORDER BY number LIMIT $2");
    INCIDENT_IS_IN(2) -> ["n"], "SELECT COUNT(*) AS n FROM incident WHERE id = $1 AND version = $2";
    INCIDENT_IS_OPEN(1) -> ["n"], "SELECT COUNT(*) AS n FROM incident WHERE id = $1 AND closed_at IS NULL";
    /// How much of an incident is under way: open requests, break-glass that nobody reviewed, collections.
    INCIDENT_UNDER_WAY(1) -> ["n"],
        "SELECT (SELECT COUNT(*) FROM action_request WHERE incident_id = $1 AND (state IN ('awaiting_approval', 'approved', 'running', 'unknown') \
         OR (break_glass AND NOT EXISTS (SELECT 1 FROM action_review WHERE request_id = action_request.id)))) \
         + (SELECT COUNT(*) FROM evidence_pack WHERE incident_id = $1 AND done_at IS NULL) AS n";
    INCIDENT_COLLECTIONS(1) -> ["n"],
        "SELECT COUNT(*) AS n FROM evidence_pack WHERE incident_id = $1 AND done_at IS NULL";

    /// Two questions in one, each with its own partial index.
    WATCH_LIST(0) -> COLUMNS,
        concat!("SELECT ", columns!(), " FROM incident WHERE closed_at IS NULL AND contained_at IS NOT NULL \
         UNION ALL SELECT ", columns!(), " FROM incident WHERE closed_at IS NULL AND contained_at IS NULL AND state = 'containing'");

    QUEUE_NEEDS_ACTION(5) -> QUEUE_COLUMNS, queue!(needs_action!());
    /// The runbook's tabs: the same with an index that begins with the class.
    QUEUE_NEEDS_ACTION_CLASS(5) -> QUEUE_COLUMNS,
        queue!(concat!(needs_action!(), " AND class = $1"));
    /// `$6` is who asks.
    QUEUE_MINE(6) -> QUEUE_COLUMNS, queue!("closed_at IS NULL AND owner_id = $6");
    QUEUE_UNASSIGNED(5) -> QUEUE_COLUMNS, queue!("closed_at IS NULL AND owner_id IS NULL");
    QUEUE_CONTAINED(5) -> QUEUE_COLUMNS, queue!("closed_at IS NULL AND contained_at IS NOT NULL");
    /// Closed ones have nothing to hurry for: the newest number first. `$3` the last row's number, `$4` limit.
    QUEUE_CLOSED(4) -> QUEUE_COLUMNS,
        concat!("SELECT ", columns!(), ", (SELECT name FROM person WHERE person.id = owner_id) AS owner_name FROM incident \
         WHERE closed_at IS NOT NULL AND (CAST($1 AS TEXT) IS NULL OR class = $1) \
         AND ($2 = '' OR search LIKE $2 ESCAPE '\\') AND number < $3 ORDER BY number DESC LIMIT $4");

    /// Open ones by version of the playbooks and class.
    OPEN_BY_PLAYBOOK(0) -> ["playbook", "class", "n"],
        "SELECT playbook, class, COUNT(*) AS n FROM incident WHERE closed_at IS NULL GROUP BY playbook, class";
    CLASSES_NEEDS_ACTION(0) -> ["class", "n"], by_class!(needs_action!());
    /// `$1` is who asks.
    CLASSES_MINE(1) -> ["class", "n"], by_class!("closed_at IS NULL AND owner_id = $1");
    CLASSES_UNASSIGNED(0) -> ["class", "n"], by_class!("closed_at IS NULL AND owner_id IS NULL");
    CLASSES_CONTAINED(0) -> ["class", "n"], by_class!("closed_at IS NULL AND contained_at IS NOT NULL");
    CLASSES_CLOSED(0) -> ["class", "n"], by_class!("closed_at IS NOT NULL");
    /// What depends on who asks and when, with where the audit chain stands. `$1` now, `$2` who asks.
    COUNT_MINE(2) -> ["seq", "past_target", "past_acknowledge", "mine"],
        concat!("SELECT (SELECT seq FROM audit_head WHERE id = 1) AS seq, \
         (SELECT COUNT(*) FROM incident WHERE ", needs_action!(), " AND urgency < $1) AS past_target, \
         (SELECT COUNT(*) FROM incident WHERE closed_at IS NULL AND acknowledged_at IS NULL AND acknowledge_by < $1) AS past_acknowledge, \
         (SELECT COUNT(*) FROM incident WHERE closed_at IS NULL AND owner_id = $2) AS mine");
    /// What is the same for everybody. Each part reads one partial index. `$1` is what is added to the urgency of what may
    /// be contained or not, `$2` what is added when it is: below `$1` lies all that is not.
    COUNT_ALL(2) -> ["need_action", "need_containment", "unknown", "not_acknowledged", "oldest_unacknowledged", "unassigned", "contained", "closed", "last_alarm_at"],
        concat!("SELECT (SELECT COUNT(*) FROM incident WHERE ", needs_action!(), ") AS need_action, \
         (SELECT COUNT(*) FROM incident WHERE ", needs_action!(), " AND urgency < $1) AS need_containment, \
         (SELECT COUNT(*) FROM incident WHERE ", needs_action!(), " AND urgency >= $1 AND urgency < $2) AS unknown, \
         (SELECT COUNT(*) FROM incident WHERE closed_at IS NULL AND acknowledged_at IS NULL) AS not_acknowledged, \
         (SELECT MIN(first_alarm_at) FROM incident WHERE closed_at IS NULL AND acknowledged_at IS NULL) AS oldest_unacknowledged, \
         (SELECT COUNT(*) FROM incident WHERE closed_at IS NULL AND owner_id IS NULL) AS unassigned, \
         (SELECT COUNT(*) FROM incident WHERE closed_at IS NULL AND contained_at IS NOT NULL) AS contained, \
         (SELECT COUNT(*) FROM incident WHERE closed_at IS NOT NULL) AS closed, \
         (SELECT MAX(last_alarm_at) FROM source) AS last_alarm_at");
    CONTAINED_SINCE(1) -> ["micros"],
        "SELECT contained_at - first_alarm_at AS micros FROM incident WHERE contained_at IS NOT NULL AND contained_at >= $1";

    /// Safe under the lock that every commit takes first.
    INCIDENT_NEXT_NUMBER(0) -> ["n"], "SELECT COALESCE(MAX(number), 0) + 1 AS n FROM incident";
    INCIDENT_ADD(42) -> [],
        concat!("INSERT INTO incident (", columns!(), ", key_digest, search, urgency, playbook, acknowledge_by, needs_action) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
         $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, \
         $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42)");
    INCIDENT_SET(42) -> [],
        "UPDATE incident SET version = version + 1, number = $2, key = $4, title = $5, class = $6, severity = $7, state = $8, \
         verdict = $9, verdict_reason = $10, node_id = $11, node_name = $12, container = $13, container_name = $14, \
         image = $15, image_id = $16, method = $17, reason = $18, owner_id = $19, first_alarm_at = $20, \
         last_alarm_at = $21, alarm_count = $22, contain_by = $23, acknowledged_at = $24, measures = $25, contained_at = $26, \
         evidence_at = $27, analysed_at = $28, closed_at = $29, closing = $30, closing_reason = $31, of_id = $32, \
         reopened_at = $33, unknown_since = $34, unknown_reason = $35, course = $36, key_digest = $37, search = $38, \
         urgency = $39, playbook = $40, acknowledge_by = $41, needs_action = $42 WHERE id = $1 AND version = $3";
}
