//! What can go wrong below the ports, and how it is told above.

use std::path::PathBuf;

use quell_core::ports::ReadError;

/// The database cannot be opened or migrated.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address is not one of ours.
    #[error("the database address must be sqlite://<file> or postgres://<user>@<host>/<name>: {0}")]
    Address(String),
    /// There is no such file.
    #[error("there is no database at {}", .0.display())]
    Missing(PathBuf),
    /// It is not as safe as it must be.
    #[error("the database is not safe to use: {0}")]
    Unsafe(String),
    /// The driver says why.
    #[error("the database failed: {0}")]
    Sql(#[from] sqlx::Error),
    /// The schema cannot be brought up to date.
    #[error("the database cannot be migrated: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}

/// A value in the database that this program cannot have written.
#[derive(Debug, thiserror::Error)]
#[error("column {column} holds something unreadable")]
pub(crate) struct Unreadable {
    pub(crate) column: &'static str,
}

/// A driver's error as the port's.
pub(crate) fn failed(error: sqlx::Error) -> ReadError {
    ReadError(Box::new(error))
}

/// A column's content that makes no sense.
pub(crate) fn unreadable(column: &'static str) -> ReadError {
    ReadError(Box::new(Unreadable { column }))
}
