//! The limit beside intake: the rows that the portal wrote, written once more by the database driver alone.

use std::time::Instant;

use quell_store::{Db, SqlStore};
use quell_tests::postgres;

use super::table::rate;

/// What the portal's own statement writes for each new alarm.
const ADD: &str =
    "INSERT INTO alarm (id, source_id, received_at, dedupe_key, body, raw) VALUES ($1, $2, $3, $4, $5, $6)";
/// Newest first, so that a measurement takes the rows that it has just made.
const ROWS: &str = "SELECT id, source_id, received_at, dedupe_key, body, raw FROM alarm ORDER BY id DESC LIMIT $1";

type Row = (String, String, i64, String, String, Vec<u8>);

/// Rows a second, for so many of the rows in this database, into a fresh one of the same kind and schema: one prepared
/// statement a row, so many rows a transaction, one transaction after another, durable.
pub async fn raw_inserts(database: &str, count: usize, together: usize) -> f64 {
    let rows = rows(database, count).await;
    assert_eq!(rows.len(), count, "the portal stored fewer alarms than it accepted");
    let folder = tempfile::tempdir().unwrap();
    let fresh = match database.starts_with("sqlite") {
        true => format!("sqlite://{}", folder.path().join("raw.db").display()),
        false => postgres::durable_database().await,
    };
    let store = SqlStore::connect(&fresh).await.unwrap();
    store.migrate().await.unwrap();
    let begun = Instant::now();
    // One text for both kinds of pool: their types differ, so the loop is written by a macro.
    macro_rules! insert {
        ($pool:expr) => {
            for some in rows.chunks(together) {
                let mut transaction = $pool.begin().await.unwrap();
                for (id, source, at, key, body, raw) in some {
                    let add = sqlx::query(ADD).bind(id).bind(source).bind(at).bind(key).bind(body).bind(raw);
                    add.execute(&mut *transaction).await.unwrap();
                }
                transaction.commit().await.unwrap();
            }
        };
    }
    match store.db() {
        Db::Sqlite { write, .. } => insert!(write),
        Db::Postgres(pool) => insert!(pool),
    }
    rate(count, begun.elapsed())
}

async fn rows(database: &str, count: usize) -> Vec<Row> {
    let store = SqlStore::connect(database).await.unwrap();
    let limit = i64::try_from(count).unwrap();
    match store.db() {
        Db::Sqlite { read, .. } => sqlx::query_as(ROWS).bind(limit).fetch_all(read).await.unwrap(),
        Db::Postgres(pool) => sqlx::query_as(ROWS).bind(limit).fetch_all(pool).await.unwrap(),
    }
}
