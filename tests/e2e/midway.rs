//! Pages opened while work is under way: the portal is held at a point between two steps, so that the page shows what is
//! usually gone in a moment. It must come alive and keep every rule there as well.

use quell_tests::{Portal, Scripts, wait_for};

use crate::{
    axe,
    stage::{ALL_ROLES, Stage},
    tab::{LIMIT, Tab},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_that_is_under_way_can_be_watched() {
    let (stage, tab) = held_at("action.after_attempted", "midway-pause").await;
    tab.goto("/incidents/1/actions/pause").await;
    tab.press("Pause container").await;
    reached(&stage, "action.after_attempted").await;
    tab.until("main .hd", "Containing").await;
    shows(&tab, "/incidents/1", &["Running", "The engine is asked."]).await;
    assert_eq!(stage.engine.state(&stage.victim), "running", "nothing is called paused that is not");
    shows(&tab, "/incidents?view=action", &["Containing"]).await;
    shows(&tab, "/incidents/1/actions/pause", &["midway-pause"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_that_is_under_way_can_be_watched_and_cancelled() {
    let (stage, tab) = held_at("evidence.after_attempted", "midway-evidence").await;
    tab.goto("/incidents/1").await;
    tab.submit("evidence/collect").await;
    reached(&stage, "evidence.after_attempted").await;
    tab.until("#evidence", "Collecting").await;
    shows(&tab, "/incidents/1", &["Collecting", "Queued", "last sign of life", "Cancel"]).await;
    tab.submit("evidence/cancel").await;
    tab.until("#evidence", "Cancelled").await;
    shows(&tab, "/incidents/1", &["Cancelled"]).await;
}

/// A portal that stops at a point, with one incident, and somebody who may do everything.
async fn held_at(point: &str, name: &str) -> (Stage, Tab) {
    let portal = Portal::builder().env("QUELL_FAILPOINT", point).start().await;
    let stage = Stage::with(portal, name).await;
    let password = stage.person("one", "Responder One", ALL_ROLES);
    let client = stage.portal.client();
    client.sign_in("one", &password).await;
    stage.alarm("falco-http-output-full-id.json").await;
    stage.in_queue(&client, name).await;
    let tab = Tab::signed_in(&stage.portal.base(), Scripts::On, "one", &password).await;
    (stage, tab)
}

async fn reached(stage: &Stage, point: &str) {
    let line = format!("failpoint {point} reached");
    wait_for(&line, LIMIT, async || stage.portal.log().contains(&line).then_some(())).await;
}

/// The page, opened anew, comes alive, says these words, and breaks no rule on a desk or a narrow phone.
async fn shows(tab: &Tab, path: &str, words: &[&str]) {
    tab.goto(path).await;
    let main = tab.main().await;
    for part in words {
        assert!(main.contains(part), "no {part} on {path}: {main}");
    }
    for width in [1440, 320] {
        tab.size(width, 900).await;
        assert_eq!(axe::violations(tab).await, Vec::<String>::new(), "on {path} at {width}");
    }
    tab.size(1440, 900).await;
}
