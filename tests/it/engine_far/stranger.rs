//! An engine that is not the node's.

use quell_core::ports::{EngineError, Engines as _};
use quell_domain::evidence::ItemKind;
use quell_tests::{Engine, Proxy, engine::IDLE};

use crate::engine::{adapter, victim};

#[tokio::test(flavor = "multi_thread")]
async fn no_verb_reaches_the_containers_of_another_engine() {
    let (ours, other) = (Engine::shared().await, Engine::start().await);
    let proxy = Proxy::start(&ours.socket());
    let node = proxy.node();
    let node = node.clone().answered(adapter().facts(&node.access).await.expect("facts"));
    proxy.lead_to(&other.socket());
    let id = victim(&other, "theirs", IDLE);
    // Whatever reads notices by itself, evidence by the marks around it.
    assert!(matches!(adapter().containers(&node).await, Err(EngineError::Stranger)));
    assert!(matches!(adapter().inspect(&node, &id).await, Err(EngineError::Stranger)));
    assert!(matches!(adapter().mark(&node, &id).await, Err(EngineError::Stranger)));
    // Once it is known, nothing is even sent.
    let facts = adapter().facts(&node.access).await.expect("facts");
    let node = node.answered(facts);
    assert!(node.stranger.is_some() && node.facts.as_ref() != node.stranger.as_ref());
    let before = proxy.calls().len();
    assert!(matches!(adapter().containers(&node).await, Err(EngineError::Stranger)));
    assert!(matches!(adapter().inspect(&node, &id).await, Err(EngineError::Stranger)));
    assert!(matches!(adapter().mark(&node, &id).await, Err(EngineError::Stranger)));
    assert!(matches!(adapter().pause(&node, &id).await, Err(EngineError::Stranger)));
    let evidence = adapter().evidence(&node, &id, ItemKind::RootFs, "").await.err();
    assert!(matches!(evidence, Some(EngineError::Stranger)));
    assert_eq!((proxy.calls().len(), other.state(id.as_str()).as_str()), (before, "running"));
}
