//! How an incident ends and comes back, who has it, and what is found out about it: against a real engine.

use std::time::SystemTime;

use futures::future::{join, join_all};
use quell_domain::{
    action::{Action, RequestState},
    alarm::Severity,
    incident::{Closing, IncidentState, Verdict},
    view::{ConfirmPage, IncidentPage, LifeStep, Relation},
};
use quell_tests::{Client, Page, engine::IDLE, wait_for};
use reqwest::StatusCode;
use serde_json::json;

use super::stage::{
    PATIENCE, Stage, approval, ask, assert_ended, assert_sent_to, incident, incident_of, life, queue, reverse_shell,
};

async fn post(who: &Client, verb: &str, fields: &[(&str, &str)]) -> Page {
    let area = if ["assign", "verdict", "choose"].contains(&verb) { "incidents" } else { "life" };
    who.post_json_answer(&format!("/api/v1/{area}/{verb}"), fields).await
}

async fn done(who: &Client, verb: &str, fields: &[(&str, &str)]) {
    let page = post(who, verb, fields).await;
    assert_eq!(page.status, StatusCode::OK, "{verb} {fields:?}: {}", page.text());
}

/// Refused, and these fields are named.
async fn refused(who: &Client, verb: &str, fields: &[(&str, &str)], named: &[&str]) -> String {
    let page = post(who, verb, fields).await;
    let wanted = if named.is_empty() { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
    assert_eq!(page.status, wanted, "{verb} {fields:?}: {}", page.text());
    let problem = page.json();
    let wrong: Vec<&str> =
        problem["fields"].as_array().expect("fields").iter().filter_map(|field| field["field"].as_str()).collect();
    assert_eq!(wrong, named, "{verb} {fields:?}");
    page.text()
}

async fn confirmed_and_paused(stage: &Stage, name: &str, who: &Client) -> String {
    let victim = stage.incident_about(name, IDLE, who).await;
    done(who, "verdict", &[("number", "1"), ("verdict", "confirmed")]).await;
    stage.pause(who).await;
    assert_ended(&stage.ended_request(who).await, RequestState::Verified);
    stage.until(who, "the first look", |page| says(page, "Checked ").then_some(())).await;
    let open = incident(who).await.still_open;
    assert!(!open.iter().any(|point| point.contains("Checked ")), "being watched is nothing open: {open:?}");
    victim
}

/// Among what is still open, or at the steps.
fn says(page: &IncidentPage, words: &str) -> bool {
    page.still_open.iter().chain(page.steps.iter().map(|row| &row.result)).any(|point| point.contains(words))
}

fn told(page: &IncidentPage, code: &str) -> usize {
    page.timeline.iter().filter(|event| event.code == code).count()
}

/// The text of the newest event with this code.
fn text_of(page: &IncidentPage, code: &str) -> String {
    page.timeline.iter().find(|event| event.code == code).map(|event| event.text.clone()).unwrap_or_default()
}

/// Another container of the stage, with its own incident; gives container and number.
async fn another(stage: &Stage, name: &str, who: &Client) -> (String, i64) {
    let before = stage.ledger().await.count("SELECT COUNT(*) FROM incident").await;
    let victim = stage.engine.victim(name, IDLE);
    stage.post(reverse_shell(&victim, name, SystemTime::now())).await;
    let number = before + 1;
    wait_for("the next incident", PATIENCE, async || incident_of(who, number).await).await;
    (victim, number)
}

const CLOSE: [(&str, &str); 3] = [("number", "1"), ("closing", "true_positive_impact"), ("reason", "all restored")];
const WITHOUT: (&str, &str) = ("without_evidence", "yes");

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_in_the_way_of_closing_is_said_before_and_refused() {
    let stage = Stage::set().await;
    let (ana, ben) = (stage.trusted("ana").await, stage.approver("ben").await);
    let victim = stage.incident_about("in-the-way", IDLE, &ana).await;
    stage.engine.docker(&["network", "disconnect", "none", &victim]).expect("alone");
    let _ = stage.engine.docker(&["network", "rm", "way-net"]);
    stage.engine.docker(&["network", "create", "--internal", "way-net"]).expect("made");
    stage.engine.docker(&["network", "connect", "way-net", &victim]).expect("connected");
    refused(&ana, "close", &CLOSE, &["closing", "without_evidence"]).await;
    done(&ana, "verdict", &[("number", "1"), ("verdict", "confirmed")]).await;

    // Break-glass that nobody has reviewed.
    let glass = stage.ask_for(&ana, "disconnect", &[("break_glass", "yes")]).await;
    assert_sent_to(&glass, "/incidents/1");
    let request = stage.ended_request(&ana).await;
    assert_ended(&request, RequestState::Verified);
    let closing = [CLOSE.as_slice(), &[WITHOUT]].concat();
    let why = refused(&ana, "close", &closing, &[]).await;
    assert!(why.contains("break-glass"), "{why}");
    let note = [("request", request.id.as_str()), ("note", "it was right")];
    assert_eq!(ben.post_json_answer("/api/v1/approvals/review", &note).await.status, StatusCode::OK);

    // A request that waits.
    let waits = stage.waiting(&ana, "reconnect").await;
    let page = life(&ana, 1).await;
    let hindrance = page.hindrances.first().expect("one");
    assert!(
        page.hindrances.len() == 1 && hindrance.words.contains("“Reconnect networks” is under way"),
        "{hindrance:?}"
    );
    assert_eq!(hindrance.request.as_ref().map(|id| id.as_str()), Some(waits.as_str()));
    assert!(!page.may(LifeStep::Close).allowed && page.may(LifeStep::HandOver).allowed);
    let html = ana.read("/incidents/1/life/close").await;
    assert!(html.contains("Stands in the way") && html.contains("aria-disabled=\"true\""), "{html}");
    assert!(
        html.matches("is under way").count() == 1 && html.contains(&format!("href=\"/approvals/{waits}\"")),
        "{html}"
    );
    assert!(!html.contains("action=\"/api/v1/life/close\""), "{html}");
    assert!(refused(&ana, "close", &closing, &[]).await.contains("under way"));
    let (_, second) = another(&stage, "in-the-way-2", &ana).await;
    let into = second.to_string();
    let two = refused(&ana, "merge", &[("number", "1"), ("into", &into)], &["into"]).await;
    assert!(two.contains("is not about the container of"), "{two}");
    let not = refused(&ana, "verdict", &[("number", "1"), ("verdict", "benign"), ("reason", "x")], &[]).await;
    assert!(not.contains("under way"), "{not}");
    let fields = [("request", waits.as_str())];
    assert_eq!(ana.post_json_answer("/api/v1/approvals/withdraw", &fields).await.status, StatusCode::OK);

    // An intrusion of which nothing is kept needs a tick, and only that.
    refused(&ana, "close", &CLOSE, &["without_evidence"]).await;
    refused(&ana, "close", &[("number", "1"), WITHOUT], &["closing"]).await;
    assert!(ana.read("/incidents/1/life/close").await.contains("name=\"without_evidence\""));
    done(&ana, "close", &closing).await;
    let page = incident(&ana).await;
    assert_eq!(
        (page.incident.state, page.incident.closing),
        (IncidentState::Closed, Some(Closing::TruePositiveImpact))
    );
    let text = text_of(&page, "incident.closed");
    assert_eq!(text, "True positive, with impact, without evidence. “all restored”");
    assert!(refused(&ana, "close", &closing, &[]).await.contains("closed"));
    stage.assert_audit_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_watches_what_is_closed_and_reopening_looks_again() {
    let stage = Stage::set().await;
    let ana = stage.trusted("ana").await;
    let victim = confirmed_and_paused(&stage, "closed-paused", &ana).await;
    let before = incident(&ana).await.incident;
    assert!(ana.read("/incidents/1/life/close").await.contains("stays paused"), "said before the click");
    done(&ana, "close", &[CLOSE.as_slice(), &[WITHOUT]].concat()).await;
    let page = incident(&ana).await;
    assert!(says(&page, "stays paused") && says(&page, "does not watch"), "{:?}", page.still_open);
    assert_eq!(
        (page.incident.measures.as_slice(), stage.engine.state(&victim).as_str()),
        (&[Action::Pause][..], "paused")
    );

    // Thawed now, and nobody says so: another contained container of the node was looked at afterwards.
    stage.engine.docker(&["unpause", &victim]).expect("thawed");
    let (other, number) = another(&stage, "closed-other", &ana).await;
    let seen = ask(&ana, &format!("/api/v1/actions/confirm?number={number}&action=pause")).await.json();
    let (number_word, seen) = (number.to_string(), seen["fingerprint"].as_str().expect("a container").to_owned());
    let form =
        [("number", &*number_word), ("action", "pause"), ("preset", "shell"), ("detail", ""), ("fingerprint", &seen)];
    assert_sent_to(&ana.post_form("/api/v1/actions/request", &form).await, &format!("/incidents/{number}"));
    wait_for("the look at the other", PATIENCE, async || {
        incident_of(&ana, number).await.filter(|page| says(page, "Checked ")).map(drop)
    })
    .await;
    stage.engine.docker(&["unpause", &other]).expect("thawed");
    wait_for("the break of the other", PATIENCE, async || {
        incident_of(&ana, number).await.filter(|page| told(page, "containment.broken") == 1).map(drop)
    })
    .await;
    assert_eq!(told(&incident(&ana).await, "containment.broken"), 0);

    // Open again, it is watched again.
    refused(&ana, "reopen", &[("number", "1"), ("reason", "")], &["reason"]).await;
    done(&ana, "reopen", &[("number", "1"), ("reason", "seen again")]).await;
    stage.until(&ana, "the break", |page| (page.incident.state == IncidentState::Containing).then_some(())).await;
    let page = incident(&ana).await;
    assert_eq!((told(&page, "incident.reopened"), told(&page, "containment.broken")), (1, 1));
    assert_eq!((page.incident.verdict, page.incident.contain_by), (Some(Verdict::Confirmed), before.contain_by));
    assert!(refused(&ana, "reopen", &[("number", "1"), ("reason", "again")], &[]).await.contains("open"));
    stage.assert_audit_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_that_is_opened_again_while_its_pause_holds_is_contained() {
    let stage = Stage::set().await;
    let ana = stage.trusted("ana").await;
    let victim = confirmed_and_paused(&stage, "reopened-paused", &ana).await;
    let held = incident(&ana).await.incident;
    done(&ana, "close", &[CLOSE.as_slice(), &[WITHOUT]].concat()).await;
    done(&ana, "reopen", &[("number", "1"), ("reason", "one more thing")]).await;
    let page = incident(&ana).await.incident;
    assert_eq!((page.state, page.contained_at, page.closing), (IncidentState::Contained, held.contained_at, None));
    stage.until(&ana, "the next look", |page| says(page, "Checked ").then_some(())).await;
    let page = incident(&ana).await;
    assert_eq!((page.incident.state, told(&page, "containment.broken")), (IncidentState::Contained, 0));
    assert_eq!(stage.engine.state(&victim), "paused");
    stage.assert_audit_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn alarms_after_closing_open_an_incident_that_can_become_part_of_the_old_one() {
    let stage = Stage::set().await;
    let ana = stage.responder("ana").await;
    let victim = stage.incident_about("comes-back", IDLE, &ana).await;
    done(&ana, "verdict", &[("number", "1"), ("verdict", "false_positive"), ("reason", "a drill")]).await;
    assert_eq!(incident(&ana).await.incident.closing, Some(Closing::FalsePositive));
    stage.post(reverse_shell(&victim, "comes-back", SystemTime::now())).await;
    wait_for("the second incident", PATIENCE, async || incident_of(&ana, 2).await).await;
    let links = life(&ana, 2).await.links;
    assert_eq!((links.len(), links[0].relation, links[0].number), (1, Relation::Earlier, 1));
    let html = ana.read("/incidents/2").await;
    assert!(html.contains("Earlier about the same") && html.contains("href=\"/incidents/1\""), "{html}");

    let why = refused(&ana, "reopen", &[("number", "1"), ("reason", "it was none")], &[]).await;
    assert!(why.contains("INC-2 is open about the same container"), "{why}");
    let html = ana.read("/incidents/1/life/reopen").await;
    assert!(html.contains("Merge INC-2 into this one and reopen it"), "{html}");
    done(&ana, "merge", &[("number", "2"), ("into", "INC-1"), ("reason", "it comes back")]).await;
    let first = incident(&ana).await;
    assert_eq!((first.incident.state, first.incident.verdict), (IncidentState::Triage, None));
    assert_eq!((first.incident.alarm_count, first.alarms.len(), told(&first, "incident.reopened")), (2, 2, 1));
    let second = incident_of(&ana, 2).await.expect("kept");
    assert_eq!((second.incident.closing, second.incident.alarm_count), (Some(Closing::Merged), 0));
    assert!(told(&second, "incident.opened") == 1 && told(&second, "incident.merged") == 1, "its timeline stays");
    assert!(refused(&ana, "reopen", &[("number", "2"), ("reason", "x")], &[]).await.contains("Unmerge"));
    assert!(refused(&ana, "unmerge", &[("number", "2")], &[]).await.contains("INC-1 is open"));
    // A later alarm is where the first ones are.
    stage.post(reverse_shell(&victim, "comes-back", SystemTime::now())).await;
    stage.until(&ana, "the third alarm", |page| (page.incident.alarm_count == 3).then_some(())).await;
    assert_eq!(stage.ledger().await.count("SELECT COUNT(*) FROM incident").await, 2);
    stage.assert_audit_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_links_both_ways_moves_nothing_and_never_leads_in_a_circle() {
    let stage = Stage::set().await;
    let ana = stage.responder("ana").await;
    stage.incident_about("dup-one", IDLE, &ana).await;
    let (_, two) = another(&stage, "dup-two", &ana).await;
    let (_, three) = another(&stage, "dup-three", &ana).await;
    assert_eq!((two, three), (2, 3));
    let duplicate = |number: &'static str, of: &'static str| {
        [("number", number), ("closing", "duplicate"), ("of", of), ("reason", "the same intruder")]
    };
    for of in ["1", "", "99", "zero", "INC--1"] {
        refused(&ana, "close", &duplicate("1", of), &["of"]).await;
    }
    done(&ana, "close", &duplicate("1", "INC-2")).await;
    done(&ana, "close", &duplicate("2", " inc-3 ")).await;
    assert!(refused(&ana, "close", &duplicate("3", "1"), &["of"]).await.contains("leads back"));
    for (number, relation, other) in [
        (1, Relation::DuplicateOf, 2),
        (2, Relation::DuplicateOf, 3),
        (2, Relation::Duplicate, 1),
        (3, Relation::Duplicate, 2),
    ] {
        let links = life(&ana, number).await.links;
        assert!(links.iter().any(|link| link.relation == relation && link.number == other), "INC-{number}: {links:?}");
        let page = incident_of(&ana, number).await.expect("there");
        assert_eq!((page.incident.alarm_count, page.alarms.len()), (1, 1), "nothing moved");
    }
    assert_eq!(
        text_of(&incident_of(&ana, 2).await.expect("there"), "incident.duplicated"),
        "INC-1 duplicates this one. “the same intruder”"
    );

    // Two that name each other at the same moment: one is taken at most.
    for number in ["1", "2"] {
        done(&ana, "reopen", &[("number", number), ("reason", "once more")]).await;
    }
    for _ in 0..8 {
        let (one, other) = (duplicate("1", "2"), duplicate("2", "1"));
        let (one, other) = join(post(&ana, "close", &one), post(&ana, "close", &other)).await;
        let taken = [&one, &other].into_iter().filter(|page| page.status == StatusCode::OK).count();
        assert_eq!(taken, 1, "{} {}", one.text(), other.text());
        let closed = if one.status == StatusCode::OK { "1" } else { "2" };
        done(&ana, "reopen", &[("number", closed), ("reason", "once more")]).await;
    }
    stage.assert_audit_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_and_collecting_at_once_never_leave_both() {
    let stage = Stage::set().await;
    let ana = stage.responder("ana").await;
    stage.incident_about("close-or-collect", IDLE, &ana).await;
    let both = "SELECT COUNT(*) FROM evidence_pack JOIN incident ON incident.id = incident_id \
                WHERE done_at IS NULL AND closed_at IS NOT NULL";
    let ledger = stage.ledger().await;
    let benign = [("number", "1"), ("closing", "benign"), ("reason", "a drill")];
    let inspect = [("number", "1"), ("kind", "inspect")];
    for _ in 0..6 {
        let collect = ana.post_json_answer("/api/v1/evidence/collect", &inspect);
        let (closed, collected) = join(post(&ana, "close", &benign), collect).await;
        assert_eq!(ledger.count(both).await, 0, "{} {}", closed.text(), collected.text());
        stage
            .until(&ana, "the end of the pack", |page| {
                page.packs.iter().all(|row| row.pack.done_at.is_some()).then_some(())
            })
            .await;
        if closed.status == StatusCode::OK {
            done(&ana, "reopen", &[("number", "1"), ("reason", "once more")]).await;
        }
    }
    stage.assert_audit_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_analysis_goes_from_contained_to_findings_and_back_when_it_breaks() {
    let stage = Stage::set().await;
    let (ana, ben) = (stage.trusted("ana").await, stage.approver("ben").await);
    let victim = stage.incident_about("analysed", IDLE, &ana).await;
    let one = [("number", "1")];
    assert!(refused(&ana, "start_analysis", &one, &[]).await.contains("Contain it first"));
    assert!(!life(&ana, 1).await.may(LifeStep::Analysis).allowed);
    stage.pause(&ana).await;
    assert_ended(&stage.ended_request(&ana).await, RequestState::Verified);
    done(&ana, "start_analysis", &one).await;
    assert_eq!(incident(&ana).await.incident.state, IncidentState::Analysing);
    assert!(ana.read("/incidents/1/life/analysis").await.contains("Analysis done"));
    // No other container is chosen now, and the verdict may still be given.
    let target = format!("{}:{victim}", incident(&ana).await.incident.place.node.expect("a node"));
    refused(&ana, "choose", &[("number", "1"), ("target", &target)], &[]).await;
    done(&ana, "verdict", &[("number", "1"), ("verdict", "confirmed")]).await;

    stage.engine.docker(&["unpause", &victim]).expect("thawed");
    stage.until(&ana, "the break", |page| (page.incident.state == IncidentState::Containing).then_some(())).await;
    assert!(refused(&ana, "finish_analysis", &[("number", "1"), ("findings", "x")], &[]).await.contains("No analysis"));
    stage.pause(&ana).await;
    assert_ended(&stage.ended_request(&ana).await, RequestState::Verified);
    done(&ana, "start_analysis", &one).await;
    refused(&ana, "finish_analysis", &[("number", "1"), ("findings", " ")], &["findings"]).await;
    let found = "a web shell\u{202e} <script>x</script>";
    done(&ana, "finish_analysis", &[("number", "1"), ("findings", found)]).await;
    let page = incident(&ana).await;
    assert_eq!(page.incident.state, IncidentState::Contained);
    assert!(page.incident.analysed_at.is_some() && text_of(&page, "incident.analysis_done").contains("a web shell"));
    let html = ana.read("/incidents/1").await;
    assert!(html.contains("a web shell\\u202E &lt;script&gt;x"), "what was typed is shown as text");

    let request = stage.waiting(&ana, "unpause").await;
    assert_eq!(approval(&ben, &request).await.request.state, RequestState::AwaitingApproval);
    stage.decide(&ben, &request, "approved", &[]).await;
    assert_ended(&stage.end_of(&ana, &request).await, RequestState::Verified);
    assert_eq!(incident(&ana).await.incident.state, IncidentState::Recovering);
    done(&ana, "close", &[CLOSE.as_slice(), &[WITHOUT]].concat()).await;
    assert!(incident(&ana).await.still_open.is_empty(), "nothing is left as it was");
    stage.assert_audit_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_is_handed_over_with_a_note_to_somebody_who_may_take_it() {
    let stage = Stage::set().await;
    let (ana, bea) = (stage.responder("ana").await, stage.responder("bea").await);
    let adm = stage.portal.person("adm", &["admin"]).await;
    stage.portal.add_person("aud", &["auditor"]);
    stage.portal.add_person("gone", &["analyst"]);
    stage.incident_about("handed-over", IDLE, &ana).await;
    done(&ana, "assign", &[("number", "1")]).await;
    assert!(incident(&ana).await.mine);
    let people = ask(&adm, "/api/v1/people/list").await.json();
    let id_of = |name: &str| -> String {
        let everybody = people["people"].as_array().expect("people");
        let found = everybody.iter().find(|row| row[0]["name"] == name);
        found.unwrap_or_else(|| panic!("no {name} in {people}"))[0]["id"].as_str().expect("an id").to_owned()
    };
    let (bea_id, gone, aud) = (id_of("bea"), id_of("gone"), id_of("aud"));
    let page = adm.post_json_answer("/api/v1/people/disable", &[("person", &gone)]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    let owners = life(&ana, 1).await.owners;
    assert_eq!(owners.iter().map(|owner| owner.name.as_str()).collect::<Vec<_>>(), ["ana", "bea"]);
    for wrong in [gone.as_str(), &aud, "nobody"] {
        refused(&ana, "assign", &[("number", "1"), ("to", wrong)], &["to"]).await;
    }
    assert!(incident(&ana).await.mine, "a refusal changes nothing");

    let form = [("number", "1"), ("to", &*bea_id), ("note", "Paused. Memory is not read yet.")];
    assert_sent_to(&ana.post_form("/api/v1/incidents/assign", &form).await, "/incidents/1");
    let page = incident(&bea).await;
    assert!(page.mine && page.owner_name == "bea");
    assert_eq!(text_of(&page, "incident.assigned"), "from ana to bea. “Paused. Memory is not read yet.”");
    assert_eq!(queue(&bea, "mine").await.rows.len(), 1);
    assert_eq!(queue(&ana, "mine").await.rows.len(), 0);
    // Many at once: each is whole, and the last one has it.
    let answers = join_all((0..10).map(|n| {
        let who = if n % 2 == 0 { &ana } else { &bea };
        who.post_json_answer("/api/v1/incidents/assign", &[("number", "1")])
    }));
    for answer in answers.await {
        assert!(matches!(answer.status, StatusCode::OK | StatusCode::CONFLICT), "{}", answer.text());
    }
    let page = incident(&ana).await;
    assert!(page.mine == (page.owner_name == "ana"), "{}", page.owner_name);
    stage.assert_audit_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_about_a_container_becomes_part_only_of_one_about_the_same() {
    let stage = Stage::set().await;
    let ana = stage.trusted("ana").await;
    confirmed_and_paused(&stage, "merged-home", &ana).await;
    let (_, number) = another(&stage, "merged-guest", &ana).await;
    assert_eq!(number, 2);
    for (number, into) in [("2", "1"), ("1", "2")] {
        let merge = [("number", number), ("into", into), ("reason", "one intruder")];
        let said = refused(&ana, "merge", &merge, &["into"]).await;
        assert!(said.contains("is not about the container of"), "{said}");
    }
    assert_eq!(incident(&ana).await.incident.state, IncidentState::Contained);
    assert_eq!(incident_of(&ana, 2).await.expect("there").incident.closing, None);

    // One that is not known to be about any may, and what raised the severity so makes no action easier.
    let low = |page: &ConfirmPage| (page.needs.approvals, page.incident.severity);
    let confirm = async || -> ConfirmPage {
        let page = ask(&ana, "/api/v1/actions/confirm?number=2&action=disconnect").await;
        serde_json::from_slice(&page.body).expect("a confirm page")
    };
    let before = low(&confirm().await);
    assert_eq!(before, (1, Severity::High), "another person must agree");
    let loud = json!({"quell": 1, "rule": "loud", "severity": "critical", "container": {"id": "ab".repeat(32)}});
    let own = stage.portal.add_source("own", "quell", None);
    assert_eq!(
        stage.portal.client().post_bytes(&own, "application/json", loud.to_string()).await.status,
        StatusCode::OK
    );
    wait_for("the third incident", PATIENCE, async || incident_of(&ana, 3).await).await;
    done(&ana, "merge", &[("number", "3"), ("into", "2"), ("reason", "the same shell")]).await;
    let after = low(&confirm().await);
    assert_eq!(after, (1, Severity::Critical));
    let links = life(&ana, 3).await.links;
    assert_eq!((links[0].relation, links[0].number), (Relation::MergedInto, 2));
    done(&ana, "unmerge", &[("number", "3"), ("reason", "it was not")]).await;
    assert_eq!(low(&confirm().await), before);
    assert!(refused(&ana, "unmerge", &[("number", "3")], &[]).await.contains("not merged"));
    stage.assert_audit_intact();
}

/// Merged, a paused container would be watched by nobody.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_contained_is_not_merged_into_the_closed_one_about_the_same() {
    let stage = Stage::set().await;
    let ana = stage.responder("ana").await;
    let victim = stage.incident_about("comes-back-paused", IDLE, &ana).await;
    done(&ana, "verdict", &[("number", "1"), ("verdict", "false_positive"), ("reason", "a drill")]).await;
    stage.post(reverse_shell(&victim, "comes-back-paused", SystemTime::now())).await;
    wait_for("the second incident", PATIENCE, async || incident_of(&ana, 2).await).await;
    let page = ask(&ana, "/api/v1/actions/confirm?number=2&action=pause").await;
    let page: ConfirmPage = serde_json::from_slice(&page.body).expect("a confirm page");
    let seen = page.fingerprint.expect("a container").to_string();
    let pause = [("number", "2"), ("action", "pause"), ("preset", "shell"), ("fingerprint", seen.as_str())];
    assert_eq!(ana.post_json_answer("/api/v1/actions/request", &pause).await.status, StatusCode::OK);
    wait_for("the pause", PATIENCE, async || {
        let page = incident_of(&ana, 2).await?;
        (page.incident.state == IncidentState::Contained).then_some(())
    })
    .await;
    let said = refused(&ana, "merge", &[("number", "2"), ("into", "1"), ("reason", "the same")], &[]).await;
    assert!(said.contains("holds its container contained"), "{said}");
    assert_eq!(incident_of(&ana, 2).await.expect("there").incident.closing, None);
    stage.assert_audit_intact();
}
