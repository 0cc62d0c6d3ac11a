//! How each flow is driven to its points, and what is asked for again after the crash, as a detector or person would.

use std::{collections::BTreeSet, time::SystemTime};

use quell_domain::{action::RequestState, evidence::ItemKind};
use quell_tests::{Behaviour, Client, engine::IDLE};
use reqwest::{Method, StatusCode, header::ACCEPT};
use tokio::task::JoinHandle;

use crate::flow::{
    ledger::files,
    stage::{Stage, approval as approval_of, assert_ended, fingerprint, pause_form, reverse_shell},
};

/// The detector sends; the portal dies before it answers; the detector sends again.
pub async fn intake(stage: &mut Stage, point: &str, name: &str, who: &Client) -> String {
    let victim = stage.engine.victim(name, IDLE);
    let body = reverse_shell(&victim, name, SystemTime::now());
    let request = stage.portal.client().request(Method::POST, &stage.intake).body(body.clone());
    let unanswered = tokio::spawn(request.send());
    stage.at_failpoint(point).await;
    stage.crash_and_return().await;
    assert!(unanswered.await.expect("sent").is_err(), "answered before the commit was known to be good");
    assert_eq!(stage.post(body).await.status, StatusCode::OK);
    stage.until(who, "the incident", |page| (page.incident.alarm_count >= 1).then_some(())).await;
    victim
}

/// The detector has its answer; the portal dies before or after the alarm is placed.
pub async fn correlate(stage: &mut Stage, point: &str, name: &str, who: &Client) -> String {
    let victim = stage.engine.victim(name, IDLE);
    assert_eq!(stage.post(reverse_shell(&victim, name, SystemTime::now())).await.status, StatusCode::OK);
    stage.at_failpoint(point).await;
    stage.crash_and_return().await;
    stage.until(who, "the incident", |page| (page.incident.alarm_count >= 1).then_some(())).await;
    victim
}

/// A pause is asked for once, and never again.
pub async fn action(stage: &mut Stage, point: &str, name: &str, who: &Client) -> String {
    let victim = stage.incident_about(name, IDLE, who).await;
    let seen = fingerprint(who).await;
    let asked = form(who, "/api/v1/actions/request", &pause_form(&seen));
    stage.at_failpoint(point).await;
    stage.crash_and_return().await;
    asked.abort();
    stage.ended_request(who).await;
    victim
}

/// A kill is asked for once, approved once, and nobody comes back to it.
pub async fn approval(stage: &mut Stage, point: &str, name: &str, who: &Client) -> String {
    let victim = stage.incident_about(name, IDLE, who).await;
    let ben = stage.approver("ben").await;
    let request = stage.waiting(who, "kill").await;
    let seen = approval_of(&ben, &request).await.fingerprint.expect("a container").to_string();
    let fields = [
        ("request", request.as_str()),
        ("decision", "approved"),
        ("reason", "looked at it"),
        ("fingerprint", seen.as_str()),
        ("waives_evidence", "yes"),
    ];
    let asked = form(&ben, "/api/v1/approvals/decide", &fields);
    stage.at_failpoint(point).await;
    stage.crash_and_return().await;
    asked.abort();
    stage.end_of(who, &request).await;
    victim
}

/// All evidence is asked for once, and never again.
pub async fn evidence(stage: &mut Stage, point: &str, name: &str, who: &Client) -> String {
    let victim = stage.incident_about(name, IDLE, who).await;
    collect(stage, point, None, "/export", who).await;
    victim
}

/// The image of a paused container is asked for once, and never again.
pub async fn image(stage: &mut Stage, point: &str, name: &str, who: &Client) -> String {
    let victim = stage.incident_about(name, IDLE, who).await;
    stage.pause(who).await;
    assert_ended(&stage.ended_request(who).await, RequestState::Verified);
    collect(stage, point, Some(ItemKind::Image), "/get", who).await;
    victim
}

async fn collect(stage: &mut Stage, point: &str, kind: Option<ItemKind>, big: &str, who: &Client) {
    if point == "evidence.mid_stream" {
        stage.proxy.on("GET", big, Behaviour::Slow(512 * 1024));
    }
    let kind = kind.map_or("", ItemKind::word);
    let asked = form(who, "/api/v1/evidence/collect", &[("number", "1"), ("kind", kind)]);
    stage.at_failpoint(point).await;
    if matches!(point, "evidence.after_stream" | "evidence.before_name") {
        let checked = "SELECT COUNT(*) FROM evidence_task WHERE state = 'verifying'";
        assert_eq!(stage.ledger().await.count(checked).await, 1, "{point}: it is said that all bytes are in");
        // The first item stands still; it has no name yet.
        assert_eq!(files(&stage.store()), BTreeSet::new(), "{point}");
    }
    stage.proxy.clear_rules();
    stage.crash_and_return().await;
    asked.abort();
    stage.ended_pack(who).await;
}

/// Sends a form that may never be answered.
fn form(who: &Client, path: &str, fields: &[(&str, &str)]) -> JoinHandle<()> {
    let request =
        who.request(Method::POST, path).header(ACCEPT, "application/json").header("sec-fetch-site", "same-origin");
    let request = request.form(fields);
    tokio::spawn(async move {
        let _ = request.send().await;
    })
}
