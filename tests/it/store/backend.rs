//! A fresh database of either kind, and a look into it past the store.

use std::collections::BTreeMap;

use quell_core::ports::{CommitError, Committed, Store as _, Thing};
use quell_domain::Changeset;
use quell_store::{Db, SqlStore};
use sqlx::AssertSqlSafe;
use tempfile::TempDir;

/// One database with the schema in it and nothing else.
pub struct Backend {
    pub store: SqlStore,
    url: String,
    _folder: Option<TempDir>,
}

/// Runs one test on both: `on_both! { name(backend) { … } }`.
macro_rules! on_both {
    ($($name:ident($backend:ident) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports, reason = "not every test needs all of its file")]
            use super::*;

            async fn check($backend: &$crate::store::backend::Backend) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                check(&$crate::store::backend::Backend::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                check(&$crate::store::backend::Backend::postgres().await).await;
            }
        }
    )+};
}
pub(crate) use on_both;

/// Every table, row by row as text, in a fixed order.
pub type Snapshot = BTreeMap<String, Vec<String>>;

impl Backend {
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("quell.db").display());
        Self::open(&url, Some(folder)).await
    }

    pub async fn postgres() -> Self {
        Self::open(&quell_tests::postgres::database().await, None).await
    }

    async fn open(url: &str, folder: Option<TempDir>) -> Self {
        let store = SqlStore::connect(url).await.unwrap();
        store.migrate().await.unwrap();
        Self { store, url: url.to_owned(), _folder: folder }
    }

    /// The same database opened once more, as another portal would.
    pub async fn again(&self) -> SqlStore {
        SqlStore::connect(&self.url).await.unwrap()
    }

    pub fn is_sqlite(&self) -> bool {
        matches!(self.store.db(), Db::Sqlite { .. })
    }

    /// Sends any text to the database, as somebody with a shell would.
    pub async fn tamper(&self, sql: &str) -> Result<u64, sqlx::Error> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self.store.db() {
            Db::Sqlite { write, .. } => sqlx::raw_sql(sql).execute(write).await.map(|done| done.rows_affected()),
            Db::Postgres(pool) => sqlx::raw_sql(sql).execute(pool).await.map(|done| done.rows_affected()),
        }
    }

    /// The first column of every row, as text.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self.store.db() {
            Db::Sqlite { write, .. } => sqlx::query_scalar(sql).fetch_all(write).await.unwrap(),
            Db::Postgres(pool) => sqlx::query_scalar(sql).fetch_all(pool).await.unwrap(),
        }
    }

    /// How SQLite would carry a statement out.
    pub async fn plan(&self, sql: &str) -> Vec<String> {
        let Db::Sqlite { write, .. } = self.store.db() else { panic!("plans are read on SQLite") };
        let plan: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"))).fetch_all(write).await.unwrap();
        plan.into_iter().map(|(_, _, _, step)| step).collect()
    }

    /// Our tables; not those of the migrations.
    pub async fn tables(&self) -> Vec<String> {
        self.texts(if self.is_sqlite() {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '_sqlx%' ORDER BY name"
        } else {
            "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '\\_sqlx%' ORDER BY tablename"
        })
        .await
    }

    /// Columns of a table, in order.
    pub async fn columns(&self, table: &str) -> Vec<String> {
        let sql = if self.is_sqlite() {
            format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid")
        } else {
            format!(
                "SELECT CAST(column_name AS TEXT) FROM information_schema.columns \
                 WHERE table_schema = 'public' AND table_name = '{table}' ORDER BY ordinal_position"
            )
        };
        self.texts(&sql).await
    }

    pub async fn snapshot(&self) -> Snapshot {
        let mut all = Snapshot::new();
        for table in self.tables().await {
            let quoted = |column: &String| match self.store.db() {
                Db::Sqlite { .. } => format!("QUOTE({column})"),
                Db::Postgres(_) => format!("COALESCE(CAST({column} AS TEXT), '<null>')"),
            };
            let columns: Vec<String> = self.columns(&table).await.iter().map(quoted).collect();
            let mut rows = self.texts(&format!("SELECT {} FROM {table}", columns.join(" || '|' || "))).await;
            rows.sort();
            all.insert(table, rows);
        }
        all
    }

    pub async fn done(&self, changes: Changeset) -> Committed {
        self.store.commit(changes).await.unwrap()
    }

    /// Must be refused, and then nothing at all may have changed: no row and no audit entry.
    pub async fn refused(&self, changes: Changeset) -> CommitError {
        let before = self.snapshot().await;
        let error = self.store.commit(changes).await.expect_err("this must be refused");
        assert_eq!(before, self.snapshot().await, "a refused changeset left something behind");
        error
    }

    /// Must be refused because what it expects is not so.
    pub async fn conflicts(&self, changes: Changeset, what: Thing) {
        match self.refused(changes).await {
            CommitError::Conflict(named) => assert_eq!(named, what),
            other => panic!("expected a conflict about the {what}: {other:?}"),
        }
    }

    /// Must be refused because it exists already.
    pub async fn duplicates(&self, changes: Changeset, what: Thing) {
        match self.refused(changes).await {
            CommitError::Duplicate(named) => assert_eq!(named, what),
            other => panic!("expected a duplicate of the {what}: {other:?}"),
        }
    }
}
