//! The two kinds of database, how each is opened, and the macros that send one text to either.

use std::{fs::OpenOptions, os::unix::fs::OpenOptionsExt as _, path::Path, str::FromStr as _, time::Duration};

use sqlx::{
    PgPool, Postgres, Sqlite, SqlitePool, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{StoreError, sql::connection};

/// Connections to one database.
#[derive(Debug, Clone)]
pub enum Db {
    /// A file: one connection writes, others read what was committed.
    Sqlite {
        /// Refuses to write.
        read: SqlitePool,
        /// The single writer.
        write: SqlitePool,
    },
    /// A server.
    Postgres(PgPool),
}

/// A transaction on either.
pub(crate) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// Expands one expression for both databases, each with its concrete types: `read` and `write` hand a pool in, `tx` a
/// connection.
macro_rules! on {
    (read $db:expr, |$c:ident| $body:expr) => {
        match $db {
            $crate::db::Db::Sqlite { read: $c, .. } => $body,
            $crate::db::Db::Postgres($c) => $body,
        }
    };
    (write $db:expr, |$c:ident| $body:expr) => {
        match $db {
            $crate::db::Db::Sqlite { write: $c, .. } => $body,
            $crate::db::Db::Postgres($c) => $body,
        }
    };
    (tx $tx:expr, |$c:ident| $body:expr) => {
        match $tx {
            $crate::db::Tx::Sqlite(tx) => {
                let $c = &mut **tx;
                $body
            }
            $crate::db::Tx::Postgres(tx) => {
                let $c = &mut **tx;
                $body
            }
        }
    };
}

/// All rows of a statement: `rows!(read db, RowType, STATEMENT, bind, …)`.
macro_rules! rows {
    ($on:ident $db:expr, $row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::db::on!($on $db, |c| sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_all(c).await)
    };
}

/// At most one row of a statement.
macro_rules! row {
    ($on:ident $db:expr, $row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::db::on!($on $db, |c| sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_optional(c).await)
    };
}

/// The number of rows that a statement wrote.
macro_rules! run {
    ($on:ident $db:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::db::on!($on $db, |c| sqlx::query($sql)$(.bind($bind))*.execute(c).await.map(|done| done.rows_affected()))
    };
}

pub(crate) use {on, row, rows, run};

impl Db {
    /// Begins to write. On SQLite the one writer is taken at once: a transaction that reads first and writes later
    /// fails without waiting when another came between.
    pub(crate) async fn begin(&self) -> Result<Tx, sqlx::Error> {
        match self {
            Self::Sqlite { write, .. } => Ok(Tx::Sqlite(write.begin_with(connection::BEGIN_SQLITE).await?)),
            Self::Postgres(pool) => Ok(Tx::Postgres(pool.begin().await?)),
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(tx) => tx.commit().await,
            Self::Postgres(tx) => tx.commit().await,
        }
    }

    pub(crate) async fn rollback(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(tx) => tx.rollback().await,
            Self::Postgres(tx) => tx.rollback().await,
        }
    }
}

/// How long somebody waits for a connection before being told that the database is busy.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) async fn connect(url: &str) -> Result<Db, StoreError> {
    match url.split_once(':').map(|(scheme, _)| scheme) {
        Some("sqlite") => connect_sqlite(url).await,
        Some("postgres" | "postgresql") => connect_postgres(url).await,
        // Not echoed: it may hold a password.
        _ => Err(StoreError::Address("the scheme is neither".to_owned())),
    }
}

/// A database that is there already. Of a server, the rights of the account say what it may do.
pub(crate) async fn open_to_read(url: &str) -> Result<Db, StoreError> {
    if !url.starts_with("sqlite:") {
        return connect(url).await;
    }
    let options =
        sqlite_file(url)?.read_only(true).busy_timeout(Duration::from_secs(5)).pragma("trusted_schema", "OFF");
    if !options.get_filename().is_file() {
        return Err(StoreError::Missing(options.get_filename().to_owned()));
    }
    let read = SqlitePoolOptions::new().max_connections(1).acquire_timeout(PATIENCE).connect_with(options).await?;
    Ok(Db::Sqlite { write: read.clone(), read })
}

