//! The engine adapter against a real engine: what it reads, what it changes, and what it never touches.

use std::{fs, sync::Arc};

use quell_core::ports::{EngineError, Engines};
use quell_domain::{action::RunState, ids::ContainerId, time::SECOND};
use quell_effects::{DockerEngines, SystemClock};
use quell_tests::{Engine, Proxy, proxy::Behaviour};

/// The adapter under test.
pub fn adapter() -> DockerEngines {
    DockerEngines::new(Arc::new(SystemClock))
}

/// A loop that writes a line and sleeps.
pub const LOOP: &str = "while :; do echo alive; sleep 1; done";

/// Starts a container.
pub fn victim(engine: &Engine, name: &str, script: &str) -> ContainerId {
    ContainerId::parse(&engine.victim(name, script)).expect("a full id")
}

/// What the client says.
pub fn ask(engine: &Engine, words: &[&str]) -> String {
    engine.docker(words).expect("the client")
}

/// Does the node's kernel say that this process is frozen? Knows both versions of control groups.
fn is_frozen(pid: i64) -> bool {
    let groups = fs::read_to_string(format!("/proc/{pid}/cgroup")).expect("a living process");
    groups.lines().filter_map(|line| line.split_once(':')?.1.split_once(':')).any(|(controllers, path)| {
        match controllers {
            "freezer" => fs::read_to_string(format!("/sys/fs/cgroup/freezer{path}/freezer.state"))
                .is_ok_and(|s| s.trim() == "FROZEN"),
            "" => {
                fs::read_to_string(format!("/sys/fs/cgroup{path}/cgroup.events")).is_ok_and(|s| s.contains("frozen 1"))
            }
            _ => false,
        }
    })
}

#[tokio::test]
async fn an_engine_tells_its_facts() {
    let engine = Engine::shared().await;
    let facts = adapter().facts(&engine.node().access).await.expect("facts");
    assert_eq!(facts.engine_id.as_str(), ask(engine, &["info", "--format", "{{.ID}}"]));
    assert_eq!(facts.hostname, ask(engine, &["info", "--format", "{{.Name}}"]));
    assert_eq!(facts.storage_driver, ask(engine, &["info", "--format", "{{.Driver}}"]));
    assert_eq!(facts.version, ask(engine, &["version", "--format", "{{.Server.Version}}"]));
    assert!(!facts.api_version.is_empty() && !facts.cgroup_version.is_empty() && !facts.system.is_empty());
    assert!(facts.clock_offset.abs() < 2 * SECOND, "the same machine's clock: {}", facts.clock_offset);
    assert!(!facts.live_restore);
}

#[tokio::test]
async fn a_container_is_described_and_listed() {
    let engine = Engine::shared().await;
    let id = victim(engine, "described", LOOP);
    let listed = adapter().containers(&engine.node()).await.expect("a list");
    let brief = listed.into_iter().find(|brief| brief.id == id).expect("listed");
    assert_eq!((brief.name.as_str(), brief.state), ("described", RunState::Running));

    let container = adapter().inspect(&engine.node(), &id).await.expect("described");
    assert_eq!(container.facts.container, id);
    assert_eq!(container.facts.name, "described");
    assert_eq!(container.facts.image, brief.image);
    assert!(container.facts.image_id.starts_with("sha256:"));
    assert_eq!(container.facts.engine_id.as_str(), ask(engine, &["info", "--format", "{{.ID}}"]));
    assert_eq!(container.facts.created, ask(engine, &["inspect", "--format", "{{.Created}}", id.as_str()]));
    assert_eq!(container.state, RunState::Running);
    assert!(container.pid > 0 && container.processes >= Some(1) && container.command.contains("echo alive"));
    assert!(container.attachments.is_empty(), "none is no network: {:?}", container.attachments);
    let mark = adapter().mark(&engine.node(), &id).await.expect("a mark");
    assert_eq!((mark.started_at, mark.pid, mark.state), (container.facts.started_at, container.pid, container.state));
}

#[tokio::test]
async fn ended_containers_are_listed_and_have_no_processes() {
    let engine = Engine::shared().await;
    let id = victim(engine, "ended", "true");
    ask(engine, &["wait", id.as_str()]);
    let container = adapter().inspect(&engine.node(), &id).await.expect("described");
    assert_eq!((container.state, container.pid, container.processes), (RunState::Exited, 0, None));
    let listed = adapter().containers(&engine.node()).await.expect("a list");
    assert!(listed.iter().any(|brief| brief.id == id && brief.state == RunState::Exited));
    let refused = adapter().pause(&engine.node(), &id).await;
    assert!(matches!(refused, Err(EngineError::Refused { status: 409 | 500, .. })), "{refused:?}");
}

