//! The trail: checked on the spot, taken elsewhere and checked there, and what happens after somebody edited it.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use quell_tests::Portal;
use reqwest::StatusCode;

use crate::flow::ledger::Ledger;

/// A portal with a dozen entries in its trail, not running.
fn with_trail() -> Portal {
    let portal = Portal::builder().prepare();
    for login in ["ann", "bob", "cid", "dan"] {
        portal.add_person(login, &["analyst"]);
        portal.quell(&["user", "disable", login]);
        portal.quell(&["user", "enable", login]);
    }
    portal
}

async fn tamper(portal: &Portal, statements: &[&'static str]) {
    let ledger = Ledger::open(&format!("sqlite://{}", portal.data().join("quell.db").display())).await;
    for statement in statements {
        ledger.tamper(statement).await;
    }
}

/// What a verification that must fail says.
fn finding(portal: &Portal, words: &[&str]) -> String {
    let out = portal.try_quell(words);
    assert_eq!(out.status.code(), Some(1), "{}", String::from_utf8_lossy(&out.stdout));
    String::from_utf8_lossy(&out.stderr).into_owned()
}

const UNLOCK: [&str; 3] = [
    "DROP TRIGGER IF EXISTS audit_event_no_update",
    "DROP TRIGGER IF EXISTS audit_event_no_delete",
    "DROP TRIGGER IF EXISTS audit_event_no_replace",
];

#[tokio::test(flavor = "multi_thread")]
async fn verifying_records_nothing_and_names_the_first_bad_entry() {
    let portal = with_trail();
    let whole = portal.quell(&["audit", "verify"]);
    assert!(whole.contains("The trail is whole: 12 entries"), "{whole}");
    assert_eq!(whole, portal.quell(&["audit", "verify"]), "asking twice gives the same: nothing was recorded");
    tamper(&portal, &UNLOCK).await;
    tamper(&portal, &["UPDATE audit_event SET code = 'person.enabled' WHERE seq = 5"]).await;
    let found = finding(&portal, &["audit", "verify"]);
    assert!(found.starts_with("Entry 5 was changed"), "{found}");
}

/// Names, sizes and times of all files below a folder, without SQLite's side files.
fn files(folder: &Path) -> Vec<(PathBuf, u64, SystemTime)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("folder") {
        let path = entry.expect("entry").path();
        let about = fs::metadata(&path).expect("there");
        if about.is_dir() {
            found.extend(files(&path));
        } else if !path.to_string_lossy().ends_with("-shm") && !path.to_string_lossy().ends_with("-wal") {
            found.push((path, about.len(), about.modified().expect("a time")));
        }
    }
    found.sort();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn verifying_opens_only_what_is_there() {
    let mut portal = with_trail();
    // As with a mistyped --data: a folder that is not there.
    let mistyped = Portal::builder().prepare();
    let out = mistyped.try_quell(&["audit", "verify"]);
    assert_eq!(out.status.code(), Some(2));
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    let missing = format!("There is no database at {}", mistyped.data().join("quell.db").display());
    assert!(said.contains(&missing), "{said}");
    assert!(!mistyped.data().exists(), "nothing was made");

    // A portal that died leaves a log beside the file: it is read, and not moved into it.
    portal.serve().await;
    portal.kill_9();
    fs::remove_dir_all(portal.data().join("evidence")).expect("removed");
    let before = files(&portal.data());
    portal.quell(&["audit", "verify"]);
    assert_eq!(files(&portal.data()), before);
    assert!(!portal.data().join("evidence").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_tampering_is_found() {
    for (statement, entry) in [
        (
            "UPDATE audit_event SET canonical = CAST(REPLACE(CAST(canonical AS TEXT), 'bob', 'eve') AS BLOB) WHERE seq = 4",
            "Entry 4 ",
        ),
        ("DELETE FROM audit_event WHERE seq = 7", "Entry 7 is missing"),
        ("UPDATE audit_event SET at = at + 1 WHERE seq = 9", "Entry 9"),
        ("DELETE FROM audit_event WHERE seq > 10", "ends with entry 10"),
        ("UPDATE audit_head SET seq = 11", "Entry 12 lies beyond"),
    ] {
        let portal = with_trail();
        tamper(&portal, &UNLOCK).await;
        tamper(&portal, &[statement]).await;
        let found = finding(&portal, &["audit", "verify"]);
        assert!(found.contains(entry), "{statement}: {found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trail_that_was_cut_cleanly_is_found_by_its_checkpoints() {
    let mut portal = with_trail();
    portal.serve().await;
    portal.stop();
    let checkpoints = portal.data().join("audit-checkpoints.ndjson");
    assert!(fs::read_to_string(&checkpoints).expect("written at the end").lines().count() >= 1);
    portal.quell(&["audit", "verify"]);
    tamper(&portal, &UNLOCK).await;
    tamper(
        &portal,
        &[
            "DELETE FROM audit_event WHERE seq > 6",
            "UPDATE audit_head SET seq = 6, hash = (SELECT hash FROM audit_event WHERE seq = 6)",
        ],
    )
    .await;
    let found = finding(&portal, &["audit", "verify"]);
    assert!(found.contains("ends with entry 6, but the checkpoint"), "{found}");
    // Without what lies beside it, the shortened trail looks whole.
    let none = tempfile::NamedTempFile::new().expect("file");
    portal.quell(&["audit", "verify", "--checkpoints", none.path().to_str().expect("path")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_checked_without_the_portal() {
    let portal = with_trail();
    let file = portal.data().join("export.ndjson");
    let path = file.to_str().expect("path").to_owned();
    portal.quell(&["audit", "export", "--out", &path]);
    // Elsewhere: another folder, no database.
    let elsewhere = Portal::builder().prepare();
    let whole = elsewhere.quell(&["audit", "verify", "--file", &path]);
    assert!(whole.contains("The trail is whole: 13 entries"), "with the entry about the export: {whole}");
    let text = fs::read_to_string(&file).expect("read");
    rewrite(&file, &text.replacen("cid", "eve", 1));
    finding(&elsewhere, &["audit", "verify", "--file", &path]);
    let lines: Vec<&str> = text.lines().collect();
    rewrite(&file, &(lines[..lines.len() - 1].join("\n") + "\n"));
    finding(&elsewhere, &["audit", "verify", "--file", &path]);
    assert_eq!(elsewhere.try_quell(&["audit", "verify", "--file", "/nonexistent"]).status.code(), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn exporting_makes_nothing_but_the_export() {
    let missing = |portal: &Portal, words: &[&str], said: &str| {
        let out = portal.try_quell(words);
        let error = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!((out.status.code(), out.stdout.len()), (Some(2), 0), "{error}");
        assert!(error.contains(said), "{error}");
        assert!(!portal.data().exists(), "nothing was made");
    };
    let mistyped = Portal::builder().prepare();
    let file = tempfile::tempdir().expect("folder").path().join("export.ndjson");
    let export = ["audit", "export", "--out", file.to_str().expect("path")];
    missing(&mistyped, &export, &format!("There is no database at {}", mistyped.data().join("quell.db").display()));
    assert!(!file.exists());

    // The database is elsewhere: the folder with the checkpoints is missing all the same.
    let portal = with_trail();
    let url = format!("sqlite://{}", portal.data().join("quell.db").display());
    let mistyped = Portal::builder().env("QUELL__DATABASE__URL", &url).prepare();
    let said = format!("There is no data folder at {}", mistyped.data().display());
    missing(&mistyped, &export, &said);
    missing(&mistyped, &["audit", "verify"], &said);
    let none = tempfile::NamedTempFile::new().expect("file");
    let checkpoints = none.path().to_str().expect("path");
    assert!(mistyped.quell(&["audit", "verify", "--checkpoints", checkpoints]).contains("The trail is whole"));

    // Where everything is, the disk with the evidence may be away.
    portal.quell(&["audit", "export"]);
    assert!(!portal.data().join("evidence").exists());
}

fn rewrite(file: &Path, text: &str) {
    fs::write(file, text).expect("written");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_and_the_command_line_agree() {
    let portal = Portal::start().await;
    let auditor = portal.person("aud", &["auditor"]).await;
    let answer = auditor.post_json_answer("/api/v1/audit/verify", &[]).await;
    assert!(answer.status.is_success(), "{}", answer.text());
    portal.quell(&["audit", "verify"]);
    let file = auditor.get("/audit/export").await;
    let kept = portal.data().join("page-export.ndjson");
    fs::write(&kept, &file.body).expect("written");
    let whole = portal.quell(&["audit", "verify", "--file", kept.to_str().expect("path")]);
    assert!(whole.contains("The trail is whole"), "{whole}");
    assert!(
        file.headers["content-disposition"]
            .to_str()
            .is_ok_and(|value| value.starts_with("attachment; filename=\"quell-audit-"))
    );
}

/// A head that was set back lets the trail take no further entry, not even the one about this; the page says so all the same.
#[tokio::test(flavor = "multi_thread")]
async fn the_page_finds_a_head_that_was_set_back() {
    let portal = Portal::start().await;
    let auditor = portal.person("aud", &["auditor"]).await;
    tamper(&portal, &UNLOCK).await;
    tamper(&portal, &["UPDATE audit_head SET (seq, hash) = (SELECT seq, hash FROM audit_event WHERE seq = 2)"]).await;
    let page = auditor.post_json_answer("/api/v1/audit/verify", &[]).await;
    assert_eq!(page.status, StatusCode::CONFLICT, "{}", page.text());
    assert!(page.text().contains("Entry 3 lies beyond"), "{}", page.text());
    assert!(page.text().contains("could not be recorded"), "{}", page.text());
    assert!(finding(&portal, &["audit", "verify"]).contains("Entry 3 lies beyond"));
}
