//! Sign-ins.

use crate::stmt::stmts;

stmts! {
    /// A known id makes no row: the caller then draws another.
    SESSION_ADD(5) -> [],
        "INSERT INTO web_session (id, person_id, data, expires_at, touched_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (id) DO NOTHING";
    /// Changes only what is there: a session that was ended meanwhile stays ended.
    SESSION_SET(5) -> [],
        "UPDATE web_session SET person_id = $2, data = $3, expires_at = $4, touched_at = $5 WHERE id = $1";
    SESSION(2) -> ["data", "expires_at", "touched_at"],
        "SELECT data, expires_at, touched_at FROM web_session WHERE id = $1 AND expires_at > $2";
    SESSION_END(1) -> [], "DELETE FROM web_session WHERE id = $1";
    SESSIONS_END(1) -> [], "DELETE FROM web_session WHERE person_id = $1";
    SESSIONS_OF_ACCOUNT_END(1) -> [],
        "DELETE FROM web_session WHERE person_id = (SELECT person_id FROM account WHERE id = $1)";
    PLACE_REMEMBER(2) -> [],
        "INSERT INTO usual_place (key_digest, last_at) VALUES ($1, $2) \
         ON CONFLICT (key_digest) DO UPDATE SET last_at = excluded.last_at";
    PLACE_USUAL(2) -> ["n"], "SELECT COUNT(*) AS n FROM usual_place WHERE key_digest = $1 AND last_at > $2";
    PLACES_SWEEP(1) -> [], "DELETE FROM usual_place WHERE last_at < $1";
    SESSIONS_SWEEP(1) -> [], "DELETE FROM web_session WHERE expires_at <= $1";
}
