//! An engine that fails in every way: refuses, closes, hangs, is gone, or breaks its answer off.

use std::time::Duration;

use quell_domain::{
    action::{ActionRequest, RequestState},
    evidence::{ItemKind, ItemState},
    incident::IncidentState,
};
use quell_tests::{Behaviour, Client, Proxy, engine::IDLE};
use reqwest::StatusCode;

use super::{
    ledger::assert_store_equals_record,
    stage::{Stage, assert_ended, fingerprint, incident, pause_form, state_of},
};

/// A pause under a rule of the proxy: how the request ended.
async fn pause_under(behaviour: Behaviour, name: &str) -> (Stage, Client, String, ActionRequest) {
    let stage = Stage::set().await;
    let ana = stage.responder("ana").await;
    let victim = stage.incident_about(name, IDLE, &ana).await;
    stage.proxy.on("POST", "/pause", behaviour);
    stage.pause(&ana).await;
    let request = stage.ended_request(&ana).await;
    assert_eq!(stage.pauses(), 1, "asked once, whatever came back");
    stage.ledger().await.assert_every_attempt_is_concluded().await;
    (stage, ana, victim, request)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_pause_has_failed_and_can_be_asked_for_again() {
    let refusal = Behaviour::Refuse(500, "cannot pause container: <script>alert(1)</script>".to_owned());
    let (stage, ana, victim, request) = pause_under(refusal, "refused").await;
    assert_ended(&request, RequestState::Failed);
    assert_eq!(
        (stage.engine.state(&victim).as_str(), incident(&ana).await.incident.state),
        ("running", IncidentState::Triage)
    );
    assert!(!ana.read("/incidents/1").await.contains("<script>alert(1)"));
    stage.proxy.clear_rules();
    stage.pause(&ana).await;
    assert_ended(&stage.ended_request(&ana).await, RequestState::Verified);
    assert_eq!((stage.pauses(), stage.engine.state(&victim).as_str()), (2, "paused"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_whose_answer_was_lost_is_verified_by_reading_back() {
    let (stage, ana, victim, request) = pause_under(Behaviour::ActThenClose, "answer-lost").await;
    assert_ended(&request, RequestState::Verified);
    assert_eq!(
        (stage.engine.state(&victim).as_str(), incident(&ana).await.incident.state),
        ("paused", IncidentState::Contained)
    );
    let trail = stage.ledger().await.trail().await;
    assert!(trail.iter().any(|entry| entry["code"] == "action.concluded" && entry["outcome"] == "unknown"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_that_is_never_answered_is_verified_by_reading_back() {
    let (stage, ana, victim, request) = pause_under(Behaviour::ActThenHang, "answer-never").await;
    assert_ended(&request, RequestState::Verified);
    assert_eq!(
        (stage.engine.state(&victim).as_str(), incident(&ana).await.incident.state),
        ("paused", IncidentState::Contained)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_that_did_not_arrive_is_not_said_to_hold() {
    let (stage, ana, victim, request) = pause_under(Behaviour::Close, "not-arrived").await;
    assert_ended(&request, RequestState::Failed);
    assert_eq!(
        (stage.engine.state(&victim).as_str(), incident(&ana).await.incident.state),
        ("running", IncidentState::Triage)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_is_gone_is_not_asked() {
    let point = "action.after_consume";
    let mut stage = Stage::stopping_at(point).await;
    let ana = stage.responder("ana").await;
    let victim = stage.incident_about("engine-gone", IDLE, &ana).await;
    let seen = fingerprint(&ana).await;
    ana.post_form("/api/v1/actions/request", &pause_form(&seen)).await;
    stage.at_failpoint(point).await;
    // The socket goes with the proxy.
    let engine = stage.engine;
    stage.proxy = Proxy::start(&engine.socket());
    stage.crash_and_return().await;
    let request = stage.ended_request(&ana).await;
    assert_ended(&request, RequestState::Failed);
    assert!(request.detail.contains("Nothing was sent"), "{}", request.detail);
    assert_eq!((stage.engine.state(&victim).as_str(), stage.pauses()), ("running", 0));
    assert_eq!(incident(&ana).await.incident.state, IncidentState::Triage);
    // Asking now is answered in words, and leaves no request behind.
    let page = ana.post_json_answer("/api/v1/actions/request", &pause_form(&seen)).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    assert!(page.text().contains("Nothing was done"), "{}", page.text());
    assert_eq!(incident(&ana).await.requests.len(), 1);
    assert!(ana.read("/incidents/1").await.contains("INC-1"), "pages are there without the engine");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_not_whole_is_not_sealed() {
    let stage = Stage::set().await;
    let ana = stage.responder("ana").await;
    let victim = stage.incident_about("broken-stream", IDLE, &ana).await;
    let error = "{\"message\":\"unexpected EOF\"}".to_owned();
    let broken = [
        ("cut with the connection", Behaviour::Cut(100_000)),
        ("ended early as if whole", Behaviour::Short(100_000)),
        ("ended early at a block", Behaviour::Short(512 * 200)),
        ("with the engine's error after it", Behaviour::Append(error)),
        ("refused", Behaviour::Refuse(500, "no".to_owned())),
        ("closed at once", Behaviour::Close),
    ];
    for (how, behaviour) in broken {
        stage.proxy.on("GET", "/export", behaviour);
        stage.collect(&ana, Some(ItemKind::RootFs)).await;
        let pack = stage.ended_pack(&ana).await;
        assert_eq!(state_of(&pack, ItemKind::RootFs), ItemState::Failed, "{how}");
        let item = pack.items.first().unwrap_or_else(|| panic!("no item of a stream {how}"));
        assert!(item.object.is_none() && item.sha256.is_none() && item.size == 0, "{how}: {item:?}");
        assert!(item.reason.len() > 10, "{how}: the reason is words: {}", item.reason);
        assert_eq!(ana.get(&format!("/evidence/{}/download", item.id)).await.status, StatusCode::NOT_FOUND, "{how}");
        assert_store_equals_record(&stage.ledger().await, &stage.store()).await;
        stage.proxy.clear_rules();
    }
    // The same item again, whole.
    stage.collect(&ana, Some(ItemKind::RootFs)).await;
    assert_eq!(state_of(&stage.ended_pack(&ana).await, ItemKind::RootFs), ItemState::Sealed);
    let ledger = stage.ledger().await;
    assert_store_equals_record(&ledger, &stage.store()).await;
    ledger.assert_every_attempt_is_concluded().await;
    assert_eq!((stage.engine.state(&victim).as_str(), stage.pauses()), ("running", 0));
}

/// Waiting for the engine must not outlive what a person waits for.
#[tokio::test(flavor = "multi_thread")]
async fn a_hanging_engine_does_not_hang_the_queue() {
    let stage = Stage::set().await;
    let ana = stage.responder("ana").await;
    stage.incident_about("hanging", IDLE, &ana).await;
    stage.proxy.on("GET", "/", Behaviour::Hang);
    let alarm = super::stage::reverse_shell(&"ab".repeat(32), "elsewhere", std::time::SystemTime::now());
    let answer = tokio::time::timeout(Duration::from_secs(5), stage.post(alarm)).await.expect("intake answers");
    assert_eq!(answer.status, StatusCode::OK);
    let queue = tokio::time::timeout(Duration::from_secs(5), ana.read("/incidents")).await.expect("the queue answers");
    assert!(queue.contains("INC-1"));
}
