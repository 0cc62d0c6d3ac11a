//! What stands in the way, and what it is called.

use quell_core::ports::GateError;

use super::*;

/// The field and the sentence.
async fn bar(balancer: &Balancer) -> (&'static str, String) {
    match adapter().facts(access(balancer)).await {
        Err(GateError::Barred { field, words, .. }) => (field, words),
        other => panic!("barred, not {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_that_is_not_there_not_served_or_the_others_is_told_apart() {
    let stage = Stage::new().await;
    let at = |name: &str| stage.haproxy.path(name).display().to_string();
    let (field, words) = bar(&stage.balancer_at(&at("no-such.sock"))).await;
    assert_eq!((field, words.contains("no such socket")), ("socket", true), "{words}");
    let (field, words) = bar(&stage.balancer_at(&at("master.sock"))).await;
    assert_eq!((field, words.contains("Write master: before")), ("socket", true), "{words}");
    let (field, words) = bar(&stage.balancer_at(&format!("master:{}", at("admin.sock")))).await;
    assert_eq!((field, words.contains("without master:")), ("socket", true), "{words}");
    let left = at("left.sock");
    drop(std::os::unix::net::UnixListener::bind(&left).expect("a socket"));
    let nobody = adapter().facts(access(&stage.balancer_at(&left))).await;
    assert!(matches!(nobody, Err(GateError::Unreachable(_))), "{nobody:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_level_below_admin_is_said_before_it_is_needed() {
    let stage = Stage::new().await;
    let before = stage.state();
    let at = |name: &str| stage.balancer_at(&stage.haproxy.path(name).display().to_string());
    for level in ["operator", "user"] {
        let facts = adapter().facts(access(&at(&format!("{level}.sock")))).await.expect("facts");
        assert!(facts.warnings[0].contains(&format!("level is {level}")), "{:?}", facts.warnings);
    }
    let a = stage.member("shop", "a").await;
    let refused = adapter().weigh(&at("operator.sock"), &key("shop"), &a, 0).await;
    assert!(matches!(refused, Err(GateError::Barred { field: "socket", .. })), "{refused:?}");
    // Such a socket hides the addresses: it must not look as if nothing was there.
    let refused = adapter().locate(&at("user.sock"), &[]).await;
    assert!(matches!(refused, Err(GateError::Barred { field: "socket", .. })), "{refused:?}");
    assert_eq!(stage.state(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_front_end_without_quells_lines_is_locked_and_named() {
    let haproxy = alone(web("a").await, |text| {
        text.lines().filter(|line| !line.contains("map_ip")).map(|line| format!("{line}\n")).collect()
    });
    let shop = one_way(&haproxy, "shop");
    let facts = adapter().facts(access(&shop)).await.expect("facts");
    assert!(facts.warnings[0].contains("shop: HAProxy has not loaded the map file"), "{:?}", facts.warnings);
    let gate = adapter().read(&shop, &key("shop")).await.expect("a gate");
    assert!(gate.locked.is_some_and(|words| words.contains("has not loaded the map file")));
    let refused = adapter().restrict(&shop, &key("shop"), &only("127.0.0.2"), &Rules::open()).await;
    assert!(matches!(refused, Err(GateError::Barred { field: "routes", .. })), "{refused:?}");

    let other = one_way(&haproxy, "other");
    let facts = adapter().facts(access(&other)).await.expect("facts");
    for part in ["no front end other", "no back end other_be", "No route names these front ends"] {
        assert!(facts.warnings.iter().any(|words| words.contains(part)), "{part}: {:?}", facts.warnings);
    }
    assert!(matches!(adapter().read(&other, &key("other")).await, Err(GateError::NotFound)));
}
