//! Who may connect: for new connections and for those that stand, on listeners of both kinds, and back again exactly.

use std::{net::Ipv6Addr, time::Instant};

use quell_core::ports::{GateError, Knock};
use quell_domain::gate::{Door, ListKind};

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn an_outsider_is_refused_within_a_second_an_insider_served_and_all_is_as_before_after_restoring() {
    let stage = Stage::new().await;
    let before = stage.state();
    for client in [INSIDE, OUTSIDE] {
        assert!(page(client, stage.shop).await.is_some());
        assert_eq!(said(client, stage.raw).await.as_deref(), Some("hello"));
    }
    let gate = stage.read("shop").await;
    assert_eq!((gate.protocol.as_str(), gate.port), ("http", stage.shop.port()));
    assert_eq!(gate.addresses, ["127.0.0.1"], "told by HAProxy itself");
    assert_eq!((gate.rules.clone(), gate.locked), (Rules::open(), None));
    let mut stands = Client::connect(OUTSIDE, stage.shop).await.expect("open to all");
    let mut raw_stands = Client::connect(OUTSIDE, stage.raw).await.expect("open to all");
    assert!(stands.page("").await.is_some() && raw_stands.echo("one").await.is_some());

    let allow = only("127.0.0.2, 2001:db8::/48");
    let begun = Instant::now();
    for gate in ["shop", "raw"] {
        stage.restrict(gate, &allow).await;
    }
    assert_eq!(page(OUTSIDE, stage.shop).await, None);
    assert_eq!(said(OUTSIDE, stage.raw).await, None);
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    assert!(page(INSIDE, stage.shop).await.is_some());
    assert_eq!(said(INSIDE, stage.raw).await.as_deref(), Some("hello"));
    assert!(stage.read("shop").await.rules.is_restricted_to(&allow));

    assert_eq!(stands.page("").await, None, "the next request of a connection that stands ends it");
    assert_eq!(raw_stands.echo("two").await.as_deref(), Some("two"), "a list does not end what is no request");
    let mut inside = Client::connect(INSIDE, stage.raw).await.expect("let in");
    assert!(inside.echo("three").await.is_some());
    let echo = wait_for("the end of connections that clients closed", SOON, async || {
        Some(stage.member("raw", "echo").await).filter(|echo| echo.sessions == Some(2))
    })
    .await;
    let done = adapter().cut(&stage.balancer(), &key("raw"), &echo).await.expect("cut");
    assert!(done.words.starts_with("2 connections to raw_be/echo"), "{}", done.words);
    raw_stands.ended().await;
    inside.ended().await;
    assert_eq!(said(INSIDE, stage.raw).await.as_deref(), Some("hello"), "a cut closes no door");

    for gate in ["shop", "raw"] {
        stage.restore(gate, &Rules::open()).await;
    }
    assert_eq!(stage.state(), before);
    assert!(page(OUTSIDE, stage.shop).await.is_some());
    assert_eq!(said(OUTSIDE, stage.raw).await.as_deref(), Some("hello"));
}

