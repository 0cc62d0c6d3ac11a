//! Scripts with tokens, asked from outside.

use std::time::Duration;

use quell_tests::{Client, Page, Portal, client::send, wait_for};
use reqwest::{
    Method, StatusCode,
    header::{ACCEPT, AUTHORIZATION, WWW_AUTHENTICATE},
};

use super::{ask, entries, ledger};

const QUEUE: &str = "/api/v1/incidents/queue";

/// Somebody at a browser, a token of theirs, and a script that has it.
async fn stage(portal: &Portal, login: &str, roles: &[&str], scope: &str) -> (Client, String, Client) {
    let password = portal.add_person(login, roles);
    let browser = portal.client();
    browser.sign_in(login, &password).await;
    let secret = browser.make_token("night check", scope, &password).await;
    let script = browser.with_token(&secret);
    (browser, secret, script)
}

/// An alarm about no container: an incident without any engine.
async fn an_incident(portal: &Portal, who: &Client) {
    let path = portal.add_source("drill", "quell", None);
    let body = r#"{"quell":1,"rule":"Drill","severity":"low","message":"A drill"}"#;
    let answer = portal.client().post_bytes(&path, "application/json", body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    wait_for("the incident", Duration::from_secs(30), async || {
        (ask(who, "/api/v1/incidents/show?number=1").await.status == StatusCode::OK).then_some(())
    })
    .await;
}

/// As a script does: no `Origin`, nothing that browsers say.
async fn post(who: &Client, path: &str, fields: &[(&str, &str)]) -> Page {
    send(who.request(Method::POST, path).form(fields)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_works_in_the_name_of_its_person() {
    let portal = Portal::start().await;
    let (_, secret, script) = stage(&portal, "ann", &["analyst", "auditor"], "respond").await;
    assert!(secret.starts_with("qk_") && secret.len() == 67, "{secret}");
    an_incident(&portal, &script).await;
    let fields = [("number", "1"), ("text", "seen by a script")];
    let page = post(&script, "/api/v1/incidents/note", &fields).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    assert_eq!(page.json()["notice"], "Note added.");
    let ledger = ledger(&portal).await;
    let told = ledger.texts("SELECT CAST(canonical AS TEXT) FROM audit_event WHERE code = 'incident.noted'").await;
    let actor = "\"name\":\"ann\",\"address\":\"127.0.0.1 by token night check\"";
    assert!(told.len() == 1 && told[0].contains(actor), "{told:?}");
    // A browser's headers change nothing: whoever has the token is no browser.
    let request = script.request(Method::POST, "/api/v1/incidents/acknowledge").header(ACCEPT, "text/html");
    let page = send(request.header("sec-fetch-site", "cross-site").form(&[("number", "1")])).await;
    assert_eq!((page.status, page.location()), (StatusCode::OK, None), "{}", page.text());
    let page = post(&script, "/api/v1/incidents/note", &[("number", "1"), ("text", "x"), ("admin", "on")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "unknown fields are refused as from anybody");
    let export = ask(&script, "/audit/export").await;
    assert!(export.status == StatusCode::OK && export.text().contains("seen by a script"), "{}", export.status);
    assert!(!portal.log().contains(&secret) && !export.text().contains(&secret));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_token_counts_it_decides_and_elsewhere_it_is_nothing() {
    let portal = Portal::start().await;
    let (browser, secret, script) = stage(&portal, "ann", &["analyst", "admin"], "read").await;
    // The browser's cookie and a bad token: the token decides.
    for wrong in ["Bearer qk_wrong", "bearer ", "Bearer nothing of ours"] {
        let page = send(browser.request(Method::GET, QUEUE).header(AUTHORIZATION, wrong)).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{wrong}");
        assert_eq!(page.headers.get(WWW_AUTHENTICATE).map(|value| value.as_bytes()), Some(&b"Bearer"[..]));
        assert!(page.headers.get("set-cookie").is_none());
    }
    // The cookie of an admin and a good token that is less: also.
    let token = format!("Bearer {secret}");
    let page = send(browser.request(Method::GET, "/api/v1/people/list").header(AUTHORIZATION, &token)).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN, "{}", page.text());
    assert!(page.text().contains("A token may never manage people."), "{}", page.text());
    assert_eq!(ask(&browser, "/api/v1/people/list").await.status, StatusCode::OK);
    // Another scheme is no token.
    assert_eq!(
        send(browser.request(Method::GET, QUEUE).header(AUTHORIZATION, "Basic YTpi")).await.status,
        StatusCode::OK
    );
    // Pages know none.
    for path in ["/incidents", "/me", "/me/tokens", "/audit", "/help/api"] {
        let page = send(script.request(Method::GET, path).header(ACCEPT, "text/html")).await;
        assert!(page.location().is_some_and(|place| place.starts_with("/login")), "{path}: {}", page.status);
        assert_eq!(ask(&script, path).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    assert!(browser.read("/me").await.contains("Sign out"));
    // It signs nobody in, sets nobody up, and makes no other token.
    for (path, fields) in [
        ("/api/v1/session/sign_in", vec![("login", "ann"), ("password", "x")]),
        ("/api/v1/session/sign_out", vec![]),
        ("/api/v1/me/theme", vec![("theme", "dark")]),
        ("/api/v1/tokens/create", vec![("name", "x"), ("scope", "read"), ("password", "x")]),
        ("/api/v1/me/password", vec![("current", "x"), ("password", "y")]),
    ] {
        assert_eq!(post(&script, path, &fields).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(ask(&script, "/api/v1/nothing").await.status, StatusCode::NOT_FOUND);
    assert!(!portal.log().contains(&secret), "the log holds no token");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_ends_its_stream() {
    let portal = Portal::start().await;
    let (browser, _, script) = stage(&portal, "ann", &["analyst"], "read").await;
    let mut stream = script.request(Method::GET, "/live").send().await.expect("an answer");
    assert_eq!(stream.status(), StatusCode::OK);
    assert!(stream.chunk().await.expect("a greeting").is_some());
    let page = browser.get("/api/v1/tokens/list").await;
    let id = page.json()["tokens"][0]["id"].as_str().expect("an id").to_owned();
    let revoked = browser.post_form("/api/v1/tokens/revoke", &[("id", &id)]).await;
    assert_eq!(revoked.location(), Some("/me/tokens"));
    assert!(browser.read("/me/tokens").await.contains("Revoked"));
    let end = async { while let Ok(Some(_)) = stream.chunk().await {} };
    assert!(tokio::time::timeout(Duration::from_secs(15), end).await.is_ok(), "the stream goes on");
    let page = ask(&script, QUEUE).await;
    assert_eq!((page.status, page.json()["code"].as_str()), (StatusCode::UNAUTHORIZED, Some("unauthenticated")));
    assert!(page.text().contains("This token was revoked."), "{}", page.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_token_is_shown_once_with_a_command_that_works() {
    let portal = Portal::start().await;
    let password = portal.add_person("ann", &["auditor"]);
    let ann = portal.client();
    ann.sign_in("ann", &password).await;
    let wrong = [("name", "exporter"), ("scope", "audit.read"), ("days", "400"), ("password", &password)];
    ann.post_form("/api/v1/tokens/create", &wrong).await;
    let html = ann.read("/me/tokens").await;
    assert!(html.contains("from 1 to 365") && html.contains("value=\"exporter\""), "{html}");
    assert!(!html.contains(password.as_str()), "secrets do not come back");
    let fields = [("name", "exporter"), ("scope", "audit.read"), ("days", "7"), ("password", &password)];
    let answer = ann.post_form("/api/v1/tokens/create", &fields).await;
    assert_eq!(answer.location(), Some("/me/tokens"));
    let html = ann.read("/me/tokens").await;
    let (_, rest) = html.split_once("<p class=\"once\"><code>").unwrap_or_else(|| panic!("no secret in {html}"));
    let secret = rest.split("</code>").next().expect("a secret").to_owned();
    assert!(secret.starts_with("qk_"), "{secret}");
    let (_, command) = html.split_once("<p class=\"once sm\"><code>").expect("a command");
    let command = command.split("</code>").next().expect("a command").replace("&#x27;", "'").replace("&#39;", "'");
    let url = format!("'{}/api/v1/audit/list'", portal.base());
    assert_eq!(command, format!("curl {url} --oauth2-bearer {secret}"));
    assert!(!ann.read("/me/tokens").await.contains(&secret), "shown once");
    assert_eq!(ask(&ann.with_token(&secret), "/api/v1/audit/list").await.status, StatusCode::OK);
    assert!(ann.read("/me/tokens").await.contains("127.0.0.1"), "from where it was used");
    for file in std::fs::read_dir(portal.data()).expect("a folder").map(|file| file.expect("a file").path()) {
        let bytes = if file.is_file() { std::fs::read(&file).expect("bytes") } else { Vec::new() };
        assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "{}", file.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn admins_see_that_somebody_has_tokens_and_end_them() {
    let portal = Portal::start().await;
    let (_, _, script) = stage(&portal, "ann", &["analyst"], "read").await;
    let (_, _, other) = stage(&portal, "bob", &["analyst"], "read").await;
    let admin = portal.person("adm", &["admin"]).await;
    assert!(admin.read("/admin/people").await.contains("1 token for scripts"));
    let people = admin.get("/api/v1/people/list").await.json();
    let person = people["people"].as_array().expect("people").iter().find(|row| row[1][0] == "ann").expect("ann");
    let id = person[0]["id"].as_str().expect("an id").to_owned();
    let ledger = ledger(&portal).await;
    let before = entries(&ledger).await;
    let done = admin.post_form("/api/v1/tokens/revoke_all", &[("person", &id)]).await;
    assert_eq!(done.location(), Some("/admin/people"));
    assert_eq!(entries(&ledger).await, before + 1);
    assert_eq!(ask(&script, QUEUE).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(&other, QUEUE).await.status, StatusCode::OK, "nobody else's");
}
