//! Evidence on its way out: what leaves a trace, and bytes that are no longer those that were sealed.

use std::path::PathBuf;

use quell_domain::{evidence::ItemKind, ids::Digest};
use quell_tests::{Client, client::send, engine::IDLE};
use reqwest::{Method, StatusCode};

use super::{ledger::Ledger, stage::Stage};

/// One sealed item: where it is asked for, where its bytes lie, and its hash.
async fn sealed(stage: &Stage, who: &Client, name: &str) -> (String, PathBuf, Digest) {
    stage.incident_about(name, IDLE, who).await;
    stage.collect(who, Some(ItemKind::RootFs)).await;
    let item = stage.ended_pack(who).await.items.remove(0);
    let object = stage.store().join(item.object.expect("kept"));
    (format!("/evidence/{}", item.id), object, item.sha256.expect("sealed"))
}

async fn steps(ledger: &Ledger) -> Vec<String> {
    ledger.texts("SELECT what FROM custody_step ORDER BY id").await
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_and_foreign_pages_leave_no_trace_in_custody() {
    let stage = Stage::set().await;
    let ana = stage.responder("ana").await;
    let (page, object, hash) = sealed(&stage, &ana, "downloaded").await;
    let ledger = stage.ledger().await;
    let before = steps(&ledger).await;
    let file = format!("{page}/download");
    let head = send(ana.request(Method::HEAD, &file)).await;
    let size = std::fs::metadata(&object).expect("kept").len().to_string();
    assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
    assert_eq!(head.headers["content-length"].to_str().ok(), Some(size.as_str()));
    for (name, value) in
        [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "https://evil.example")]
    {
        let foreign = send(ana.request(Method::GET, &file).header(name, value)).await;
        assert_eq!(foreign.status, StatusCode::FORBIDDEN, "{name}: {value}");
    }
    assert_eq!(steps(&ledger).await, before);
    let link = send(ana.request(Method::GET, &page).header("sec-fetch-site", "cross-site")).await;
    assert_eq!(link.status, StatusCode::OK, "the page itself may be linked to");

    let whole = ana.get(&file).await;
    assert_eq!((whole.status, Digest::of(&whole.body)), (StatusCode::OK, hash));
    assert_eq!(steps(&ledger).await.len(), before.len() + 1);
    assert!(!ana.read(&page).await.contains("other bytes"));

    // The trail is the same: looked at, it does not grow.
    let eve = stage.portal.person("eve", &["auditor"]).await;
    let exports = "SELECT COUNT(*) FROM audit_event WHERE code = 'audit.exported'";
    assert_eq!(send(eve.request(Method::HEAD, "/audit/export")).await.status, StatusCode::OK);
    let foreign = send(eve.request(Method::GET, "/audit/export").header("sec-fetch-site", "cross-site")).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    assert_eq!(ledger.count(exports).await, 0);
    assert_eq!(eve.get("/audit/export").await.status, StatusCode::OK);
    assert_eq!(ledger.count(exports).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn altered_bytes_never_come_out_whole() {
    let stage = Stage::set().await;
    let ana = stage.responder("ana").await;
    let (page, object, _) = sealed(&stage, &ana, "altered").await;
    let ledger = stage.ledger().await;
    let mut bytes = std::fs::read(&object).expect("kept");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&object, &bytes).expect("flipped");

    let answer = ana.request(Method::GET, &format!("{page}/download")).send().await.expect("a head");
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.bytes().await.is_err(), "the transfer breaks off");
    assert_eq!(steps(&ledger).await.last().map(String::as_str), Some("found altered"));
    let found = Digest::of(&bytes);
    let told = ledger.texts("SELECT CAST(canonical AS TEXT) FROM audit_event WHERE code = 'evidence.altered'").await;
    assert!(
        told.len() == 1 && told[0].contains(found.as_str()) && told[0].contains("\"outcome\":\"failed\""),
        "{told:?}"
    );
    let html = ana.read(&page).await;
    assert!(html.contains("other bytes than those that were sealed") && html.contains(">Altered<"), "{html}");

    // Shorter ones are seen before anything is sent.
    std::fs::write(&object, &bytes[..middle]).expect("cut off");
    assert_eq!(ana.get(&format!("{page}/download")).await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(steps(&ledger).await.iter().filter(|what| *what == "found altered").count(), 2);
    stage.assert_audit_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_gone_leave_a_trace() {
    let stage = Stage::set().await;
    let ana = stage.responder("ana").await;
    let (page, object, _) = sealed(&stage, &ana, "gone").await;
    let ledger = stage.ledger().await;
    let before = steps(&ledger).await;
    std::fs::remove_file(&object).expect("removed");

    let file = format!("{page}/download");
    assert_eq!(send(ana.request(Method::HEAD, &file)).await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(steps(&ledger).await, before, "looking leaves no trace");
    let answer = ana.get(&file).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.text().contains("missing in the evidence store. This was recorded"), "{}", answer.text());
    assert_eq!(steps(&ledger).await.last().map(String::as_str), Some("found missing"));
    let told = ledger.texts("SELECT CAST(canonical AS TEXT) FROM audit_event WHERE code = 'evidence.altered'").await;
    assert!(told.len() == 1 && told[0].contains("\"found\":\"missing\""), "{told:?}");
    let html = ana.read(&page).await;
    assert!(html.contains("no longer held the bytes that were sealed") && html.contains(">Missing<"), "{html}");
    stage.assert_audit_intact();
}
