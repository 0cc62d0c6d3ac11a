//! Looking past the portal: the rows in its database and the files of its evidence store.
//!
//! Owns the questions and the invariants that must hold after anything. Never writes, but for the one test that tampers.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use sqlx::{PgPool, Row as _, SqlitePool, postgres::PgPoolOptions, sqlite::SqlitePoolOptions};

/// The portal's database, opened beside it.
pub enum Ledger {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Ledger {
    /// Opens what a `database.url` names.
    pub async fn open(url: &str) -> Self {
        if url.starts_with("sqlite:") {
            Self::Sqlite(SqlitePoolOptions::new().max_connections(1).connect(url).await.expect("the portal's database"))
        } else {
            Self::Postgres(PgPoolOptions::new().max_connections(1).connect(url).await.expect("the portal's database"))
        }
    }

    /// The number that a question gives.
    pub async fn count(&self, sql: &'static str) -> i64 {
        match self {
            Self::Sqlite(pool) => sqlx::query_scalar(sql).fetch_one(pool).await,
            Self::Postgres(pool) => sqlx::query_scalar(sql).fetch_one(pool).await,
        }
        .unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The texts in the first column.
    pub async fn texts(&self, sql: &'static str) -> Vec<String> {
        match self {
            Self::Sqlite(pool) => sqlx::query_scalar(sql).fetch_all(pool).await,
            Self::Postgres(pool) => sqlx::query_scalar(sql).fetch_all(pool).await,
        }
        .unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Runs statements that the portal never would: what somebody with the file in hand could do.
    pub async fn tamper(&self, sql: &'static str) -> u64 {
        match self {
            Self::Sqlite(pool) => sqlx::query(sql).execute(pool).await.map(|done| done.rows_affected()),
            Self::Postgres(pool) => sqlx::query(sql).execute(pool).await.map(|done| done.rows_affected()),
        }
        .unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Alarms in all.
    pub async fn alarms(&self) -> i64 {
        self.count("SELECT COUNT(*) FROM alarm").await
    }

    /// Sequence number of the last audit entry.
    pub async fn head(&self) -> i64 {
        self.count("SELECT seq FROM audit_head").await
    }

    /// Every audit entry's canonical bytes, read as JSON, in order.
    pub async fn trail(&self) -> Vec<Value> {
        let sql = "SELECT canonical FROM audit_event ORDER BY seq";
        let rows: Vec<Vec<u8>> = match self {
            Self::Sqlite(pool) => sqlx::query_scalar(sql).fetch_all(pool).await,
            Self::Postgres(pool) => sqlx::query_scalar(sql).fetch_all(pool).await,
        }
        .expect("the trail");
        rows.iter().map(|bytes| serde_json::from_slice(bytes).expect("canonical JSON")).collect()
    }

    /// Kept items: their name in the evidence store and the hash in the record.
    pub async fn kept(&self) -> BTreeMap<String, String> {
        let sql = "SELECT object, sha256 FROM evidence_item WHERE object IS NOT NULL";
        match self {
            Self::Sqlite(pool) => {
                let rows = sqlx::query(sql).fetch_all(pool).await.expect("items");
                rows.iter().map(|row| (row.get(0), row.get(1))).collect()
            }
            Self::Postgres(pool) => {
                let rows = sqlx::query(sql).fetch_all(pool).await.expect("items");
                rows.iter().map(|row| (row.get(0), row.get(1))).collect()
            }
        }
    }

    /// Every `attempted` of the trail is followed by a `concluded` about the same thing.
    pub async fn assert_every_attempt_is_concluded(&self) {
        let trail = self.trail().await;
        for (at, entry) in trail.iter().enumerate().filter(|(_, entry)| entry["outcome"] == "attempted") {
            let concluded = entry["code"].as_str().expect("a code").replace(".attempted", ".concluded");
            let answered = trail[at..]
                .iter()
                .any(|later| later["code"] == concluded.as_str() && later["target"] == entry["target"]);
            let called_off = trail[at..].iter().any(|later| {
                later["code"] == "evidence.cancelled"
                    && later["incident"] == entry["incident"]
                    && concluded.starts_with("evidence")
            });
            assert!(answered || called_off, "nothing concludes entry {}: {entry}", at + 1);
        }
    }
}

/// Every file under a final name, relative to the store's root; temporary ones are left out.
pub fn files(root: &Path) -> BTreeSet<String> {
    all_files(root).into_iter().filter(|name| !name.starts_with(".tmp/")).collect()
}

/// Files under temporary names.
pub fn temporary_files(root: &Path) -> BTreeSet<String> {
    all_files(root).into_iter().filter(|name| name.starts_with(".tmp/")).collect()
}

fn all_files(root: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for path in entries.map(|entry| entry.expect("a readable folder").path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).expect("below the root");
                found.insert(name.to_string_lossy().into_owned());
            }
        }
    }
    found
}

/// What `sha256sum` says of bytes.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The store holds exactly the kept items, each with the hash that its record gives, and nothing half-written.
pub async fn assert_store_equals_record(ledger: &Ledger, root: &Path) {
    let kept = ledger.kept().await;
    let names: BTreeSet<String> = kept.keys().cloned().collect();
    assert_eq!(files(root), names, "files under final names, and items");
    assert_eq!(temporary_files(root), BTreeSet::new(), "temporary names");
    for (object, recorded) in kept {
        let bytes = fs::read(PathBuf::from(root).join(&object)).expect("a kept file");
        assert_eq!(sha256(&bytes), recorded, "{object}");
    }
}
