//! What one person does, another sees without reloading: on an incident, also after their live stream broke, in the
//! queue, and on every other page that says it is live.

use std::time::{Duration, Instant};

use quell_tests::{Scripts, wait_for};
use serde_json::json;

use crate::{
    stage::{ALL_ROLES, Stage},
    tab::Tab,
    wire::Wire,
};

const STATE: &str = "main .hd .chip.st";
const BADGE: &str = "header.top [role=status]";
/// Ours is one second; a test on a machine that does other things besides must not fail for a hiccup.
const SOON: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_seen_elsewhere_without_reloading_also_after_the_stream_broke() {
    let stage = Stage::set("live-shop").await;
    let base = stage.portal.base();
    let wire = Wire::to(&base).await;
    let (one, two) = (stage.person("one", "Responder One", ALL_ROLES), stage.person("two", "Analyst Two", ALL_ROLES));
    stage.alarm("falco-http-output-full-id.json").await;
    let acting = Tab::signed_in(&base, Scripts::On, "one", &one).await;
    // Forms are accepted from the portal's own address only; looking is possible from any.
    let watching = Tab::signed_in(&base, Scripts::On, "two", &two).await.through(&wire.base());
    let client = stage.portal.client();
    client.sign_in("two", &two).await;
    stage.in_queue(&client, "live-shop").await;

    acting.goto("/incidents/1").await;
    watching.goto("/incidents/1").await;
    watching.until(BADGE, "Live").await;
    // A reload would wipe both of these out.
    watching.run("window.quellKept = true").await;
    watching.browser.fill("textarea[name=text]", "half a sentence").await;

    let acknowledged = seen(&acting, "incidents/acknowledge", &watching, STATE, "Triage").await;

    // While the wire is cut, somebody acts. Nothing of it can reach the other browser.
    wire.cut();
    watching.until(BADGE, "Reconnecting").await;
    acting.submit("incidents/assign").await;
    assert!(!watching.browser.text("main .hd").await.contains("Responder One"), "the wire is cut");
    wire.mend();
    watching.until("main .hd", "Responder One").await;
    watching.until(BADGE, "Live").await;

    // And the stream lives on: a verdict, after which its form is of no use any more.
    acting.click("//label[.//input[@name='verdict' and @value='confirmed']]").await;
    let judged = seen(&acting, "incidents/verdict", &watching, "main", "Intrusion confirmed").await;

    let kept = watching.run("return [window.quellKept, document.querySelector('textarea[name=text]').value]").await;
    assert_eq!(kept, json!([true, "half a sentence"]), "it was not reloaded, and nothing typed was lost");
    let complaints: Vec<String> = watching.complaints().await;
    // That the stream broke is said by the browser itself, and is what this test does to it.
    let others: Vec<&String> = complaints.iter().filter(|line| !line.contains("net::ERR_")).collect();
    assert!(others.is_empty(), "{others:#?}");

    let live = watching.standing().await;
    watching.reload().await;
    assert_eq!(live, watching.standing().await, "what a live page shows is what a reload shows");
    println!(
        "live: seen elsewhere, the click's own answer included: acknowledged after {} ms, judged after {} ms",
        acknowledged.as_millis(),
        judged.as_millis()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn new_incidents_wait_until_somebody_asks_for_them() {
    let stage = Stage::set("live-first").await;
    let password = stage.person("one", "Analyst One", ALL_ROLES);
    stage.alarm("falco-http-output-full-id.json").await;
    let client = stage.portal.client();
    client.sign_in("one", &password).await;
    stage.in_queue(&client, "live-first").await;
    let tab = Tab::signed_in(&stage.portal.base(), Scripts::On, "one", &password).await;
    tab.goto("/incidents").await;
    tab.until(BADGE, "Live").await;
    tab.run("window.quellKept = true").await;

    let second = stage.engine.victim("live-second", quell_tests::engine::IDLE);
    stage.alarm_about("falco-http-output-full-id.json", &second, "live-second").await;
    tab.until("main", "1 new incident").await;
    assert!(!tab.browser.text("table.q").await.contains("live-second"), "no row moves before somebody asks");
    tab.click("//main//a[normalize-space(.)='Show new']").await;
    tab.until("table.q", "live-second").await;
    assert!(!tab.main().await.contains("1 new incident"));

    let count = tab.run("return document.querySelector('aside .nav .n').firstChild.data").await;
    assert_eq!(count, json!("2"), "the number beside the link follows");

    // Rows that are shown change in place.
    client.post_form("/api/v1/incidents/acknowledge", &[("number", "1")]).await;
    tab.until("table.q", "Triage").await;
    assert_eq!(tab.run("return window.quellKept").await, json!(true), "all of it without reloading");
    let live = tab.standing().await;
    tab.reload().await;
    assert_eq!(live, tab.standing().await, "what a live page shows is what a reload shows");
}

/// What happens elsewhere, and where it is to be seen.
struct News<'a> {
    path: &'a str,
    css: &'a str,
    text: &'a str,
    happens: &'a dyn Fn(),
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_sources_people_and_the_trail_are_followed_too() {
    let stage = Stage::set("live-pages").await;
    let password = stage.person("one", "Admin One", ALL_ROLES);
    let tab = Tab::signed_in(&stage.portal.base(), Scripts::On, "one", &password).await;
    let endpoint = stage.engine.endpoint();
    let all = [
        News {
            path: "/admin/nodes",
            css: "main",
            text: "node-two",
            happens: &|| stage.portal.add_node("node-two", &endpoint),
        },
        News {
            path: "/admin/sources",
            css: "main",
            text: "source-two",
            happens: &|| drop(stage.portal.add_source("source-two", "falco", None)),
        },
        News {
            path: "/admin/people",
            css: "main table",
            text: "Person Two",
            happens: &|| drop(stage.person("two", "Person Two", &["analyst"])),
        },
    ];
    let mut measured = Vec::new();
    for news in all {
        tab.goto(news.path).await;
        tab.until(BADGE, "Live").await;
        // A form is being filled, and a row is unfolded: both must survive what happens elsewhere.
        tab.browser.fill("input[name=name]", "half a name").await;
        tab.run("window.quellKept = true; document.querySelectorAll('main details').forEach(part => part.open = true)")
            .await;
        let passed = appears(&tab, &news).await;
        measured.push(format!("{} {} ms", news.path, passed.as_millis()));
        let kept = tab.run("return [window.quellKept, document.querySelector('input[name=name]').value]").await;
        assert_eq!(kept, json!([true, "half a name"]), "{} was not reloaded, and nothing typed was lost", news.path);
        let open = tab.run("return document.querySelectorAll('main details:not([open])').length").await;
        assert!(open.as_u64() <= Some(3), "{}: what was unfolded stays so, but for what is new: {open}", news.path);
        tab.run("document.querySelectorAll('main details').forEach(part => part.open = false)").await;
        let live = tab.standing().await;
        tab.reload().await;
        assert_eq!(live, tab.standing().await, "what {} shows live is what a reload shows", news.path);
    }

    // Nothing moves on the trail; it says how much is new.
    tab.goto("/audit").await;
    tab.until(BADGE, "Live").await;
    stage.person("three", "Person Three", &["analyst"]);
    tab.until("main", "1 new entry").await;
    assert!(!tab.browser.text("main table").await.contains("Person Three"), "no row moves before somebody asks");
    tab.press("Show new").await;
    assert!(tab.browser.text("main table").await.contains("Person Three"));
    println!("live: seen without reloading after: {}", measured.join(", "));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_custody_of_an_item_is_followed() {
    let stage = Stage::set("live-custody").await;
    let password = stage.person("one", "Responder One", ALL_ROLES);
    stage.alarm("falco-http-output-full-id.json").await;
    let client = stage.portal.client();
    client.sign_in("one", &password).await;
    stage.in_queue(&client, "live-custody").await;
    let tab = Tab::signed_in(&stage.portal.base(), Scripts::On, "one", &password).await;
    tab.goto("/incidents/1").await;
    tab.submit("evidence/collect").await;
    tab.until("#evidence", "7 sealed").await;
    let item = tab.browser.find("#evidence a.nm").await.attr("href").await.unwrap().unwrap();
    tab.goto(&item).await;
    tab.until(BADGE, "Live").await;
    assert!(!tab.main().await.contains("downloaded"));
    client.get(&format!("{item}/download")).await;
    tab.until("main", "downloaded").await;
    let live = tab.standing().await;
    tab.reload().await;
    assert_eq!(live, tab.standing().await, "what a live page shows is what a reload shows");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_no_longer_see_a_page_is_told_so() {
    let stage = Stage::set("live-refused").await;
    let password = stage.person("one", "Auditor One", &["auditor"]);
    let tab = Tab::signed_in(&stage.portal.base(), Scripts::On, "one", &password).await;
    tab.goto("/audit").await;
    tab.until(BADGE, "Live").await;
    stage.portal.quell(&["user", "roles", "one", "--role", "analyst"]);
    tab.until(BADGE, "You may no longer see this page.").await;
    // Each refusal is recorded: asking again for each record would never end.
    let trail = stage.portal.quell(&["audit", "export"]);
    assert_eq!(trail.lines().filter(|line| line.contains("permission.denied")).count(), 1, "it asked once");
}

/// Something happens, and the page shows it by itself; gives how long that took, the happening included.
async fn appears(tab: &Tab, news: &News<'_>) -> Duration {
    assert!(!tab.browser.text(news.css).await.contains(news.text), "{} is there already", news.text);
    let start = Instant::now();
    (news.happens)();
    let what = format!("{} on {}", news.text, news.path);
    wait_for(&what, SOON, async || tab.browser.text(news.css).await.contains(news.text).then(|| start.elapsed())).await
}

/// One sends a form, the other shows the text; gives how long that took.
async fn seen(acting: &Tab, form: &str, watching: &Tab, css: &str, text: &str) -> Duration {
    let start = Instant::now();
    let act = async {
        acting.submit(form).await;
    };
    let what = format!("\"{text}\" in the other browser");
    let see = wait_for(&what, SOON, async || watching.browser.text(css).await.contains(text).then(|| start.elapsed()));
    tokio::join!(act, see).1
}
