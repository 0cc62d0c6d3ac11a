//! What every answer carries, errors and files included.

use quell_tests::{Client, Page, Portal, client::send};
use reqwest::{
    Method, StatusCode,
    header::{ACCEPT, HeaderMap},
};

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn nonce(page: &Page) -> String {
    let policy = header(&page.headers, "content-security-policy");
    let begin = policy.find("'nonce-").unwrap_or_else(|| panic!("no nonce in {policy}")) + 7;
    policy[begin..].split('\'').next().expect("an end").to_owned()
}

async fn answers(portal: &Portal, who: &Client) -> Vec<(&'static str, Page)> {
    let mut all = Vec::new();
    for path in [
        "/login",
        "/me",
        "/incidents",
        "/nowhere",
        "/api/v1/nowhere",
        "/pkg/nowhere.js",
        "/healthz",
        "/readyz",
        "/favicon.ico",
        "/audit",
        "/audit/export",
    ] {
        all.push((path, who.get(path).await));
    }
    all.push(("api", super::ask(who, "/api/v1/incidents/show?number=7").await));
    all.push(("intake", portal.client().post_bytes("/intake/falco/nothing", "application/json", "{}").await));
    all.push(("cross-site", send(who.request(Method::POST, "/api/v1/audit/verify").header(ACCEPT, "text/html")).await));
    all.push(("wrong method", send(who.request(Method::PUT, "/login")).await));
    all.push(("trace", send(who.request(Method::TRACE, "/healthz")).await));
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_closed_to_others() {
    let portal = Portal::start().await;
    let who = portal.person("aud", &["auditor"]).await;
    for (name, page) in answers(&portal, &who).await {
        let headers = &page.headers;
        assert_eq!(header(headers, "x-content-type-options"), "nosniff", "{name}");
        assert_eq!(header(headers, "referrer-policy"), "same-origin", "{name}");
        assert_eq!(header(headers, "cross-origin-opener-policy"), "same-origin", "{name}");
        assert!(header(headers, "permissions-policy").contains("camera=()"), "{name}");
        assert_eq!(header(headers, "strict-transport-security"), "", "{name}: plain http");
        let policy = header(headers, "content-security-policy");
        for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'"] {
            assert!(policy.contains(part), "{name}: {policy}");
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{name}: {policy}");
        assert_eq!(header(headers, "cache-control"), "no-store", "{name}");
        if header(headers, "content-type").starts_with("text/html") {
            assert!(header(headers, "content-type").contains("charset=utf-8"), "{name}");
            assert!(policy.contains("form-action 'self'"), "{name}: {policy}");
        }
    }
    let (first, second) = (who.get("/me").await, who.get("/me").await);
    assert_eq!(first.status, StatusCode::OK);
    assert_ne!(nonce(&first), nonce(&second), "used once");
    for script in first.text().split("<script").skip(1) {
        let tag = script.split('>').next().unwrap_or_default();
        assert!(
            tag.contains("src=") || tag.contains(&format!("nonce=\"{}\"", nonce(&first))),
            "an inline script without the nonce: {tag}"
        );
    }
    assert!(!first.text().contains(" style="), "no inline style: the policy would block it");
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_proxy_that_speaks_https() {
    let portal = Portal::builder()
        .env("QUELL__SERVER__PUBLIC_URL", "https://quell.example.org")
        .env("QUELL__SERVER__TRUSTED_PROXIES", "[\"127.0.0.1\"]")
        .start()
        .await;
    let password = portal.add_person("ann", &["analyst"]);
    let client = portal.client();
    let sign_in = |client: &Client, origin: &str| {
        client
            .request(Method::POST, "/api/v1/session/sign_in")
            .header(ACCEPT, "text/html")
            .header("origin", origin)
            .header("x-forwarded-for", "6.6.6.6, 203.0.113.9")
            .form(&[("login", "ann"), ("password", password.as_str()), ("next", "")])
    };
    // Only the public address is ours now.
    assert_eq!(send(sign_in(&client, &portal.base())).await.status, StatusCode::FORBIDDEN);
    let page = send(sign_in(&client, "https://quell.example.org")).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text());
    let cookie = header(&page.headers, "set-cookie");
    assert!(cookie.starts_with("__Host-quell=") && cookie.contains("Secure") && cookie.contains("Path=/"), "{cookie}");
    assert!(header(&page.headers, "strict-transport-security").contains("max-age="));
    let trail = portal.quell(&["audit", "export"]);
    assert!(trail.contains("203.0.113.9") && !trail.contains("6.6.6.6"), "the address that the proxy saw");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_chooses_their_own_address() {
    let portal = Portal::start().await;
    let password = portal.add_person("ann", &["analyst"]);
    let request = portal.client().request(Method::POST, "/api/v1/session/sign_in").header(ACCEPT, "text/html");
    let request =
        request.header("origin", portal.base()).header("x-forwarded-for", "6.6.6.6").header("x-real-ip", "6.6.6.6");
    let page = send(request.form(&[("login", "ann"), ("password", password.as_str()), ("next", "")])).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    assert!(!portal.quell(&["audit", "export"]).contains("6.6.6.6"));
}
