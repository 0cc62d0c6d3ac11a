//! Work on several incidents with scripts off: plain forms, what is refused clearly, and that no tick is lost.

use quell_tests::{Client, Page, Portal, client::send, wait_for};
use reqwest::{
    Method, StatusCode,
    header::{ACCEPT, ORIGIN, REFERER},
};

use super::{ask, ledger};

const TRIAGE: &str = "/api/v1/bulk/triage";
const LIMIT: std::time::Duration = std::time::Duration::from_secs(30);

/// A portal with so many incidents.
async fn with_incidents(count: i64) -> (Portal, Client) {
    let portal = Portal::start().await;
    let ana = portal.person("ana", &["analyst", "responder"]).await;
    let source = portal.add_source("drill", "quell", None);
    for n in 1..=count {
        let body = format!(r#"{{"quell":1,"rule":"Drill {n}","severity":"low","message":"A drill"}}"#);
        let answer = portal.client().post_bytes(&source, "application/json", body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    }
    wait_for("the incidents", LIMIT, async || {
        let last = ask(&ana, &format!("/api/v1/incidents/show?number={count}")).await;
        (last.status == StatusCode::OK).then_some(())
    })
    .await;
    (portal, ana)
}

/// A form of one of our pages.
async fn form(who: &Client, portal: &Portal, page: &str, path: &str, fields: &[(&str, &str)]) -> Page {
    let request = who.request(Method::POST, path).header(ACCEPT, "text/html").header("sec-fetch-site", "same-origin");
    send(request.header(ORIGIN, portal.base()).header(REFERER, format!("{}{page}", portal.base())).form(fields)).await
}

fn is_ticked(html: &str, number: i64) -> bool {
    let tag = html.split("<input ").find(|tag| tag.contains(&format!("aria-label=\"Select INC-{number}\"")));
    let tag = tag.unwrap_or_else(|| panic!("no box for INC-{number}: {html}"));
    tag.split('>').next().expect("a tag").contains(" checked")
}

#[tokio::test(flavor = "multi_thread")]
async fn ticks_are_a_plain_form_whose_answer_can_be_undone() {
    let (portal, ana) = with_incidents(3).await;
    let here = "/incidents?view=unassigned";
    let html = ana.read(here).await;
    for n in 1..=3 {
        assert!(!is_ticked(&html, n));
    }
    assert!(html.contains("form=\"bulk\"") && html.contains("id=\"bulk\""), "{html}");
    let all = ana.read(&format!("{here}&pick=all")).await;
    assert!((1..=3).all(|n| is_ticked(&all, n)), "a link ticks all that are shown");
    let some = ana.read(&format!("{here}&pick=1+3")).await;
    assert!(is_ticked(&some, 1) && !is_ticked(&some, 2) && is_ticked(&some, 3));

    let fields = [("n", "1"), ("n", "3"), ("press", "acknowledge"), ("to", ""), ("back", here)];
    let page = form(&ana, &portal, here, TRIAGE, &fields).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text());
    let place = page.location().expect("a place").to_owned();
    assert!(place.starts_with(&format!("{here}&done=")), "back where one was: {place}");
    let html = ana.read(&place).await;
    assert!(html.contains("2 incidents acknowledged.") && html.contains("/api/v1/bulk/undo"), "{html}");
    // Another person sees what was done and no way to undo it.
    let ben = portal.person("ben", &["analyst"]).await;
    let theirs = ben.read(&place).await;
    assert!(theirs.contains("2 incidents acknowledged.") && !theirs.contains("/api/v1/bulk/undo"));

    let bulk = place.rsplit('=').next().expect("a number").to_owned();
    let page = form(&ana, &portal, &place, "/api/v1/bulk/undo", &[("bulk", &bulk), ("back", &place)]).await;
    let place = page.location().expect("a place").to_owned();
    assert!(place.starts_with(&format!("{here}&done=")), "and only the newest is told about: {place}");
    let html = ana.read(&place).await;
    assert!(html.contains("2 incidents undone.") && !html.contains("/api/v1/bulk/undo"), "{html}");
    assert!(ana.read(&format!("/incidents/bulk/{bulk}")).await.contains("Acknowledge: 2 incidents"));
    assert_eq!(ana.get("/incidents/bulk/1").await.status, StatusCode::NOT_FOUND, "an entry about something else");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_keeps_the_ticks() {
    let (portal, ana) = with_incidents(2).await;
    let here = "/incidents?view=unassigned";
    let ledger = ledger(&portal).await;
    let before = ledger.head().await;
    let many: Vec<String> = (1..=101).map(|n: i64| n.to_string()).collect();
    let mut too_many: Vec<(&str, &str)> = many.iter().map(|n| ("n", n.as_str())).collect();
    too_many.push(("press", "acknowledge"));
    let no_person = vec![("n", "1"), ("n", "2"), ("press", "assign"), ("to", "")];
    for (fields, words, ticks) in [
        (too_many, "At most 100 in one go; 101 are ticked", vec![1, 2]),
        (no_person, "Choose the person first", vec![1, 2]),
        (vec![("press", "acknowledge")], "Tick at least one incident first", vec![]),
        (vec![("n", "2"), ("n", "x"), ("press", "acknowledge")], "is no number of an incident", vec![2]),
    ] {
        let page = form(&ana, &portal, here, TRIAGE, &fields).await;
        assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, Some(here)), "{words}");
        let html = ana.read(here).await;
        assert!(html.contains("role=\"alert\"") && html.contains(words), "{words}: {html}");
        for n in 1..=2 {
            assert_eq!(is_ticked(&html, n), ticks.contains(&n), "{words}: INC-{n}");
        }
    }
    assert_eq!(ledger.head().await, before, "nothing was done");

    // The pages that ask first say the same, and lead back with the ticks.
    let query: Vec<String> = (1..=21).map(|n| format!("n={n}")).collect();
    let (wrong, right) = (StatusCode::UNPROCESSABLE_ENTITY, StatusCode::OK);
    for (path, status, words) in [
        (format!("/incidents/isolate?{}", query.join("&")), wrong, "At most 20 in one go; 21 are ticked"),
        ("/incidents/isolate".to_owned(), wrong, "Tick at least one incident first"),
        ("/incidents/merge?n=1&n=x".to_owned(), wrong, "is no number of an incident"),
        ("/incidents/merge?n=1".to_owned(), right, "It takes at least two incidents"),
    ] {
        let page = ana.get(&path).await;
        assert_eq!(page.status, status, "{path}");
        assert!(page.text().contains(words), "{path}: {}", page.text());
    }
    let alone = ana.read("/incidents/merge?n=1&back=%2Fincidents%3Fview%3Dmine").await;
    assert!(alone.contains("/incidents?view=mine&amp;pick=1\"") && alone.contains("Back to the queue"), "{alone}");
    let html = ana.get(&format!("/incidents/isolate?{}&back=%2Fincidents%3Fview%3Dmine", query.join("&"))).await.text();
    assert!(html.contains("/incidents?view=mine&amp;pick=1+2+3+"), "{html}");
    let html = ana.read("/incidents/isolate?n=1&back=https%3A%2F%2Fevil.example%2F").await;
    assert!(!html.contains("://evil.example"), "nowhere else is anybody led");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_by_form_names_what_is_missing_and_keeps_what_was_typed() {
    let (portal, ana) = with_incidents(3).await;
    let here = "/incidents/merge?n=1&n=2&n=3&back=%2Fincidents%3Fview%3Daction";
    let html = ana.read(here).await;
    assert_eq!(html.matches("name=\"into\"").count(), 3);
    assert!(!html.contains("value=\"1\" checked") && html.contains("taken apart again"), "nothing is chosen: {html}");
    let back = ("back", "/incidents?view=action");
    let page =
        form(&ana, &portal, here, "/api/v1/bulk/merge", &[("n", "1 2 3"), back, ("reason", "one typed reason")]).await;
    assert_eq!(page.location(), Some(here));
    let html = ana.read(here).await;
    assert!(html.contains("Choose which of them stays.") && html.contains("one typed reason"), "{html}");
    let fields = [("n", "1 2 3"), back, ("into", "2"), ("reason", "one typed reason")];
    let page = form(&ana, &portal, here, "/api/v1/bulk/merge", &fields).await;
    let place = page.location().expect("a place").to_owned();
    assert!(place.starts_with("/incidents?view=action&done="), "{place}");
    assert!(ana.read(&place).await.contains("2 incidents merged into "));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_not_is_offered_nothing_and_told_why() {
    let (portal, _ana) = with_incidents(1).await;
    let aud = portal.person("aud", &["auditor"]).await;
    let html = aud.read("/incidents?view=unassigned").await;
    assert!(html.contains("class=\"noticks\"") && !html.contains("id=\"bulk\""), "{html}");
    let ann = portal.person("ann", &["analyst"]).await;
    let html = ann.read("/incidents?view=unassigned").await;
    assert!(html.contains("id=\"bulk\"") && !html.contains("formaction=\"/incidents/isolate\""), "{html}");
    let html = ann.read("/incidents/isolate?n=1").await;
    assert!(html.contains("you need the role Responder") && !html.contains("btn dan lg"), "{html}");
    let refused = ann.post_json_answer("/api/v1/bulk/isolate", &[("n", "1"), ("measure", "pause")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let refused = aud.post_json_answer(TRIAGE, &[("n", "1"), ("press", "acknowledge")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    // An incident without a known container says what to do first.
    let both = portal.person("res", &["responder"]).await;
    let html = both.read("/incidents/isolate?n=1").await;
    assert!(html.contains("Choose the container first") && !html.contains("name=\"n\" value=\"1\""), "{html}");
    for measure in ["kill", "unpause", "x"] {
        let page = ask(&both, &format!("/api/v1/bulk/confirm?n=1&measure={measure}")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{measure}: {}", page.text());
    }
}
