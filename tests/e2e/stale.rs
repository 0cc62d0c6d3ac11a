//! A confirm page that is out of date: the container was restarted between showing and clicking. Nothing runs.

use quell_tests::{Engine, Proxy, Scripts, engine::IDLE};

use crate::{
    stage::{ALL_ROLES, Stage},
    tab::Tab,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_was_restarted_meanwhile_is_not_paused() {
    let stage = Stage::set("stale-unused").await;
    let proxy = Proxy::start(&Engine::shared().await.socket());
    stage.portal.add_node("watched", &proxy.endpoint());
    let falco = stage.portal.add_source("falco-watched", "falco", Some("watched"));
    let victim = stage.engine.victim("stale-api", IDLE);
    let stage = Stage { node: "watched".into(), falco, victim, name: "stale-api".into(), ..stage };
    let password = stage.person("one", "Responder One", ALL_ROLES);
    stage.alarm("falco-http-output-full-id.json").await;
    let client = stage.portal.client();
    client.sign_in("one", &password).await;
    stage.in_queue(&client, "stale-api").await;

    let tab = Tab::signed_in(&stage.portal.base(), Scripts::On, "one", &password).await;
    tab.goto("/incidents/1/actions/pause").await;
    let before = started(&tab).await;
    tab.browser.fill("textarea[name=detail]", "still connected").await;
    stage.engine.docker(&["restart", "-t", "0", &stage.victim]).unwrap();
    tab.press("Pause container").await;

    assert_eq!(tab.browser.path().await, "/incidents/1/actions/pause", "back on the page that asks");
    let said = tab.browser.text("main [role=alert]").await;
    assert!(said.contains("changed") || said.contains("restarted"), "why, in words: {said}");
    assert_ne!(before, started(&tab).await, "the facts are the new ones");
    let typed = tab.browser.find("textarea[name=detail]").await.prop("value").await.unwrap();
    assert_eq!(typed.as_deref(), Some("still connected"), "nothing typed is lost");
    assert_eq!(stage.engine.state(&stage.victim), "running");
    assert_eq!(proxy.count("POST", "/pause"), 0, "the engine was not asked to pause");
    tab.goto("/incidents/1").await;
    assert!(!tab.browser.has("#actions").await, "nothing was requested");

    // With the new facts seen, it works.
    tab.goto("/incidents/1/actions/pause").await;
    tab.press("Pause container").await;
    tab.until("#actions", "Verified").await;
    assert_eq!(stage.engine.state(&stage.victim), "paused");
    assert_eq!(proxy.count("POST", "/pause"), 1);
}

/// When the container started, as the page says.
async fn started(tab: &Tab) -> String {
    let fact = "return [...document.querySelectorAll('main dt')].find(dt => dt.textContent === 'Started').nextSibling.textContent";
    tab.run(fact).await.as_str().unwrap().to_owned()
}
