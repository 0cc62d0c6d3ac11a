//! The form layer: what is refused, and that nothing typed is lost or leaks.

use std::time::Duration;

use quell_tests::{Client, Page, Portal, client::send, wait_for};
use reqwest::{
    Method, StatusCode,
    header::{ACCEPT, CONTENT_TYPE, ORIGIN, REFERER},
};

use super::{entries, ledger};

const CREATE: &str = "/api/v1/people/create";

/// A form of one of our pages.
async fn form(who: &Client, portal: &Portal, page: &str, path: &str, fields: &[(&str, &str)]) -> Page {
    let request = who.request(Method::POST, path).header(ACCEPT, "text/html").header("sec-fetch-site", "same-origin");
    send(request.header(ORIGIN, portal.base()).header(REFERER, format!("{}{page}", portal.base())).form(fields)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_site_sends_changes_nothing() {
    let portal = Portal::start().await;
    let admin = portal.person("adm", &["admin"]).await;
    let ledger = ledger(&portal).await;
    let before = entries(&ledger).await;
    let fields = [("login", "mallory"), ("name", "Mallory"), ("admin", "on")];
    let own = portal.base();
    let tries: [&[(&str, &str)]; 6] = [
        &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
        &[("sec-fetch-site", "same-site"), ("origin", &own)],
        &[("sec-fetch-site", "none")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[],
    ];
    for headers in tries {
        for accept in ["text/html", "application/json"] {
            let mut request = admin.request(Method::POST, CREATE).header(ACCEPT, accept).form(&fields);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let page = send(request).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{headers:?}: {}", page.text());
        }
    }
    // What another site can send without being asked first.
    let text = admin.request(Method::POST, CREATE).header(ORIGIN, &own).header(CONTENT_TYPE, "text/plain");
    assert_eq!(send(text.body("login=mallory&name=Mallory&admin=on")).await.status, StatusCode::FORBIDDEN);
    // Reading across sites is refused too, and a change is never a GET.
    let read = admin.request(Method::GET, "/api/v1/people/list").header("sec-fetch-site", "cross-site");
    assert_eq!(send(read).await.status, StatusCode::FORBIDDEN);
    let as_get = send(admin.request(Method::GET, &format!("{CREATE}?login=mallory&name=M&admin=on"))).await;
    assert_eq!(as_get.status, StatusCode::METHOD_NOT_ALLOWED);
    // Fourteen refusals: the first is recorded, and each that doubled their number.
    let told = ledger.texts("SELECT CAST(canonical AS TEXT) FROM audit_event WHERE code = 'request.foreign'").await;
    assert_eq!((told.len(), entries(&ledger).await - before), (4, 4), "{told:?}");
    assert!(told[0].contains("\"method\":\"POST\"") && told[0].contains(CREATE) && told[0].contains("127.0.0.1"));
    assert_eq!(ledger.count("SELECT COUNT(*) FROM person").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_known_fields_each_once() {
    let portal = Portal::start().await;
    let admin = portal.person("adm", &["admin"]).await;
    let ledger = ledger(&portal).await;
    let before = entries(&ledger).await;
    let good = [("login", "bob"), ("name", "Bob"), ("analyst", "on")];
    for (field, extra) in [("role", "admin"), ("id", "1"), ("disabled_at", ""), ("login[0]", "x"), ("name", "Rob")] {
        let fields: Vec<_> = good.into_iter().chain([(field, extra)]).collect();
        let page = admin.post_json_answer(CREATE, &fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert_eq!(page.json()["fields"][0]["field"], field, "{}", page.text());
    }
    let twice =
        send(admin.request(Method::GET, "/api/v1/audit/list?actor=a&actor=b").header(ACCEPT, "application/json")).await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
    let in_query = admin.post_json_answer(&format!("{CREATE}?admin=on"), &good).await;
    assert_eq!(in_query.status, StatusCode::UNPROCESSABLE_ENTITY);
    let large = "x".repeat(70_000);
    let large = admin.post_json_answer(CREATE, &[("login", "bob"), ("name", large.as_str())]).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    let missing = admin.post_json_answer(CREATE, &[("login", "bob")]).await;
    assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", missing.text());
    assert_eq!(entries(&ledger).await, before);
    assert_eq!(ledger.count("SELECT COUNT(*) FROM person").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_form_comes_back_with_what_was_typed() {
    let portal = Portal::start().await;
    let admin = portal.person("adm", &["admin"]).await;
    let fields = [("login", "not a login!"), ("name", "Typed <b>Name</b>"), ("analyst", "on")];
    let page = form(&admin, &portal, "/admin/people", CREATE, &fields).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, Some("/admin/people")));
    let shown = admin.read("/admin/people").await;
    assert!(shown.contains("not a login!") && shown.contains("Typed &lt;b&gt;Name"), "{shown}");
    assert!(!shown.contains("Typed <b>"), "typed text is text");
    assert!(!admin.read("/admin/people").await.contains("not a login!"), "only once");
    // From elsewhere, the answer leads to the form's own page and nowhere else.
    let request =
        admin.request(Method::POST, CREATE).header(ACCEPT, "text/html").header("sec-fetch-site", "same-origin");
    let page = send(request.header(REFERER, "https://evil.example/x").form(&fields)).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, Some("/admin/people")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_closing_comes_back_with_everything_that_was_chosen_and_typed() {
    let portal = Portal::start().await;
    let ann = portal.person("ann", &["analyst"]).await;
    let source = portal.add_source("drill", "quell", None);
    let body = r#"{"quell":1,"rule":"Drill","message":"A drill"}"#;
    assert_eq!(portal.client().post_bytes(&source, "application/json", body).await.status, StatusCode::OK);
    wait_for("the incident", Duration::from_secs(20), async || {
        (ann.get("/incidents/1").await.status == StatusCode::OK).then_some(())
    })
    .await;
    let (page, path) = ("/incidents/1/life/close", "/api/v1/life/close");
    let typed = "not <b>yet</b>";
    let fields = [("number", "1"), ("closing", "duplicate"), ("of", "INC-9999"), ("reason", typed)];
    let answer = form(&ann, &portal, page, path, &fields).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, Some(page)));
    let shown = ann.read(page).await;
    assert!(shown.contains("value=\"duplicate\" checked") && shown.contains("value=\"INC-9999\""), "{shown}");
    assert!(shown.contains("not &lt;b&gt;yet") && shown.contains("There is no INC-9999."), "{shown}");
    // Every step has its page; what is no step has none.
    for step in ["hand-over", "analysis", "merge", "unmerge", "close", "reopen"] {
        assert_eq!(ann.get(&format!("/incidents/1/life/{step}")).await.status, StatusCode::OK, "{step}");
    }
    for missing in ["/incidents/1/life/kill", "/incidents/2/life/close"] {
        assert_eq!(ann.get(missing).await.status, StatusCode::NOT_FOUND, "{missing}");
    }
    // An auditor sees what there is to do, and why not by them.
    let aud = portal.person("aud", &["auditor"]).await;
    let seen = aud.read(page).await;
    assert!(seen.contains("you need the role Analyst or Responder") && !seen.contains(&format!("action=\"{path}\"")));
    let fields = [("number", "1"), ("closing", "benign"), ("reason", "a drill")];
    let answer = form(&ann, &portal, page, path, &fields).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, Some("/incidents/1")));
    let shown = ann.read("/incidents/1").await;
    assert!(shown.contains("INC-1 is closed: Benign: expected activity.") && shown.contains("a drill"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_never_shown_again() {
    let portal = Portal::start().await;
    portal.add_person("ann", &["analyst"]);
    let ann = portal.client();
    let page = form(
        &ann,
        &portal,
        "/login?next=/me",
        "/api/v1/session/sign_in",
        &[("login", "ann"), ("password", "canary-9341"), ("next", "/me")],
    )
    .await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, Some("/login?next=/me")));
    let shown = ann.read("/login?next=/me").await;
    assert!(shown.contains("ann") && !shown.contains("canary-9341"), "{shown}");
    assert!(!portal.log().contains("canary-9341"));
    let in_sessions = ledger(&portal).await.count("SELECT COUNT(*) FROM web_session WHERE data LIKE '%canary%'").await;
    assert_eq!(in_sessions, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_leads_on_to_our_own_pages_only() {
    let portal = Portal::start().await;
    let password = portal.add_person("ann", &["analyst"]);
    for (next, place) in [
        ("/incidents?view=mine", "/incidents?view=mine"),
        ("/incidents?q=web%20api&view=mine", "/incidents?q=web%20api&view=mine"),
        ("/incidents?q=a%0d%0aset-cookie:x", "/"),
        ("/incidents\r\nset-cookie:x", "/"),
        ("//evil.example", "/"),
        ("https://evil.example/", "/"),
        ("/\\evil", "/"),
    ] {
        let ann = portal.client();
        let page = ann
            .post_form("/api/v1/session/sign_in", &[("login", "ann"), ("password", &password), ("next", next)])
            .await;
        assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, Some(place)), "{next}");
    }
    let nobody = portal.client().get("/incidents?view=mine").await;
    assert_eq!(
        (nobody.status, nobody.location()),
        (StatusCode::SEE_OTHER, Some("/login?next=/incidents%3Fview%3Dmine"))
    );
    assert!(nobody.body.is_empty(), "nothing of the page goes out with the redirect");
}

/// The value of a hidden field of a page.
fn hidden(html: &str, name: &str) -> String {
    let field = html.split("<input ").find(|field| field.contains(&format!("name=\"{name}\""))).expect("the field");
    let value = field.split("value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a value");
    value.replace("&amp;", "&")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filtered_page_is_come_back_to() {
    let portal = Portal::start().await;
    let password = portal.add_person("ann", &["analyst"]);
    for filtered in ["/incidents?q=web%20api&view=mine", "/incidents?q=100%25+caf%C3%A9"] {
        let ann = portal.client();
        // A mailed link, opened by somebody who is not signed in.
        let login = ann.get(filtered).await.location().expect("the way to sign in").to_owned();
        let next = hidden(&ann.read(&login).await, "next");
        let fields = [("login", "ann"), ("password", password.as_str()), ("next", next.as_str())];
        let page = ann.post_form("/api/v1/session/sign_in", &fields).await;
        assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, Some(filtered)));
        // The theme button on that page.
        let back = hidden(&ann.read(filtered).await, "back");
        let page = ann.post_form("/api/v1/me/theme", &[("theme", "dark"), ("back", back.as_str())]).await;
        assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, Some(filtered)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_fill_nothing_with_what_they_type() {
    let portal = Portal::start().await;
    let long = "x".repeat(10_000);
    for n in 0..50 {
        let stranger = portal.client();
        let (path, page) = if n % 2 == 0 { ("sign_in", "/login") } else { ("setup", "/setup/guessed") };
        let fields = if n % 2 == 0 {
            vec![("login", "nobody"), ("password", "wrong"), ("next", long.as_str())]
        } else {
            vec![("token", "guessed"), ("login", "nobody"), ("name", "Typed Name"), ("password", "wrong")]
        };
        let sent = form(&stranger, &portal, page, &format!("/api/v1/session/{path}"), &fields).await;
        assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, Some(page)), "{}", sent.text());
        let shown = stranger.read(page).await;
        assert!(shown.contains("role=\"alert\"") && shown.contains("nobody") && !shown.contains("wrong\""), "{shown}");
        assert!(!stranger.read(page).await.contains("nobody"), "only once");
    }
    assert_eq!(ledger(&portal).await.count("SELECT COUNT(*) FROM web_session").await, 0);
}
