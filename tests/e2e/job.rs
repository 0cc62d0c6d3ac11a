//! The main job as one person does it in the browser, with scripts on and again with scripts off: from the alarm in the
//! queue to a paused container with its evidence kept, and then what the auditor sees.

use fantoccini::Locator;
use http::header::COOKIE;
use quell_tests::Scripts;
use reqwest::Method;
use sha2::{Digest as _, Sha256};

use crate::{
    stage::Stage,
    tab::{Tab, labelled},
};

const ROW: &str = "table.q tbody tr";
const STATE: &str = "main .hd .chip.st";

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_with_scripts_on() {
    whole(Scripts::On, "payments-api-on").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_with_scripts_off() {
    whole(Scripts::Off, "payments-api-off").await;
}

async fn whole(scripts: Scripts, name: &str) {
    let stage = Stage::set(name).await;
    let responder = stage.person("responder", "Responder One", &["analyst", "responder"]);
    let auditor = stage.person("auditor", "Auditor One", &["auditor"]);
    let tab = Tab::open(&stage.portal.base(), scripts).await;

    tab.goto("/incidents").await;
    assert_eq!(tab.browser.path().await, "/login", "nobody is signed in yet");
    tab.sign_in("responder", &responder).await;
    assert_eq!(tab.browser.path().await, "/incidents", "sign-in leads where one wanted to go");

    // The detector sends it three times: an exact repeat changes nothing.
    stage.alarms_about("falco-http-output-full-id.json", &stage.victim, &stage.name, 3).await;
    queue(&tab, &stage).await;
    triage(&tab, &stage).await;
    pause(&tab, &stage).await;
    evidence(&tab).await;
    audit(&tab, &stage, &auditor).await;
    tab.browser.close().await;
}

/// The queue says which container on which node, how bad, how far, whose, how long, and one next step.
async fn queue(tab: &Tab, stage: &Stage) {
    // A new row waits behind "Show new" with scripts on; opening the list again is what a person does in both modes.
    let client = stage.portal.person("watcher", &["analyst"]).await;
    stage.in_queue(&client, &stage.name).await;
    tab.reload().await;
    let row = tab.browser.text(ROW).await;
    for part in [&*stage.name, &*stage.node, "INC-1", "1 alarm", "New", "Unassigned", "left", "Acknowledge"] {
        assert!(row.contains(part), "no {part} in the row: {row}");
    }
    let rows = tab.browser.raw().find_all(Locator::Css(ROW)).await.unwrap();
    assert_eq!(rows.len(), 1, "one container, one incident");
    assert!(tab.browser.has(&format!("{ROW} .chip.crit, {ROW} .chip.high, {ROW} .chip.med")).await, "a severity");

    // Alarms are counted in the order they came in: had a repeat been counted, it would be among these.
    stage.alarm("falco-least-metadata.json").await;
    tab.until(ROW, " 2 alarms").await;
}

/// Acknowledge, verdict, owner, note.
async fn triage(tab: &Tab, stage: &Stage) {
    tab.leave("//table//a[@class='ttl']").await;
    let map = tab.browser.text("main .map").await;
    for part in [&*stage.name, &stage.victim[..12], "quell-test/victim:1", &stage.node] {
        assert!(map.contains(part), "no {part} in the map: {map}");
    }
    let alarms = tab.browser.text("main table.al").await;
    assert!(alarms.to_lowercase().contains("exact"), "how the container was found: {alarms}");

    tab.submit("incidents/acknowledge").await;
    assert_eq!(tab.browser.text(STATE).await, "Triage");

    tab.click("//label[.//input[@name='verdict' and @value='confirmed']]").await;
    tab.browser.fill("textarea[name=reason]", "The shell talks to an unknown address.").await;
    tab.submit("incidents/verdict").await;
    assert!(tab.main().await.contains("Intrusion confirmed"));

    tab.submit("incidents/assign").await;
    assert!(tab.browser.text("main .hd").await.contains("Responder One"));

    tab.browser.fill("textarea[name=text]", "Called the shop team. <b>They</b> do not know it.").await;
    tab.submit("incidents/note").await;
    let timeline = tab.browser.text("#tl").await;
    for part in ["Called the shop team. <b>They</b> do not know it.", "Responder One", "The shell talks to"] {
        assert!(timeline.contains(part), "no {part} in the timeline: {timeline}");
    }
}

/// At most three clicks from the queue; *verified* only after the engine says so.
async fn pause(tab: &Tab, stage: &Stage) {
    tab.goto("/incidents").await;
    tab.take_clicks();
    tab.press("Pause…").await;
    let page = tab.main().await;
    for part in [&*stage.name, &stage.victim[..12], &stage.node, "Memory is kept", "Responder One"] {
        assert!(page.contains(part), "no {part} on the confirm page: {page}");
    }
    assert_eq!(stage.engine.state(&stage.victim), "running", "looking changes nothing");
    tab.press("Pause container").await;
    let clicks = tab.take_clicks();
    assert!(clicks <= 3, "{clicks} clicks from the queue to the request");

    tab.until("#actions", "Verified").await;
    assert_eq!(stage.engine.state(&stage.victim), "paused");
    tab.until(STATE, "Contained").await;
    assert_eq!(tab.browser.path().await, "/incidents/1");
}

/// Every item is sealed, and what is downloaded has the hash that the page shows.
async fn evidence(tab: &Tab) {
    tab.submit("evidence/collect").await;
    // All of them: the container is paused, so the image can be kept too.
    tab.until("#evidence", "8 sealed").await;
    let links = tab.browser.raw().find_all(Locator::Css("#evidence a.nm")).await.unwrap();
    let mut items = Vec::new();
    for link in links {
        items.push(link.attr("href").await.unwrap().unwrap());
    }
    assert_eq!(items.len(), 8);
    let cookie = tab.cookie().await;
    for item in items {
        tab.goto(&item).await;
        let shown = tab.run("return document.querySelector('dd.hash').textContent").await;
        let download = tab.shown(&labelled("Download")).await.expect("a download").attr("href").await.unwrap().unwrap();
        let url = format!("{}{download}", tab.base());
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = http.request(Method::GET, url).header(COOKIE, &cookie).send().await.unwrap();
        assert!(answer.status().is_success(), "{item}: {}", answer.status());
        let bytes = answer.bytes().await.unwrap();
        assert!(!bytes.is_empty(), "{item} is empty");
        assert_eq!(shown.as_str().unwrap(), hex::encode(Sha256::digest(&bytes)), "{item}");
    }
}

/// Every step by whom, and whether the trail is whole, in words.
async fn audit(tab: &Tab, stage: &Stage, password: &str) {
    tab.leave("//button[@aria-label='Sign out']").await;
    tab.sign_in("auditor", password).await;
    assert_eq!(tab.browser.path().await, "/audit", "an auditor starts at the trail");
    let trail = tab.main().await;
    for part in ["Responder One", "action.requested", "action.attempted", "action.verified", "evidence.", "INC-1"] {
        assert!(trail.contains(part), "no {part} in the trail: {trail}");
    }
    tab.submit("audit/verify").await;
    let said = tab.browser.text("main .note").await;
    assert!(said.contains("whole"), "{said}");
    assert!(stage.portal.quell(&["audit", "verify"]).contains("whole"), "offline as well");
}