#[tokio::test(flavor = "multi_thread")]
async fn knocking_tells_who_is_let_through() {
    let stage = Stage::new().await;
    let knock = async |gate, http, from| adapter().knock(gate, http, Some(from)).await;
    stage.restrict("shop", &only("127.0.0.2")).await;
    stage.restrict("raw", &only("127.0.0.2")).await;
    for (gate, http) in [(stage.shop, true), (stage.raw, false)] {
        assert_eq!(knock(gate, http, INSIDE).await, Knock::Through);
        assert!(matches!(knock(gate, http, OUTSIDE).await, Knock::Refused(_)));
    }
    stage.restore("shop", &Rules::open()).await;
    assert_eq!(knock(stage.shop, true, OUTSIDE).await, Knock::Through);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_maps_do_not_touch_each_other_and_doing_it_again_sends_nothing() {
    let stage = Stage::new().await;
    let (balancer, allow) = (stage.balancer(), only("127.0.0.2"));
    stage.restrict("shop", &allow).await;
    assert!(stage.haproxy.map("raw.map").is_empty());
    assert!(said(OUTSIDE, stage.raw).await.is_some());
    // As after a crash: what was expected is no more, but what was wanted is there.
    let again = adapter().restrict(&balancer, &key("shop"), &allow, &Rules::open()).await.expect("as wanted");
    assert!(again.words.contains("nothing was sent"), "{}", again.words);
    let wider = adapter().restrict(&balancer, &key("shop"), &only("127.0.0.0/8"), &Rules::open()).await;
    assert!(matches!(wider, Err(GateError::Conflict(_))), "{wider:?}");
    assert_eq!(page(OUTSIDE, stage.shop).await, None);
    let restricted = stage.read("shop").await.rules;
    stage.restore("shop", &Rules::open()).await;
    let again = adapter().restore(&balancer, &key("shop"), &Rules::open(), &restricted).await.expect("as wanted");
    assert!(again.words.contains("nothing was sent"), "{}", again.words);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_hand_wrote_is_a_conflict_and_comes_back_exactly() {
    let held = "198.51.100.9 closed\n127.0.0.9 closed; shutdown sessions server raw_be/echo\n\
                10.0.0.0/8   open\\ at night  # x\n198.51.100.9 open\n2001:db8::7\n";
    let stage = Stage::with(held).await;
    let before = stage.state();
    let theirs = stage.read("shop").await.rules;
    assert_eq!((theirs.ours, theirs.enforced, theirs.kind, theirs.entries.len()), (false, true, ListKind::AllBut, 5));
    let refused = adapter().restrict(&stage.balancer(), &key("shop"), &only("127.0.0.2"), &Rules::open()).await;
    let Err(GateError::Conflict(found)) = refused else { panic!("a conflict, not {refused:?}") };
    assert_eq!((*found, stage.state()), (theirs.clone(), before.clone()));

    stage.restrict("shop", &only("127.0.0.2")).await;
    assert_eq!(page(OUTSIDE, stage.shop).await, None);
    // Another hand lets one more in while it is restricted.
    let ours = stage.read("shop").await.rules;
    stage.haproxy.ask(&format!("add map {} 127.0.0.3 open", stage.haproxy.path("shop.map").display()));
    let refused = adapter().restore(&stage.balancer(), &key("shop"), &theirs, &ours).await;
    let Err(GateError::Conflict(found)) = refused else { panic!("a conflict, not {refused:?}") };
    assert!(!found.ours && found.entries.contains(&"127.0.0.3 open".to_owned()), "{found:?}");
    assert!(page(OUTSIDE, stage.shop).await.is_some(), "nothing was overwritten");

    // The caller decided: what is there now is expected.
    stage.restore("shop", &theirs).await;
    assert_eq!(stage.state(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_put_back_is_not_replaced() {
    // A line of a file may be as long as HAProxy's buffer; over the socket the command needs room in it too.
    let stage = Stage::with(&format!("198.51.100.9 {}\n", "x".repeat(16_340))).await;
    let before = stage.state();
    let theirs = stage.read("shop").await.rules;
    let refused = adapter().restrict(&stage.balancer(), &key("shop"), &only("127.0.0.2"), &theirs).await;
    // It hangs up on a command that does not fit.
    assert!(matches!(refused, Err(GateError::Unreachable(_) | GateError::Refused { .. })), "{refused:?}");
    assert_eq!(stage.state(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_map_with_more_than_can_be_kept_is_locked() {
    let held: String = (0..2_001).map(|n| format!("198.18.{}.{} closed\n", n / 250, n % 250)).collect();
    let stage = Stage::with(&held).await;
    let gate = stage.read("shop").await;
    assert!(gate.locked.is_some_and(|words| words.contains("too many entries")));
    let refused = adapter().restrict(&stage.balancer(), &key("shop"), &only("127.0.0.2"), &gate.rules).await;
    assert!(matches!(refused, Err(GateError::Barred { field: "routes", .. })), "{refused:?}");
    assert_eq!(stage.haproxy.map("shop.map").len(), 2_001);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_longest_network_decides_on_listeners_of_one_and_of_both_kinds() {
    let haproxy = alone(web("a").await, |text| text);
    let [port, _] = haproxy.ports;
    let balancer = one_way(&haproxy, "shop");
    let v4 = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let v6 = SocketAddr::from((Ipv6Addr::LOCALHOST, port));
    let local = IpAddr::V6(Ipv6Addr::LOCALHOST);
    let mut rules = Rules::open();
    // Who gets in with which list: 127.0.0.2, 127.0.0.3, ::1.
    for (allow, served) in [
        ("127.0.0.2", [true, false, false]),
        ("127.0.0.2/31", [true, true, false]),
        ("::1", [false, false, true]),
        ("127.0.0.3 ::1", [false, true, true]),
        ("192.0.2.1", [false, false, false]),
    ] {
        let allow = only(allow);
        adapter().restrict(&balancer, &key("shop"), &allow, &rules).await.expect("restricted");
        for ((from, to), served) in [(INSIDE, v4), (OUTSIDE, v4), (local, v6)].into_iter().zip(served) {
            assert_eq!(page(from, to).await.is_some(), served, "{from} with {allow:?}");
        }
        rules = adapter().read(&balancer, &key("shop")).await.expect("a gate").rules;
        assert!(rules.is_restricted_to(&allow));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_entries_as_a_list_may_have_fit() {
    let stage = Stage::new().await;
    let many = (0..299).map(|n| format!("198.18.{}.{}", n / 250, n % 250 + 1)).collect::<Vec<_>>().join(",");
    let allow = only(&format!("{many},127.0.0.2"));
    stage.restrict("shop", &allow).await;
    assert!(stage.read("shop").await.rules.is_restricted_to(&allow));
    assert!(page(INSIDE, stage.shop).await.is_some());
    assert_eq!(page(OUTSIDE, stage.shop).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_is_found_by_the_place_of_a_container_and_by_no_other() {
    let stage = Stage::new().await;
    let echo = stage.member("raw", "echo").await;
    let find = async |address: &str, port| {
        let door = Door { address: address.parse().expect("an address"), port };
        let found = adapter().locate(&stage.balancer(), &[door]).await.expect("an answer");
        found.into_iter().map(|gate| gate.name).collect::<Vec<_>>()
    };
    assert_eq!(find("127.0.0.1", Some(echo.port)).await, ["raw"]);
    assert_eq!(find("127.0.0.1", None).await, ["shop", "raw"]);
    assert!(find("127.0.0.1", Some(1)).await.is_empty());
    assert!(find("10.0.0.5", None).await.is_empty());
    let shop = stage.read("shop").await;
    assert_eq!(shop.members.iter().map(|it| (it.name.as_str(), it.weight)).collect::<Vec<_>>(), [("a", 10), ("b", 20)]);
    assert!(shop.rate.is_some() && shop.sessions.is_some());
    assert_eq!(stage.read("raw").await.addresses, ["127.0.0.1"], "told by the route");
}
