//! Engines over the network, against a real dockerd with TLS and a real OpenSSH server: what works, and what each thing
//! that stands in the way is called.

mod barred;
mod ssh;
mod stranger;
mod tls;

use futures::TryStreamExt as _;
use quell_core::{
    ports::{EngineError, Engines as _},
    shape::Checker,
};
use quell_domain::{
    action::RunState,
    evidence::ItemKind,
    ids::ContainerId,
    node::{AccessForm, Node},
};
use quell_tests::{Engine, engine::node_by};

use crate::engine::{LOOP, adapter, ask, victim};

/// The verbs and a stream of bytes, by a way that is not the Unix socket.
async fn works(engine: &Engine, form: &AccessForm, name: &str) -> Node {
    let node = node_by(form);
    let facts = adapter().facts(&node.access).await.expect("facts");
    assert_eq!(facts.engine_id.as_str(), ask(engine, &["info", "--format", "{{.ID}}"]));
    let node = node.answered(facts);
    let id: ContainerId = victim(engine, name, &format!("echo here > /dropped; {LOOP}"));
    let listed = adapter().containers(&node).await.expect("a list");
    assert!(listed.iter().any(|brief| brief.id == id));
    let before = adapter().inspect(&node, &id).await.expect("described");
    assert_eq!((before.state, before.processes >= Some(1)), (RunState::Running, true));
    adapter().pause(&node, &id).await.expect("paused");
    assert_eq!(engine.state(id.as_str()), "paused");
    assert_eq!(adapter().mark(&node, &id).await.expect("a mark").state, RunState::Paused);

    let stream = adapter().evidence(&node, &id, ItemKind::RootFs, "").await.expect("a stream");
    let mut checker = Checker::new(stream.shape);
    let bytes: Vec<_> = stream.bytes.try_collect().await.expect("whole");
    bytes.iter().for_each(|part| checker.push(part).expect("well formed"));
    assert_eq!(checker.finish().expect("complete").lacks, None);
    let bytes = bytes.concat();
    assert!(bytes.windows(7).any(|w| w == b"dropped"), "{} bytes", bytes.len());
    node
}

/// What stands in the way: the field and the sentence.
async fn bar(form: &AccessForm) -> (&'static str, String) {
    match adapter().facts(&node_by(form).access).await {
        Err(EngineError::Barred { field, words, .. }) => (field, words),
        other => panic!("barred, not {other:?}"),
    }
}
