//! Nodes.

use crate::stmt::stmts;

stmts! {
    NODES(0) -> ["id", "name", "access", "labels", "facts", "stranger", "trouble", "created_at", "removed_at"],
        "SELECT id, name, access, labels, facts, stranger, trouble, created_at, removed_at FROM node WHERE removed_at IS NULL";
    NODE_BY_ID(1) -> ["id", "name", "access", "labels", "facts", "stranger", "trouble", "created_at", "removed_at"],
        "SELECT id, name, access, labels, facts, stranger, trouble, created_at, removed_at FROM node WHERE id = $1";

    NODE_ADD(9) -> [],
        "INSERT INTO node (id, name, access, labels, facts, stranger, trouble, created_at, removed_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    /// A failed check keeps the facts of the last good one.
    NODE_FACTS(4) -> [],
        "UPDATE node SET facts = COALESCE(CAST($2 AS TEXT), facts), stranger = $3, trouble = $4 WHERE id = $1";
    NODE_LABELS(3) -> [], "UPDATE node SET labels = $3 WHERE id = $1 AND labels = $2 AND removed_at IS NULL";
    NODE_ACCESS(3) -> [], "UPDATE node SET access = $3 WHERE id = $1 AND access = $2 AND removed_at IS NULL";
    NODE_REMOVE(2) -> [], "UPDATE node SET removed_at = $2 WHERE id = $1 AND removed_at IS NULL";
}
