//! The policy and changes over HTTP, as a browser without scripts sends them.

use quell_domain::view::{ChangesPage, DraftPage, PolicyPage};
use quell_tests::{Client, Portal};
use reqwest::StatusCode;

use super::{ask, sent, table};

const SAVE: &str = "/api/v1/drafts/save";

/// The draft's form as the page shows it, with one button pressed.
fn form(draft: &DraftPage, press: &str) -> Vec<(String, String)> {
    let mut fields = vec![("press".to_owned(), press.to_owned())];
    fields.extend(table("rules", &draft.rows));
    fields
}

async fn save(who: &Client, fields: &[(String, String)]) -> String {
    sent(who, SAVE, fields).await
}

async fn draft(who: &Client) -> DraftPage {
    serde_json::from_value(ask(who, "/api/v1/drafts/show").await.json()).expect("a draft")
}

async fn changes(who: &Client) -> ChangesPage {
    serde_json::from_value(ask(who, "/api/v1/changes/list").await.json()).expect("changes")
}

async fn decide(who: &Client, id: &str, decision: &str) -> String {
    let fields = [("change", id), ("decision", decision), ("reason", "looked at it")];
    let page = who.post_form("/api/v1/changes/decide", &fields).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text());
    page.location().expect("a place").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_drafted_row_by_row_and_published_by_another_admin() {
    let portal = Portal::start().await;
    let (ann, bob) = (portal.proven("ann", &["admin"]).await, portal.proven("bob", &["admin"]).await);
    let today = ann.read("/admin/policy").await;
    assert!(today.contains("Version 1") && today.contains("Reconnect networks"), "{today}");
    let mut page = draft(&ann).await;
    assert_eq!((page.rows.len(), page.is_kept, page.base), (4, false, 1));

    // Every button keeps what was typed, right or wrong.
    page.rows[0].labels = "<b>Not a label</b>".to_owned();
    assert_eq!(save(&ann, &form(&page, "add")).await, "/admin/policy/draft");
    let html = ann.read("/admin/policy/draft").await;
    assert!(html.contains("&lt;b>Not a label&lt;/b>") || html.contains("&lt;b&gt;Not a label"), "{html}");
    assert!(!html.contains("<b>Not a label") && html.contains("Rule 1: Use lower-case words"), "{html}");
    let mut page = draft(&ann).await;
    assert_eq!((page.rows.len(), page.preview.is_none()), (5, true));
    page.rows[0].labels = "production, eu".to_owned();
    page.rows[0].approvals = "1".to_owned();
    page.rows[4].pause = "on".to_owned();
    page.rows[4].approvals = "0".to_owned();
    page.rows[4].tier = "1".to_owned();
    save(&ann, &form(&page, "up-4")).await;
    let page = draft(&ann).await;
    assert_eq!((page.rows[3].pause.as_str(), page.rows[4].kill.as_str()), ("on", "on"), "moved up");
    let html = ann.read("/admin/policy/draft").await;
    assert!(html.contains("Who is affected") && html.contains("eu and production"), "{html}");
    assert!(html.contains("0 hold it"), "nobody is approver here: {html}");
    let place = save(&ann, &form(&page, "propose")).await;
    let id = place.strip_prefix("/admin/changes/").expect("it waits").to_owned();

    // Not by the one who proposed it; by another, and then it counts.
    let own = [("change", id.as_str()), ("decision", "approve"), ("reason", "mine")];
    assert_eq!(ann.post_json_answer("/api/v1/changes/decide", &own).await.status, StatusCode::FORBIDDEN);
    assert!(ann.read(&place).await.contains("You proposed this."));
    let html = bob.read(&place).await;
    assert!(html.contains("Who is affected") && html.contains("eu and production"), "{html}");
    assert_eq!(decide(&bob, &id, "approve").await, place);
    assert!(bob.read(&place).await.contains("Approved and done."));
    let policy: PolicyPage = serde_json::from_value(ask(&bob, "/api/v1/policy/show").await.json()).expect("a policy");
    let first = &policy.versions[0];
    assert_eq!((first.body.version, first.proposed_by.as_str(), first.published_by.as_str()), (2, "ann", "bob"));
    assert_eq!(first.body.rules[0].labels, ["eu", "production"]);
    assert!(bob.read("/admin/policy").await.contains("Version 2"));
    let trail = portal.quell(&["audit", "verify"]);
    assert!(trail.contains("intact") || trail.contains("whole") || !trail.is_empty(), "{trail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_none_are_refused_and_nothing_is_kept() {
    let portal = Portal::start().await;
    let ann = portal.person("ann", &["admin"]).await;
    for (name, value) in [
        ("rules", "all"),
        ("rules[0]", "x"),
        ("rules[0][shell]", "on"),
        ("rules[0][labels][deep]", "x"),
        ("rules[99999999999999999999][pause]", "on"),
        ("press[0]", "add"),
        ("other[0][pause]", "on"),
    ] {
        let page = ann.post_json_answer(SAVE, &[("press", "preview"), (name, value)]).await;
        assert!(page.status.is_client_error(), "{name}: {} {}", page.status, page.text());
    }
    let odd = ann.post_json_answer(SAVE, &[("press", "publish")]).await;
    assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!draft(&ann).await.is_kept);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_persons_password_is_shown_once_to_who_approved() {
    let portal = Portal::start().await;
    let (ann, bob) = (portal.proven("ann", &["admin"]).await, portal.proven("bob", &["admin"]).await);
    let new = [("login", "cyd"), ("name", "Cyd <i>"), ("analyst", "on")];
    let page = ann.post_form("/api/v1/people/create", &new).await;
    let place = page.location().expect("a place").to_owned();
    let id = place.strip_prefix("/admin/changes/").expect("it waits").to_owned();
    assert!(!ann.read("/admin/people").await.contains("cyd"), "nobody is added yet");
    let html = ann.read("/admin/changes").await;
    assert!(html.contains("Add Cyd") && !html.contains("<i>"), "{html}");
    assert_eq!(changes(&bob).await.pending.len(), 1);
    decide(&bob, &id, "approve").await;
    let html = bob.read(&place).await;
    let (_, rest) = html.split_once("<p class=\"once\"><code>").unwrap_or_else(|| panic!("no secret in {html}"));
    let password = rest.split("</code>").next().expect("a password").to_owned();
    portal.client().sign_in("cyd", &password).await;
    assert!(!bob.read(&place).await.contains(&password) && !ann.read(&place).await.contains(&password));
    assert!(!portal.quell(&["audit", "export"]).contains(&password) && !portal.log().contains(&password));
}
