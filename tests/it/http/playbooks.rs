//! Playbooks over HTTP, as a browser without scripts sends them.

use quell_domain::view::{PlaybooksDraftPage, PlaybooksPage};
use quell_tests::{Client, Portal};
use reqwest::StatusCode;

use super::{ask, sent, table};

const SAVE: &str = "/api/v1/playbook_drafts/save";

/// The form of the playbook on the page, with one button pressed.
fn form(page: &PlaybooksDraftPage, press: &str) -> Vec<(String, String)> {
    let book = &page.books[page.shown];
    let mut fields = vec![("press".to_owned(), press.to_owned()), ("class".to_owned(), book.class.clone())];
    fields.extend(table("steps", &book.steps).into_iter().chain(table("targets", &book.targets)));
    fields
}

async fn save(who: &Client, fields: &[(String, String)]) -> String {
    sent(who, SAVE, fields).await
}

async fn draft(who: &Client, class: &str) -> PlaybooksDraftPage {
    serde_json::from_value(ask(who, &format!("/api/v1/playbook_drafts/show?class={class}")).await.json())
        .expect("a draft")
}

#[tokio::test(flavor = "multi_thread")]
async fn playbooks_are_drafted_one_by_one_and_published_by_another_admin() {
    let portal = Portal::start().await;
    let (ann, bob) = (portal.proven("ann", &["admin"]).await, portal.proven("bob", &["admin"]).await);
    let today = ann.read("/admin/playbooks").await;
    assert!(today.contains("Version 1") && today.contains("Retain evidence") && today.contains("15:00"), "{today}");
    let mut page = draft(&ann, "").await;
    assert_eq!((page.books.len(), page.is_kept, page.base), (1, false, 1));

    // Every button keeps what was typed, right or wrong.
    page.books[0].steps[1].title = "<b>Is it one?</b>".to_owned();
    page.books[0].targets[0].contain = "soon </textarea>".to_owned();
    page.books[0].steps[3].guidance = "</textarea><script>x".to_owned();
    assert_eq!(save(&ann, &form(&page, "add")).await, "/admin/playbooks/draft?class=");
    let html = ann.read("/admin/playbooks/draft").await;
    assert!(
        html.contains("Every class: step 7: choose what kind")
            && !html.contains("<b>Is it")
            && !html.contains("<script>x"),
        "{html}"
    );
    let mut page = draft(&ann, "").await;
    assert_eq!((page.books[0].steps.len(), page.preview.is_none(), page.is_kept), (8, true, true));
    assert_eq!(page.books[0].targets[0].contain, "soon </textarea>");
    // The new one stands before the one that closes.
    page.books[0].steps.remove(6);
    save(&ann, &form(&page, "preview")).await;
    let mut page = draft(&ann, "").await;
    let problem = page.problem.clone().expect("minutes");
    assert!(problem.fields[0].remedy.starts_with("Every class: critical: “soon"), "{problem}");
    assert_eq!(problem.fields[0].field, "targets");
    page.books[0].targets[0].contain = "14".to_owned();
    // Proposing what is wrong is refused, and kept.
    page.books[0].steps[0].title = String::new();
    let place = save(&ann, &form(&page, "propose")).await;
    assert!(place.starts_with("/admin/playbooks/draft"), "{place}");
    assert!(ann.read(&place).await.contains("step 1: give it a title"));
    assert_eq!(draft(&ann, "").await.books[0].steps[0].title, "");
    page.books[0].steps[0].title = "Look".to_owned();

    // One class gets its own, as a copy, and its steps move.
    let mut fields = form(&page, "add_book");
    fields.push(("add".to_owned(), "escape".to_owned()));
    assert_eq!(save(&ann, &fields).await, "/admin/playbooks/draft?class=escape");
    let own = draft(&ann, "escape").await;
    assert_eq!((own.shown, own.books[1].steps[0].title.as_str()), (1, "Look"));
    assert_eq!(save(&ann, &form(&own, "up-2")).await, "/admin/playbooks/draft?class=escape");
    let own = draft(&ann, "escape").await;
    assert_eq!((own.books[1].steps[1].kind.as_str(), own.books[0].steps[1].kind.as_str()), ("contain", "verdict"));
    let html = ann.read("/admin/playbooks/draft?class=escape").await;
    assert!(html.contains("Against the playbooks of today") && html.contains("Container escape"), "{html}");
    let place = save(&ann, &form(&own, "propose")).await;
    let id = place.strip_prefix("/admin/changes/").expect("it waits").to_owned();
    assert!(!draft(&ann, "").await.is_kept, "it is a change now");

    // Not by the one who proposed it; by another, and then it counts.
    let decision = [("change", id.as_str()), ("decision", "approve"), ("reason", "looked at it")];
    assert_eq!(ann.post_json_answer("/api/v1/changes/decide", &decision).await.status, StatusCode::FORBIDDEN);
    assert!(ann.read("/admin/playbooks").await.contains("waits for another admin"));
    let html = bob.read(&place).await;
    assert!(
        html.contains("Publish version 2 of the playbooks")
            && html.contains("Is it one?")
            && !html.contains("<b>Is it"),
        "{html}"
    );
    assert_eq!(bob.post_form("/api/v1/changes/decide", &decision).await.status, StatusCode::SEE_OTHER);
    let page: PlaybooksPage =
        serde_json::from_value(ask(&bob, "/api/v1/playbooks/show").await.json()).expect("playbooks");
    let first = &page.versions[0];
    assert_eq!((first.body.version, first.proposed_by.as_str(), first.published_by.as_str()), (2, "ann", "bob"));
    assert_eq!((first.body.books.len(), first.body.books[0].targets[0].contain), (2, 14));
    let html = bob.read("/admin/playbooks").await;
    assert!(html.contains("Version 2") && html.contains("Use version 2 for an open incident"), "{html}");
    portal.quell(&["audit", "verify"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_none_are_refused_and_nothing_is_kept() {
    let portal = Portal::start().await;
    let ann = portal.person("ann", &["admin"]).await;
    for (name, value) in [
        ("steps", "all"),
        ("steps[0]", "x"),
        ("steps[0][shell]", "on"),
        ("steps[0][title][deep]", "x"),
        ("targets[99999999999999999999][contain]", "1"),
        ("press[0]", "add"),
        ("class", "nothing"),
        ("press", "publish"),
    ] {
        let mut fields = vec![("press", "preview"), (name, value)];
        fields.retain(|(field, _)| *field != "press" || name != "press");
        if name == "press" {
            fields.push((name, value));
        }
        let page = ann.post_json_answer(SAVE, &fields).await;
        assert!(page.status.is_client_error(), "{name}: {} {}", page.status, page.text());
    }
    let kept = draft(&ann, "").await;
    assert!(kept.problem.is_none() && kept.books.len() == 1);
    // Without steps it is kept, and says what is missing.
    assert_eq!(ann.post_json_answer(SAVE, &[("press", "preview")]).await.status, StatusCode::OK);
    let kept = draft(&ann, "").await;
    assert!(kept.is_kept && kept.problem.expect("no steps").fields[0].remedy.contains("“Acknowledge”"));
    assert_eq!(ann.post_json_answer(SAVE, &[("press", "drop"), ("class", "gone")]).await.status, StatusCode::OK);
    assert!(!draft(&ann, "").await.is_kept);
}
