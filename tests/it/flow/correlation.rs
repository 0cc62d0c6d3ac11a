//! Which container an alarm is about, how sure that is, and what a person's choice makes of it.

use std::time::{Duration, Instant, SystemTime};

use quell_domain::{
    alarm::{MappingMethod, Severity},
    incident::IncidentState,
    view::{AlarmRow, ChoosePage, ConfirmPage, IncidentPage},
};
use quell_tests::{
    Behaviour, Client,
    engine::IDLE,
    fixtures::{ALARMS, Sender, Subject},
    wait_for,
};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::stage::{NODE, PATIENCE, Stage, ask, assert_sent_to, fixture, incident, queue, reverse_shell};

/// Posts in Quell's own format, as one body.
async fn post_own(stage: &Stage, path: &str, alarms: &Value) {
    let answer = stage.portal.client().post_bytes(path, "application/json", alarms.to_string()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
}

fn alarm_of<'a>(page: &'a IncidentPage, rule: &str) -> &'a AlarmRow {
    page.alarms.iter().find(|row| row.alarm.rule == rule).unwrap_or_else(|| panic!("no alarm {rule}"))
}

async fn choose(stage: &Stage, who: &Client, container: &str) {
    let page = ask(who, "/api/v1/incidents/choices?number=1").await;
    let page: ChoosePage = serde_json::from_slice(&page.body).expect("the chooser");
    let choice = page.choices.iter().find(|choice| choice.container.as_str() == container).expect("it is offered");
    let target = format!("{}:{container}", choice.node);
    let form = [("number", "1"), ("target", target.as_str())];
    assert_sent_to(&who.post_form("/api/v1/incidents/choose", &form).await, "/incidents/1");
    assert_eq!(stage.engine.state(container), "running");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_says_whether_its_engine_answered_last() {
    let stage = Stage::set().await;
    let ana = stage.responder("ana").await;
    let adm = stage.portal.person("adm", &["admin"]).await;
    let ledger = stage.ledger().await;
    let checks = "SELECT COUNT(*) FROM audit_event WHERE code = 'node.checked'";
    let path = stage.portal.add_source("own", "quell", None);
    // Each waits for its incident, so that each has its own pass.
    let alarm = async |id: &str| {
        post_own(&stage, &path, &json!({"quell": 1, "rule": id, "node": NODE, "container": {"id": id.repeat(12)}}))
            .await;
        wait_for("the incident", PATIENCE, async || {
            let open = queue(&ana, "needs_action").await.rows;
            open.iter().any(|row| row.container_name.starts_with(id)).then_some(())
        })
        .await;
    };
    let trouble = "The engine refused (status 503).";
    alarm("a").await;
    assert!(!adm.read("/admin/nodes").await.contains(trouble));
    assert_eq!(ledger.count(checks).await, 0, "nothing changed");
    stage.proxy.on("GET", "/containers/json", Behaviour::Refuse(503, String::new()));
    alarm("b").await;
    assert!(adm.read("/admin/nodes").await.contains(trouble));
    alarm("c").await;
    assert_eq!(ledger.count(checks).await, 1, "told once");
    stage.proxy.clear_rules();
    alarm("d").await;
    assert!(!adm.read("/admin/nodes").await.contains(trouble));
    assert_eq!(ledger.count(checks).await, 2);
    stage.assert_audit_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_alarm_keeps_how_its_own_container_was_found() {
    let stage = Stage::set().await;
    let ana = stage.responder("ana").await;
    let victim = stage.engine.victim("own-mapping", IDLE);
    let path = stage.portal.add_source("own", "quell", None);
    // One body, so one group; the poorer one comes first and last.
    let named = |rule: &str| json!({"quell": 1, "rule": rule, "node": NODE, "container": {"name": "own-mapping"}});
    let sure = json!({"quell": 1, "rule": "by id", "node": NODE, "container": {"id": victim}});
    post_own(&stage, &path, &json!([named("by name"), sure, named("by name again")])).await;
    let page = stage.until(&ana, "the alarms", |page| (page.alarms.len() == 3).then(|| page.clone())).await;
    assert_eq!(alarm_of(&page, "by id").method, MappingMethod::Exact);
    for rule in ["by name", "by name again"] {
        let alarm = alarm_of(&page, rule);
        assert_eq!(alarm.method, MappingMethod::Inferred, "{rule}");
        assert!(alarm.reason.starts_with("Only the name fits."), "{rule}: {}", alarm.reason);
    }
    assert_eq!((page.incident.place.method, page.incident.alarm_count), (MappingMethod::Exact, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_that_names_a_strange_node_is_not_acted_on_until_a_person_says_so() {
    let stage = Stage::set().await;
    let ana = stage.responder("ana").await;
    let victim = stage.engine.victim("strange-node", IDLE);
    let path = stage.portal.add_source("own", "quell", Some(NODE));
    let alarm = json!({"quell": 1, "rule": "elsewhere", "node": "node-9\u{202e}", "container": {"id": victim}});
    post_own(&stage, &path, &alarm).await;
    let page = stage.until(&ana, "the incident", |page| Some(page.clone())).await;
    let place = &page.incident.place;
    assert_eq!(
        (place.method, place.container.as_ref().map(|id| id.as_str())),
        (MappingMethod::Inferred, Some(&*victim))
    );
    assert!(place.reason.contains(NODE) && place.reason.contains("node-9"), "names both: {}", place.reason);
    assert!(!page.can.pause.allowed && !page.can.collect.allowed);
    let confirm = ask(&ana, "/api/v1/actions/confirm?number=1&action=pause").await;
    assert!(confirm.text().contains("Choose the container first"), "{}", confirm.text());

    choose(&stage, &ana, &victim).await;
    let page = incident(&ana).await;
    assert_eq!(page.incident.place.method, MappingMethod::Chosen);
    assert!(page.can.pause.allowed && page.can.collect.allowed);
    // Who names no node leaves it to the source, which may be acted on.
    let other = stage.engine.victim("no-node", IDLE);
    post_own(&stage, &path, &json!({"quell": 1, "rule": "here", "container": {"id": other}})).await;
    let method = wait_for("the second incident", PATIENCE, async || {
        let page = ask(&ana, "/api/v1/incidents/show?number=2").await;
        serde_json::from_slice::<IncidentPage>(&page.body).ok().map(|page| page.incident.place.method)
    });
    assert_eq!(method.await, MappingMethod::Likely);
}

#[tokio::test(flavor = "multi_thread")]
async fn choosing_the_container_maps_the_alarms_too() {
    let stage = Stage::set().await;
    let ana = stage.responder("ana").await;
    let victim = stage.engine.victim("to-be-chosen", IDLE);
    let path = stage.portal.add_source("own", "quell", None);
    let alarm = |rule: &str| json!({"quell": 1, "rule": rule, "container": {"name": "gone"}});
    post_own(&stage, &path, &json!([alarm("one"), alarm("two")])).await;
    let page = stage.until(&ana, "the alarms", |page| (page.alarms.len() == 2).then(|| page.clone())).await;
    assert!(page.alarms.iter().all(|alarm| alarm.method == MappingMethod::Unresolved));
    // The choice stands on the incident's page, for who may make it.
    let html = ana.read("/incidents/1").await;
    assert!(html.contains("id=\"choose\"") && html.contains(&format!(":{victim}\"")), "{html}");
    let auditor = stage.portal.person("aud", &["auditor"]).await;
    assert!(!auditor.read("/incidents/1").await.contains("choose\""), "nor a link to it");
    choose(&stage, &ana, &victim).await;
    assert!(!ana.read("/incidents/1").await.contains("id=\"choose\""), "no longer");
    let page = incident(&ana).await;
    assert_eq!(page.incident.state, IncidentState::Triage);
    for alarm in &page.alarms {
        assert_eq!((alarm.method, alarm.reason.as_str()), (MappingMethod::Chosen, "ana chose the container."));
    }
    assert_eq!(page.alarms.len(), 2);
    stage.assert_audit_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_does_not_answer_does_not_hold_the_page_up() {
    let stage = Stage::set().await;
    let ana = stage.responder("ana").await;
    let path = stage.portal.add_source("own", "quell", None);
    post_own(&stage, &path, &json!({"quell": 1, "rule": "one", "container": {"name": "gone"}})).await;
    stage.until(&ana, "the incident", |page| (page.alarms.len() == 1).then_some(())).await;
    stage.proxy.on("GET", "/containers/json", Behaviour::Hang);
    let html = ana.read("/incidents/1").await;
    assert!(html.contains("cannot be asked: ") && html.contains("The engine gave no answer in time."), "{html}");
    assert!(html.contains(NODE) && html.contains("Its containers are missing here."), "{html}");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_shapes_of_payload_about_one_victim_are_one_incident() {
    let stage = Stage::set().await;
    let ana = stage.responder("ana").await;
    let victim = stage.engine.victim("every-shape", IDLE);
    let sidekick = stage.portal.add_source("sidekick", "falcosidekick", None);
    let subject = Subject { container: &victim, name: "every-shape", node: NODE };
    let mut expected = 0;
    for fixture in ALARMS {
        let path = if fixture.sender == Sender::Falco { &stage.intake } else { &sidekick };
        let body = fixture.fill(subject, SystemTime::now());
        let answer = stage.portal.client().post_bytes(path, fixture.content_type(), body).await;
        assert_eq!(answer.json()["accepted"].as_u64(), Some(fixture.alarms as u64), "{}", fixture.name);
        expected += fixture.alarms as i64;
    }
    stage.until(&ana, "all alarms", |page| (page.incident.alarm_count == expected).then_some(())).await;
    let ledger = stage.ledger().await;
    assert_eq!((ledger.count("SELECT COUNT(*) FROM incident").await, ledger.alarms().await), (1, expected));
    assert_eq!(ledger.count("SELECT COUNT(*) FROM alarm_unmapped").await, 0);
    // Another container beside it is another incident.
    let other = stage.engine.victim("another-victim", IDLE);
    assert_eq!(stage.post(reverse_shell(&other, "another-victim", SystemTime::now())).await.status, StatusCode::OK);
    wait_for("the second incident", PATIENCE, async || {
        (ledger.count("SELECT COUNT(*) FROM incident").await == 2).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_two_engines_give_their_machine_names_neither() {
    let stage = Stage::set().await;
    let ana = stage.responder("ana").await;
    let victim = stage.engine.victim("twin", IDLE);
    let machine = stage.engine.node_name();
    let subject = Subject { container: &victim, name: "twin", node: &machine };
    let body = fixture("falco-http-output-full-id.json").fill(subject, SystemTime::now());
    stage.portal.add_node("node-2", &stage.engine.endpoint());
    assert_eq!(stage.post(body).await.status, StatusCode::OK);
    let method = stage.until(&ana, "the incident", |page| Some(page.incident.place.method)).await;
    assert_eq!(method, MappingMethod::Unresolved);
}

/// An engine that says what there is and nothing more holds no alarm up: each new container would cost another wait, and
/// the alarms of all nodes stand behind it.
#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_describes_nothing_holds_no_alarm_up() {
    let stage = Stage::set().await;
    let victim = stage.engine.victim("undescribed", IDLE);
    stage.proxy.on("GET", &format!("/containers/{victim}/json"), Behaviour::Hang);
    let begun = Instant::now();
    assert_eq!(stage.post(reverse_shell(&victim, "undescribed", SystemTime::now())).await.status, StatusCode::OK);
    let ledger = stage.ledger().await;
    let sure = "SELECT COUNT(*) FROM incident WHERE method = 'exact' AND image_id LIKE 'sha256:%'";
    wait_for("the incident", PATIENCE, async || (ledger.count(sure).await == 1).then_some(())).await;
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
}

/// An alarm's severity is that of what it names. Aimed at a container by a person's word, it lets nobody do more there.
#[tokio::test(flavor = "multi_thread")]
async fn choosing_a_container_makes_no_action_on_it_easier() {
    let stage = Stage::set().await;
    let ana = stage.responder("ana").await;
    let path = stage.portal.add_source("own", "quell", None);
    let victim = stage.engine.victim("aimed-at", IDLE);
    post_own(&stage, &path, &json!({"quell": 1, "rule": "escape", "severity": "critical", "node": NODE})).await;
    stage.until(&ana, "the incident", |page| (page.incident.severity == Severity::Critical).then_some(())).await;
    choose(&stage, &ana, &victim).await;
    let needs = async |action: &str| {
        let page = ask(&ana, &format!("/api/v1/actions/confirm?number=1&action={action}")).await;
        let page: ConfirmPage = serde_json::from_slice(&page.body).expect("a confirm page");
        page.needs.approvals
    };
    // By the first policy nobody is asked at critical, and one at every severity below.
    assert_eq!(needs("disconnect").await, 1);
    assert_eq!(needs("pause").await, 0, "what nobody is asked for at any severity");
}
