//! The two schemas say the same.

use std::collections::BTreeSet;

use quell_store::{POSTGRES, SQLITE};

use super::backend::Backend;

async fn both() -> (Backend, Backend) {
    (Backend::sqlite().await, Backend::postgres().await)
}

async fn set(backend: &Backend, sqlite: &str, postgres: &str) -> BTreeSet<String> {
    let found = backend.texts(if backend.is_sqlite() { sqlite } else { postgres }).await;
    let distinct: BTreeSet<String> = found.iter().map(|text| plain(text)).collect();
    assert_eq!(distinct.len(), found.len(), "the comparison loses something");
    assert!(!distinct.is_empty());
    distinct
}

/// Both databases write the same definition differently.
fn plain(text: &str) -> String {
    let text = text.to_lowercase().replace("public.", "").replace(" using btree", "").replace("::text", "");
    let text = text.replace("= any (array[", "in (").replace(['(', ')', '[', ']'], " ").replace(',', " , ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn migrations_come_in_pairs() {
    let names = |migrator: &sqlx::migrate::Migrator| -> Vec<(i64, String)> {
        migrator.iter().map(|one| (one.version, one.description.to_string())).collect()
    };
    assert_eq!(names(&SQLITE), names(&POSTGRES));
    assert!(!names(&SQLITE).is_empty());
}

#[tokio::test]
async fn tables_and_columns_are_equal() {
    let (sqlite, postgres) = both().await;
    assert_eq!(sqlite.tables().await, postgres.tables().await);
    for table in sqlite.tables().await {
        let lite = format!(
            "SELECT name || ' ' || CASE type WHEN 'INTEGER' THEN 'bigint' WHEN 'BLOB' THEN 'bytea' ELSE LOWER(type) END \
             || CASE \"notnull\" WHEN 1 THEN ' NO' ELSE ' YES' END FROM pragma_table_info('{table}')"
        );
        let pg = format!(
            "SELECT column_name || ' ' || CASE data_type WHEN 'boolean' THEN 'bigint' ELSE data_type END || ' ' || is_nullable FROM information_schema.columns \
             WHERE table_schema = 'public' AND table_name = '{table}'"
        );
        assert_eq!(set(&sqlite, &lite, &pg).await, set(&postgres, &lite, &pg).await, "columns of {table}");
    }
}

#[tokio::test]
async fn indexes_are_equal() {
    let (sqlite, postgres) = both().await;
    let lite = "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name NOT LIKE '_sqlx%'";
    let pg = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT LIKE '%\\_pkey'";
    assert_eq!(set(&sqlite, lite, pg).await, set(&postgres, lite, pg).await);
    let lite = "SELECT m.name || ' ' || i.name FROM sqlite_master m JOIN pragma_table_info(m.name) i ON i.pk > 0 \
                WHERE m.type = 'table' AND m.name NOT LIKE '_sqlx%'";
    let pg = "SELECT c.conrelid::regclass || ' ' || a.attname FROM pg_constraint c \
              JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey) \
              WHERE c.contype = 'p' AND c.connamespace = 'public'::regnamespace AND c.conrelid::regclass::text NOT LIKE '\\_sqlx%'";
    assert_eq!(set(&sqlite, lite, pg).await, set(&postgres, lite, pg).await, "primary keys");
}

#[tokio::test]
async fn references_are_equal() {
    let (sqlite, postgres) = both().await;
    let lite = "SELECT m.name || ' ' || f.\"from\" || ' ' || f.\"table\" || ' ' || f.\"to\" \
                FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'";
    let pg = "SELECT c.conrelid::regclass || ' ' || a.attname || ' ' || c.confrelid::regclass || ' ' || b.attname \
              FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] \
              JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[1] WHERE c.contype = 'f'";
    assert_eq!(set(&sqlite, lite, pg).await, set(&postgres, lite, pg).await);
}

#[tokio::test]
async fn checks_are_as_many() {
    let (sqlite, postgres) = both().await;
    let lite = "SELECT name || ' ' || ((LENGTH(sql) - LENGTH(REPLACE(sql, 'CHECK', ''))) / 5) FROM sqlite_master \
                WHERE type = 'table' AND sql LIKE '%CHECK (%' AND name NOT LIKE '_sqlx%'";
    let pg = "SELECT conrelid::regclass || ' ' || COUNT(*) FROM pg_constraint \
              WHERE contype = 'c' AND connamespace = 'public'::regnamespace GROUP BY conrelid";
    assert_eq!(set(&sqlite, lite, pg).await, set(&postgres, lite, pg).await);
}

#[tokio::test]
async fn the_same_tables_are_append_only() {
    let (sqlite, postgres) = both().await;
    let names = "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name";
    let tables = [
        "action_review",
        "alarm_moved",
        "alarm",
        "approval_vote",
        "audit_event",
        "custody_step",
        "evidence_item",
        "playbooks",
        "policy",
    ];
    let mut wanted: Vec<String> = Vec::new();
    for table in tables {
        wanted.extend(["no_delete", "no_replace", "no_update"].map(|what| format!("{table}_{what}")));
    }
    assert_eq!(sqlite.texts(names).await, wanted);
    let names =
        "SELECT CAST(tgname AS TEXT) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O' ORDER BY tgname";
    let mut wanted: Vec<String> = Vec::new();
    for table in tables {
        wanted.extend(["no_change", "no_truncate"].map(|what| format!("{table}_{what}")));
    }
    assert_eq!(postgres.texts(names).await, wanted);
}

#[tokio::test]
async fn migrating_twice_changes_nothing() {
    let (sqlite, postgres) = both().await;
    for backend in [sqlite, postgres] {
        let before = backend.snapshot().await;
        backend.store.migrate().await.unwrap();
        assert_eq!(before, backend.snapshot().await);
    }
}
