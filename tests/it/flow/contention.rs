//! Many at once: clicks that ask for the same, and deliveries of the same alarm.

use std::time::SystemTime;

use futures::future::join_all;
use quell_domain::action::RequestState;
use quell_tests::{Portal, engine::IDLE};
use reqwest::StatusCode;

use super::stage::{Stage, assert_ended, fingerprint, incident, pause_form, reverse_shell};

const MANY: usize = 100;

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_clicks_of_two_people_are_one_call() {
    let stage = Stage::set().await;
    let (ana, ben) = (stage.responder("ana").await, stage.responder("ben").await);
    let victim = stage.incident_about("contended", IDLE, &ana).await;
    let seen = fingerprint(&ana).await;
    let form = pause_form(&seen);
    let clicks =
        (0..MANY).map(|n| if n % 2 == 0 { &ana } else { &ben }.post_json_answer("/api/v1/actions/request", &form));
    let answers = join_all(clicks).await;
    // Late ones may find the container paused already: said so, and nothing else.
    for answer in &answers {
        assert!(matches!(answer.status, StatusCode::OK | StatusCode::CONFLICT), "{} {}", answer.status, answer.text());
    }
    assert!(answers.iter().any(|answer| answer.status == StatusCode::OK));
    assert_ended(&stage.ended_request(&ana).await, RequestState::Verified);
    assert_eq!(stage.pauses(), 1, "{:?}", stage.proxy.calls());
    assert_eq!(stage.engine.state(&victim), "paused");
    let ledger = stage.ledger().await;
    assert_eq!(ledger.count("SELECT COUNT(*) FROM action_request").await, 1);
    assert_eq!(ledger.count("SELECT COUNT(*) FROM execution").await, 1);
    ledger.assert_every_attempt_is_concluded().await;
    stage.assert_audit_intact();
}

/// Two portals on one database, each with its own worker, and people who click on both.
#[tokio::test(flavor = "multi_thread")]
async fn two_portals_make_one_call() {
    let stage = Stage::on_postgres().await;
    let second = Portal::builder().database(stage.database()).start().await;
    let (ana, ben) = (stage.responder("ana").await, second.person("ben", &["analyst", "responder"]).await);
    let victim = stage.incident_about("two-portals", IDLE, &ana).await;
    let seen = fingerprint(&ben).await;
    let form = pause_form(&seen);
    let clicks =
        (0..20).map(|n| if n % 2 == 0 { &ana } else { &ben }.post_json_answer("/api/v1/actions/request", &form));
    for answer in join_all(clicks).await {
        assert!(matches!(answer.status, StatusCode::OK | StatusCode::CONFLICT), "{} {}", answer.status, answer.text());
    }
    assert_ended(&stage.ended_request(&ben).await, RequestState::Verified);
    assert_eq!((stage.pauses(), stage.engine.state(&victim).as_str()), (1, "paused"));
    assert_eq!(incident(&ana).await.requests, incident(&ben).await.requests);
    stage.ledger().await.assert_every_attempt_is_concluded().await;
    stage.assert_audit_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_alarm_a_hundred_times_is_one_alarm_on_sqlite() {
    one_alarm_a_hundred_times(Stage::set().await, "repeated-sqlite").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_alarm_a_hundred_times_is_one_alarm_on_postgres() {
    one_alarm_a_hundred_times(Stage::on_postgres().await, "repeated-postgres").await;
}

async fn one_alarm_a_hundred_times(stage: Stage, name: &str) {
    let ana = stage.responder("ana").await;
    let victim = stage.engine.victim(name, IDLE);
    let body = reverse_shell(&victim, name, SystemTime::now());
    for answer in join_all((0..MANY).map(|_| stage.post(body.clone()))).await {
        assert_eq!((answer.status, answer.json()["accepted"].as_i64()), (StatusCode::OK, Some(1)));
    }
    let ledger = stage.ledger().await;
    assert_eq!(ledger.alarms().await, 1);
    // The next, different alarm joins: nothing of the repeats is still on its way then.
    assert_eq!(stage.post(reverse_shell(&victim, name, SystemTime::now())).await.status, StatusCode::OK);
    stage.until(&ana, "the second alarm", |page| (page.incident.alarm_count >= 2).then_some(())).await;
    assert_eq!(incident(&ana).await.incident.alarm_count, 2);
    assert_eq!((ledger.alarms().await, ledger.count("SELECT COUNT(*) FROM incident").await), (2, 1));
    stage.assert_audit_intact();
}
