//! Tokens of people's scripts: only hashes of their secrets.

use crate::stmt::stmts;

/// A token's columns; those that a person has as well are named anew.
macro_rules! token {
    () => {
        "t.id AS token_id, t.person_id, t.name AS token_name, t.scopes, t.created_at AS token_created_at, t.expires_at, \
         t.last_used_at, t.last_used_from, t.revoked_at"
    };
}

stmts! {
    TOKENS(0) -> ["token_id", "person_id", "token_name", "scopes", "token_created_at", "expires_at", "last_used_at",
                  "last_used_from", "revoked_at"],
        concat!("SELECT ", token!(), " FROM api_token t ORDER BY t.created_at DESC, t.id DESC");
    TOKENS_OF(1) -> ["token_id", "person_id", "token_name", "scopes", "token_created_at", "expires_at", "last_used_at",
                     "last_used_from", "revoked_at"],
        concat!("SELECT ", token!(), " FROM api_token t WHERE t.person_id = $1 ORDER BY t.created_at DESC, t.id DESC");
    TOKEN_BY_HASH(1) -> ["token_id", "person_id", "token_name", "scopes", "token_created_at", "expires_at", "last_used_at",
                         "last_used_from", "revoked_at", "id", "name", "roles", "disabled_at", "created_at"],
        concat!("SELECT ", token!(), ", p.id, p.name, p.roles, p.disabled_at, p.created_at \
         FROM api_token t JOIN person p ON p.id = t.person_id WHERE t.hash = $1");

    TOKEN_ADD(7) -> [],
        "INSERT INTO api_token (id, person_id, name, hash, scopes, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    TOKEN_REVOKE(2) -> [], "UPDATE api_token SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
    TOKENS_END(2) -> [],
        "UPDATE api_token SET revoked_at = $2 WHERE person_id = $1 AND revoked_at IS NULL AND expires_at > $2";
    /// Once a minute; a use from well after now was written before the clock was set back.
    TOKEN_USED(4) -> [],
        "UPDATE api_token SET last_used_at = $2, last_used_from = $3 \
         WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $4 OR last_used_at > $2)";
}
