//! The pictures of the README, made from the real thing. Written only when `QUELL_SCREENSHOTS=1` asks for them, so that a
//! run of the tests changes no file.

use std::path::{Path, PathBuf};

use quell_tests::{Client, Portal, Scripts, engine::IDLE, wait_for};
use serde_json::json;

use crate::{
    cdp::devtools,
    stage::Stage,
    tab::{LIMIT, Tab},
};

#[tokio::test(flavor = "multi_thread")]
async fn screenshots() {
    if std::env::var_os("QUELL_SCREENSHOTS").is_none_or(|set| set != "1") {
        return;
    }
    let stage = Stage::named(Portal::start().await, "payments-api-7c9f", "worker-eu-03").await;
    let responder = stage.person("r1", "Responder One", &["analyst", "responder"]);
    let analyst = stage.person("a2", "Analyst Two", &["analyst"]);
    let auditor = stage.person("u1", "Auditor One", &["auditor"]);
    let (one, two) = (stage.portal.client(), stage.portal.client());
    one.sign_in("r1", &responder).await;
    two.sign_in("a2", &analyst).await;
    a_night_shift(&stage, &one, &two).await;

    let tab = Tab::open(&stage.portal.base(), Scripts::On).await;
    tab.goto("/login").await;
    both_themes(&tab, "/login", "login").await;
    tab.sign_in("r1", &responder).await;
    let pages = [("/incidents", "queue"), ("/incidents/1", "incident"), ("/incidents/1/actions/pause", "confirm")];
    for (path, name) in pages {
        both_themes(&tab, path, name).await;
    }
    theme(&tab, "light").await;
    tab.size(390, 844).await;
    for (path, name) in pages {
        tab.goto(path).await;
        shoot(&tab, &format!("{name}-phone")).await;
    }
    tab.size(1440, 1000).await;
    tab.leave("//aside//button[@aria-label='Sign out']").await;
    tab.sign_in("u1", &auditor).await;
    both_themes(&tab, "/audit", "audit").await;
}

/// Incidents in every state. The first is about to be paused.
async fn a_night_shift(stage: &Stage, one: &Client, two: &Client) {
    for fixture in ["falco-http-output-full-id.json", "falco-null-fields.json", "falco-lines.ndjson"] {
        stage.alarm(fixture).await;
    }
    let others = [
        ("ci-runner-55d1", "falco-message-on-attempt-failed.json"),
        ("report-gen-0b2e", "falco-http-output-full-id.json"),
        ("web-front-91aa", "falco-output-and-tags-off.json"),
        ("orders-worker-3fe8", "falco-null-fields.json"),
        ("cms-prod-2a4d", "falco-array.json"),
    ];
    wait_for("the first incident", LIMIT, async || one.get("/incidents/1").await.status.is_success().then_some(()))
        .await;
    for (number, (name, fixture)) in (2..).zip(others) {
        let container = stage.engine.victim(name, IDLE);
        stage.alarm_about(fixture, &container, name).await;
        let path = format!("/incidents/{number}");
        wait_for(name, LIMIT, async || one.get(&path).await.status.is_success().then_some(())).await;
    }
    // One whose container is gone before anybody could look.
    let gone = "55d10f3a9b21".repeat(6);
    stage.alarm_about("falco-least-metadata.json", &gone[..64], "batch-etl-c410").await;
    wait_for("the last incident", LIMIT, async || one.get("/incidents/7").await.status.is_success().then_some(()))
        .await;
    let form = async |who: &Client, endpoint: &str, fields: &[(&str, &str)]| {
        let answer = who.post_json_answer(&format!("/api/v1/{endpoint}"), fields).await;
        assert!(answer.status.is_success(), "{endpoint}: {}", answer.text());
    };
    for (who, number) in [(one, "1"), (two, "5"), (one, "6")] {
        form(who, "incidents/acknowledge", &[("number", number)]).await;
        form(who, "incidents/assign", &[("number", number)]).await;
    }
    for number in ["1", "6"] {
        let reason = "A shell talks to an address that nobody knows.";
        form(one, "incidents/verdict", &[("number", number), ("verdict", "confirmed"), ("reason", reason)]).await;
    }
    form(one, "incidents/note", &[("number", "1"), ("text", "The shop team does not know this process.")]).await;
    form(one, "evidence/collect", &[("number", "1"), ("kind", "")]).await;
    wait_for("the evidence", LIMIT, async || one.read("/incidents/1").await.contains("6 sealed").then_some(())).await;

    let confirm = stage.ask(one, "/api/v1/actions/confirm?number=6&action=pause").await;
    let fingerprint = confirm["fingerprint"].as_str().unwrap();
    let fields =
        [("number", "6"), ("action", "pause"), ("preset", "shell"), ("detail", ""), ("fingerprint", fingerprint)];
    form(one, "actions/request", &fields).await;
    wait_for("the pause", LIMIT, async || one.read("/incidents/6").await.contains("Verified").then_some(())).await;
}

async fn both_themes(tab: &Tab, path: &str, name: &str) {
    tab.size(1440, 1000).await;
    for colours in ["light", "dark"] {
        theme(tab, colours).await;
        tab.goto(path).await;
        shoot(tab, &format!("{name}-{colours}")).await;
    }
}

async fn theme(tab: &Tab, colours: &str) {
    let cookie = json!({ "url": tab.base(), "name": "quell_theme", "value": colours });
    devtools(tab.browser.raw(), "Network.setCookie", cookie).await;
}

async fn shoot(tab: &Tab, name: &str) {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e/screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    tab.run("return document.fonts.ready.then(() => true)").await;
    tab.browser.screenshot(&folder.join(format!("{name}.png"))).await;
}
