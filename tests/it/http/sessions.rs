//! Sessions: new on sign-in, dead after sign-out, cut off with their person, and hard to guess one's way into.

use std::time::Duration;

use quell_tests::{Client, Page, Portal, client::send, wait_for};
use reqwest::{
    Method, StatusCode,
    header::{ACCEPT, COOKIE, SET_COOKIE},
};

use super::ledger;

/// The session cookie that an answer sets: name and value, and all of it.
fn cookie(page: &Page) -> Option<(String, String)> {
    let lines = page.headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    let line = lines.into_iter().find(|line| line.contains("quell=") || line.contains("__Host-quell="))?;
    Some((line.split(';').next().unwrap_or_default().to_owned(), line.to_owned()))
}

/// Somebody else's program that has only this cookie.
async fn with_cookie(portal: &Portal, cookie: &str) -> StatusCode {
    let thief = reqwest::Client::builder().no_proxy().build().expect("client");
    let request = thief.get(format!("{}/api/v1/me/show", portal.base())).header(COOKIE, cookie);
    request.header(ACCEPT, "application/json").send().await.expect("an answer").status()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_from_before_signing_in_is_worth_nothing() {
    let portal = Portal::start().await;
    let password = portal.add_person("ann", &["analyst"]);
    let ann = portal.client();
    assert_eq!(cookie(&ann.try_sign_in("ann", "wrong").await), None, "a failed try makes no session");
    let before = cookie(&ann.try_sign_in("ann", &password).await).expect("a session").0;
    let page = ann.try_sign_in("ann", &password).await;
    let (after, whole) = cookie(&page).expect("a session");
    assert_ne!(before, after);
    for word in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(whole.contains(word), "{whole}");
    }
    assert!(!whole.contains("Secure") && !whole.contains("Domain"), "plain http on loopback: {whole}");
    assert_eq!(with_cookie(&portal, &before).await, StatusCode::UNAUTHORIZED);
    assert_eq!(with_cookie(&portal, &after).await, StatusCode::OK);
    let id = after.split_once('=').expect("name and value").1.to_owned();
    assert!(!portal.log().contains(&id));
    let rows = ledger(&portal).await.texts("SELECT id FROM web_session").await;
    assert!(!rows.is_empty() && !rows.contains(&id), "only a hash is kept");

    let out = ann.post_form("/api/v1/session/sign_out", &[]).await;
    assert_eq!((out.status, out.location()), (StatusCode::SEE_OTHER, Some("/login")));
    assert_eq!(with_cookie(&portal, &after).await, StatusCode::UNAUTHORIZED, "the cookie is dead, not only forgotten");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_cannot_be_written_is_said_with_a_reference() {
    let portal = Portal::start().await;
    let ann = portal.person("ann", &["analyst"]).await;
    let refuse = "CREATE TRIGGER full BEFORE UPDATE ON web_session BEGIN SELECT RAISE(ABORT, 'full'); END";
    ledger(&portal).await.tamper(refuse).await;
    // What was typed would wait in the session.
    let page = ann.post_form("/api/v1/tokens/create", &[("name", "")]).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.headers.contains_key("x-correlation-id") && page.headers.contains_key("retry-after"));
    assert!(page.text().contains("may have been done") && !page.text().contains("RAISE"), "{}", page.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_names_and_wrong_passwords_look_alike() {
    let portal = Portal::start().await;
    portal.add_person("ann", &["analyst"]);
    let fields = |login: &'static str| [("login", login), ("password", "wrong wrong wrong"), ("next", "")];
    let known = portal.client().post_json_answer("/api/v1/session/sign_in", &fields("ann")).await;
    let unknown = portal.client().post_json_answer("/api/v1/session/sign_in", &fields("nobody")).await;
    assert_eq!(known.status, StatusCode::UNAUTHORIZED);
    assert_eq!((known.status, &known.body), (unknown.status, &unknown.body));
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slowed_down() {
    let portal = Portal::start().await;
    let password = portal.add_person("ann", &["analyst"]);
    let guesser = portal.client();
    let fields = [("login", "ann"), ("password", "wrong wrong wrong"), ("next", "")];
    let mut last = None;
    for _ in 0..12 {
        let page = guesser.post_json_answer("/api/v1/session/sign_in", &fields).await;
        let done = page.status == StatusCode::TOO_MANY_REQUESTS;
        last = Some(page);
        if done {
            break;
        }
    }
    let last = last.expect("tried");
    assert_eq!(last.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(last.headers.contains_key("retry-after"));
    // While it lasts, the right password does not get in either: otherwise guessing would go on.
    let right = guesser
        .post_json_answer("/api/v1/session/sign_in", &[("login", "ann"), ("password", &password), ("next", "")])
        .await;
    assert_eq!(right.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_person_is_cut_off() {
    let portal = Portal::start().await;
    let ann = portal.person("ann", &["analyst"]).await;
    let mut stream = open_live(&ann).await;
    assert!(stream.chunk().await.expect("open").is_some());
    portal.quell(&["user", "disable", "ann"]);
    let page = send(ann.request(Method::GET, "/api/v1/me/show").header(ACCEPT, "application/json")).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED, "at the very next request");
    let page = ann.get("/incidents").await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, Some("/login?next=/incidents")));
    let ended =
        tokio::time::timeout(Duration::from_secs(5), async { while let Ok(Some(_)) = stream.chunk().await {} }).await;
    assert!(ended.is_ok(), "the live stream is still open after 5 seconds");
    portal.quell(&["user", "enable", "ann"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_the_live_stream() {
    let portal = Portal::start().await;
    let ann = portal.person("ann", &["analyst"]).await;
    let mut stream = open_live(&ann).await;
    assert!(stream.chunk().await.expect("open").is_some());
    assert_eq!(ann.post_form("/api/v1/session/sign_out", &[]).await.status, StatusCode::SEE_OTHER);
    let ended =
        tokio::time::timeout(Duration::from_secs(5), async { while let Ok(Some(_)) = stream.chunk().await {} }).await;
    assert!(ended.is_ok(), "the live stream is still open after 5 seconds");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_outlives_a_restart_but_not_its_time() {
    let mut portal = Portal::start().await;
    let ann = portal.person("ann", &["analyst"]).await;
    portal.restart().await;
    assert_eq!(ann.get("/me").await.status, StatusCode::OK);
    // As if it had been signed in 13 hours ago.
    let age = "UPDATE web_session SET data = REPLACE(data, '\"signed_in_at\":', '\"signed_in_at\":1,\"x\":')";
    assert_eq!(ledger(&portal).await.tamper(age).await, 1);
    let page = ann.get("/me").await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, Some("/login?next=/me")));
    wait_for("the row to be gone", Duration::from_secs(5), async || {
        (ledger(&portal).await.count("SELECT COUNT(*) FROM web_session").await == 0).then_some(())
    })
    .await;
}

async fn open_live(who: &Client) -> reqwest::Response {
    let answer = who.request(Method::GET, "/live").send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    answer
}
