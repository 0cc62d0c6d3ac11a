//! An incident keeps the playbooks under which it was opened, counts down to their targets, and goes on by hand.

use std::time::SystemTime;

use quell_domain::{
    playbook::{DraftBook, Goal, Offer, Playbooks, Step, StepState},
    time::MINUTE,
    view::{IncidentPage, IncidentPlaybookPage},
};
use quell_tests::{Client, engine::IDLE};
use reqwest::StatusCode;

use super::stage::{PATIENCE, Stage, ask, assert_sent_to, incident, queue, reverse_shell};

/// The only admin there ever was publishes other playbooks.
async fn publish(admin: &Client, change: impl Fn(&mut DraftBook)) {
    let mut book = DraftBook::all(&Playbooks::builtin()).remove(0);
    change(&mut book);
    let mut fields = vec![("press".to_owned(), "propose".to_owned()), ("class".to_owned(), book.class.clone())];
    let rows = serde_json::json!({ "steps": book.steps, "targets": book.targets });
    for table in ["steps", "targets"] {
        for (at, row) in rows[table].as_array().expect("rows").iter().enumerate() {
            for (field, value) in row.as_object().expect("fields") {
                fields.push((format!("{table}[{at}][{field}]"), value.as_str().expect("text").to_owned()));
            }
        }
    }
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = admin.post_form("/api/v1/playbook_drafts/save", &fields).await;
    assert_sent_to(&answer, "/admin/playbooks");
}

