//! The registry of statements: each is declared with its number of parameters and its columns, and a test prepares
//! every one on both databases and compares. SQLite binds a missing parameter as NULL without a word, so the count
//! matters.

/// A declared statement.
#[derive(Debug, Clone, Copy)]
pub struct Stmt {
    /// Its constant's name.
    pub name: &'static str,
    /// Its text, the same for both databases.
    pub sql: &'static str,
    /// How many different parameters it takes.
    pub params: usize,
    /// The columns that it returns, in order.
    pub columns: &'static [&'static str],
}

/// Declares statements: `NAME(parameters) -> [columns] = "text";`
macro_rules! stmts {
    ($($(#[$doc:meta])* $name:ident($params:literal) -> $columns:expr, $sql:expr;)+) => {
        $($(#[$doc])* pub(crate) const $name: &str = $sql;)+

        /// All of this file.
        pub(crate) const ALL: &[$crate::stmt::Stmt] = &[$($crate::stmt::Stmt {
            name: stringify!($name),
            sql: $name,
            params: $params,
            columns: &$columns,
        }),+];
    };
}

pub(crate) use stmts;

/// Every statement that the store can send.
#[must_use]
pub fn statements() -> Vec<Stmt> {
    use crate::sql::{
        actions, alarms, audit, changes, evidence, factors, gates, incidents, jobs, nodes, people, sessions, sources,
        tokens, watch,
    };
    let mut all: Vec<Stmt> = [
        actions::ALL,
        alarms::ALL,
        audit::ALL,
        changes::ALL,
        evidence::ALL,
        factors::ALL,
        gates::ALL,
        incidents::ALL,
        jobs::ALL,
        nodes::ALL,
        people::ALL,
        sessions::ALL,
        sources::ALL,
        tokens::ALL,
        watch::ALL,
    ]
    .concat();
    all.extend(alarms::computed());
    all
}
