//! A policy that is published while a request is under way: the stricter of old and new counts, up to the last moment.

use quell_domain::{
    action::{Action, RequestState},
    policy::{DraftRule, Policy, Requirement},
    time::MINUTE,
};
use quell_tests::{Portal, engine::IDLE};
use reqwest::StatusCode;
use tempfile::NamedTempFile;

use super::stage::{NODE, PATIENCE, Stage, approval, assert_ended};

/// The only admin there ever was publishes a policy in which an action needs so many approvals.
async fn publish(stage: &Stage, action: Action, approvals: u32) {
    publish_for(stage, action, approvals, &[]).await;
}

/// The same, on nodes with these labels.
async fn publish_for(stage: &Stage, action: Action, approvals: u32, labels: &[&str]) {
    publish_rule(stage, action, labels, |needs| needs.approvals = approvals).await;
}

/// The same with any other change of what it needs.
async fn publish_rule(stage: &Stage, action: Action, labels: &[&str], change: impl Fn(&mut Requirement)) {
    let admin = stage.portal.person("adm", &["admin"]).await;
    let mut rules = Policy::builtin().rules;
    let at = rules.iter().position(|rule| rule.actions.contains(&action)).expect("a rule");
    let mut rule = rules[at].clone();
    change(&mut rule.needs);
    rule.labels = labels.iter().map(|label| (*label).to_owned()).collect();
    rules.insert(at, rule);
    let mut fields = vec![("press".to_owned(), "propose".to_owned())];
    for (at, row) in rules.iter().map(DraftRule::of).enumerate() {
        let row = serde_json::to_value(row).expect("a row");
        for (field, value) in row.as_object().expect("fields") {
            fields.push((format!("rules[{at}][{field}]"), value.as_str().expect("text").to_owned()));
        }
    }
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = admin.post_form("/api/v1/drafts/save", &fields).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, Some("/admin/policy")), "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stricter_policy_between_approval_and_run_voids_it() {
    let point = "action.before_consume";
    let mut stage = Stage::stopping_at(point).await;
    let (ana, ben) = (stage.trusted("ana").await, stage.approver("ben").await);
    let victim = stage.incident_about("stricter", IDLE, &ana).await;
    let request = stage.waiting(&ana, "kill").await;
    stage.decide(&ben, &request, "approved", &[("waives_evidence", "yes")]).await;
    stage.at_failpoint(point).await;
    publish(&stage, Action::Kill, 2).await;
    stage.crash_and_return().await;
    let over = stage.end_of(&ana, &request).await;
    assert_ended(&over, RequestState::Void);
    assert!(over.detail.contains("the policy asks for more"), "{}", over.detail);
    assert_eq!((stage.proxy.count("POST", "/kill"), stage.engine.state(&victim).as_str()), (0, "running"));
    stage.assert_audit_intact();
}

/// The worker has looked already, and stands between looking and writing: the write looks again.
#[tokio::test(flavor = "multi_thread")]
async fn what_needed_nobody_is_void_when_it_needs_somebody_before_it_runs() {
    let point = "action.before_consume";
    let holding = NamedTempFile::new().expect("a file");
    let path = holding.path().to_str().expect("a path");
    let builder = Portal::builder().env("QUELL_FAILPOINT", point).env("QUELL_FAILPOINT_WHILE", path);
    let stage = Stage::with(builder).await;
    let ana = stage.trusted("ana").await;
    let victim = stage.incident_about("suddenly", IDLE, &ana).await;
    stage.pause(&ana).await;
    stage.at_failpoint(point).await;
    publish(&stage, Action::Pause, 1).await;
    holding.close().expect("gone");
    let over = stage.ended_request(&ana).await;
    assert_ended(&over, RequestState::Void);
    assert_eq!((stage.pauses(), stage.engine.state(&victim).as_str()), (0, "running"));
    stage.ledger().await.assert_every_attempt_is_concluded().await;
    stage.assert_audit_intact();
}

/// A policy that gives less time counts for what waits already.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_waits_ends_when_the_shorter_time_is_over() {
    let stage = Stage::with(Portal::builder().env("QUELL__WORKER__LEASE_SECONDS", "5")).await;
    let ana = stage.trusted("ana").await;
    stage.incident_about("shorter", IDLE, &ana).await;
    let request = stage.waiting(&ana, "kill").await;
    let before = approval(&ana, &request).await;
    assert_eq!(before.ends_at, before.request.expires_at);
    publish_rule(&stage, Action::Kill, &[], |needs| needs.valid_for = MINUTE).await;
    let after = approval(&ana, &request).await;
    assert_eq!(after.ends_at, after.request.created_at.plus(MINUTE));
    assert_eq!(after.request.expires_at, before.request.expires_at, "that is signed");
    assert_ended(&stage.end_of_within(&ana, &request, 2 * PATIENCE).await, RequestState::Expired);
    stage.assert_audit_intact();
}

/// A rule about a label counts on the nodes that carry it.
#[tokio::test(flavor = "multi_thread")]
async fn a_labelled_node_follows_its_own_rule() {
    let stage = Stage::set().await;
    let ana = stage.trusted("ana").await;
    let victim = stage.incident_about("labelled", IDLE, &ana).await;
    publish_for(&stage, Action::Pause, 1, &["production"]).await;
    stage.portal.quell(&["node", "labels", NODE, "eu, production"]);
    let request = stage.waiting(&ana, "pause").await;
    let page = approval(&ana, &request).await;
    assert_eq!((page.request.needs.approvals, page.request.policy_version), (1, 2));
    assert_eq!((stage.pauses(), stage.engine.state(&victim).as_str()), (0, "running"));
    assert!(!stage.portal.try_quell(&["node", "labels", NODE, "Not a label"]).status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_waits_follows_the_stricter_policy() {
    let stage = Stage::set().await;
    let (ana, ben, cyd) = (stage.trusted("ana").await, stage.approver("ben").await, stage.approver("cyd").await);
    let victim = stage.incident_about("waits-on", IDLE, &ana).await;
    let request = stage.waiting(&ana, "kill").await;
    publish(&stage, Action::Kill, 2).await;
    assert_eq!(approval(&ben, &request).await.quorum, 2);
    stage.decide(&ben, &request, "approved", &[("waives_evidence", "yes")]).await;
    assert_eq!(approval(&ben, &request).await.request.state, RequestState::AwaitingApproval);
    stage.decide(&cyd, &request, "approved", &[("waives_evidence", "yes")]).await;
    assert_ended(&stage.end_of(&ana, &request).await, RequestState::Verified);
    assert_eq!((stage.proxy.count("POST", "/kill"), stage.engine.state(&victim).as_str()), (1, "exited"));
    stage.assert_audit_intact();
}
