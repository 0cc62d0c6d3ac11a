//! Merging and unmerging in any order, on both databases: whatever is done, every alarm is in exactly one incident, the
//! one that a simple model says.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
};

use quell_domain::{alarm::MappingMethod, incident::Closing, view::ChoosePage};
use quell_tests::{Client, Portal, engine::IDLE, wait_for};
use reqwest::StatusCode;
use serde_json::json;

use super::{
    ledger::Ledger,
    stage::{PATIENCE, Stage, ask, incident, incident_of},
};

const INCIDENTS: usize = 5;
const STEPS: usize = 90;
/// How often two incidents are merged and taken apart while alarms pour in.
const ROUNDS: usize = 12;

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % sides as u64).expect("small")
    }
}

/// Each alarm with the incidents that it went through by merging: its own first, the one that has it last.
struct Model {
    ways: Vec<Vec<usize>>,
    /// Into which each was merged.
    merged: [Option<usize>; INCIDENTS],
}

impl Model {
    /// From an incident to where its alarms are now.
    fn way(&self, at: usize) -> Vec<usize> {
        std::iter::successors(Some(at), |at| self.merged[*at]).collect()
    }

    fn merge(&mut self, from: usize, into: usize) -> bool {
        if from == into || self.merged[from].is_some() || self.merged[into].is_some() {
            return false;
        }
        self.merged[from] = Some(into);
        self.ways.iter_mut().filter(|way| way.last() == Some(&from)).for_each(|way| way.push(into));
        true
    }

