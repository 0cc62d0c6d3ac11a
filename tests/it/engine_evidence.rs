//! Artefacts from a real engine: whole, byte for byte, and never at the price of the container's state.

use std::{
    io::{Read, Write},
    os::unix::net::UnixStream,
    process::Command,
    time::Duration,
};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use quell_core::{
    ports::{EngineError, Engines, Shape, Vault},
    shape::Checker,
};
use quell_domain::{
    action::RunState,
    evidence::ItemKind,
    ids::{ContainerId, Digest},
};
use quell_effects::FolderVault;
use quell_tests::{Engine, wait_for};

use crate::engine::{LOOP, adapter, ask, victim};

/// Every kind that can be kept of a running container.
const RUNNING: [ItemKind; 7] = [
    ItemKind::Inspect,
    ItemKind::Engine,
    ItemKind::Top,
    ItemKind::Network,
    ItemKind::Diff,
    ItemKind::Logs,
    ItemKind::RootFs,
];

/// Reads an artefact to its end through the structural check: call, bytes, what the check found.
async fn collect(engine: &Engine, id: &ContainerId, kind: ItemKind, quarantine: &str) -> (String, Vec<u8>, String) {
    let stream = adapter().evidence(&engine.node(), id, kind, quarantine).await.expect("a stream");
    let mut checker = Checker::new(stream.shape);
    let bytes: Vec<Bytes> = stream.bytes.try_collect().await.expect("whole");
    for part in &bytes {
        checker.push(part).expect("well formed");
    }
    let found = checker.finish().expect("complete");
    assert_eq!(found.lacks, None);
    (stream.method, bytes.concat(), found.words)
}

async fn until_logged(engine: &Engine, id: &ContainerId, text: &str) {
    let logged = async || engine.docker(&["logs", id.as_str()]).ok().filter(|logs| logs.contains(text));
    wait_for("a line in the log", Duration::from_secs(20), logged).await;
}

/// The same call by other means: HTTP/1.0 by hand, where the body is all that comes.
fn by_hand(engine: &Engine, call: &str) -> Vec<u8> {
    let path = call.rsplit("GET ").next().expect("a call");
    let socket = engine.endpoint().strip_prefix("unix://").expect("a Unix socket").to_owned();
    let mut stream = UnixStream::connect(socket).expect("a connection");
    write!(stream, "GET {path} HTTP/1.0\r\nHost: engine\r\n\r\n").expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    let head = answer.windows(4).position(|w| w == b"\r\n\r\n").expect("a head");
    assert!(answer.starts_with(b"HTTP/1.0 200"), "{}", String::from_utf8_lossy(&answer[..head]));
    answer.split_off(head + 4)
}

#[tokio::test]
async fn every_artefact_of_a_frozen_container_is_what_the_engine_sends() {
    let engine = Engine::shared().await;
    let script = format!("echo secret > /dropped; echo started; echo trouble >&2; {LOOP}");
    let id = victim(engine, "whole", &script);
    until_logged(engine, &id, "alive").await;
    adapter().pause(&engine.node(), &id).await.expect("paused");
    let before = adapter().mark(&engine.node(), &id).await.expect("a mark");
    for kind in RUNNING {
        let (method, bytes, found) = collect(engine, &id, kind, "").await;
        // These hold a clock and the use of the processor, or are put together from several answers.
        if !matches!(kind, ItemKind::Engine | ItemKind::Top | ItemKind::Network) {
            assert_eq!(Digest::of(&bytes), Digest::of(&by_hand(engine, &method)), "{kind:?} by {method}: {found}");
        }
        let holds = |text: &str| String::from_utf8_lossy(&bytes).contains(text);
        match kind {
            ItemKind::Inspect => assert!(holds(id.as_str())),
            ItemKind::Engine => assert!(holds("\"ID\"")),
            ItemKind::Top => assert!(holds("sh -c") && holds("Processes")),
            ItemKind::Network => {
                assert!(holds("\"network_mode\": \"none\"") && holds("\"counters\""));
                assert!(holds("sl  local_address"), "the engine runs beside us: {}", String::from_utf8_lossy(&bytes));
            }
            ItemKind::Diff => assert!(holds("\"/dropped\"")),
            ItemKind::Logs => {
                assert!(holds("Z started\n") && holds("Z trouble\n") && found.contains("1 of standard error"));
            }
            ItemKind::RootFs => assert!(holds("dropped") && holds("secret") && found.contains("two zero blocks")),
            ItemKind::Image => {}
        }
    }
    assert_eq!(adapter().mark(&engine.node(), &id).await.expect("a mark"), before, "nothing changed");
}

#[tokio::test]
async fn a_running_container_runs_on() {
    let engine = Engine::shared().await;
    let id = victim(engine, "runs-on", LOOP);
    let before = adapter().mark(&engine.node(), &id).await.expect("a mark");
    for kind in RUNNING {
        collect(engine, &id, kind, "").await;
    }
    assert_eq!(adapter().mark(&engine.node(), &id).await.expect("a mark"), before);
}

