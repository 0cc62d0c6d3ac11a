//! People, accounts and the set-up link.

use crate::stmt::stmts;

/// An admin who can sign in. Roles are words of ours in JSON.
macro_rules! admin {
    () => {
        "disabled_at IS NULL AND roles LIKE '%\"admin\"%'"
    };
}

stmts! {
    PERSON_BY_ID(1) -> ["id", "name", "roles", "disabled_at", "created_at"],
        "SELECT id, name, roles, disabled_at, created_at FROM person WHERE id = $1";
    PEOPLE(0) -> ["id", "name", "roles", "disabled_at", "created_at"],
        "SELECT id, name, roles, disabled_at, created_at FROM person";
    LOGINS(0) -> ["person_id", "login"], "SELECT person_id, login FROM account ORDER BY login";
    ACCOUNT_BY_LOGIN(1) -> ["account_id", "login", "password_hash", "id", "name", "roles", "disabled_at", "created_at"],
        "SELECT a.id AS account_id, a.login, a.password_hash, p.id, p.name, p.roles, p.disabled_at, p.created_at \
         FROM account a JOIN person p ON p.id = a.person_id WHERE a.login = $1";
    ACCOUNT_BY_ID(1) -> ["account_id", "login", "password_hash", "id", "name", "roles", "disabled_at", "created_at"],
        "SELECT a.id AS account_id, a.login, a.password_hash, p.id, p.name, p.roles, p.disabled_at, p.created_at \
         FROM account a JOIN person p ON p.id = a.person_id WHERE a.id = $1";
    ACCOUNT_HAS_PASSWORD(2) -> ["n"],
        "SELECT COUNT(*) AS n FROM account a JOIN person p ON p.id = a.person_id \
         WHERE a.id = $1 AND a.password_hash = $2 AND p.disabled_at IS NULL";

    PERSON_STANDS(2) -> ["n"],
        "SELECT COUNT(*) AS n FROM person WHERE id = $1 AND roles = $2 AND disabled_at IS NULL";
    PERSON_HOLDS(2) -> ["n"], "SELECT COUNT(*) AS n FROM person WHERE id = $1 AND roles = $2";

    PERSON_ADD(5) -> [],
        "INSERT INTO person (id, name, roles, disabled_at, created_at) VALUES ($1, $2, $3, $4, $5)";
    ACCOUNT_ADD(4) -> [],
        "INSERT INTO account (id, person_id, login, password_hash) VALUES ($1, $2, $3, $4)";
    PERSON_ROLES(2) -> [], "UPDATE person SET roles = $2 WHERE id = $1";
    PERSON_DISABLED(2) -> [], "UPDATE person SET disabled_at = $2 WHERE id = $1";
    ACCOUNT_PASSWORD(2) -> [], "UPDATE account SET password_hash = $2 WHERE id = $1";
    ADMIN_COUNT(0) -> ["n"], concat!("SELECT COUNT(*) AS n FROM person WHERE ", admin!());
    /// The first row of its kind is the last: set-up mode never returns.
    TWO_ADMINS(0) -> [],
        concat!("INSERT INTO two_admins (id) SELECT 1 WHERE (SELECT COUNT(*) FROM person WHERE ", admin!(), ") >= 2 \
         ON CONFLICT (id) DO NOTHING");
    WERE_TWO_ADMINS(0) -> ["n"], "SELECT COUNT(*) AS n FROM two_admins";
    SETUP_OFFERED(2) -> ["n"],
        "SELECT COUNT(*) AS n FROM setup_link WHERE id = 1 AND token = $1 AND used_at IS NULL AND expires_at > $2";
    SETUP_OFFER(2) -> [],
        "INSERT INTO setup_link (id, token, expires_at, used_at) VALUES (1, $1, $2, NULL) \
         ON CONFLICT (id) DO UPDATE SET token = excluded.token, expires_at = excluded.expires_at, used_at = NULL";
    SETUP_USE(2) -> [],
        concat!("UPDATE setup_link SET used_at = $2 WHERE id = 1 AND token = $1 AND used_at IS NULL AND expires_at > $2 \
         AND NOT EXISTS (SELECT 1 FROM person WHERE ", admin!(), ")");
}
