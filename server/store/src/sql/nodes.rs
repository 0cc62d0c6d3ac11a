//! Nodes.

use crate::stmt::stmts;

const NODE: [&str; 10] =
    ["id", "name", "access", "labels", "addresses", "facts", "stranger", "trouble", "created_at", "removed_at"];

stmts! {
    NODES(0) -> NODE,
        "SELECT id, name, access, labels, addresses, facts, stranger, trouble, created_at, removed_at FROM node \
         WHERE removed_at IS NULL";
    NODE_BY_ID(1) -> NODE,
        "SELECT id, name, access, labels, addresses, facts, stranger, trouble, created_at, removed_at FROM node WHERE id = $1";

    NODE_ADD(10) -> [],
        "INSERT INTO node (id, name, access, labels, addresses, facts, stranger, trouble, created_at, removed_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    /// A failed check keeps the facts of the last good one.
    NODE_FACTS(4) -> [],
        "UPDATE node SET facts = COALESCE(CAST($2 AS TEXT), facts), stranger = $3, trouble = $4 WHERE id = $1";
    NODE_LABELS(3) -> [], "UPDATE node SET labels = $3 WHERE id = $1 AND labels = $2 AND removed_at IS NULL";
    NODE_ADDRESSES(3) -> [],
        "UPDATE node SET addresses = $3 WHERE id = $1 AND addresses = $2 AND removed_at IS NULL";
    NODE_ACCESS(3) -> [], "UPDATE node SET access = $3 WHERE id = $1 AND access = $2 AND removed_at IS NULL";
    NODE_REMOVE(2) -> [], "UPDATE node SET removed_at = $2 WHERE id = $1 AND removed_at IS NULL";
}
