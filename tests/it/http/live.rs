//! The live stream: a greeting, then that something changed, never what; closed to strangers.

use std::time::Duration;

use quell_domain::evidence::ItemKind;
use quell_tests::{Behaviour, Portal, client::send, engine::IDLE};
use reqwest::{Method, StatusCode};

use crate::flow::stage::{Stage, incident};

async fn until(stream: &mut reqwest::Response, wanted: &str) -> String {
    let mut seen = String::new();
    let read = async {
        while !seen.contains(wanted) {
            match stream.chunk().await {
                Ok(Some(bytes)) => seen.push_str(&String::from_utf8_lossy(&bytes)),
                end => panic!("the stream ended ({end:?}) after: {seen}"),
            }
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(15), read).await;
    assert!(in_time.is_ok(), "no {wanted} in: {seen}");
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_that_something_changed_and_not_what() {
    let portal = Portal::start().await;
    let admin = portal.person("adm", &["admin"]).await;
    let mut stream =
        admin.request(Method::GET, "/live").header("accept", "text/event-stream").send().await.expect("an answer");
    assert_eq!(stream.status(), StatusCode::OK);
    assert!(stream.headers()["content-type"].to_str().is_ok_and(|kind| kind.starts_with("text/event-stream")));
    let hello = until(&mut stream, "\n\n").await;
    assert!(hello.starts_with("event: hello\ndata: {\"seq\":"), "{hello}");
    // Through the command line, so by another process: the stream hears of it all the same.
    portal.add_person("canary-person", &["analyst"]);
    let told = until(&mut stream, "\"people\"").await;
    assert!(told.contains("event: change") && !told.contains("canary"), "{told}");
    let beat = until(&mut stream, "event: beat").await;
    assert!(!beat.contains("canary"), "{beat}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_and_changes_are_told() {
    let portal = Portal::start().await;
    let admin = portal.person("adm", &["admin"]).await;
    let mut stream = admin.request(Method::GET, "/live").send().await.expect("an answer");
    until(&mut stream, "hello").await;
    let draft = [("press", "propose"), ("rules[0][pause]", "on"), ("rules[0][approvals]", "1")];
    let rest = [("rules[0][approver]", "approver"), ("rules[0][tier]", "1"), ("rules[0][minutes]", "5")];
    let answer = admin.post_form("/api/v1/drafts/save", &[draft, rest].concat()).await;
    assert_eq!(answer.location(), Some("/admin/policy"), "there never was another admin");
    until(&mut stream, "\"policy\"").await;
    portal.add_person("second", &["admin"]);
    let new = [("login", "canary"), ("name", "Canary"), ("analyst", "on")];
    admin.post_form("/api/v1/people/create", &new).await;
    let told = until(&mut stream, "\"changes\"").await;
    assert!(!told.to_lowercase().contains("canary"), "{told}");
}

/// One of two portals on one database collects; people at both see how far it is.
#[tokio::test(flavor = "multi_thread")]
async fn progress_is_told_by_every_portal() {
    let stage = Stage::on_postgres().await;
    let second = Portal::builder().database(stage.database()).start().await;
    let (ana, ben) = (stage.responder("ana").await, second.person("ben", &["analyst"]).await);
    stage.incident_about("watched-twice", IDLE, &ana).await;
    let id = incident(&ana).await.incident.id;
    stage.proxy.on("GET", "/export", Behaviour::Slow(64 * 1024));
    let mut here = ana.request(Method::GET, "/live").send().await.expect("an answer");
    let mut there = ben.request(Method::GET, "/live").send().await.expect("an answer");
    stage.collect(&ana, Some(ItemKind::RootFs)).await;
    let told = format!("{{\"kind\":\"evidence\",\"id\":\"{id}\"");
    // More than once each: it goes on.
    for _ in 0..2 {
        until(&mut here, &told).await;
        until(&mut there, &told).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_hear_nothing() {
    let portal = Portal::start().await;
    let nobody = portal.client().request(Method::GET, "/live").send().await.expect("an answer");
    assert_eq!(nobody.status(), StatusCode::UNAUTHORIZED);
    let ann = portal.person("ann", &["analyst"]).await;
    for (name, value) in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")] {
        let page = send(ann.request(Method::GET, "/live").header(name, value)).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_asks_for_itself_again_leaves_messages_to_who_opens_it() {
    let portal = Portal::start().await;
    let admin = portal.person("adm", &["admin"]).await;
    let new = [("login", "new"), ("name", "New Person"), ("analyst", "on")];
    let answer = admin.post_form("/api/v1/people/create", &new).await;
    assert_eq!(answer.location(), Some("/admin/people"));
    let again = send(admin.request(Method::GET, "/admin/people").header("accept", "*/*")).await;
    assert!(again.status == StatusCode::OK && again.text().contains("New Person"), "{}", again.text());
    assert!(!again.text().contains("Password of new"), "the message is not for a script");
    assert!(admin.read("/admin/people").await.contains("Password of new"), "and is still there");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_has_a_limited_number_of_streams() {
    let portal = Portal::start().await;
    let (ann, ben) = (portal.person("ann", &["analyst"]).await, portal.person("ben", &["analyst"]).await);
    let open = async |who: &quell_tests::Client| who.request(Method::GET, "/live").send().await.expect("an answer");
    let mut streams = Vec::new();
    for _ in 0..16 {
        streams.push(open(&ann).await);
    }
    assert!(streams.iter().all(|stream| stream.status() == StatusCode::OK));
    let refused = open(&ann).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.text().await.is_ok_and(|text| text.contains("Close one of them")), "the remedy");
    assert_eq!(open(&ben).await.status(), StatusCode::OK, "others are not concerned");
    streams.clear();
    quell_tests::wait_for("room for another stream", Duration::from_secs(15), async || {
        (open(&ann).await.status() == StatusCode::OK).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_stream_does_not_hold_up_the_end() {
    let mut portal = Portal::start().await;
    let ann = portal.person("ann", &["analyst"]).await;
    let mut stream = ann.request(Method::GET, "/live").send().await.expect("an answer");
    until(&mut stream, "hello").await;
    let begun = std::time::Instant::now();
    portal.stop();
    assert!(begun.elapsed() < Duration::from_secs(5), "it waited for the stream");
}
