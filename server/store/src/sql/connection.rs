//! What is asked of a connection itself. The only texts that are not common to both databases.

pub(crate) const BEGIN_SQLITE: &str = "BEGIN IMMEDIATE";
pub(crate) const SQLITE_VERSION: &str = "SELECT sqlite_version()";
pub(crate) const SQLITE_JOURNAL_MODE: &str = "PRAGMA journal_mode";
pub(crate) const SQLITE_SYNCHRONOUS: &str = "PRAGMA synchronous";
pub(crate) const SQLITE_FOREIGN_KEYS: &str = "PRAGMA foreign_keys";
pub(crate) const SQLITE_RECURSIVE_TRIGGERS: &str = "PRAGMA recursive_triggers";
pub(crate) const POSTGRES_SYNCHRONOUS_COMMIT: &str = "SHOW synchronous_commit";
