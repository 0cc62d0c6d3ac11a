//! Each action against a real engine: what is asked of it, what is read back, and what stands in the way.

use quell_domain::{
    action::{Action, RequestState},
    incident::IncidentState,
};
use quell_tests::{Behaviour, Client, engine::IDLE};
use reqwest::StatusCode;

use super::stage::{Stage, approval, ask, assert_ended, assert_sent_to, incident};

async fn approved(stage: &Stage, ana: &Client, ben: &Client, action: &str, more: &[(&str, &str)]) -> String {
    let request = stage.waiting(ana, action).await;
    assert_sent_to(&stage.decide(ben, &request, "approved", more).await, &format!("/approvals/{request}"));
    request
}

/// What the engine was asked to change, in order: method and the path's end.
fn changes(stage: &Stage) -> Vec<String> {
    let words = ["/pause", "/unpause", "/kill", "/update", "/disconnect", "/connect"];
    stage
        .proxy
        .calls()
        .iter()
        .filter_map(|call| {
            let path = call.path.split('?').next().unwrap_or_default();
            words.iter().find(|word| call.method == "POST" && path.ends_with(*word)).map(|word| (*word).to_owned())
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_always_restarts_stays_dead() {
    let stage = Stage::set().await;
    let (ana, ben) = (stage.trusted("ana").await, stage.approver("ben").await);
    let victim = stage.incident_about("always", IDLE, &ana).await;
    stage.engine.docker(&["update", "--restart", "always", &victim]).expect("updated");
    let waived = [("waives_evidence", "yes")];
    let request = approved(&stage, &ana, &ben, "kill", &waived).await;
    assert_ended(&stage.end_of(&ana, &request).await, RequestState::Verified);
    assert_eq!(changes(&stage), ["/update", "/kill"], "the restart policy first");
    let format = ["inspect", "--format", "{{.State.Status}} {{.State.ExitCode}} {{.HostConfig.RestartPolicy.Name}}"];
    assert_eq!(stage.engine.docker(&[format.as_slice(), &[&victim]].concat()).expect("told"), "exited 137 no");
    let page = incident(&ana).await.incident;
    assert_eq!((page.state, page.measures), (IncidentState::Contained, vec![Action::Kill]));
    stage.ledger().await.assert_every_attempt_is_concluded().await;
    stage.assert_audit_intact();
}

/// What was changed before the engine said no is on record: nobody else says it.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_kill_says_that_the_restart_policy_was_changed() {
    let stage = Stage::set().await;
    let (ana, ben) = (stage.trusted("ana").await, stage.approver("ben").await);
    let victim = stage.incident_about("half-killed", IDLE, &ana).await;
    stage.engine.docker(&["update", "--restart", "always", &victim]).expect("updated");
    stage.proxy.on("POST", "/kill", Behaviour::Refuse(500, "no".to_owned()));
    let request = approved(&stage, &ana, &ben, "kill", &[("waives_evidence", "yes")]).await;
    let over = stage.end_of(&ana, &request).await;
    assert_ended(&over, RequestState::Failed);
    let said = "Its restart policy is set to no now. The engine refused (status 500).";
    assert!(over.detail.contains(said), "{}", over.detail);
    assert_eq!(changes(&stage), ["/update", "/kill"]);
    assert_eq!(stage.engine.state(&victim), "running");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_waits_for_evidence_or_for_an_approver_who_waives_it() {
    let stage = Stage::set().await;
    let (ana, ben) = (stage.trusted("ana").await, stage.approver("ben").await);
    stage.incident_about("unkept", IDLE, &ana).await;
    let request = stage.waiting(&ana, "kill").await;
    assert!(approval(&ben, &request).await.needs_waiver);
    stage.decide(&ben, &request, "approved", &[]).await;
    assert_eq!(approval(&ben, &request).await.request.state, RequestState::AwaitingApproval, "nothing waived");
    // Kept by now: nothing needs to be waived.
    stage.collect(&ana, None).await;
    stage.ended_pack(&ana).await;
    assert!(!approval(&ben, &request).await.needs_waiver);
    stage.decide(&ben, &request, "approved", &[]).await;
    assert_ended(&stage.end_of(&ana, &request).await, RequestState::Verified);
    stage.assert_audit_intact();
}

/// The engine deletes such a container with what is in it as soon as it ends: no waiver helps.
#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_is_removed_when_it_ends_is_not_killed_before_it_is_kept() {
    let stage = Stage::set().await;
    let (ana, ben) = (stage.trusted("ana").await, stage.approver("ben").await);
    let _ = stage.engine.docker(&["rm", "-f", "vanishing"]);
    let image = stage.engine.docker(&["images", "-q"]).expect("told").lines().next().expect("an image").to_owned();
    let words = ["run", "-d", "--rm", "--name", "vanishing", "--network", "none", &image, "sh", "-c", IDLE];
    let victim = stage.engine.docker(&words).expect("started");
    stage.post(super::stage::reverse_shell(&victim, "vanishing", std::time::SystemTime::now())).await;
    stage.until(&ana, "the incident", |page| (page.incident.alarm_count == 1).then_some(())).await;

    let refused = ana.read("/incidents/1/actions/kill").await;
    assert!(refused.contains("Retain evidence first"), "{refused}");
    assert_eq!(stage.ask_for(&ana, "kill", &[]).await.status, StatusCode::SEE_OTHER);
    assert!(incident(&ana).await.requests.is_empty());

    stage.collect(&ana, None).await;
    stage.ended_pack(&ana).await;
    let request = approved(&stage, &ana, &ben, "kill", &[]).await;
    let over = stage.end_of(&ana, &request).await;
    assert_ended(&over, RequestState::Verified);
    assert!(stage.engine.docker(&["inspect", &victim]).is_err(), "gone, as such containers are");
    stage.assert_audit_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn networks_are_taken_and_given_back_as_they_were() {
    let stage = Stage::set().await;
    let (ana, ben) = (stage.trusted("ana").await, stage.approver("ben").await);
    let victim = stage.incident_about("networked", IDLE, &ana).await;
    stage.engine.docker(&["network", "disconnect", "none", &victim]).expect("alone");
    for name in ["front-net", "back-net"] {
        let _ = stage.engine.docker(&["network", "rm", name]);
        stage.engine.docker(&["network", "create", "--internal", name]).expect("made");
    }
    stage.engine.docker(&["network", "connect", "--alias", "shop", "front-net", &victim]).expect("connected");
    stage.engine.docker(&["network", "connect", "back-net", &victim]).expect("connected");
    let attached = || {
        let words = ["inspect", "--format", "{{range $k, $v := .NetworkSettings.Networks}}{{$k}} {{end}}", &victim];
        stage.engine.docker(&words).expect("told")
    };
    assert_eq!(attached().trim(), "back-net front-net");

    // The alarm's severity is critical: the first policy lets a responder do this alone.
    let page = stage.ask_for(&ana, "disconnect", &[]).await;
    let request = match page.location() {
        Some("/incidents/1") => incident(&ana).await.requests[0].request.id.to_string(),
        Some(path) => {
            let request = path.trim_start_matches("/approvals/").to_owned();
            stage.decide(&ben, &request, "approved", &[]).await;
            request
        }
        None => panic!("{} {}", page.status, page.text()),
    };
    assert_ended(&stage.end_of(&ana, &request).await, RequestState::Verified);
    assert_eq!(
        (attached().trim(), changes(&stage).as_slice()),
        ("", ["/disconnect".to_owned(), "/disconnect".to_owned()].as_slice())
    );
    let held = incident(&ana).await.incident;
    assert_eq!((held.state, held.measures), (IncidentState::Contained, vec![Action::Disconnect]));

    let request = approved(&stage, &ana, &ben, "reconnect", &[]).await;
    assert_ended(&stage.end_of(&ana, &request).await, RequestState::Verified);
    assert_eq!(attached().trim(), "back-net front-net");
    let words = ["inspect", "--format", "{{json (index .NetworkSettings.Networks \"front-net\").Aliases}}", &victim];
    assert!(stage.engine.docker(&words).expect("told").contains("shop"), "under the names it had");
    assert_eq!(incident(&ana).await.incident.state, IncidentState::Recovering);
    stage.ledger().await.assert_every_attempt_is_concluded().await;
    stage.assert_audit_intact();
    // The engine ends without taking its bridges along, and a machine has only so many address ranges.
    stage.engine.docker(&["rm", "-f", &victim]).expect("gone");
    stage.engine.docker(&["network", "rm", "front-net", "back-net"]).expect("gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_says_why_before_anybody_asks() {
    let stage = Stage::set().await;
    let ana = stage.trusted("ana").await;
    let _ = stage.engine.docker(&["rm", "-f", "hostnet"]);
    let image = stage.engine.docker(&["images", "-q"]).expect("told").lines().next().expect("an image").to_owned();
    let words = ["run", "-d", "--name", "hostnet", "--network", "host", &image, "sh", "-c", IDLE];
    let victim = stage.engine.docker(&words).expect("started");
    stage.post(super::stage::reverse_shell(&victim, "hostnet", std::time::SystemTime::now())).await;
    stage.until(&ana, "the incident", |page| (page.incident.alarm_count == 1).then_some(())).await;
    for (action, why) in [
        ("disconnect", "uses the node's own network"),
        ("reconnect", "has not taken any network"),
        ("unpause", "Only a paused container can be resumed"),
    ] {
        let page = ana.read(&format!("/incidents/1/actions/{action}")).await;
        assert!(page.contains(why) && !page.contains("name=\"fingerprint\""), "{action}: {page}");
    }
    for never in ["stop", "restart", "exec", "rm", "prune"] {
        let page = ask(&ana, &format!("/api/v1/actions/confirm?number=1&action={never}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{never}");
    }
    assert!(changes(&stage).is_empty());
}

/// The care that the last tier asks for is checked by the server, field by field.
#[tokio::test(flavor = "multi_thread")]
async fn a_kill_needs_the_reason_the_tick_and_the_typed_digits() {
    let stage = Stage::set().await;
    let ana = stage.trusted("ana").await;
    stage.incident_about("careful", IDLE, &ana).await;
    for (field, value, named) in [
        ("typed", "0000", "typed"),
        ("accepts_impact", "", "accepts_impact"),
        ("detail", "  ", "detail"),
        ("break_glass", "yes", "evidence"),
    ] {
        let mut more = vec![(field, value)];
        if field == "detail" {
            more.push(("preset", ""));
        }
        stage.ask_for(&ana, "kill", &more).await;
        assert!(incident(&ana).await.requests.is_empty(), "{field}");
        let page = ana.read("/incidents/1/actions/kill").await;
        assert!(page.contains("role=\"alert\"") && page.contains(named), "{field}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn break_glass_runs_alone_and_waits_for_another_persons_review() {
    let stage = Stage::set().await;
    let ana = stage.portal.proven("ana", &["responder", "analyst", "approver"]).await;
    let ben = stage.approver("ben").await;
    let victim = stage.incident_about("glass", IDLE, &ana).await;
    stage.collect(&ana, None).await;
    stage.ended_pack(&ana).await;
    let mute = stage.ask_for(&ana, "kill", &[("break_glass", "yes"), ("detail", "now"), ("preset", "")]).await;
    assert_eq!(mute.status, StatusCode::SEE_OTHER);
    assert!(incident(&ana).await.requests.is_empty(), "a reason of three letters stands for no approval");
    let taken = stage.ask_for(&ana, "kill", &[("break_glass", "yes"), ("detail", "it spreads, nobody answers")]).await;
    assert_sent_to(&taken, "/incidents/1");
    let request = incident(&ana).await.requests[0].request.id.to_string();
    assert_ended(&stage.end_of(&ana, &request).await, RequestState::Verified);
    assert_eq!(stage.engine.state(&victim), "exited");
    assert!(ben.read("/approvals").await.contains("To review"));

    let closing = [("number", "1"), ("verdict", "benign"), ("reason", "a drill")];
    let blocked = ana.post_json_answer("/api/v1/incidents/verdict", &closing).await;
    assert_eq!(blocked.status, StatusCode::CONFLICT, "{}", blocked.text());
    assert!(blocked.text().contains("review"), "{}", blocked.text());
    let review = [("request", request.as_str()), ("note", "it was right")];
    assert_eq!(ana.post_json_answer("/api/v1/approvals/review", &review).await.status, StatusCode::FORBIDDEN);
    assert_eq!(ben.post_json_answer("/api/v1/approvals/review", &review).await.status, StatusCode::OK);
    assert_eq!(ben.post_json_answer("/api/v1/approvals/review", &review).await.status, StatusCode::FORBIDDEN);
    assert_eq!(ana.post_json_answer("/api/v1/incidents/verdict", &closing).await.status, StatusCode::OK);
    stage.assert_audit_intact();
}

/// A request that waits for nobody who is there must not keep anybody from breaking glass.
#[tokio::test(flavor = "multi_thread")]
async fn break_glass_does_not_wait_for_what_somebody_else_asked_for() {
    let stage = Stage::set().await;
    let (ana, ben) = (stage.trusted("ana").await, stage.trusted("ben").await);
    let nets = ["glass-net"];
    let victim = networked(&stage, "glass-blocked", &nets, &ana).await;
    let waits = stage.waiting(&ben, "disconnect").await;
    assert!(ana.read("/incidents/1/actions/disconnect").await.contains("Break-glass takes its place"));
    let taken = stage.ask_for(&ana, "disconnect", &[("break_glass", "yes"), ("detail", "nobody answers, it spreads")]);
    assert_sent_to(&taken.await, "/incidents/1");
    let request = stage.ended_request(&ana).await;
    assert_ended(&request, RequestState::Verified);
    assert!(request.break_glass && request.requester_name == "ana" && request.id.as_str() != waits);
    let over = approval(&ben, &waits).await.request;
    assert_ended(&over, RequestState::Withdrawn);
    assert!(over.detail.contains("ana broke glass"), "{}", over.detail);
    assert_eq!(changes(&stage), ["/disconnect"], "once");
    // Nobody decides on it any more.
    let cyd = stage.approver("cyd").await;
    assert!(!approval(&cyd, &waits).await.can_decide.allowed);
    stage.ledger().await.assert_every_attempt_is_concluded().await;
    stage.assert_audit_intact();
    tidy(&stage, &victim, &nets);
}

/// Break-glass is for containing: a release never skips another person.
#[tokio::test(flavor = "multi_thread")]
async fn break_glass_releases_nothing() {
    let stage = Stage::set().await;
    let ana = stage.trusted("ana").await;
    let victim = stage.incident_about("glass-release", IDLE, &ana).await;
    stage.pause(&ana).await;
    assert_ended(&stage.ended_request(&ana).await, RequestState::Verified);
    stage.ask_for(&ana, "unpause", &[("break_glass", "yes"), ("detail", "it must run again now")]).await;
    assert_eq!((incident(&ana).await.requests.len(), stage.engine.state(&victim).as_str()), (1, "paused"));
}

/// A victim on these networks of its own and on no other.
async fn networked(stage: &Stage, name: &str, networks: &[&str], who: &Client) -> String {
    let victim = stage.incident_about(name, IDLE, who).await;
    stage.engine.docker(&["network", "disconnect", "none", &victim]).expect("alone");
    for network in networks {
        let _ = stage.engine.docker(&["network", "rm", network]);
        stage.engine.docker(&["network", "create", "--internal", network]).expect("made");
        stage.engine.docker(&["network", "connect", network, &victim]).expect("connected");
    }
    victim
}

/// The engine ends without taking its bridges along, and a machine has only so many address ranges.
fn tidy(stage: &Stage, victim: &str, networks: &[&str]) {
    stage.engine.docker(&["rm", "-f", victim]).expect("gone");
    stage.engine.docker(&[&["network", "rm"], networks].concat()).expect("gone");
}

/// A disconnect that stops half-way is done again for what is left; what both took is given back.
#[tokio::test(flavor = "multi_thread")]
async fn networks_that_were_taken_in_two_goes_are_given_back_in_one() {
    let stage = Stage::set().await;
    let (ana, ben) = (stage.trusted("ana").await, stage.approver("ben").await);
    let nets = ["goes-a", "goes-b"];
    let victim = networked(&stage, "two-goes", &nets, &ana).await;
    let second = stage.engine.docker(&["network", "inspect", "--format", "{{.Id}}", nets[1]]).expect("told");
    stage.proxy.on("POST", &format!("/networks/{second}/disconnect"), Behaviour::Refuse(500, "busy".to_owned()));
    let request = approved(&stage, &ana, &ben, "disconnect", &[]).await;
    assert_ended(&stage.end_of(&ana, &request).await, RequestState::PartlyDone);
    stage.proxy.clear_rules();
    let request = approved(&stage, &ana, &ben, "disconnect", &[]).await;
    assert_ended(&stage.end_of(&ana, &request).await, RequestState::Verified);
    let request = approved(&stage, &ana, &ben, "reconnect", &[]).await;
    assert_ended(&stage.end_of(&ana, &request).await, RequestState::Verified);
    let words = ["inspect", "--format", "{{range $k, $v := .NetworkSettings.Networks}}{{$k}} {{end}}", &victim];
    assert_eq!(stage.engine.docker(&words).expect("told").trim(), "goes-a goes-b");
    tidy(&stage, &victim, &nets);
}

/// A network that nobody was asked about is not taken: not when it is joined before the approval, and not after it.
#[tokio::test(flavor = "multi_thread")]
async fn a_network_joined_since_the_request_makes_a_disconnect_void() {
    let point = "action.after_consume";
    let mut stage = Stage::stopping_at(point).await;
    let (ana, ben) = (stage.trusted("ana").await, stage.approver("ben").await);
    let (nets, more) = (["asked-net"], "joined-net");
    let victim = networked(&stage, "joined", &nets, &ana).await;
    let _ = stage.engine.docker(&["network", "rm", more]);
    stage.engine.docker(&["network", "create", "--internal", more]).expect("made");
    let request = stage.waiting(&ana, "disconnect").await;
    stage.engine.docker(&["network", "connect", more, &victim]).expect("joined");
    let page = approval(&ben, &request).await;
    assert!(!page.possible.allowed && page.possible.why_not.contains("joined another network"), "{:?}", page.possible);
    stage.decide(&ben, &request, "approved", &[]).await;
    assert_eq!(approval(&ben, &request).await.request.state, RequestState::AwaitingApproval, "not bound to it");
    stage.engine.docker(&["network", "disconnect", more, &victim]).expect("left");
    stage.decide(&ben, &request, "approved", &[]).await;
    stage.at_failpoint(point).await;
    stage.engine.docker(&["network", "connect", more, &victim]).expect("joined again");
    stage.crash_and_return().await;
    let over = stage.end_of(&ana, &request).await;
    assert_ended(&over, RequestState::Void);
    assert!(over.detail.contains("Changed since the request: Networks."), "{}", over.detail);
    assert!(changes(&stage).is_empty(), "{:?}", changes(&stage));
    tidy(&stage, &victim, &[nets[0], more]);
}
