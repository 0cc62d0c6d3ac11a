//! How long the queue's page takes when a year of incidents lies behind it.

use std::time::Instant;

use quell_core::{ids::mint, ports::Store as _};
use quell_domain::{
    Changeset, Timestamp,
    action::Action,
    alarm::{Alarm, AlarmClass, AlarmDetail, ContainerHint, MappingMethod, Severity},
    audit::{Actor, Event, codes},
    changeset::Op,
    ids::{AlarmId, Digest, IncidentId, SourceId},
    incident::{Incident, Place, Verdict},
    playbook::Playbooks,
    time::MINUTE,
};
use quell_store::{Db, SqlStore};
use quell_tests::Portal;
use sqlx::AssertSqlSafe;

use super::table::{Table, millis, percentile};

/// When all of it was received.
const NOW: Timestamp = Timestamp(1_795_000_000_000_000);
const INCIDENTS: usize = 100_000;
const ALARMS: usize = 1_000_000;
const TOGETHER: usize = 500;
const ROUNDS: usize = 40;
/// What people look at: views, a class, text that is found and text that is not.
const PAGES: [&str; 6] = [
    "/incidents",
    "/incidents?view=closed",
    "/incidents?view=contained",
    "/incidents?class=network",
    "/incidents?q=web-77770",
    "/incidents?q=no-such-container",
];

/// Every fifth incident is still open.
pub async fn measure(table: &mut Table) {
    let mut portal = Portal::builder().prepare();
    portal.quell(&["migrate"]);
    let database = format!("sqlite://{}", portal.data().join("quell.db").display());
    let store = SqlStore::connect(&database).await.unwrap();
    for first in (0..INCIDENTS).step_by(TOGETHER) {
        let event = Event::new(NOW, Actor::system("correlator"), codes::INCIDENT_OPENED);
        let all = (first..first + TOGETHER).map(incident).map(Op::AddIncident);
        store.commit(Changeset::new(event).with_all(all)).await.unwrap();
    }
    let Db::Sqlite { write, .. } = store.db() else { panic!("this is SQLite") };
    sqlx::raw_sql(AssertSqlSafe(alarms())).execute(write).await.unwrap();
    store.close().await;

    portal.serve().await;
    let ana = portal.person("ana", &["analyst"]).await;
    for page in PAGES {
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            ana.read(page).await;
            times.push(begun.elapsed());
        }
        table.line(
            &format!("queue page `{page}`, 100,000 incidents, 1,000,000 alarms"),
            format!("p95 {}", millis(percentile(&mut times, 95))),
            format!("median {}, request to last byte", millis(percentile(&mut times, 50))),
            "bar 50 ms".to_owned(),
        );
    }
}

fn incident(n: usize) -> Incident {
    let first = alarm(n);
    let place = Place {
        node: None,
        node_name: format!("node-{}", n % 40),
        container: None,
        container_name: format!("web-{n}"),
        image: format!("shop/web:{}", n % 90),
        image_id: String::new(),
        method: MappingMethod::Unresolved,
        reason: "No node with that name is registered.".to_owned(),
    };
    let mut one = Incident::open(IncidentId::new(mint()), format!("bench:{n}"), &first, place, &Playbooks::builtin());
    one.contain_by = one.contain_by.plus(i64::try_from(n).unwrap() * MINUTE);
    match n % 10 {
        0 => {}
        5 => one.verified(Action::Pause, NOW),
        _ => one.give_verdict(Verdict::Benign, "a drill", None, NOW).unwrap(),
    }
    one
}

fn alarm(n: usize) -> Alarm {
    Alarm {
        id: AlarmId::new(mint()),
        source: SourceId::new("bench"),
        detector: "falco".to_owned(),
        received_at: NOW,
        occurred_at: NOW,
        clock_suspect: false,
        dedupe_key: Digest::of(n.to_string().as_bytes()),
        rule: "Terminal shell in container".to_owned(),
        class: [AlarmClass::Network, AlarmClass::AbnormalProcess][n % 2],
        severity_reported: "Notice".to_owned(),
        severity: [Severity::Low, Severity::High, Severity::Critical][n % 3],
        severity_reason: "as the detector says".to_owned(),
        node_hint: None,
        container: ContainerHint { id: None, name: Some(format!("web-{n}")), host: false },
        detail: AlarmDetail::default(),
        raw: Vec::new(),
    }
}

/// Written by the database itself: what is measured is reading, and alarms of a year through the door would take longer
/// than all the rest. Each belongs to an incident; nothing reads their bodies.
fn alarms() -> String {
    format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ALARMS}), \
         some (number, id) AS (SELECT number, id FROM incident) \
         INSERT INTO alarm_mapping (alarm_id, incident_id, method, reason) \
         SELECT 'alarm-' || i, some.id, 'unresolved', '' FROM n JOIN some ON some.number = 1 + i % {INCIDENTS}; \
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ALARMS}) \
         INSERT INTO alarm (id, source_id, received_at, dedupe_key, body, raw) \
         SELECT 'alarm-' || i, 'bench', {} + i, 'key-' || i, '{{}}', x'7b7d' FROM n",
        NOW.0
    )
}