/// The container decides how long its list of processes is; the engine, when it comes.
#[tokio::test]
async fn processes_are_not_counted_at_any_price() {
    let engine = Engine::shared().await;
    let id = victim(engine, "crowded", LOOP);
    let proxy = Proxy::start(&engine.socket());
    let counted = async |behaviour: Option<Behaviour>| {
        proxy.clear_rules();
        if let Some(behaviour) = behaviour {
            proxy.on("GET", "/top", behaviour);
        }
        adapter().inspect(&proxy.node(), &id).await.expect("described").processes
    };
    assert!(counted(None).await >= Some(1));
    assert!(counted(Some(Behaviour::Append(" ".repeat(1024 * 1024)))).await >= Some(1));
    assert_eq!(counted(Some(Behaviour::Append(" ".repeat(5 * 1024 * 1024)))).await, None);
    assert_eq!(counted(Some(Behaviour::Hang)).await, None);
}

/// An engine in an attacker's hands answers without end; what is held of that is little, and the portal lives on.
#[tokio::test]
async fn an_answer_without_end_is_not_held() {
    let engine = Engine::shared().await;
    let id = victim(engine, "endless", LOOP);
    let proxy = Proxy::start(&engine.socket());
    let long = |path: &str| {
        proxy.clear_rules();
        proxy.on("GET", path, Behaviour::Append(" ".repeat(40 * 1024 * 1024)));
    };
    long("/info");
    let facts = adapter().facts(&proxy.node().access).await;
    assert!(matches!(facts, Err(EngineError::NoAnswer(_))), "{facts:?}");
    long("/containers/json");
    assert!(matches!(adapter().containers(&proxy.node()).await, Err(EngineError::NoAnswer(_))));
    long("/json");
    assert!(matches!(adapter().inspect(&proxy.node(), &id).await, Err(EngineError::NoAnswer(_))));
    assert!(matches!(adapter().mark(&proxy.node(), &id).await, Err(EngineError::NoAnswer(_))));
    proxy.clear_rules();
    adapter().inspect(&proxy.node(), &id).await.expect("described");
}

#[tokio::test]
async fn a_pause_freezes_and_a_second_one_is_refused() {
    let engine = Engine::shared().await;
    let id = victim(engine, "paused", LOOP);
    let before = adapter().mark(&engine.node(), &id).await.expect("a mark");
    adapter().pause(&engine.node(), &id).await.expect("paused");
    let after = adapter().inspect(&engine.node(), &id).await.expect("described");
    assert_eq!(after.state, RunState::Paused);
    assert_eq!((after.facts.started_at, after.pid), (before.started_at, before.pid), "the same process");
    assert_eq!(engine.state(id.as_str()), "paused");
    // The node itself says that the process is frozen, whatever the engine says.
    assert!(is_frozen(after.pid), "the node's freezer");
    let again = adapter().pause(&engine.node(), &id).await;
    assert!(
        matches!(&again, Err(EngineError::Refused { status: 409, message }) if message.contains("paused")),
        "{again:?}"
    );
}

#[tokio::test]
async fn a_container_that_took_over_the_name_is_not_touched() {
    let engine = Engine::shared().await;
    let old = victim(engine, "reborn", LOOP);
    ask(engine, &["rm", "-f", "reborn"]);
    let new = victim(engine, "reborn", LOOP);
    assert_ne!(old, new);
    assert!(matches!(adapter().pause(&engine.node(), &old).await, Err(EngineError::NotFound)));
    assert!(matches!(adapter().inspect(&engine.node(), &old).await, Err(EngineError::NotFound)));
    assert!(matches!(adapter().mark(&engine.node(), &old).await, Err(EngineError::NotFound)));
    let mark = adapter().mark(&engine.node(), &new).await.expect("a mark");
    assert_eq!(mark.state, RunState::Running);
}

#[tokio::test]
async fn an_id_used_as_a_name_does_not_lead_to_another_container() {
    let engine = Engine::shared().await;
    let wanted = ContainerId::parse(&"ab".repeat(32)).expect("an id");
    // An engine resolves names that look like ids.
    victim(engine, wanted.as_str(), LOOP);
    assert!(matches!(adapter().inspect(&engine.node(), &wanted).await, Err(EngineError::Garbled(_))));
    assert!(matches!(adapter().mark(&engine.node(), &wanted).await, Err(EngineError::Garbled(_))));
}
