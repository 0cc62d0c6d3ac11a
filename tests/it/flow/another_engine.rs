//! Another engine answers where a node's engine did: nothing is read from it or done on it until an admin accepts it.

use std::time::SystemTime;

use http::StatusCode;
use quell_domain::{action::RequestState, alarm::MappingMethod, node::Node, view::NodesPage};
use quell_tests::{Behaviour, Client, Engine, engine::IDLE};

use super::stage::{
    NODE, Stage, ask, assert_ended, assert_sent_to, audit, fingerprint, incident, pause_form, reverse_shell,
};

const REFUSED: &str = "Another engine answers";

async fn the_node(admin: &Client) -> Node {
    let page = ask(admin, "/api/v1/nodes/list").await;
    let page: NodesPage = serde_json::from_slice(&page.body).expect("nodes");
    page.nodes.into_iter().next().expect("a node")
}

/// Posts an alarm about a container and waits for its incident; gives how and why it was mapped so.
async fn mapped(stage: &Stage, who: &Client, number: i64, container: &str) -> (MappingMethod, String) {
    let answer = stage.post(reverse_shell(container, "fresh", SystemTime::now())).await;
    assert_eq!(answer.status, StatusCode::OK);
    quell_tests::wait_for("the incident", std::time::Duration::from_secs(30), async || {
        let page = ask(who, &format!("/api/v1/incidents/show?number={number}")).await;
        let page: quell_domain::view::IncidentPage = serde_json::from_slice(&page.body).ok()?;
        Some((page.incident.place.method, page.incident.place.reason))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn another_engine_is_not_used_until_it_is_accepted() {
    const POINT: &str = "action.after_consume";
    let mut stage = Stage::stopping_at(POINT).await;
    let other = Engine::start().await;
    let ana = stage.responder("ana").await;
    stage.incident_about("moved", IDLE, &ana).await;
    let seen = fingerprint(&ana).await;
    ana.post_form("/api/v1/actions/request", &pause_form(&seen)).await;
    stage.at_failpoint(POINT).await;

    // The approved pause meets the other engine.
    stage.proxy.lead_to(&other.socket());
    stage.crash_and_return().await;
    let request = stage.ended_request(&ana).await;
    assert_ended(&request, RequestState::Failed);
    assert!(request.detail.contains(REFUSED), "{}", request.detail);
    let again = ana.post_json_answer("/api/v1/actions/request", &pause_form(&seen)).await;
    assert!(again.text().contains(REFUSED), "{}", again.text());
    // So does evidence, and an alarm about a container that is there.
    let refused = ana.post_json_answer("/api/v1/evidence/collect", &[("number", "1"), ("kind", "inspect")]).await;
    assert!(refused.text().contains(REFUSED), "{}", refused.text());
    let fresh = other.victim("fresh", IDLE);
    let (method, reason) = mapped(&stage, &ana, 2, &fresh).await;
    assert_eq!((method, reason.contains(REFUSED)), (MappingMethod::Unresolved, true), "{reason}");
    let engine_calls = stage.proxy.calls();
    let touched = |path: &str| engine_calls.iter().filter(|call| call.path.contains(path)).count();
    assert_eq!((stage.pauses(), touched(&fresh)), (0, 0), "nothing was asked about its containers");

    // The admin sees both and accepts the one that was seen.
    let ada = stage.portal.person("ada", &["admin"]).await;
    let node = the_node(&ada).await;
    let (old, new) = (node.facts.expect("facts"), node.stranger.expect("another engine"));
    assert_ne!(old.engine_id, new.engine_id);
    assert!(node.trouble.is_some_and(|words| words.contains("It is not used until an admin accepts it")));
    let page = ada.read("/admin/nodes").await;
    assert!(page.contains("Accept this engine") && page.contains(new.engine_id.as_str()), "{page}");
    let form = |engine: &str| [("node", node.id.to_string()), ("engine", engine.to_owned())];
    let post = async |form: &[(&str, String)]| {
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        ada.post_json_answer("/api/v1/nodes/accept", &form).await.status
    };
    assert_eq!(post(&form(old.engine_id.as_str())).await, StatusCode::CONFLICT);
    // The right one comes back for a moment: what was seen is not what answers.
    stage.proxy.lead_to(&stage.engine.socket());
    assert_eq!(post(&form(new.engine_id.as_str())).await, StatusCode::CONFLICT);
    stage.proxy.lead_to(&other.socket());
    let accepted = form(new.engine_id.as_str());
    let accepted: Vec<(&str, &str)> = accepted.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_sent_to(&ada.post_form("/api/v1/nodes/accept", &accepted).await, "/admin/nodes");
    let node = the_node(&ada).await;
    assert_eq!(
        (node.facts.map(|facts| facts.engine_id), node.stranger, node.trouble),
        (Some(new.engine_id), None, None)
    );
    let auditor = stage.portal.person("aud", &["auditor"]).await;
    let trail = audit(&auditor, "?code=node.engine_accepted").await;
    let trail = serde_json::to_string(&trail).expect("text");
    assert!(trail.contains(old.engine_id.as_str()) && trail.contains(&old.hostname), "{trail}");

    // Now it is the node's engine; and the old one a stranger, which goes away by itself when the right one is back.
    let second = other.victim("fresh-2", IDLE);
    assert_eq!(mapped(&stage, &ana, 3, &second).await.0, MappingMethod::Exact);
    stage.proxy.lead_to(&stage.engine.socket());
    assert_eq!(mapped(&stage, &ana, 4, &"ab".repeat(32)).await.0, MappingMethod::Unresolved);
    assert!(the_node(&ada).await.stranger.is_some());
    stage.proxy.lead_to(&other.socket());
    let third = other.victim("fresh-3", IDLE);
    assert_eq!(mapped(&stage, &ana, 5, &third).await.0, MappingMethod::Exact);
    assert!(the_node(&ada).await.stranger.is_none());
    stage.assert_audit_intact();

    // The local operator may accept one too, by its id.
    stage.proxy.lead_to(&stage.engine.socket());
    assert!(!stage.portal.try_quell(&["node", "check", NODE]).status.success());
    let wrong = stage.portal.try_quell(&["node", "accept", NODE, "not-the-one"]);
    let said = String::from_utf8_lossy(&wrong.stderr);
    assert!(!wrong.status.success() && said.contains("not the engine that you saw"), "{said}");
    let seen = the_node(&ada).await.stranger.expect("another engine").engine_id;
    assert!(stage.portal.quell(&["node", "accept", NODE, seen.as_str()]).contains(NODE));
    assert!(the_node(&ada).await.stranger.is_none());
}

/// What the new engine does not know says nothing of what the old one did: no kill is done because nobody knows its container.
#[tokio::test(flavor = "multi_thread")]
async fn a_kill_whose_engine_was_replaced_is_not_called_done() {
    const POINT: &str = "action.after_attempted";
    let mut stage = Stage::stopping_at(POINT).await;
    let other = Engine::start().await;
    let (ana, ben) = (stage.trusted("ana").await, stage.approver("ben").await);
    let victim = stage.incident_about("left-behind", IDLE, &ana).await;
    let request = stage.waiting(&ana, "kill").await;
    stage.decide(&ben, &request, "approved", &[("waives_evidence", "yes")]).await;
    stage.at_failpoint(POINT).await;
    stage.proxy.lead_to(&other.socket());
    stage.crash_and_return().await;
    stage
        .until(&ana, "the unknown outcome", |page| {
            (page.requests[0].request.state == RequestState::Unknown).then_some(())
        })
        .await;
    assert!(!stage.portal.try_quell(&["node", "check", NODE]).status.success());
    let ada = stage.portal.person("ada", &["admin"]).await;
    let seen = the_node(&ada).await.stranger.expect("another engine").engine_id;
    stage.portal.quell(&["node", "accept", NODE, seen.as_str()]);
    let over = stage.end_of(&ana, &request).await;
    assert_ended(&over, RequestState::Failed);
    assert!(over.detail.contains("stands for another engine by now"), "{}", over.detail);
    let page = incident(&ana).await.incident;
    assert_eq!((page.contained_at, page.measures.len()), (None, 0));
    assert_eq!((stage.proxy.count("POST", "/kill"), stage.engine.state(&victim).as_str()), (0, "running"));
    stage.ledger().await.assert_every_attempt_is_concluded().await;
    stage.assert_audit_intact();
}

/// Nor does a node that is gone keep an incident open for ever.
#[tokio::test(flavor = "multi_thread")]
async fn an_outcome_on_a_node_that_was_removed_is_not_waited_for() {
    const POINT: &str = "action.after_attempted";
    let mut stage = Stage::stopping_at(POINT).await;
    let ana = stage.responder("ana").await;
    stage.incident_about("removed-node", IDLE, &ana).await;
    stage.pause(&ana).await;
    stage.at_failpoint(POINT).await;
    stage.proxy.on("GET", "/", Behaviour::Close);
    stage.crash_and_return().await;
    stage
        .until(&ana, "the unknown outcome", |page| {
            (page.requests[0].request.state == RequestState::Unknown).then_some(())
        })
        .await;
    let ada = stage.portal.person("ada", &["admin"]).await;
    let node = the_node(&ada).await.id;
    let removed = ada.post_json_answer("/api/v1/nodes/remove", &[("node", node.as_str())]).await;
    assert_eq!(removed.status, StatusCode::OK, "{}", removed.text());
    let over = stage.ended_request(&ana).await;
    assert_ended(&over, RequestState::Failed);
    assert!(over.detail.contains("no longer in use"), "{}", over.detail);
    let verdict = [("number", "1"), ("verdict", "benign"), ("reason", "the machine was given back")];
    assert_eq!(ana.post_json_answer("/api/v1/incidents/verdict", &verdict).await.status, StatusCode::OK);
    stage.assert_audit_intact();
}

/// The way to an engine may change, the engine not.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_is_reached_in_another_way_when_its_engine_answers_there() {
    let stage = Stage::set().await;
    let other = Engine::start().await;
    let ada = stage.portal.person("ada", &["admin"]).await;
    let node = the_node(&ada).await;
    let change = async |endpoint: &str| {
        let form = [("node", node.id.as_str()), ("endpoint", endpoint)];
        ada.post_json_answer("/api/v1/nodes/access", &form).await
    };
    for (endpoint, remedy) in [
        ("unix://nowhere", "whole path"),
        ("unix:///nowhere", "cannot be reached"),
        (&*other.endpoint(), "Another engine answers there"),
        (&*node.access.to_string(), "in this way already"),
    ] {
        let refused = change(endpoint).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{endpoint}: {}", refused.text());
        assert!(refused.text().contains(remedy), "{endpoint}: {}", refused.text());
        assert_eq!(the_node(&ada).await.access, node.access);
    }
    // The form comes back with what was typed, on the node that it was typed for.
    let form = [("node", node.id.as_str()), ("endpoint", "unix:///nowhere")];
    assert_sent_to(&ada.post_form("/api/v1/nodes/access", &form).await, "/admin/nodes");
    assert!(ada.read("/admin/nodes").await.contains("value=\"unix:///nowhere\""));

    assert_eq!(change(&stage.engine.endpoint()).await.status, StatusCode::OK);
    let moved = the_node(&ada).await;
    assert_eq!(moved.access.to_string(), stage.engine.endpoint());
    let calls = stage.proxy.calls().len();
    let check = ada.post_json_answer("/api/v1/nodes/check", &[("node", node.id.as_str())]).await;
    assert_eq!((check.status, the_node(&ada).await.trouble), (StatusCode::OK, None));
    assert_eq!(stage.proxy.calls().len(), calls, "the old way is used no more");
    let auditor = stage.portal.person("aud", &["auditor"]).await;
    let trail = serde_json::to_string(&audit(&auditor, "?code=node.access_changed").await).expect("text");
    assert!(trail.contains(&node.access.to_string()) && trail.contains(&stage.engine.endpoint()), "{trail}");

    // With two admins it waits for the other.
    stage.portal.person("bob", &["admin"]).await;
    assert_eq!(change(&node.access.to_string()).await.status, StatusCode::OK);
    assert_eq!(the_node(&ada).await.access, moved.access);
    assert!(ada.read("/admin/changes").await.contains("Change the way to a node"));
    stage.assert_audit_intact();
}
