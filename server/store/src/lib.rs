//! The store: SQLite and PostgreSQL with one SQL text, behind the ports of `quell-core`.
//!
//! Owns: every statement, the schema's migrations, the one write door, sessions.
//! Must not know: rules (they are decided before a changeset comes here), HTTP, engines.

#![forbid(unsafe_code)]

mod bookkeeping;
mod commit;
mod db;
mod error;
mod migrate;
mod reads;
mod rows;
mod sessions;
mod sql;
mod stmt;

use async_trait::async_trait;
use quell_core::ports::{CommitError, Committed, Store};
use quell_domain::Changeset;

pub use db::Db;
pub use error::StoreError;
pub use migrate::{POSTGRES, SQLITE};
pub use sessions::SqlSessions;
pub use stmt::{Stmt, statements};
/// The crate whose `SessionStore` [`SqlSessions`] implements, in the version that it implements.
pub use tower_sessions;

/// A database, open for use. Clones share its connections.
#[derive(Debug, Clone)]
pub struct SqlStore {
    db: Db,
    counted: reads::counters::Counted,
}

impl SqlStore {
    /// Opens `sqlite://path/to/file` (made when missing, readable by its owner only) or `postgres://…`, and checks the
    /// settings that durability depends on. Does not touch the schema.
    ///
    /// # Errors
    /// The address is wrong, the database cannot be reached, or it is not as safe as it must be.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        Ok(Self { db: db::connect(url).await?, counted: reads::counters::Counted::default() })
    }

    /// Opens a database that is there already, to read it: nothing is made, and nothing in it can be changed.
    ///
    /// # Errors
    /// There is none; the address is wrong, or it cannot be reached.
    pub async fn open_to_read(url: &str) -> Result<Self, StoreError> {
        Ok(Self { db: db::open_to_read(url).await?, counted: reads::counters::Counted::default() })
    }

    /// Brings the schema up to this program's version.
    ///
    /// # Errors
    /// A migration fails, or the database was migrated by a newer program.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        migrate::run(&self.db).await
    }

    /// The connections, for tests and measurements.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The session store for `tower-sessions`, on the same connections.
    #[must_use]
    pub fn sessions(&self) -> SqlSessions {
        SqlSessions::new(self.db.clone())
    }

    /// Ends all connections; what was committed is durable already.
    pub async fn close(&self) {
        self.db.close().await;
    }
}

#[async_trait]
impl Store for SqlStore {
    async fn commit(&self, changes: Changeset) -> Result<Committed, CommitError> {
        commit::commit(&self.db, changes).await
    }
}
