//! Opening a database: what is refused, and what is asserted before anything is written.

use std::os::unix::fs::PermissionsExt as _;

use quell_core::ports::Bookkeeping as _;
use quell_store::{Db, SqlStore, StoreError};

use super::backend::Backend;

async fn refused(url: &str) -> String {
    let error = SqlStore::connect(url).await.expect_err(url);
    assert!(matches!(error, StoreError::Address(_) | StoreError::Sql(_)), "{url}: {error:?}");
    error.to_string()
}

#[tokio::test]
async fn other_addresses_are_refused_without_telling_secrets() {
    for url in
        ["sqlite::memory:", "sqlite://:memory:", "sqlite://x?mode=memory", "mysql://u:hunter2@h/d", "hunter2", ""]
    {
        assert!(!refused(url).await.contains("hunter2"), "{url}");
    }
    let missing = refused("sqlite:///nowhere/at/all/quell.db").await;
    assert!(missing.contains("/nowhere/at/all/quell.db"), "{missing}");
    let nobody = refused("postgres://u:hunter2@localhost/d?host=/nowhere").await;
    assert!(!nobody.contains("hunter2"), "{nobody}");
}

#[tokio::test]
async fn a_new_file_is_for_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("quell.db");
    let store = SqlStore::connect(&format!("sqlite://{}", file.display())).await.unwrap();
    store.migrate().await.unwrap();
    let mut seen = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
        seen += 1;
    }
    assert!(seen >= 2, "the log lies beside the file");
}

#[tokio::test]
async fn sqlite_flushes_every_commit_and_readers_cannot_write() {
    let backend = Backend::sqlite().await;
    let Db::Sqlite { read, write } = backend.store.db() else { panic!("this is SQLite") };
    for (pragma, wanted) in
        [("synchronous", "2"), ("foreign_keys", "1"), ("recursive_triggers", "1"), ("trusted_schema", "0")]
    {
        let found = backend.texts(&format!("SELECT CAST({pragma} AS TEXT) FROM pragma_{pragma}")).await;
        assert_eq!(found, [wanted], "{pragma}");
    }
    assert_eq!(backend.texts("SELECT journal_mode FROM pragma_journal_mode").await, ["wal"]);
    assert_eq!(write.options().get_max_connections(), 1);
    sqlx::query("DELETE FROM job").execute(read).await.expect_err("the readers' connections refuse to write");
}

#[tokio::test]
async fn postgres_flushes_every_commit() {
    let backend = Backend::postgres().await;
    assert_eq!(backend.texts("SHOW synchronous_commit").await, ["on"]);
    backend.store.ping().await.unwrap();
}
