//! Secrets that are shown once: on the next page, or never again.

use quell_tests::{Client, Portal};
use reqwest::StatusCode;

/// Every byte that the portal keeps.
fn kept(portal: &Portal) -> Vec<u8> {
    let files = std::fs::read_dir(portal.data()).expect("a data folder").map(|entry| entry.expect("an entry").path());
    let mut all = Vec::new();
    for file in files.filter(|path| path.is_file()) {
        all.extend(std::fs::read(file).expect("readable"));
    }
    all
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

async fn post(who: &Client, path: &str, fields: &[(&str, &str)]) {
    let page = who.post_form(path, fields).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_waits_in_memory_only() {
    let mut portal = Portal::start().await;
    let admin = portal.person("adm", &["admin"]).await;
    let ann = [("login", "ann"), ("name", "Ann"), ("analyst", "on")];
    let source = [("name", "falco-1"), ("kind", "falco"), ("node", "")];
    for (path, fields, place) in
        [("/api/v1/people/create", ann, "/admin/people"), ("/api/v1/sources/add", source, "/admin/sources")]
    {
        post(&admin, path, &fields).await;
        let before = kept(&portal);
        let html = admin.read(place).await;
        let (_, rest) = html.split_once("<p class=\"once\"><code>").unwrap_or_else(|| panic!("no secret in {html}"));
        let secret = rest.split("</code>").next().and_then(|shown| shown.rsplit('/').next()).expect("a secret");
        assert!(secret.len() > 20, "{secret}");
        assert!(holds(&before, fields[0].1), "the rest is written");
        assert!(!holds(&before, secret), "the secret of {path} is on disk");
        assert!(!holds(&kept(&portal), secret) && !portal.log().contains(secret));
        assert!(!admin.read(place).await.contains(secret), "shown once");
    }
    // Whoever comes too late is told what to do.
    post(&admin, "/api/v1/people/create", &[("login", "bob"), ("name", "Bob"), ("analyst", "on")]).await;
    portal.restart().await;
    let html = admin.read("/admin/people").await;
    assert!(html.contains("Password of bob") && html.contains("can no longer be shown"), "{html}");
    assert!(
        html.contains("Reset the person&#x27;s password.") || html.contains("Reset the person's password."),
        "{html}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_source_comes_with_a_command_that_works() {
    let portal = Portal::start().await;
    let admin = portal.person("adm", &["admin"]).await;
    for kind in ["falco", "falcosidekick", "quell"] {
        post(&admin, "/api/v1/sources/add", &[("name", kind), ("kind", kind), ("node", "")]).await;
        let html = admin.read("/admin/sources").await.replace("&quot;", "\"");
        let command = html.split_once("<code>curl -H 'content-type: application/json' -d '").map(|(_, rest)| rest);
        let command = command.and_then(|rest| rest.split_once("</code>")).unwrap_or_else(|| panic!("{html}")).0;
        let (body, address) = command.split_once("' ").expect("a body and an address");
        let path = address.strip_prefix(&portal.base()).expect("the whole address");
        assert!(path.starts_with(&format!("/intake/{kind}/")), "{path}");
        let answer = portal.client().post_bytes(path, "application/json", body.to_owned()).await;
        assert_eq!(answer.json()["accepted"].as_i64(), Some(1), "{kind}: {}", answer.text());
    }
}
