//! Evidence of a real container: cancelling, what needs a pause, and an image that another engine can use.

use std::time::SystemTime;

use quell_domain::{
    action::RequestState,
    evidence::{ItemKind, ItemState},
};
use quell_tests::{Behaviour, Engine, Portal, engine::IDLE, wait_for};
use reqwest::StatusCode;

use super::{
    ledger::assert_store_equals_record,
    stage::{PATIENCE, Stage, assert_ended, assert_sent_to, incident, reverse_shell, state_of},
};

/// Everything that the engine says about a container's state.
fn state(stage: &Stage, container: &str) -> String {
    stage.engine.docker(&["inspect", "--format", "{{json .State}}", container]).expect("described")
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_keeps_what_is_sealed_and_nothing_else() {
    let stage = Stage::set().await;
    let ana = stage.responder("ana").await;
    let victim = stage.incident_about("cancelled", IDLE, &ana).await;
    let before = state(&stage, &victim);
    stage.proxy.on("GET", "/export", Behaviour::Slow(256 * 1024));
    stage.collect(&ana, None).await;
    let pack = stage
        .until(&ana, "progress of the root file system", |page| {
            let row = page.packs.first()?;
            let task = row.tasks.iter().find(|task| task.kind == ItemKind::RootFs)?;
            (task.state == ItemState::Collecting && task.bytes > 0 && task.heartbeat_at.is_some()).then(|| row.clone())
        })
        .await;
    // One collection at a time.
    let again = ana.post_json_answer("/api/v1/evidence/collect", &[("number", "1"), ("kind", "")]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    let form = [("number", "1"), ("pack", pack.pack.id.as_str())];
    assert_sent_to(&ana.post_form("/api/v1/evidence/cancel", &form).await, "/incidents/1");
    let pack = stage.ended_pack(&ana).await;
    for kind in ItemKind::ALL {
        let expected = match kind {
            ItemKind::RootFs | ItemKind::Image => ItemState::Cancelled,
            _ => ItemState::Sealed,
        };
        assert_eq!(state_of(&pack, *kind), expected, "{}", kind.word());
    }
    let ledger = stage.ledger().await;
    assert_eq!(ledger.kept().await.len(), 6);
    assert_store_equals_record(&ledger, &stage.store()).await;
    ledger.assert_every_attempt_is_concluded().await;
    assert_eq!(state(&stage, &victim), before);
    // Nothing is left to cancel, and a new collection can begin.
    let late = ana.post_json_answer("/api/v1/evidence/cancel", &form).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    stage.proxy.clear_rules();
    stage.collect(&ana, Some(ItemKind::RootFs)).await;
    assert_eq!(state_of(&stage.ended_pack(&ana).await, ItemKind::RootFs), ItemState::Sealed);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_needs_a_pause_and_then_loads_on_another_engine() {
    let stage = Stage::set().await;
    let ana = stage.responder("ana").await;
    let script = format!("echo dropped by the attacker > /tmp/marker; echo ready; {IDLE}");
    let victim = stage.incident_about("imaged", &script, &ana).await;
    wait_for("the marker", PATIENCE, async || {
        stage.engine.docker(&["logs", &victim]).is_ok_and(|said| said.contains("ready")).then_some(())
    })
    .await;
    let before = state(&stage, &victim);
    stage.collect(&ana, None).await;
    let pack = stage.ended_pack(&ana).await;
    assert_eq!(state_of(&pack, ItemKind::Image), ItemState::NeedsPause);
    let note = &pack.tasks.iter().find(|task| task.kind == ItemKind::Image).expect("a task").note;
    assert!(note.contains("Pause"), "says what to do: {note}");
    assert!(
        ItemKind::ALL
            .iter()
            .filter(|kind| **kind != ItemKind::Image)
            .all(|kind| state_of(&pack, *kind) == ItemState::Sealed)
    );
    assert_eq!(state(&stage, &victim), before, "collecting changed the container's state");
    assert_eq!(stage.proxy.count("POST", "/commit"), 0);
    assert!(ana.read("/incidents/1").await.contains("/incidents/1/actions/pause"), "the page links to the pause");

    stage.pause(&ana).await;
    assert_ended(&stage.ended_request(&ana).await, RequestState::Verified);
    let before = state(&stage, &victim);
    stage.collect(&ana, Some(ItemKind::Image)).await;
    let pack = stage.ended_pack(&ana).await;
    assert_eq!(state_of(&pack, ItemKind::Image), ItemState::Sealed, "{:?}", pack.items);
    assert_eq!(state(&stage, &victim), before);
    assert!(incident(&ana).await.incident.evidence_at.is_some());

    let item = pack.items.first().expect("an item");
    let file = ana.get(&format!("/evidence/{}/download", item.id)).await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("image.tar");
    std::fs::write(&path, &file.body).expect("written");
    let elsewhere = Engine::start().await;
    let said = elsewhere.docker(&["load", "-i", path.to_str().expect("a path")]).expect("loaded");
    let image = said.rsplit_once(": ").map(|(_, image)| image).unwrap_or_else(|| panic!("no image in: {said}"));
    let marker = elsewhere.docker(&["run", "--rm", "--network", "none", image, "cat", "/tmp/marker"]);
    assert_eq!(marker.as_deref(), Ok("dropped by the attacker"));
}

/// The worker stands between the final name and the record while somebody cancels: the file is not left without a record.
#[tokio::test(flavor = "multi_thread")]
async fn cancelling_too_late_leaves_no_file_without_a_record() {
    let point = "evidence.after_seal";
    let mut stage = Stage::stopping_at(point).await;
    let ana = stage.responder("ana").await;
    stage.incident_about("cancelled-late", IDLE, &ana).await;
    stage.collect(&ana, Some(ItemKind::Inspect)).await;
    stage.at_failpoint(point).await;
    let pack = incident(&ana).await.packs.remove(0).pack;
    let form = [("number", "1"), ("pack", pack.id.as_str())];
    assert_sent_to(&ana.post_form("/api/v1/evidence/cancel", &form).await, "/incidents/1");
    stage.crash_and_return().await;
    let row = stage.ended_pack(&ana).await;
    assert_eq!(state_of(&row, ItemKind::Inspect), ItemState::Sealed, "what has its name is kept");
    let ledger = stage.ledger().await;
    assert_eq!(ledger.kept().await.len(), 1);
    assert_store_equals_record(&ledger, &stage.store()).await;
    ledger.assert_every_attempt_is_concluded().await;
    stage.assert_audit_intact();
}

/// An orderly stop in the middle of a stream loses nothing either.
#[tokio::test(flavor = "multi_thread")]
async fn a_collection_goes_on_after_an_orderly_restart() {
    let mut stage = Stage::with(Portal::builder().env("QUELL__WORKER__LEASE_SECONDS", "5")).await;
    let ana = stage.responder("ana").await;
    stage.incident_about("restarted-portal", IDLE, &ana).await;
    stage.proxy.on("GET", "/export", Behaviour::Slow(256 * 1024));
    stage.collect(&ana, Some(ItemKind::RootFs)).await;
    stage.until(&ana, "bytes", |page| page.packs.first()?.tasks.iter().any(|task| task.bytes > 0).then_some(())).await;
    stage.proxy.clear_rules();
    stage.portal.restart().await;
    assert_eq!(state_of(&stage.ended_pack(&ana).await, ItemKind::RootFs), ItemState::Sealed);
    let ledger = stage.ledger().await;
    assert_store_equals_record(&ledger, &stage.store()).await;
    ledger.assert_every_attempt_is_concluded().await;
}

/// The engine writes into the stream that it cannot read on, with a terminal among the container's own lines.
#[tokio::test(flavor = "multi_thread")]
async fn logs_that_the_engine_could_not_read_to_the_end_are_kept_as_partial() {
    let said = "Error grabbing logs: unexpected EOF\n";
    let framed = format!("\u{3}\0\0\0\0\0\0\u{24}{said}");
    for (name, terminal, trouble) in [("framed-logs", false, framed.as_str()), ("terminal-logs", true, said)] {
        let stage = Stage::set().await;
        let ana = stage.responder("ana").await;
        // With frames the container may say the same: the engine has a stream of its own.
        let words = if terminal { "says the container" } else { "Error grabbing logs: says the container" };
        let script = format!("echo {words}; {IDLE}");
        let victim = if terminal { with_terminal(&stage, name, &script) } else { stage.engine.victim(name, &script) };
        assert_eq!(stage.post(reverse_shell(&victim, name, SystemTime::now())).await.status, StatusCode::OK);
        stage.until(&ana, "the incident", |page| (page.incident.alarm_count == 1).then_some(())).await;
        wait_for("its words", PATIENCE, async || {
            stage.engine.docker(&["logs", &victim]).is_ok_and(|said| said.contains("says the")).then_some(())
        })
        .await;
        stage.collect(&ana, Some(ItemKind::Logs)).await;
        let pack = stage.ended_pack(&ana).await;
        assert_eq!(state_of(&pack, ItemKind::Logs), ItemState::Sealed, "{name}: {:?}", pack.items);

        stage.proxy.on("GET", "/logs", Behaviour::Append(trouble.to_owned()));
        stage.collect(&ana, Some(ItemKind::Logs)).await;
        let pack = stage.ended_pack(&ana).await;
        assert_eq!(state_of(&pack, ItemKind::Logs), ItemState::Partial, "{name}: {:?}", pack.items);
        let item = &pack.items[0];
        assert!(item.reason.contains("unexpected EOF"), "{name}: {}", item.reason);
        assert!(item.object.as_deref().is_some_and(|object| object.ends_with("partial-6-logs.bin")));
        let file = ana.get(&format!("/evidence/{}/download", item.id)).await;
        assert!(file.text().contains("says the container") && file.text().ends_with(said), "{name}");
        assert_store_equals_record(&stage.ledger().await, &stage.store()).await;
    }
}

/// A victim whose first process has a terminal.
fn with_terminal(stage: &Stage, name: &str, script: &str) -> String {
    let plain = stage.engine.victim(&format!("{name}-image"), IDLE);
    let image = stage.engine.docker(&["inspect", "--format", "{{.Config.Image}}", &plain]).expect("described");
    let words = ["run", "-d", "-t", "--network", "none", "--name", name, image.as_str(), "sh", "-c", script];
    stage.engine.docker(&words).expect("started")
}
