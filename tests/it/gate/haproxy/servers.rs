//! One server out of service and back, and the end of the connections that stand to it.

use quell_core::ports::GateError;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_out_of_service_gets_nobody_and_the_others_serve_on() {
    let stage = Stage::new().await;
    let (before, balancer) = (stage.state(), stage.balancer());
    let a = stage.member("shop", "a").await;
    let mut stands = Client::connect(OUTSIDE, stage.shop).await.expect("open to all");
    assert_eq!(stands.page("SERVER=a").await.as_deref(), Some("a"));

    let done = adapter().weigh(&balancer, &key("shop"), &a, 0).await.expect("out of service");
    assert!(done.words.contains("maintenance"), "{}", done.words);
    // In HAProxy's drain a client would still be led to the server that its cookie names.
    for cookie in ["", "SERVER=a", "SERVER=a", "SERVER=b"] {
        let mut client = Client::connect(OUTSIDE, stage.shop).await.expect("open to all");
        assert_eq!(client.page(cookie).await.as_deref(), Some("b"), "{cookie}");
    }
    let out = stage.member("shop", "a").await;
    assert_eq!((out.weight, out.health.as_str()), (0, "MAINT"));
    adapter().weigh(&balancer, &key("shop"), &a, 0).await.expect("it is already");

    adapter().weigh(&balancer, &key("shop"), &a, a.weight).await.expect("back");
    assert_eq!(stage.state(), before);
    let mut client = Client::connect(OUTSIDE, stage.shop).await.expect("open to all");
    assert_eq!(client.page("SERVER=a").await.as_deref(), Some("a"));
    adapter().weigh(&balancer, &key("shop"), &a, 25).await.expect("another weight");
    assert_eq!(stage.member("shop", "a").await.weight, 25);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_back_end_whose_weights_are_fixed_can_be_taken_out_and_not_weighed() {
    let stage = Stage::new().await;
    let (before, balancer, echo) = (stage.state(), stage.balancer(), stage.member("raw", "echo").await);
    adapter().weigh(&balancer, &key("raw"), &echo, 0).await.expect("out of service");
    assert_eq!(said(INSIDE, stage.raw).await, None);
    adapter().weigh(&balancer, &key("raw"), &echo, echo.weight).await.expect("back");
    assert_eq!(stage.state(), before);
    let refused = adapter().weigh(&balancer, &key("raw"), &echo, 7).await;
    let Err(GateError::Refused { message, .. }) = refused else { panic!("refused, not {refused:?}") };
    assert!(message.contains("static"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_ends_what_stands_to_one_server_and_nothing_else() {
    let stage = Stage::new().await;
    let echo = stage.member("raw", "echo").await;
    let mut clients = Vec::new();
    for from in [INSIDE, OUTSIDE, OUTSIDE] {
        let mut client = Client::connect(from, stage.raw).await.expect("open to all");
        assert!(client.echo("here").await.is_some());
        clients.push(client);
    }
    assert_eq!(stage.member("raw", "echo").await.sessions, Some(3));
    let a = stage.member("shop", "a").await;
    let none = adapter().cut(&stage.balancer(), &key("shop"), &a).await.expect("nothing to cut");
    assert!(none.words.starts_with("0 connections to shop_be/a"), "{}", none.words);
    for client in &mut clients {
        assert!(client.echo("still").await.is_some());
    }
    let done = adapter().cut(&stage.balancer(), &key("raw"), &echo).await.expect("cut");
    assert!(done.words.starts_with("3 connections to raw_be/echo"), "{}", done.words);
    assert_eq!(stage.member("raw", "echo").await.sessions, Some(0));
    for client in &mut clients {
        client.ended().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_servers_behind_the_gate_are_touched_whatever_they_are_called() {
    let stage = Stage::new().await;
    let (before, balancer, echo) = (stage.state(), stage.balancer(), stage.member("raw", "echo").await);
    let named = |pool: &str, id: &str| Member { pool: pool.to_owned(), id: id.to_owned(), ..echo.clone() };
    for member in [
        named("raw_be", "echo state maint; set server shop_be/a"),
        named("raw_be", "echo\nset server shop_be/a state maint"),
        named("raw_be", "no-such"),
        named("shop_be", "a"),
        named("no-such", "echo"),
    ] {
        let weighed = adapter().weigh(&balancer, &key("raw"), &member, 0).await;
        assert!(matches!(weighed, Err(GateError::NotFound)), "{member:?}: {weighed:?}");
        let cut = adapter().cut(&balancer, &key("raw"), &member).await;
        assert!(matches!(cut, Err(GateError::NotFound)), "{member:?}: {cut:?}");
    }
    assert!(matches!(adapter().read(&balancer, &key("no-such")).await, Err(GateError::NotFound)));
    assert_eq!(stage.state(), before);
}

/// Whoever controls a container answers the health checks of the load balancer, and HAProxy tells that answer on.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_back_end_answers_to_its_health_check_names_no_other_place() {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let evil = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 512]).await;
            let _ = stream.write_all(b"HTTP/1.1 500 no, \"x\",,,,,,,,,,,,,,,,,10.0.0.5:80,,http,\r\n\r\n").await;
        }
    });
    let haproxy = alone(evil.port(), |text| {
        text.replace("  server one", "  option httpchk\n  server one").replace("weight 1", "check inter 50ms")
    });
    let balancer = one_way(&haproxy, "shop");
    let gate = wait_for("the failed check", SOON, async || {
        let gate = adapter().read(&balancer, &key("shop")).await.expect("a gate");
        (gate.members[0].health == "DOWN").then_some(gate)
    })
    .await;
    assert!(haproxy.ask("show stat").contains("10.0.0.5:80"), "HAProxy tells it");
    assert_eq!(gate.members.len(), 1);
    assert_eq!((gate.members[0].address.as_str(), gate.members[0].port), ("127.0.0.1", evil.port()));
}