#[tokio::test]
async fn logs_of_a_terminal_have_no_frames() {
    let engine = Engine::shared().await;
    let id = victim(engine, "terminal", LOOP);
    let image = ask(engine, &["inspect", "--format", "{{.Config.Image}}", id.as_str()]);
    let run = ["run", "-d", "-t", "--network", "none", "--name", "with-terminal", &image, "echo", "plainly"];
    let id = ContainerId::parse(&ask(engine, &run)).expect("an id");
    ask(engine, &["wait", id.as_str()]);
    let stream = adapter().evidence(&engine.node(), &id, ItemKind::Logs, "").await.expect("a stream");
    assert_eq!(stream.shape, Shape::Lines);
    let bytes: Vec<Bytes> = stream.bytes.try_collect().await.expect("whole");
    assert!(String::from_utf8_lossy(&bytes.concat()).ends_with("Z plainly\r\n"));
}

#[tokio::test]
async fn an_image_needs_a_container_that_holds_still() {
    let engine = Engine::shared().await;
    let id = victim(engine, "image-running", LOOP);
    let refused = adapter().evidence(&engine.node(), &id, ItemKind::Image, "needs-pause").await.err();
    assert!(matches!(refused, Some(EngineError::Refused { status: 409, .. })), "{refused:?}");
    assert_eq!(ask(engine, &["images", "--quiet", "quell-evidence/needs-pause"]), "", "no image was made");
    let mark = adapter().mark(&engine.node(), &id).await.expect("a mark");
    assert_eq!(mark.state, RunState::Running);
}

#[tokio::test]
async fn an_image_of_a_paused_container_is_whole_named_and_leaves_it_paused() {
    let engine = Engine::shared().await;
    let id = victim(engine, "image-paused", &format!("echo implant > /implant; {LOOP}"));
    until_logged(engine, &id, "alive").await;
    adapter().pause(&engine.node(), &id).await.expect("paused");
    let before = adapter().mark(&engine.node(), &id).await.expect("a mark");
    let (method, bytes, found) = collect(engine, &id, ItemKind::Image, "0194-image").await;
    assert!(method.contains("pause=false") && found.contains("match their hashes"), "{method}: {found}");
    assert_eq!(adapter().mark(&engine.node(), &id).await.expect("a mark"), before, "still paused, same process");
    // The quarantine name keeps it from a prune, and a second save of it is the same archive.
    assert_ne!(ask(engine, &["images", "--quiet", "quell-evidence/0194-image:image"]), "");
    assert_eq!(Digest::of(&bytes), Digest::of(&by_hand(engine, &method)));
    assert!(String::from_utf8_lossy(&bytes).contains("implant"));
}

#[tokio::test]
async fn an_artefact_of_a_container_that_is_gone_is_not_found() {
    let engine = Engine::shared().await;
    let gone = ContainerId::parse(&"0".repeat(64)).expect("an id");
    for kind in ItemKind::ALL.iter().copied().filter(|kind| *kind != ItemKind::Engine) {
        let answer = adapter().evidence(&engine.node(), &gone, kind, "gone").await.err();
        assert!(matches!(answer, Some(EngineError::NotFound)), "{kind:?}: {answer:?}");
    }
}

/// A container whose engine was killed runs on under its shim; both end with the test.
struct Orphans([String; 2]);

impl Orphans {
    fn of(pid: i64) -> Self {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a living process");
        let shim = status.lines().find_map(|line| line.strip_prefix("PPid:")).expect("a parent").trim().to_owned();
        Self([shim, pid.to_string()])
    }
}

impl Drop for Orphans {
    fn drop(&mut self) {
        self.0.iter().for_each(|pid| kill(pid));
    }
}

fn kill(pid: &str) {
    // One that has ended already is fine.
    let _ = Command::new("kill").args(["-KILL", pid]).status();
}

#[tokio::test]
async fn an_engine_that_dies_in_the_middle_leaves_no_whole_artefact() {
    let engine = Engine::start().await;
    let id = victim(&engine, "big", &format!("dd if=/dev/urandom of=/big bs=1048576 count=64; {LOOP}"));
    until_logged(&engine, &id, "alive").await;
    let mark = adapter().mark(&engine.node(), &id).await.expect("a mark");
    let _orphans = Orphans::of(mark.pid);
    let folder = tempfile::tempdir().expect("a folder");
    let vault = FolderVault::open(folder.path(), 0).expect("a store");
    let mut stream = adapter().evidence(&engine.node(), &id, ItemKind::RootFs, "").await.expect("a stream");
    let mut sink = vault.begin().await.expect("begun");
    let first = stream.bytes.next().await.expect("bytes").expect("good ones");
    sink.write(first).await.expect("written");
    let pid = std::fs::read_to_string(engine.socket().with_file_name("pid")).expect("the engine's pid");
    kill(pid.trim());
    let mut broken = None;
    while let Some(part) = stream.bytes.next().await {
        match part {
            Ok(part) => sink.write(part).await.expect("written"),
            Err(error) => broken = Some(error),
        }
    }
    assert!(matches!(broken, Some(EngineError::NoAnswer(_))), "{broken:?}");
    sink.discard().await;
    let left: Vec<_> =
        std::fs::read_dir(folder.path()).expect("a folder").flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left, [".tmp"]);
    // A socket that dies may still take a connection; then it is only unknown what happened, not certain.
    let unreachable = async || match adapter().mark(&engine.node(), &id).await {
        Err(EngineError::Unreachable(_)) => Some(()),
        Err(EngineError::NoAnswer(_)) => None,
        other => panic!("a dead engine answers: {other:?}"),
    };
    wait_for("the engine's end", Duration::from_secs(10), unreachable).await;
}