    fn unmerge(&mut self, part: usize) -> bool {
        if self.merged[part].take().is_none() {
            return false;
        }
        for way in &mut self.ways {
            if let Some(at) = way.iter().position(|it| *it == part) {
                way.truncate(at + 1);
            }
        }
        true
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_alarm_is_lost_or_doubled_on_sqlite() {
    let portal = Portal::start().await;
    let url = format!("sqlite://{}", portal.data().join("quell.db").display());
    no_alarm_is_lost_or_doubled(&portal, &url).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_alarm_is_lost_or_doubled_on_postgres() {
    let url = quell_tests::postgres::database().await;
    no_alarm_is_lost_or_doubled(&Portal::builder().database(&url).start().await, &url).await;
}

async fn no_alarm_is_lost_or_doubled(portal: &Portal, url: &str) {
    let ana = portal.person("ana", &["analyst"]).await;
    let source = portal.add_source("own", "quell", None);
    let ledger = Ledger::open(url).await;
    let mut model = Model { ways: Vec::new(), merged: [None; INCIDENTS] };
    let severities = ["low", "critical", "medium", "high", "info"];
    let mut dice = Dice(7);
    // One after the other: incidents and alarms are numbered in this order.
    for (n, severity) in severities.iter().enumerate().take(INCIDENTS) {
        alarm(portal, &ledger, &source, n, severity, &mut model).await;
    }
    for _ in 0..STEPS {
        let (what, a, b) = (dice.roll(7), dice.roll(INCIDENTS), dice.roll(INCIDENTS));
        match what {
            0..3 => {
                let (number, into) = ((a + 1).to_string(), (b + 1).to_string());
                let page = ana.post_json_answer("/api/v1/life/merge", &[("number", &number), ("into", &into)]).await;
                assert_eq!(page.status == StatusCode::OK, model.merge(a, b), "{number} into {into}: {}", page.text());
            }
            3..6 => {
                let number = (a + 1).to_string();
                let page = ana.post_json_answer("/api/v1/life/unmerge", &[("number", &number)]).await;
                assert_eq!(page.status == StatusCode::OK, model.unmerge(a), "{number}: {}", page.text());
            }
            _ => alarm(portal, &ledger, &source, a, severities[b], &mut model).await,
        }
        check(&ledger, &model).await;
    }
    assert!(model.ways.len() > INCIDENTS + 5, "later alarms came too");
    for n in 0..INCIDENTS {
        made_of_its_alarms(&ana, n, &model).await;
    }
    portal.quell(&["audit", "verify"]);
}

/// An alarm about what incident `about` began with; it joins where that is now, and comes back with it.
async fn alarm(portal: &Portal, ledger: &Ledger, source: &str, about: usize, severity: &str, model: &mut Model) {
    let count = model.ways.len();
    send(portal, source, about, severity, count).await;
    wait_for("the alarm in an incident", PATIENCE, async || {
        (ledger.count("SELECT COUNT(*) FROM alarm_mapping").await == count as i64 + 1).then_some(())
    })
    .await;
    model.ways.push(model.way(about));
}

async fn send(portal: &Portal, source: &str, about: usize, severity: &str, count: usize) {
    let body = json!({
        "quell": 1, "rule": "merging", "severity": severity, "message": format!("alarm {count}"),
        "container": {"name": format!("container-{about}")}
    });
    let answer = portal.client().post_bytes(source, "application/json", body.to_string()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
}

/// Where each alarm is, and how many each incident says it has.
async fn check(ledger: &Ledger, model: &Model) {
    let found = ledger
        .texts(
            "SELECT CAST(number AS TEXT) FROM alarm_mapping JOIN incident ON incident.id = incident_id ORDER BY alarm_id",
        )
        .await;
    let expected: Vec<String> = model.ways.iter().map(|way| (way[way.len() - 1] + 1).to_string()).collect();
    assert_eq!(found, expected);
    let counts = ledger.texts("SELECT CAST(alarm_count AS TEXT) FROM incident ORDER BY number").await;
    let mut by_home: BTreeMap<usize, usize> = (0..INCIDENTS).map(|n| (n, 0)).collect();
    for way in &model.ways {
        *by_home.entry(way[way.len() - 1]).or_default() += 1;
    }
    assert_eq!(counts, by_home.values().map(ToString::to_string).collect::<Vec<_>>());
}

/// Severity and times are those of the alarms that it has now.
async fn made_of_its_alarms(who: &Client, n: usize, model: &Model) {
    let page = incident_of(who, n as i64 + 1).await.expect("there");
    let it = page.incident;
    assert_eq!(it.closing == Some(Closing::Merged), model.merged[n].is_some());
    let received = |row: &quell_domain::view::AlarmRow| row.alarm.received_at;
    if it.closing.is_none() {
        assert_eq!(Some(it.severity), page.alarms.iter().map(|row| row.alarm.severity).max());
        assert_eq!(Some(it.first_alarm_at), page.alarms.iter().map(received).min());
        assert_eq!(Some(it.last_alarm_at), page.alarms.iter().map(received).max());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_are_taken_apart_while_alarms_about_both_pour_in_on_sqlite() {
    let portal = Portal::start().await;
    let url = format!("sqlite://{}", portal.data().join("quell.db").display());
    two_are_taken_apart_in_a_storm(&portal, &url).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_are_taken_apart_while_alarms_about_both_pour_in_on_postgres() {
    let url = quell_tests::postgres::database().await;
    two_are_taken_apart_in_a_storm(&Portal::builder().database(&url).start().await, &url).await;
}

async fn two_are_taken_apart_in_a_storm(portal: &Portal, url: &str) {
    let ana = portal.person("ana", &["analyst"]).await;
    let source = portal.add_source("own", "quell", None);
    let ledger = Ledger::open(url).await;
    let mut model = Model { ways: Vec::new(), merged: [None; INCIDENTS] };
    for n in 0..2 {
        alarm(portal, &ledger, &source, n, "low", &mut model).await;
    }
    let over = AtomicBool::new(false);
    let storm = async {
        let mut sent = [1_i64; 2];
        while !over.load(Ordering::Relaxed) {
            for (about, count) in sent.iter_mut().enumerate() {
                send(portal, &source, about, "low", usize::try_from(*count).expect("small") * 2 + about).await;
                *count += 1;
            }
        }
        sent
    };
    let rounds = async {
        for round in 0..ROUNDS {
            for (verb, fields) in [("merge", &[("number", "2"), ("into", "1")][..]), ("unmerge", &[("number", "2")])] {
                let page = ana.post_json_answer(&format!("/api/v1/life/{verb}"), fields).await;
                assert_eq!(page.status, StatusCode::OK, "round {round}: {verb}: {}", page.text());
            }
        }
        over.store(true, Ordering::Relaxed);
    };
    let (sent, ()) = tokio::join!(storm, rounds);
    wait_for("all alarms in incidents", PATIENCE, async || {
        (ledger.count("SELECT COUNT(*) FROM alarm_mapping").await == sent.iter().sum::<i64>()).then_some(())
    })
    .await;
    // Whenever they came: each is where its key says.
    let sent: Vec<String> = sent.iter().map(ToString::to_string).collect();
    let mapped = "SELECT CAST(COUNT(*) AS TEXT) FROM alarm_mapping JOIN incident ON incident.id = incident_id \
                  GROUP BY number ORDER BY number";
    assert_eq!(ledger.texts(mapped).await, sent);
    assert_eq!(ledger.texts("SELECT CAST(alarm_count AS TEXT) FROM incident ORDER BY number").await, sent);
    portal.quell(&["audit", "verify"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_chosen_by_merging_is_unchosen_by_unmerging() {
    let stage = Stage::set().await;
    let ana = stage.responder("ana").await;
    let victim = stage.incident_about("chosen-home", IDLE, &ana).await;
    let path = stage.portal.add_source("own", "quell", None);
    let body = json!({"quell": 1, "rule": "hint", "container": {"name": "gone"}}).to_string();
    stage.portal.client().post_bytes(&path, "application/json", body.clone()).await;
    let page = wait_for("the second incident", PATIENCE, async || incident_of(&ana, 2).await).await;
    let before = (page.alarms[0].method, page.alarms[0].reason.clone());
    assert_eq!(before.0, MappingMethod::Unresolved);

    let page = ask(&ana, "/api/v1/incidents/choices?number=2").await;
    let page: ChoosePage = serde_json::from_slice(&page.body).expect("the chooser");
    let choice = page.choices.iter().find(|choice| choice.container.as_str() == victim).expect("it is offered");
    let target = format!("{}:{victim}", choice.node);
    let chosen = ana.post_json_answer("/api/v1/incidents/choose", &[("number", "2"), ("target", &target)]).await;
    assert_eq!(chosen.status, StatusCode::OK, "{}", chosen.text());
    let home = incident(&ana).await;
    let hint = home.alarms.iter().find(|row| row.alarm.rule == "hint").expect("it moved");
    assert_eq!((hint.method, hint.reason.as_str()), (MappingMethod::Chosen, "ana chose the container."));
    assert!(home.alarms.iter().any(|row| row.method == MappingMethod::Exact), "the other keeps its own");

    let back = ana.post_json_answer("/api/v1/life/unmerge", &[("number", "2")]).await;
    assert_eq!(back.status, StatusCode::OK, "{}", back.text());
    let page = incident_of(&ana, 2).await.expect("there");
    assert_eq!((page.alarms[0].method, page.alarms[0].reason.clone()), before);
    assert!(page.incident.target_node().is_none(), "and nothing is done on its word");
    stage.assert_audit_intact();
}
