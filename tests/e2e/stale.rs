//! A confirm page that is out of date: the container was restarted between showing and clicking. Nothing runs, and the
//! page says what changed.

use quell_tests::{Engine, Proxy, Scripts, engine::IDLE};

use serde_json::json;

use crate::{
    stage::{ALL_ROLES, Stage},
    tab::Tab,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_was_restarted_meanwhile_is_not_paused() {
    whole(Scripts::On, "stale-api").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_is_it_with_scripts_off() {
    whole(Scripts::Off, "stale-off").await;
}

async fn whole(scripts: Scripts, name: &str) {
    let stage = Stage::set(&format!("{name}-unused")).await;
    let proxy = Proxy::start(&Engine::shared().await.socket());
    stage.portal.add_node("watched", &proxy.endpoint());
    let falco = stage.portal.add_source("falco-watched", "falco", Some("watched"));
    let victim = stage.engine.victim(name, IDLE);
    let stage = Stage { node: "watched".into(), falco, victim, name: name.into(), ..stage };
    let password = stage.person("one", "Responder One", ALL_ROLES);
    stage.alarm("falco-http-output-full-id.json").await;
    let client = stage.portal.client();
    client.sign_in("one", &password).await;
    stage.in_queue(&client, name).await;

    let tab = Tab::signed_in(&stage.portal.base(), scripts, "one", &password).await;
    tab.goto("/incidents/1/actions/pause").await;
    assert!(!tab.browser.has("#changed").await, "nothing changed yet");
    let before = started(&tab).await;
    tab.browser.fill("textarea[name=detail]", "still connected").await;
    stage.engine.docker(&["restart", "-t", "0", &stage.victim]).unwrap();
    tab.press("Pause container").await;

    assert_eq!(tab.browser.path().await, "/incidents/1/actions/pause", "back on the page that asks");
    let said = tab.browser.text("main [role=alert]").await;
    assert!(said.contains("changed") || said.contains("restarted"), "why, in words: {said}");
    let after = started(&tab).await;
    assert_ne!(before, after, "the facts are the new ones");
    let rows = tab.run(CHANGED).await;
    let (before, after) = (moment(&before), moment(&after));
    assert_eq!(rows, json!([["Started", "Changed", before, after]]), "what changed, by word, with both values");
    let typed = tab.browser.find("textarea[name=detail]").await.prop("value").await.unwrap();
    assert_eq!(typed.as_deref(), Some("still connected"), "nothing typed is lost");
    assert_eq!(stage.engine.state(&stage.victim), "running");
    assert_eq!(proxy.count("POST", "/pause"), 0, "the engine was not asked to pause");

    // With the new facts seen, a new click works.
    tab.press("Pause container").await;
    tab.until("#actions", "Verified").await;
    assert_eq!(stage.engine.state(&stage.victim), "paused");
    assert_eq!(proxy.count("POST", "/pause"), 1);
}

/// The rows of the table of changes: fact, mark, both values.
const CHANGED: &str = "return [...document.querySelectorAll('#changed tbody tr')].map(row => {
    const [fact, before, after] = row.cells;
    return [fact.firstChild.data, fact.querySelector('.chg').textContent, before.textContent, after.textContent];
})";

/// The moment alone, without the restarts that the page says after it.
fn moment(started: &str) -> &str {
    started.split(',').next().unwrap_or_default()
}

/// When the container started, as the page says.
async fn started(tab: &Tab) -> String {
    let fact = "return [...document.querySelectorAll('main dt')].find(dt => dt.textContent === 'Started').nextSibling.textContent";
    tab.run(fact).await.as_str().unwrap().to_owned()
}
