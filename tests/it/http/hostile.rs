//! Names made by an attacker, or by an admin with humour: shown, never carried out.

use quell_tests::Portal;

use super::ledger;

const NAME: &str = "<script>alert(1)</script>x\" onload=\"y";

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_name_is_text_everywhere() {
    let portal = Portal::start().await;
    let admin = portal.person("adm", &["admin"]).await;
    let fields = [("login", "mallory"), ("name", NAME), ("auditor", "on")];
    let page = admin.post_json_answer("/api/v1/people/create", &fields).await;
    assert!(page.status.is_success(), "{}", page.text());
    let html = admin.read("/admin/people").await;
    assert!(html.contains("&lt;script&gt;alert(1)") && !html.contains("<script>alert"), "as text");
    let tags = html.split('<').skip(1).map(|part| part.split('>').next().unwrap_or_default());
    let broken: Vec<&str> = tags.filter(|tag| tag.contains("onload=\"")).collect();
    assert!(broken.is_empty(), "it left its place: {broken:?}");
    assert!(portal.quell(&["user", "list"]).contains(NAME));
    // A sign-in name with line breaks and colours makes no line of the log.
    for login in ["a\r\nERROR forged", "a\u{1b}[31mred", "a\0b"] {
        portal.client().try_sign_in(login, "wrong wrong wrong").await;
    }
    let log = portal.log();
    assert!(!log.contains("\nERROR forged") && !log.contains('\u{1b}') && !log.contains('\0'), "{log}");
    let trail = portal.quell(&["audit", "export"]);
    assert!(!trail.contains('\u{1b}'), "escaped in the export");
    assert_eq!(ledger(&portal).await.count("SELECT COUNT(*) FROM person").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_paths_are_only_not_found() {
    let portal = Portal::start().await;
    let ann = portal.person("ann", &["analyst"]).await;
    for path in [
        "/incidents/1%27%20OR%201=1",
        "/incidents/%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "/evidence/..%2F..%2Fetc%2Fpasswd",
        "/evidence/..%2F..%2Fetc%2Fpasswd/download",
        "/pkg/..%2F..%2F..%2Fetc%2Fpasswd",
        "/pkg/%2e%2e/%2e%2e/etc/passwd",
        "/incidents/99999999999999999999999",
        "/nowhere/%00",
        "/nowhere/%E2%80%AE",
    ] {
        let page = ann.get(path).await;
        assert!(page.status.is_client_error(), "{path}: {}", page.status);
        let text = page.text();
        assert!(!text.contains("<script>alert") && !text.contains("root:"), "{path}: {text}");
    }
}