async fn steps(who: &Client, number: i64) -> IncidentPlaybookPage {
    let page = ask(who, &format!("/api/v1/steps/show?number={number}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    serde_json::from_slice(&page.body).expect("steps")
}

fn current(page: &IncidentPage) -> Option<Step> {
    page.steps.iter().find(|row| row.state == StepState::Current).map(|row| row.step)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_keeps_its_version_until_somebody_moves_it() {
    let stage = Stage::set().await;
    let (ana, adm) = (stage.trusted("ana").await, stage.portal.person("adm", &["admin"]).await);
    let aud = stage.portal.person("aud", &["analyst"]).await;
    stage.incident_about("playbook-old", IDLE, &ana).await;
    let first = incident(&ana).await.incident;
    let within = first.contain_by.since(first.first_alarm_at);
    assert_eq!(first.course.version, 1);
    publish(&adm, |book| {
        book.steps[0].title = "Say <b>hello</b>".to_owned();
        book.steps.swap(1, 2);
        for target in &mut book.targets {
            target.contain = "77".to_owned();
            target.recover = "20000".to_owned();
        }
    })
    .await;
    // What is open stays as it is, also when it gets another alarm.
    let victim = incident(&ana).await.incident.place.container.expect("a container").to_string();
    stage.post(reverse_shell(&victim, "playbook-old", SystemTime::now())).await;
    let page =
        stage.until(&ana, "the second alarm", |page| (page.incident.alarm_count == 2).then(|| page.clone())).await;
    assert_eq!((page.incident.course.version, page.incident.contain_by), (1, first.contain_by));
    assert_eq!((page.steps[0].title.as_str(), page.steps[1].step), ("Acknowledge", Step::Verdict));
    // What is opened from now on follows the new one.
    let other = stage.engine.victim("playbook-new", IDLE);
    stage.post(reverse_shell(&other, "playbook-new", SystemTime::now())).await;
    let second = quell_tests::wait_for("the second incident", PATIENCE, async || {
        let page = ask(&ana, "/api/v1/incidents/show?number=2").await;
        (page.status == StatusCode::OK).then(|| serde_json::from_slice::<IncidentPage>(&page.body).expect("a page"))
    })
    .await;
    assert_eq!(second.incident.course.version, 2);
    assert_eq!(second.incident.contain_by.since(second.incident.first_alarm_at), 77 * MINUTE);
    assert_eq!((second.steps[0].title.as_str(), second.steps[1].step), ("Say <b>hello</b>", Step::Contain));
    // The page has the text of its own version, and the way to the newest.
    let html = ana.read("/incidents/1/playbook").await;
    assert!(
        html.contains("Version 1") && html.contains("Version 2 is the newest") && !html.contains("<b>hello"),
        "{html}"
    );
    let html = ana.read("/incidents/2/playbook").await;
    assert!(!html.contains("is the newest") && html.contains("hello") && !html.contains("<b>hello"), "{html}");
    // An analyst may not move it; a responder may, once, to the newest only.
    let newest = [("number", "1"), ("version", "2")];
    assert_eq!(aud.post_json_answer("/api/v1/playbooks/use", &newest).await.status, StatusCode::FORBIDDEN);
    let odd = ana.post_json_answer("/api/v1/playbooks/use", &[("number", "1"), ("version", "3")]).await;
    assert_eq!(odd.status, StatusCode::CONFLICT);
    assert_sent_to(&ana.post_form("/api/v1/playbooks/use", &newest).await, "/incidents/1/playbook");
    assert_eq!(ana.post_json_answer("/api/v1/playbooks/use", &newest).await.status, StatusCode::CONFLICT);
    let page = incident(&ana).await;
    assert_eq!((page.incident.course.version, page.steps[0].title.as_str()), (2, "Say <b>hello</b>"));
    assert_ne!(within, 77 * MINUTE);
    assert_eq!(page.incident.contain_by.since(page.incident.first_alarm_at), 77 * MINUTE);
    let moved = page.timeline.iter().find(|event| event.code == "incident.playbook_changed").expect("it is recorded");
    assert_eq!(moved.text, "from version 1 to version 2");
    assert!(page.incident.acknowledged_at.is_none(), "moving it is no look at it");
    // An admin, who sees no incidents, moves one by its number.
    publish(&adm, |book| book.targets[0].contain = "14".to_owned()).await;
    let answer = adm.post_form("/api/v1/playbooks/use", &[("number", "2"), ("version", "3")]).await;
    assert_sent_to(&answer, "/admin/playbooks");
    assert_eq!(steps(&ana, 2).await.incident.course.version, 3);
    stage.assert_audit_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_step_is_next_all_the_way_and_clocks_stop() {
    let stage = Stage::set().await;
    let (ana, ben) = (stage.trusted("ana").await, stage.approver("ben").await);
    stage.incident_about("playbook-way", IDLE, &ana).await;
    let next = async || {
        let page = incident(&ana).await;
        let row = queue(&ana, "mine").await.rows.into_iter().next();
        let shown = current(&page);
        if let Some(row) = row {
            assert_eq!(row.next.map(|offer| offer.step), shown, "the queue and the page say the same");
        }
        shown
    };
    let row = queue(&ana, "action").await.rows.remove(0);
    assert_eq!((row.due.goal, row.due.met, row.unknown), (Goal::Acknowledge, None, false));
    assert_eq!(next().await, Some(Step::Acknowledge));
    ana.post_form("/api/v1/incidents/assign", &[("number", "1")]).await;
    assert_eq!(next().await, Some(Step::Verdict));
    ana.post_form("/api/v1/incidents/verdict", &[("number", "1"), ("verdict", "confirmed")]).await;
    assert_eq!(next().await, Some(Step::Contain));
    let page = incident(&ana).await;
    let contain = page.steps.iter().find(|row| row.step == Step::Contain).expect("a step");
    assert_eq!(
        contain.offers.iter().map(|(offer, _)| offer.href.as_str()).collect::<Vec<_>>(),
        ["/incidents/1/actions/pause", "/incidents/1/actions/disconnect", "/incidents/1/gates"]
    );
    assert!(contain.about.iter().any(|(name, words)| name == "Approval" && words.starts_with("None needed")));
    assert_eq!((page.due.goal, page.due.met), (Goal::Contain, None));
    stage.pause(&ana).await;
    stage.ended_request(&ana).await;
    assert_eq!(next().await, Some(Step::Evidence));
    // Not without a reason, not what the playbook does not allow; and it can be taken back.
    let skip = async |step: &str, reason: &str| {
        ana.post_json_answer("/api/v1/steps/skip", &[("number", "1"), ("step", step), ("reason", reason)]).await.status
    };
    assert_eq!(skip("evidence", " ").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(skip("close", "no time").await, StatusCode::CONFLICT);
    assert_eq!(skip("reboot", "no time").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(skip("evidence", "a drill, <i>nothing</i> to keep").await, StatusCode::OK);
    assert_eq!(skip("evidence", "again").await, StatusCode::CONFLICT);
    assert_eq!(next().await, Some(Step::Analyse));
    let html = ana.read("/incidents/1").await;
    assert!(html.contains("Left out ") && html.contains("a drill, ") && !html.contains("<i>nothing"), "{html}");
    let back = ana.post_form("/api/v1/steps/take_back", &[("number", "1"), ("step", "evidence")]).await;
    assert_sent_to(&back, "/incidents/1/playbook");
    assert_eq!(next().await, Some(Step::Evidence));
    assert_eq!(skip("evidence", "a drill").await, StatusCode::OK);
    assert_eq!(skip("analyse", "a drill").await, StatusCode::OK);
    assert_eq!(next().await, Some(Step::Recover));
    // It is contained, and somebody waits for the service: that clock runs now, and it needs action still.
    let row = queue(&ana, "action").await.rows.remove(0);
    assert_eq!((row.due.goal, row.due.met), (Goal::Recover, None));
    let request = stage.waiting(&ana, "unpause").await;
    let way = format!("/approvals/{request}");
    let told = |offer: &Offer| (offer.label.as_str(), offer.href.as_str()) == ("Approver decides…", way.as_str());
    assert!(queue(&ana, "action").await.rows.remove(0).next.as_ref().is_some_and(told), "who has the next step");
    assert_eq!(next().await, Some(Step::Recover));
    let page = incident(&ana).await;
    let recover = page.steps.iter().find(|row| row.step == Step::Recover).expect("a step");
    assert!(told(&recover.offers[0].0) && recover.offers[0].1.allowed, "{recover:?}");
    stage.decide(&ben, &request, "approved", &[]).await;
    stage.end_of(&ana, &request).await;
    assert_eq!(queue(&ana, "action").await.rows.len(), 0);
    assert_eq!(next().await, Some(Step::Close));
    let page = incident(&ana).await;
    assert!(page.dues.iter().all(|due| due.met.is_some_and(|met| met >= due.from)), "{:?}", page.dues);
    let html = ana.read("/incidents/1").await;
    assert!(html.contains("Met · ") && html.contains("target 15:00"), "{html}");
    let close =
        [("number", "1"), ("closing", "true_positive_no_impact"), ("reason", "a drill"), ("without_evidence", "yes")];
    assert_sent_to(&ana.post_form("/api/v1/life/close", &close).await, "/incidents/1");
    assert_eq!(next().await, None);
    let told: Vec<String> = incident(&ana).await.timeline.into_iter().map(|event| event.code).collect();
    for code in ["incident.step_skipped", "incident.step_taken_back"] {
        assert!(told.iter().any(|it| it == code), "{code} in {told:?}");
    }
    stage.assert_audit_intact();
}

/// Nothing is released: a clean container serves in its place.
#[tokio::test(flavor = "multi_thread")]
async fn a_person_says_that_the_service_is_restored() {
    let stage = Stage::set().await;
    let ana = stage.trusted("ana").await;
    stage.incident_about("playbook-restored", IDLE, &ana).await;
    let mute = ana.post_json_answer("/api/v1/steps/restored", &[("number", "1"), ("reason", "")]).await;
    assert_eq!(mute.status, StatusCode::UNPROCESSABLE_ENTITY);
    let said = [("number", "1"), ("reason", "a clean replica")];
    assert_sent_to(&ana.post_form("/api/v1/steps/restored", &said).await, "/incidents/1");
    assert_eq!(ana.post_json_answer("/api/v1/steps/restored", &said).await.status, StatusCode::CONFLICT);
    let page = incident(&ana).await;
    assert!(page.incident.course.restored_at.is_some() && page.timeline[0].text.contains("“a clean replica”"));
    stage.assert_audit_intact();
}