fn sqlite_file(url: &str) -> Result<SqliteConnectOptions, StoreError> {
    if url.contains(":memory:") || url.contains("mode=memory") {
        return Err(StoreError::Address("a file is needed, memory is not kept".to_owned()));
    }
    SqliteConnectOptions::from_str(url).map_err(|error| StoreError::Address(error.to_string()))
}

async fn connect_sqlite(url: &str) -> Result<Db, StoreError> {
    let options = sqlite_file(url)?
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("trusted_schema", "OFF")
        .pragma("recursive_triggers", "ON")
        .pragma("cache_size", "-32000")
        // Fewer, larger moves from the log to the file while alarms pour in; the log gives its space back afterwards.
        .pragma("wal_autocheckpoint", "4000")
        .pragma("journal_size_limit", "67108864");
    make_private(options.get_filename())?;

    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(PATIENCE)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options.clone())
        .await?;
    check_sqlite(&write).await?;
    let read = SqlitePoolOptions::new()
        .max_connections(6)
        .acquire_timeout(PATIENCE)
        .connect_with(options.pragma("query_only", "ON"))
        .await?;
    Ok(Db::Sqlite { read, write })
}

/// Makes the file before SQLite does, readable by its owner only; SQLite gives its side files the same rights.
fn make_private(file: &Path) -> Result<(), StoreError> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    match made {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::Address(format!("{}: {error}", file.display()))),
    }
}

/// First version with the fix for a WAL reset that could lose committed rows.
const LEAST_SQLITE: [u32; 3] = [3, 51, 3];

/// What was asked for must be what is: a build or a file system may refuse silently.
async fn check_sqlite(write: &SqlitePool) -> Result<(), StoreError> {
    let version: String = sqlx::query_scalar(connection::SQLITE_VERSION).fetch_one(write).await?;
    let parts: Vec<u32> = version.split('.').filter_map(|part| part.parse().ok()).collect();
    if parts.as_slice() < LEAST_SQLITE.as_slice() {
        return Err(StoreError::Unsafe(format!("SQLite {version} is older than 3.51.3")));
    }
    let mode: String = sqlx::query_scalar(connection::SQLITE_JOURNAL_MODE).fetch_one(write).await?;
    if mode != "wal" {
        return Err(StoreError::Unsafe(format!("the journal mode is {mode}, not wal")));
    }
    for (pragma, wanted, what) in [
        (connection::SQLITE_SYNCHRONOUS, 2_i64, "commits are not flushed to disk (synchronous is not FULL)"),
        (connection::SQLITE_FOREIGN_KEYS, 1, "foreign keys are off"),
        (connection::SQLITE_RECURSIVE_TRIGGERS, 1, "recursive triggers are off"),
    ] {
        let found: i64 = sqlx::query_scalar(pragma).fetch_one(write).await?;
        if found != wanted {
            return Err(StoreError::Unsafe(what.to_owned()));
        }
    }
    Ok(())
}

async fn connect_postgres(url: &str) -> Result<Db, StoreError> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| StoreError::Address("it cannot be read".to_owned()))?
        .application_name("quell")
        .options([
            ("synchronous_commit", "on"),
            ("default_transaction_isolation", "read committed"),
            // Where it thinks that a statement is long, PostgreSQL makes machine code for it, which takes longer than any
            // of ours: it does not know how small the limits are.
            ("jit", "off"),
        ]);
    let pool = PgPoolOptions::new().max_connections(16).acquire_timeout(PATIENCE).connect_with(options).await?;
    let durable: String = sqlx::query_scalar(connection::POSTGRES_SYNCHRONOUS_COMMIT).fetch_one(&pool).await?;
    if durable != "on" {
        return Err(StoreError::Unsafe(format!("synchronous_commit is {durable}, not on")));
    }
    Ok(Db::Postgres(pool))
}
