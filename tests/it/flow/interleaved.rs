//! Things that happen in between: a node is taken out of use, alarms join, collections run, while an action is carried out.

use std::time::{Duration, SystemTime};

use quell_domain::{
    action::RequestState,
    evidence::{ItemKind, ItemState},
    incident::IncidentState,
};
use quell_tests::{Behaviour, Client, Portal, engine::IDLE, wait_for};
use reqwest::StatusCode;
use tempfile::NamedTempFile;

use super::{
    ledger::assert_store_equals_record,
    stage::{
        PATIENCE, Stage, assert_ended, assert_sent_to, fingerprint, incident, pause_form, reverse_shell, state_of,
    },
};

/// Collections that one portal runs at the same time.
const COLLECTING: i64 = 4;

/// Ana asked for something about a new victim, and the portal stands still at `point` in the middle of it.
async fn midway(point: &str, name: &str, ask: impl AsyncFnOnce(&Stage, &Client)) -> (Stage, Client, String) {
    asked(Stage::stopping_at(point).await, point, name, ask).await
}

/// The same, until the file is gone.
async fn midway_while(
    holding: &NamedTempFile,
    point: &str,
    name: &str,
    ask: impl AsyncFnOnce(&Stage, &Client),
) -> (Stage, Client, String) {
    let path = holding.path().to_str().expect("a path");
    let builder = Portal::builder().env("QUELL_FAILPOINT", point).env("QUELL_FAILPOINT_WHILE", path);
    asked(Stage::with(builder).await, point, name, ask).await
}

async fn asked(
    stage: Stage,
    point: &str,
    name: &str,
    ask: impl AsyncFnOnce(&Stage, &Client),
) -> (Stage, Client, String) {
    let ana = stage.responder("ana").await;
    let victim = stage.incident_about(name, IDLE, &ana).await;
    ask(&stage, &ana).await;
    stage.at_failpoint(point).await;
    (stage, ana, victim)
}

async fn pause(stage: &Stage, who: &Client) {
    stage.pause(who).await;
}

