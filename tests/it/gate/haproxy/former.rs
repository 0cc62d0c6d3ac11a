//! Reloads: the master's socket, workers of before, and what a reload forgets.

use quell_core::ports::GateError;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn the_masters_socket_does_all_of_it() {
    let stage = Stage::new().await;
    let before = stage.state();
    let master = stage.balancer_at(&format!("master:{}", stage.haproxy.path("master.sock").display()));
    let facts = adapter().facts(access(&master)).await.expect("facts");
    assert!(facts.version.starts_with("HAProxy "), "{}", facts.version);
    assert_eq!(facts.gates, ["shop", "raw"]);
    assert_eq!(facts.warnings.len(), 1, "only that reloads forget: {:?}", facts.warnings);
    let allow = only("127.0.0.2");
    adapter().restrict(&master, &key("shop"), &allow, &Rules::open()).await.expect("restricted");
    assert_eq!(page(OUTSIDE, stage.shop).await, None);
    let rules = adapter().read(&master, &key("shop")).await.expect("a gate").rules;
    let a = stage.member("shop", "a").await;
    adapter().weigh(&master, &key("shop"), &a, 0).await.expect("out of service");
    adapter().cut(&master, &key("shop"), &a).await.expect("cut");
    adapter().weigh(&master, &key("shop"), &a, a.weight).await.expect("back");
    adapter().restore(&master, &key("shop"), &Rules::open(), &rules).await.expect("restored");
    assert_eq!(stage.state(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_of_before_a_reload_are_cut_through_the_master() {
    let stage = Stage::new().await;
    let echo = stage.member("raw", "echo").await;
    let mut old = Client::connect(OUTSIDE, stage.raw).await.expect("open to all");
    assert!(old.echo("old").await.is_some());
    stage.haproxy.reload();
    let mut new = Client::connect(OUTSIDE, stage.raw).await.expect("open to all");
    assert!(new.echo("new").await.is_some());

    let done = adapter().cut(&stage.balancer(), &key("raw"), &echo).await.expect("cut");
    assert!(done.words.starts_with("1 connection to"), "{}", done.words);
    new.ended().await;
    assert!(old.echo("still").await.is_some(), "a worker's own socket does not reach it");
    let facts = adapter().facts(access(&stage.balancer())).await.expect("facts");
    assert!(facts.warnings.iter().any(|words| words.contains("former workers")), "{:?}", facts.warnings);

    let master = stage.balancer_at(&format!("master:{}", stage.haproxy.path("master.sock").display()));
    let done = adapter().cut(&master, &key("raw"), &echo).await.expect("cut");
    assert!(done.words.starts_with("1 connection to"), "{}", done.words);
    old.ended().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_forgets_and_the_rules_say_so() {
    let stage = Stage::new().await;
    stage.restrict("shop", &only("127.0.0.2")).await;
    let restricted = stage.read("shop").await.rules;
    stage.haproxy.reload();
    assert_eq!(stage.read("shop").await.rules, Rules::open());
    assert!(page(OUTSIDE, stage.shop).await.is_some());
    let again = adapter().restrict(&stage.balancer(), &key("shop"), &only("127.0.0.9"), &restricted).await;
    assert!(matches!(again, Err(GateError::Conflict(found)) if *found == Rules::open()));
}
