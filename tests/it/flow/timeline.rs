//! An incident with more events than its page shows.

use quell_tests::{Client, engine::IDLE};
use reqwest::StatusCode;

use super::stage::{Stage, incident};

async fn add_notes(who: &Client, count: usize) {
    for n in 0..count {
        let text = format!("note {n}");
        let page = who.post_form("/api/v1/incidents/note", &[("number", "1"), ("text", &text)]).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_timeline_says_that_it_is_not_all() {
    let stage = Stage::set().await;
    let ana = stage.responder("ana").await;
    let aud = stage.portal.person("aud", &["auditor"]).await;
    stage.incident_about("talkative", IDLE, &ana).await;
    let before = incident(&ana).await.timeline.len();
    add_notes(&ana, 200 - before).await;
    let page = incident(&ana).await;
    assert_eq!((page.timeline.len(), page.older_events), (200, false));
    assert!(!ana.read("/incidents/1").await.contains("These are the newest"));

    add_notes(&ana, 1).await;
    let page = incident(&ana).await;
    assert_eq!((page.timeline.len(), page.older_events), (200, true));
    let html = ana.read("/incidents/1").await;
    assert!(html.contains("These are the newest 200 events.") && !html.contains("All 200 events"), "{html}");
    assert!(html.contains("which auditors can read") && !html.contains("/audit?incident=1"));
    let html = aud.read("/incidents/1").await;
    assert!(html.contains("These are the newest 200 events.") && html.contains("/audit?incident=1\""), "{html}");
    let trail = aud.read("/audit?incident=1").await;
    assert!(trail.contains("note 190") && trail.contains("Older entries"), "{trail}");
}
