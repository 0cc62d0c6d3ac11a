//! The migrations, embedded. The same numbers and names for both databases; applied ones are never edited.

use sqlx::migrate::Migrator;

use crate::{Db, StoreError};

/// Those for SQLite.
pub static SQLITE: Migrator = sqlx::migrate!("../../migrations/sqlite");
/// Those for PostgreSQL.
pub static POSTGRES: Migrator = sqlx::migrate!("../../migrations/postgres");

pub(crate) async fn run(db: &Db) -> Result<(), StoreError> {
    match db {
        Db::Sqlite { write, .. } => SQLITE.run(write).await?,
        Db::Postgres(pool) => POSTGRES.run(pool).await?,
    }
    Ok(())
}
