//! Alarm sources and dead letters.

use crate::stmt::stmts;

stmts! {
    SOURCES(0) -> ["id", "name", "kind", "token_hash", "default_node_id", "created_at", "revoked_at", "last_alarm_at",
                   "sensor_at", "sensor_said", "node_name"],
        "SELECT s.id, s.name, s.kind, s.token_hash, s.default_node_id, s.created_at, s.revoked_at, s.last_alarm_at, \
         s.sensor_at, s.sensor_said, n.name AS node_name \
         FROM source s LEFT JOIN node n ON n.id = s.default_node_id AND n.removed_at IS NULL \
         WHERE s.kind <> 'own'";
    SOURCE_BY_TOKEN(1) -> ["id", "name", "kind", "token_hash", "default_node_id", "created_at", "revoked_at"],
        "SELECT id, name, kind, token_hash, default_node_id, created_at, revoked_at FROM source \
         WHERE token_hash = $1 AND revoked_at IS NULL";
    /// The first bytes are enough for a preview; whole ones may be a megabyte each.
    DEAD_LETTERS(3) -> ["id", "received_at", "source_name", "reason", "preview", "size"],
        "SELECT d.id, d.received_at, s.name AS source_name, d.reason, SUBSTR(d.raw, 1, 1200) AS preview, \
         CAST(LENGTH(d.raw) AS BIGINT) AS size \
         FROM dead_letter d JOIN source s ON s.id = d.source_id \
         WHERE (d.received_at, d.id) < ($2, $3) ORDER BY d.received_at DESC, d.id DESC LIMIT $1";

    DEAD_LETTER(1) -> ["raw"], "SELECT raw FROM dead_letter WHERE id = $1";

    SOURCE_ADD(7) -> [],
        "INSERT INTO source (id, name, kind, token_hash, default_node_id, created_at, revoked_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)";
    SOURCE_REVOKE(2) -> [], "UPDATE source SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL AND kind <> 'own'";
    /// Also says whether there is such a source.
    SOURCE_HEARD(2) -> [],
        "UPDATE source SET last_alarm_at = CASE WHEN last_alarm_at IS NULL OR last_alarm_at < $2 THEN $2 ELSE last_alarm_at END \
         WHERE id = $1";
    SOURCE_SENSOR(3) -> [], "UPDATE source SET sensor_at = $2, sensor_said = $3 WHERE id = $1";
    DEAD_LETTER_ADD(5) -> [],
        "INSERT INTO dead_letter (id, source_id, received_at, reason, raw) VALUES ($1, $2, $3, $4, $5)";
}