async fn remove_node(stage: &Stage) {
    let admin = stage.portal.person("adm", &["admin", "responder"]).await;
    let node = incident(&admin).await.incident.place.node.expect("a node").to_string();
    assert_sent_to(&admin.post_form("/api/v1/nodes/remove", &[("node", &node)]).await, "/admin/nodes");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_on_a_node_that_was_removed_meanwhile_is_not_run() {
    let (mut stage, ana, victim) = midway("action.after_consume", "node-removed", pause).await;
    let seen = fingerprint(&ana).await;
    remove_node(&stage).await;
    stage.crash_and_return().await;
    let request = stage.ended_request(&ana).await;
    assert_ended(&request, RequestState::Void);
    assert!(request.detail.contains("node"), "{}", request.detail);
    assert_eq!((stage.pauses(), stage.engine.state(&victim).as_str()), (0, "running"));
    assert_eq!(incident(&ana).await.incident.state, IncidentState::Triage);
    // And nothing new is asked of it.
    let page = ana.post_json_answer("/api/v1/actions/request", &pause_form(&seen)).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND, "{}", page.text());
    let page = ana.post_json_answer("/api/v1/evidence/collect", &[("number", "1"), ("kind", "")]).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND, "{}", page.text());
    assert_eq!(incident(&ana).await.requests.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_of_a_node_that_was_removed_meanwhile_is_not_read() {
    let collect = async |stage: &Stage, ana: &Client| stage.collect(ana, Some(ItemKind::RootFs)).await;
    let (mut stage, ana, _) = midway("evidence.after_attempted", "node-removed-evidence", collect).await;
    remove_node(&stage).await;
    stage.crash_and_return().await;
    let row = stage.ended_pack(&ana).await;
    assert_eq!(state_of(&row, ItemKind::RootFs), ItemState::Failed);
    assert!(row.items[0].reason.contains("node is no longer in use"), "{}", row.items[0].reason);
    assert_eq!(stage.proxy.count("GET", "/export"), 0);
    stage.ledger().await.assert_every_attempt_is_concluded().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn collections_leave_room_for_a_pause() {
    let stage = Stage::set().await;
    let ana = stage.responder("ana").await;
    let ledger = stage.ledger().await;
    let mut victims = Vec::new();
    for number in 1..=COLLECTING + 1 {
        let name = format!("room-{number}");
        let victim = stage.engine.victim(&name, IDLE);
        assert_eq!(stage.post(reverse_shell(&victim, &name, SystemTime::now())).await.status, StatusCode::OK);
        wait_for("its incident", PATIENCE, async || {
            (ledger.count("SELECT COUNT(*) FROM incident").await == number).then_some(())
        })
        .await;
        victims.push(victim);
    }
    stage.proxy.on("GET", "/export", Behaviour::Hang);
    // Incident 1 is the last that asks, and so the one that waits.
    for number in (1..=COLLECTING + 1).rev() {
        let number = number.to_string();
        let form = [("number", number.as_str()), ("kind", ItemKind::RootFs.word())];
        assert_eq!(ana.post_json_answer("/api/v1/evidence/collect", &form).await.status, StatusCode::OK);
    }
    let exporting = async || (stage.proxy.count("GET", "/export") as i64 == COLLECTING).then_some(());
    wait_for("the collections", PATIENCE, exporting).await;
    stage.pause(&ana).await;
    assert_ended(&stage.ended_request(&ana).await, RequestState::Verified);
    assert_eq!(stage.engine.state(&victims[0]), "paused");
    // Its own collection became due before the pause, and still waits for a place.
    assert_eq!(state_of(&incident(&ana).await.packs[0], ItemKind::RootFs), ItemState::Queued);
    assert_eq!(stage.proxy.count("GET", "/export") as i64, COLLECTING);
}

/// The engine has said no; before that is written down, an alarm joins the incident. What the engine said is not lost.
#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_that_joins_while_an_answer_is_written_down_does_not_lose_the_answer() {
    let holding = NamedTempFile::new().expect("a file");
    let refused = async |stage: &Stage, ana: &Client| {
        stage.proxy.on("POST", "/pause", Behaviour::Refuse(500, "no".to_owned()));
        pause(stage, ana).await;
    };
    let (stage, ana, victim) = midway_while(&holding, "action.before_concluded", "conclusion-race", refused).await;
    let more = reverse_shell(&victim, "conclusion-race", SystemTime::now());
    assert_eq!(stage.post(more).await.status, StatusCode::OK);
    stage.until(&ana, "the second alarm", |page| (page.incident.alarm_count == 2).then_some(())).await;
    drop(holding);
    let request = stage.ended_request(&ana).await;
    assert_ended(&request, RequestState::Failed);
    assert!(request.detail.contains("status 500"), "what the engine said: {}", request.detail);
    let page = incident(&ana).await;
    assert_eq!((page.incident.state, page.incident.alarm_count), (IncidentState::Triage, 2));
    let trail = stage.ledger().await.trail().await;
    let concluded: Vec<_> = trail.iter().filter(|entry| entry["code"] == "action.concluded").collect();
    assert_eq!(concluded.len(), 1);
    assert_eq!((concluded[0]["outcome"].as_str(), stage.pauses()), (Some("failed"), 1));
}

/// Stands still between the engine's yes and the reading back; somebody uses the engine meanwhile.
async fn after_the_yes(name: &str, word: &str, more: &[&str]) -> (Stage, Client, String) {
    let holding = NamedTempFile::new().expect("a file");
    let (stage, ana, victim) = midway_while(&holding, "action.before_concluded", name, pause).await;
    stage.engine.docker(&[&[word, &victim], more].concat()).expect("the engine does it");
    (stage, ana, victim)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_thawed_before_it_was_read_back_is_not_called_contained() {
    let (stage, ana, _) = after_the_yes("thawed", "unpause", &[]).await;
    let request = stage.ended_request(&ana).await;
    assert_ended(&request, RequestState::Failed);
    assert_eq!(incident(&ana).await.incident.state, IncidentState::Triage);
    let page = ana.read("/incidents/1").await;
    let card = page.split_once("id=\"actions\"").and_then(|(_, rest)| rest.split_once("</section>"));
    let card = card.expect("the card of actions").0;
    assert!(card.contains("Read back: the container is running."), "what was found, not what was hoped: {card}");
    assert!(!card.contains("The engine said yes."), "{card}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_renamed_before_it_was_read_back_is_contained_all_the_same() {
    let (stage, ana, victim) = after_the_yes("renamed", "rename", &["renamed-meanwhile"]).await;
    let request = stage.ended_request(&ana).await;
    assert_ended(&request, RequestState::Verified);
    assert!(request.detail.contains("Changed since the request: Name."), "{}", request.detail);
    assert_eq!(incident(&ana).await.incident.state, IncidentState::Contained);
    assert_eq!(stage.engine.state(&victim), "paused");
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_that_has_its_final_name_is_recorded_although_its_container_is_gone() {
    let collect = async |stage: &Stage, ana: &Client| stage.collect(ana, None).await;
    let (mut stage, ana, victim) = midway("evidence.after_seal", "gone-after-seal", collect).await;
    stage.engine.docker(&["rm", "-f", &victim]).expect("removed");
    stage.crash_and_return().await;
    let pack = stage.ended_pack(&ana).await;
    assert_eq!(state_of(&pack, ItemKind::Inspect), ItemState::Sealed, "{:?}", pack.items);
    assert_eq!(state_of(&pack, ItemKind::RootFs), ItemState::Failed, "{:?}", pack.items);
    let ledger = stage.ledger().await;
    assert_store_equals_record(&ledger, &stage.store()).await;
    ledger.assert_every_attempt_is_concluded().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_that_was_not_sent_in_time_is_never_sent() {
    let (mut stage, ana, victim) = midway("action.after_consume", "too-late", pause).await;
    // An incident is not closed over an action that may still run.
    let verdict = [("number", "1"), ("verdict", "false_positive"), ("reason", "a drill")];
    let page = ana.post_json_answer("/api/v1/incidents/verdict", &verdict).await;
    assert_eq!(page.status, StatusCode::CONFLICT, "{}", page.text());
    // The portal is away until long after.
    stage.portal.kill_9();
    stage.ledger().await.tamper("UPDATE action_request SET expires_at = 1").await;
    stage.crash_and_return().await;
    assert_ended(&stage.ended_request(&ana).await, RequestState::Expired);
    assert_eq!((stage.pauses(), stage.engine.state(&victim).as_str()), (0, "running"));
    assert_eq!(incident(&ana).await.incident.state, IncidentState::Triage);
    let page = ana.post_json_answer("/api/v1/incidents/verdict", &verdict).await;
    assert!(page.status.is_success(), "{}", page.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_is_paused_already_is_recorded_as_contained_without_a_call() {
    let stage = Stage::set().await;
    let ana = stage.responder("ana").await;
    let victim = stage.incident_about("paused-by-hand", IDLE, &ana).await;
    stage.engine.docker(&["pause", &victim]).expect("paused by hand");
    stage.pause(&ana).await;
    let request = stage.ended_request(&ana).await;
    assert_ended(&request, RequestState::Void);
    assert!(request.detail.contains("paused already"), "{}", request.detail);
    assert_eq!((stage.pauses(), incident(&ana).await.incident.state), (0, IncidentState::Contained));
    // An alarm from after containment puts it in doubt; asking again settles it.
    let later = SystemTime::now() + Duration::from_secs(60);
    assert_eq!(stage.post(reverse_shell(&victim, "paused-by-hand", later)).await.status, StatusCode::OK);
    stage.until(&ana, "doubt", |page| (page.incident.state == IncidentState::Containing).then_some(())).await;
    stage.pause(&ana).await;
    stage.until(&ana, "containment", |page| (page.incident.state == IncidentState::Contained).then_some(())).await;
    assert_eq!(stage.pauses(), 0);
    // While it holds, there is nothing to ask for.
    stage.pause(&ana).await;
    assert_eq!(incident(&ana).await.requests.len(), 2);
}
