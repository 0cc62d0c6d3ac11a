//! The policy, the playbooks, drafts of them, and changes that take two admins.

use crate::stmt::stmts;

const PUBLISHED: [&str; 5] = ["version", "body", "proposed_by", "published_by", "published_at"];
const CHANGE: [&str; 12] = [
    "id",
    "body",
    "summary",
    "proposer_id",
    "proposer_name",
    "created_at",
    "expires_at",
    "state",
    "decider_id",
    "decider_name",
    "decided_at",
    "reason",
];

/// Versions of something.
macro_rules! published {
    ($table:literal) => {
        concat!("SELECT version, body, proposed_by, published_by, published_at FROM ", $table)
    };
}

/// Versions follow without a gap: of two published on the same one, the second finds no place.
macro_rules! publish {
    ($table:literal) => {
        concat!(
            "INSERT INTO ",
            $table,
            " (version, body, proposed_by, published_by, published_at) \
             SELECT CAST($1 AS BIGINT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS BIGINT) \
             WHERE (SELECT COALESCE(MAX(version), 0) FROM ",
            $table,
            ") = CAST($1 AS BIGINT) - 1"
        )
    };
}

macro_rules! change {
    () => {
        "SELECT id, body, summary, proposer_id, proposer_name, created_at, expires_at, state, decider_id, decider_name, \
         decided_at, reason FROM admin_change"
    };
}

stmts! {
    POLICY(0) -> PUBLISHED, concat!(published!("policy"), " ORDER BY version DESC LIMIT 1");
    POLICIES(0) -> PUBLISHED, concat!(published!("policy"), " ORDER BY version DESC");
    PLAYBOOKS(0) -> PUBLISHED, concat!(published!("playbooks"), " ORDER BY version DESC LIMIT 1");
    PLAYBOOKS_OF(1) -> PUBLISHED, concat!(published!("playbooks"), " WHERE version = $1");
    PLAYBOOKS_ALL(0) -> PUBLISHED, concat!(published!("playbooks"), " ORDER BY version DESC");
    /// While none is written down, version 1 counts: the built-in one.
    POLICY_IS(1) -> ["n"],
        "SELECT COUNT(*) AS n FROM (SELECT COALESCE(MAX(version), 1) AS newest FROM policy) AS p WHERE newest = $1";
    DRAFT_OF(2) -> ["body"], "SELECT body FROM draft WHERE person_id = $1 AND kind = $2";
    CHANGE_BY_ID(1) -> CHANGE, concat!(change!(), " WHERE id = $1");
    CHANGES_PENDING(0) -> CHANGE, concat!(change!(), " WHERE state = 'pending' ORDER BY created_at, id");
    CHANGES_NEWEST(1) -> CHANGE, concat!(change!(), " ORDER BY created_at DESC, id DESC LIMIT $1");

    POLICY_ADD(5) -> [], publish!("policy");
    PLAYBOOKS_ADD(5) -> [], publish!("playbooks");
    DRAFT_SET(3) -> [],
        "INSERT INTO draft (person_id, kind, body) VALUES ($1, $2, $3) \
         ON CONFLICT (person_id, kind) DO UPDATE SET body = excluded.body";
    DRAFT_DROP(2) -> [], "DELETE FROM draft WHERE person_id = $1 AND kind = $2";
    CHANGE_ADD(13) -> [],
        "INSERT INTO admin_change (id, kind, body, summary, proposer_id, proposer_name, created_at, expires_at, state, \
         decider_id, decider_name, decided_at, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    /// Of any number of decisions at the same time, one finds it undecided.
    CHANGE_DECIDE(6) -> [],
        "UPDATE admin_change SET state = $2, decider_id = $3, decider_name = $4, decided_at = $5, reason = $6 \
         WHERE id = $1 AND state = 'pending'";
}
