//! Payloads of real detectors, when the folder of samples lies beside the repository: accepted, mapped and shown.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use quell_tests::{Client, wait_for};
use reqwest::StatusCode;

use crate::flow::stage::{PATIENCE, Stage, queue};

/// Beside the repository; not part of it.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/samples/alarms")
}

/// The rules named in a payload, one for each event that is a finding.
fn rules(text: &str) -> Vec<String> {
    let events = serde_json::from_str::<serde_json::Value>(text)
        .map(|value| vec![value])
        .unwrap_or_else(|_| text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect());
    let finding = |event: &serde_json::Value| {
        let rule = event["rule"].as_str()?;
        (event["source"] != "internal" && !rule.starts_with("Falco internal:") && rule != "Test rule")
            .then(|| rule.to_owned())
    };
    events.iter().filter_map(finding).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sample_is_accepted_and_shown() {
    if !folder().is_dir() {
        println!("no samples at {}: nothing to try", folder().display());
        return;
    }
    let stage = Stage::set().await;
    let ana = stage.responder("ana").await;
    let mut expected: BTreeSet<String> = BTreeSet::new();
    let mut sent = 0;
    for kind in ["falco", "falcosidekick"] {
        let path = stage.portal.add_source(&format!("samples-{kind}"), kind, None);
        let mut files: Vec<PathBuf> =
            fs::read_dir(folder().join(kind)).expect("samples").map(|file| file.expect("a file").path()).collect();
        files.sort();
        assert!(!files.is_empty(), "no samples of {kind}");
        for file in files {
            let text = fs::read_to_string(&file).expect("text");
            let found = rules(&text);
            let answer = stage.portal.client().post_bytes(&path, "application/json", text).await;
            assert_eq!(answer.status, StatusCode::OK, "{}: {}", file.display(), answer.text());
            let told = answer.json();
            assert_eq!(
                (told["accepted"].as_u64(), told["unreadable"].as_u64()),
                (Some(found.len() as u64), Some(0)),
                "{}: {told}",
                file.display()
            );
            sent += found.len();
            expected.extend(found);
        }
    }
    assert!(sent > 40, "only {sent} events in all samples");
    let ledger = stage.ledger().await;
    wait_for("every alarm in an incident", PATIENCE, async || {
        (ledger.count("SELECT COUNT(*) FROM alarm_unmapped").await == 0).then_some(())
    })
    .await;
    // None of these containers is here: each alarm says why it could not be found, and none is guessed.
    let methods = ledger.texts("SELECT DISTINCT method FROM alarm_mapping").await;
    assert_eq!(methods, ["unresolved"]);
    let unknown = "The alarm names a node that Quell does not know.";
    let unnamed = "The alarm names no node, and its source stands for none.";
    for reason in ledger.texts("SELECT DISTINCT reason FROM alarm_mapping").await {
        assert!([unknown, unnamed].contains(&reason.as_str()), "{reason}");
    }
    let shown = every_incident_page(&ana).await;
    for rule in expected {
        let escaped = rule.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        assert!(shown.contains(&escaped), "no incident page shows {rule}");
    }
    assert_eq!(ledger.count("SELECT COUNT(*) FROM dead_letter").await, 0);
    stage.assert_audit_intact();
}

/// The pages of all open incidents, one after the other.
async fn every_incident_page(who: &Client) -> String {
    let mut shown = String::new();
    let mut page = queue(who, "action").await;
    loop {
        for row in &page.rows {
            shown.push_str(&who.read(&format!("/incidents/{}", row.number)).await);
        }
        let Some((key, number)) = page.next else { return shown };
        page = queue(who, &format!("action&after={key}.{number}")).await;
    }
}
