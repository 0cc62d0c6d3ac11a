//! A container that is another one, or runs again, behind Quell's back.

use quell_domain::{action::RequestState, incident::IncidentState};
use quell_tests::{Portal, engine::IDLE};

use super::stage::{Stage, assert_ended, fingerprint, incident, pause_form};

/// Where the worker stands while the container is replaced, and how the request ends.
const CASES: [(&str, RequestState); 3] = [
    // Not looked at yet: the id is gone.
    ("action.after_consume", RequestState::Void),
    // Looked at, and good then; the next look after the restart finds it gone.
    ("action.after_inspect", RequestState::Void),
    // About to be asked when the portal died: never asked again, read back instead.
    ("action.after_attempted", RequestState::Failed),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_container_recreated_under_the_same_name_is_not_touched() {
    for (point, state) in CASES {
        let builder = Portal::builder().env("QUELL_FAILPOINT", point).env("QUELL__WORKER__LEASE_SECONDS", "5");
        let mut stage = Stage::with(builder).await;
        let ana = stage.responder("ana").await;
        let name = format!("recreated-{}", point.replace('.', "-"));
        let old = stage.incident_about(&name, IDLE, &ana).await;
        let seen = fingerprint(&ana).await;
        ana.post_form("/api/v1/actions/request", &pause_form(&seen)).await;
        stage.at_failpoint(point).await;
        let new = stage.engine.victim(&name, IDLE);
        assert_ne!(old, new);
        stage.crash_and_return().await;
        let request = stage.ended_request(&ana).await;
        assert_ended(&request, state);
        assert!(!request.detail.is_empty());
        assert_eq!((stage.pauses(), stage.engine.state(&new).as_str()), (0, "running"), "{point}");
        assert_ne!(incident(&ana).await.incident.state, IncidentState::Contained);
        stage.ledger().await.assert_every_attempt_is_concluded().await;
        stage.assert_audit_intact();
    }
}

/// Thawed on its node: the incident offers to pause again.
#[tokio::test(flavor = "multi_thread")]
async fn a_container_thawed_outside_can_be_paused_again() {
    const OFFER: &str = "href=\"/incidents/1/actions/pause\"";
    let stage = Stage::set().await;
    let ana = stage.responder("ana").await;
    let victim = stage.incident_about("thawed", IDLE, &ana).await;
    stage.pause(&ana).await;
    assert_ended(&stage.ended_request(&ana).await, RequestState::Verified);
    assert_eq!(incident(&ana).await.incident.state, IncidentState::Contained);
    // Nothing to do while it is paused: not offered, and said on the page that would do it.
    let page = ana.read("/incidents/1").await;
    assert!(!page.contains(OFFER) && page.contains("is done already, and holds."), "{page}");
    let confirm = ana.read("/incidents/1/actions/pause").await;
    assert!(confirm.contains("The container is paused already.") && !confirm.contains("name=\"fingerprint\""));

    stage.engine.docker(&["unpause", &victim]).expect("thawed");
    stage.until(&ana, "the watch", |page| (page.incident.state == IncidentState::Containing).then_some(())).await;
    assert!(ana.read("/incidents/1").await.contains(OFFER));
    stage.pause(&ana).await;
    stage
        .until(&ana, "the second pause", |page| {
            let states: Vec<_> = page.requests.iter().map(|row| row.request.state).collect();
            (states == [RequestState::Verified; 2]).then_some(())
        })
        .await;
    assert_eq!((stage.pauses(), stage.engine.state(&victim).as_str()), (2, "paused"));
    stage.assert_audit_intact();
}

/// The same container started anew is another process: the one that was meant is gone.
#[tokio::test(flavor = "multi_thread")]
async fn a_container_restarted_in_between_is_not_touched() {
    let point = "action.after_consume";
    let mut stage = Stage::stopping_at(point).await;
    let ana = stage.responder("ana").await;
    let victim = stage.incident_about("restarted", IDLE, &ana).await;
    stage.pause(&ana).await;
    stage.at_failpoint(point).await;
    stage.engine.docker(&["restart", "-t", "0", &victim]).expect("restarted");
    stage.crash_and_return().await;
    let request = stage.ended_request(&ana).await;
    assert_ended(&request, RequestState::Void);
    assert!(request.detail.contains("Started"), "the difference is named: {}", request.detail);
    assert_eq!((stage.pauses(), stage.engine.state(&victim).as_str()), (0, "running"));
}
