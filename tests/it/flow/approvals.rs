//! Another person agrees, or not: what runs is exactly what they saw, once, or nothing.

use std::time::SystemTime;

use futures::future::join_all;
use quell_domain::{
    action::{Action, RequestState},
    incident::IncidentState,
};
use quell_tests::{Client, engine::IDLE};
use reqwest::StatusCode;

use super::stage::{Stage, approval, assert_ended, assert_sent_to, incident, reverse_shell};

/// A paused victim, and a request to resume it that waits.
async fn resuming(stage: &Stage, name: &str, ana: &Client) -> (String, String) {
    let victim = stage.incident_about(name, IDLE, ana).await;
    stage.pause(ana).await;
    assert_ended(&stage.ended_request(ana).await, RequestState::Verified);
    let request = stage.waiting(ana, "unpause").await;
    (victim, request)
}

fn unpauses(stage: &Stage) -> usize {
    stage.proxy.count("POST", "/unpause")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_is_released_only_when_another_person_agrees() {
    let stage = Stage::set().await;
    let (ana, ben) = (stage.trusted("ana").await, stage.approver("ben").await);
    let (victim, request) = resuming(&stage, "released", &ana).await;
    let page = approval(&ben, &request).await;
    assert_eq!((page.request.state, page.approvals, page.quorum), (RequestState::AwaitingApproval, 0, 1));
    assert!(page.can_decide.allowed && !approval(&ana, &request).await.can_decide.allowed);
    assert_eq!(page.deciders, ["ben"]);
    assert_eq!(unpauses(&stage), 0);

    let answer = stage.decide(&ben, &request, "approved", &[]).await;
    assert_sent_to(&answer, &format!("/approvals/{request}"));
    assert_ended(&stage.end_of(&ben, &request).await, RequestState::Verified);
    assert_eq!((unpauses(&stage), stage.engine.state(&victim).as_str()), (1, "running"));
    let incident = incident(&ana).await.incident;
    assert_eq!((incident.state, incident.measures), (IncidentState::Recovering, vec![]));
    stage.ledger().await.assert_every_attempt_is_concluded().await;
    stage.assert_audit_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_requester_never_decides_by_any_account_role_or_field() {
    let stage = Stage::set().await;
    let ana = stage.portal.proven("ana", &["responder", "analyst", "approver"]).await;
    let (victim, request) = resuming(&stage, "own-request", &ana).await;
    for decision in ["approved", "denied", "sent_back"] {
        let answer = ana
            .post_json_answer(
                "/api/v1/approvals/decide",
                &[("request", request.as_str()), ("decision", decision), ("reason", "mine")],
            )
            .await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.text());
    }
    // No field says who decides: an unknown one is refused before anything is looked at.
    for field in ["person", "requester", "approved_by", "state", "digest"] {
        let fields = [("request", request.as_str()), ("decision", "approved"), ("reason", "x"), (field, "other")];
        let answer = ana.post_json_answer("/api/v1/approvals/decide", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}: {}", answer.text());
    }
    let page = approval(&ana, &request).await;
    assert_eq!((page.request.state, page.votes.len()), (RequestState::AwaitingApproval, 0));
    assert_eq!((unpauses(&stage), stage.engine.state(&victim).as_str()), (0, "paused"));
    stage.assert_audit_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn any_denial_ends_it_and_nothing_runs() {
    let stage = Stage::set().await;
    let (ana, ben) = (stage.trusted("ana").await, stage.approver("ben").await);
    let (victim, request) = resuming(&stage, "denied", &ana).await;
    let mute = stage.decide(&ben, &request, "denied", &[("reason", " ")]).await;
    assert_eq!(mute.status, StatusCode::SEE_OTHER);
    assert_eq!(approval(&ben, &request).await.request.state, RequestState::AwaitingApproval);
    stage.decide(&ben, &request, "denied", &[("reason", "not before the memory is read")]).await;
    let over = stage.end_of(&ana, &request).await;
    assert_ended(&over, RequestState::Denied);
    assert!(over.detail.contains("not before the memory is read"));
    let late = stage.decide(&stage.approver("cyd").await, &request, "approved", &[]).await;
    assert_ne!(late.status, StatusCode::OK);
    assert_eq!((unpauses(&stage), stage.engine.state(&victim).as_str()), (0, "paused"));
    assert_eq!(incident(&ana).await.incident.state, IncidentState::Contained);
    // Asked again, it is another request; the old one stays on record.
    let again = stage.waiting(&ana, "unpause").await;
    assert_ne!(again, request);
    assert_eq!(incident(&ana).await.requests.len(), 3);
    stage.assert_audit_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_requester_withdraws() {
    let stage = Stage::set().await;
    let (ana, ben) = (stage.trusted("ana").await, stage.responder("ben").await);
    let (_, request) = resuming(&stage, "withdrawn", &ana).await;
    let fields = [("request", request.as_str())];
    assert_eq!(ben.post_json_answer("/api/v1/approvals/withdraw", &fields).await.status, StatusCode::FORBIDDEN);
    assert_eq!(ana.post_json_answer("/api/v1/approvals/withdraw", &fields).await.status, StatusCode::OK);
    assert_ended(&stage.end_of(&ana, &request).await, RequestState::Withdrawn);
    assert_eq!(ana.post_json_answer("/api/v1/approvals/withdraw", &fields).await.status, StatusCode::CONFLICT);
    stage.assert_audit_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_votes_of_one_person_count_once_and_run_once() {
    let stage = Stage::set().await;
    let (ana, ben) = (stage.trusted("ana").await, stage.approver("ben").await);
    let (victim, request) = resuming(&stage, "fifty-votes", &ana).await;
    let seen = approval(&ben, &request).await.fingerprint.expect("a container").to_string();
    let form =
        [("request", request.as_str()), ("decision", "approved"), ("reason", "fine"), ("fingerprint", seen.as_str())];
    let answers = join_all((0..50).map(|_| ben.post_json_answer("/api/v1/approvals/decide", &form))).await;
    let taken = answers.iter().filter(|answer| answer.status == StatusCode::OK).count();
    assert_eq!(taken, 1, "{:?}", answers.iter().map(|answer| answer.status).collect::<Vec<_>>());
    assert_ended(&stage.end_of(&ben, &request).await, RequestState::Verified);
    assert_eq!((unpauses(&stage), stage.engine.state(&victim).as_str()), (1, "running"));
    let ledger = stage.ledger().await;
    assert_eq!(ledger.count("SELECT COUNT(*) FROM approval_vote").await, 1);
    ledger.assert_every_attempt_is_concluded().await;
    stage.assert_audit_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denial_that_races_an_approval_leaves_one_state() {
    let stage = Stage::set().await;
    let (ana, ben, cyd) = (stage.trusted("ana").await, stage.approver("ben").await, stage.approver("cyd").await);
    let (victim, request) = resuming(&stage, "racing", &ana).await;
    let (yes, no) =
        tokio::join!(stage.decide(&ben, &request, "approved", &[]), stage.decide(&cyd, &request, "denied", &[]));
    assert_eq!((yes.status, no.status), (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER));
    let over = stage.end_of(&ana, &request).await;
    let (votes, state) = (approval(&ana, &request).await.votes.len(), stage.engine.state(&victim));
    match over.state {
        RequestState::Verified => assert_eq!((votes, unpauses(&stage), state.as_str()), (1, 1, "running")),
        RequestState::Denied => assert_eq!((votes, unpauses(&stage), state.as_str()), (1, 0, "paused")),
        other => panic!("{other:?}: {}", over.detail),
    }
    stage.assert_audit_intact();
}

/// Between approval and run the container becomes another run: void, and no call is made.
#[tokio::test(flavor = "multi_thread")]
async fn what_changed_between_approval_and_run_is_void() {
    let point = "action.after_consume";
    let mut stage = Stage::stopping_at(point).await;
    let (ana, ben) = (stage.trusted("ana").await, stage.approver("ben").await);
    let victim = stage.incident_about("drifted", IDLE, &ana).await;
    let request = stage.waiting(&ana, "kill").await;
    stage.decide(&ben, &request, "approved", &[("waives_evidence", "yes")]).await;
    stage.at_failpoint(point).await;
    stage.engine.docker(&["restart", "-t", "0", &victim]).expect("restarted");
    stage.crash_and_return().await;
    assert_ended(&stage.end_of(&ana, &request).await, RequestState::Void);
    assert_eq!((stage.proxy.count("POST", "/kill"), stage.proxy.count("POST", "/update")), (0, 0));
    assert_eq!(stage.engine.state(&victim), "running");
    stage.ledger().await.assert_every_attempt_is_concluded().await;
    stage.assert_audit_intact();
}

/// A change between asking and approving must be ticked as seen; the approval is of the container as it is then.
#[tokio::test(flavor = "multi_thread")]
async fn a_changed_fact_is_ticked_before_it_is_approved() {
    let stage = Stage::set().await;
    let (ana, ben) = (stage.trusted("ana").await, stage.approver("ben").await);
    let victim = stage.incident_about("changed", IDLE, &ana).await;
    let request = stage.waiting(&ana, "kill").await;
    stage.engine.docker(&["restart", "-t", "0", &victim]).expect("restarted");
    let page = approval(&ben, &request).await;
    let changed: Vec<&str> = page.changed.iter().map(|difference| difference.fact.as_str()).collect();
    assert_eq!((changed.as_slice(), page.other_container), (["Started"].as_slice(), false));
    stage.decide(&ben, &request, "approved", &[("waives_evidence", "yes")]).await;
    assert_eq!(approval(&ben, &request).await.request.state, RequestState::AwaitingApproval, "not ticked");
    let seen = [("waives_evidence", "yes"), ("seen_started", "yes")];
    assert_sent_to(&stage.decide(&ben, &request, "approved", &seen).await, &format!("/approvals/{request}"));
    assert_ended(&stage.end_of(&ana, &request).await, RequestState::Verified);
    assert_eq!((stage.proxy.count("POST", "/kill"), stage.engine.state(&victim).as_str()), (1, "exited"));
    assert_eq!(incident(&ana).await.incident.measures, [Action::Kill]);
    stage.assert_audit_intact();
}

/// Who loses the role between voting and running approves nothing.
#[tokio::test(flavor = "multi_thread")]
async fn an_approver_who_lost_the_role_before_the_run_does_not_count() {
    let point = "action.before_consume";
    let mut stage = Stage::stopping_at(point).await;
    let (ana, ben) = (stage.trusted("ana").await, stage.approver("ben").await);
    let victim = stage.incident_about("lost-role", IDLE, &ana).await;
    let request = stage.waiting(&ana, "kill").await;
    stage.decide(&ben, &request, "approved", &[("waives_evidence", "yes")]).await;
    stage.at_failpoint(point).await;
    assert_eq!(approval(&ana, &request).await.request.state, RequestState::Approved);
    stage.portal.quell(&["user", "roles", "ben", "--role", "analyst"]);
    stage.crash_and_return().await;
    let over = stage.end_of(&ana, &request).await;
    assert_ended(&over, RequestState::Void);
    assert!(over.detail.contains("not enough"), "{}", over.detail);
    assert_eq!((stage.proxy.count("POST", "/kill"), stage.engine.state(&victim).as_str()), (0, "running"));
    stage.assert_audit_intact();
}

/// A session that somebody took over gives no second proof: it decides nothing, releases nothing, kills nothing.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_dangerous_is_asked_for_or_decided_without_a_fresh_proof() {
    let stage = Stage::set().await;
    let (ana, taken) = (stage.trusted("ana").await, stage.responder("taken").await);
    let (victim, request) = resuming(&stage, "unproven", &ana).await;
    let ben = stage.portal.person("ben", &["approver"]).await;
    let fields = [("request", request.as_str()), ("decision", "denied"), ("reason", "no")];
    let kill = [("number", "1"), ("action", "kill"), ("detail", "why not"), ("fingerprint", "x")];
    let glass = [("number", "1"), ("action", "disconnect"), ("break_glass", "yes"), ("fingerprint", "x")];
    let unpause = [("number", "1"), ("action", "unpause"), ("detail", "why not"), ("fingerprint", "x")];
    for (who, path, fields) in [
        (&ben, "/api/v1/approvals/decide", fields.as_slice()),
        (&taken, "/api/v1/actions/request", kill.as_slice()),
        (&taken, "/api/v1/actions/request", glass.as_slice()),
        (&taken, "/api/v1/actions/request", unpause.as_slice()),
    ] {
        let answer = who.post_json_answer(path, fields).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{fields:?}: {}", answer.text());
        assert_eq!(answer.json()["code"], "step_up", "{fields:?}");
    }
    assert_eq!(incident(&ana).await.requests.len(), 2);
    assert_eq!((unpauses(&stage), stage.engine.state(&victim).as_str()), (0, "paused"));
    // A browser is led to where the proof is given, and back to the form.
    let led = stage.decide(&ben, &request, "approved", &[]).await;
    assert!(led.location().is_some_and(|place| place.starts_with("/me/prove")), "{:?}", led.location());
}

/// Whoever approves signs all facts: none of them ends in dots on the page.
#[tokio::test(flavor = "multi_thread")]
async fn every_mount_can_be_read_before_it_is_approved() {
    let stage = Stage::set().await;
    let (ana, ben) = (stage.trusted("ana").await, stage.approver("ben").await);
    let name = "many-mounts";
    let _ = stage.engine.docker(&["rm", "-f", "-v", name]);
    let mut words = vec!["run", "-d", "--name", name, "--network", "none", "--stop-timeout", "1"];
    for volume in ["/a-rather-long-place-1", "/a-rather-long-place-2", "/a-rather-long-place-3", "/z-the-last"] {
        words.extend(["-v", volume]);
    }
    let victim = stage.engine.docker(&[&words[..], &["quell-test/victim:1", "sh", "-c", IDLE]].concat()).expect("runs");
    assert_eq!(stage.post(reverse_shell(&victim, name, SystemTime::now())).await.status, StatusCode::OK);
    stage.until(&ana, "the incident", |page| (page.incident.alarm_count == 1).then_some(())).await;
    let reason = format!("{}and this at the end", "It talks to an address that nobody knows. ".repeat(10));
    let asked = stage.ask_for(&ana, "kill", &[("detail", &reason)]).await;
    let page = ben.read(asked.location().expect("a place")).await;
    assert!(page.contains("/z-the-last (rw)"), "{page}");
    assert!(page.contains("and this at the end"), "nor does the reason: {page}");
}
