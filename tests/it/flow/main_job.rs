//! The main job from end to end, by plain forms: alarm, incident, triage, pause, evidence, audit.

use std::{
    io::Write as _,
    process::{Command, Stdio},
    time::SystemTime,
};

use quell_domain::{
    action::RequestState,
    alarm::{MappingMethod, Severity},
    evidence::{ItemKind, ItemState},
    incident::{IncidentState, Verdict},
    playbook::Goal,
};
use quell_tests::{engine::IDLE, fixtures::Subject, wait_for};
use reqwest::{
    StatusCode,
    header::{CONTENT_DISPOSITION, ETAG},
};

use super::{
    ledger::{assert_store_equals_record, sha256},
    stage::{
        NODE, PATIENCE, Stage, ask, assert_ended, assert_sent_to, audit, fixture, incident, pause_form, queue,
        reverse_shell, state_of,
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn from_a_detectors_alarm_to_a_paused_container_with_its_evidence_kept() {
    let stage = Stage::set().await;
    let victim = stage.engine.victim("main-job", IDLE);
    let ana = stage.responder("ana").await;
    let ledger = stage.ledger().await;
    let start = SystemTime::now();

    // An alarm makes an incident.
    let shell = reverse_shell(&victim, "main-job", start);
    let answer = stage.post(shell.clone()).await;
    assert_eq!((answer.status, answer.json()["accepted"].as_i64()), (StatusCode::OK, Some(1)));
    let row = wait_for("the incident", PATIENCE, async || queue(&ana, "action").await.rows.into_iter().next()).await;
    assert_eq!(queue(&ana, "action").await.rows.len(), 1);
    assert_eq!((row.number, row.alarm_count, row.state), (1, 1, IncidentState::New));
    assert_eq!((row.method, row.container_short.as_str()), (MappingMethod::Exact, &victim[..12]));
    assert_eq!((row.container_name.as_str(), row.node_name.as_str()), ("main-job", NODE));
    assert!(row.severity >= Severity::High, "a reverse shell is at least high: {:?}", row.severity);
    assert!(row.owner_name.is_empty() && row.next.is_some());
    let html = ana.read("/incidents").await;
    for shown in ["INC-1", "main-job", NODE, &row.next.expect("a next step").label] {
        assert!(html.contains(shown), "the queue does not show {shown}");
    }

    // A second payload about the same container joins; an exact repeat of the first changes nothing.
    let subject = Subject { container: &victim, name: "main-job", node: NODE };
    let dropped = fixture("falco-least-metadata.json").fill(subject, start);
    assert_eq!(stage.post(dropped).await.status, StatusCode::OK);
    stage.until(&ana, "the second alarm", |page| (page.incident.alarm_count == 2).then_some(())).await;
    let before = (ledger.alarms().await, ledger.head().await);
    assert_eq!(stage.post(shell.clone()).await.status, StatusCode::OK);
    assert_eq!((ledger.alarms().await, ledger.head().await), before, "a repeat left something behind");

    // Triage.
    assert_sent_to(&ana.post_form("/api/v1/incidents/acknowledge", &[("number", "1")]).await, "/incidents/1");
    assert_sent_to(&ana.post_form("/api/v1/incidents/assign", &[("number", "1")]).await, "/incidents/1");
    let verdict = [("number", "1"), ("verdict", "confirmed"), ("reason", "a shell to a strange host")];
    assert_sent_to(&ana.post_form("/api/v1/incidents/verdict", &verdict).await, "/incidents/1");
    let note = [("number", "1"), ("text", "asked the team: nobody of them")];
    assert_sent_to(&ana.post_form("/api/v1/incidents/note", &note).await, "/incidents/1");
    let page = incident(&ana).await;
    assert_eq!((page.incident.state, page.incident.verdict), (IncidentState::Triage, Some(Verdict::Confirmed)));
    assert!(page.incident.acknowledged_at.is_some() && page.mine && page.owner_name == "ana");
    assert_eq!((page.incident.alarm_count, page.alarms.len()), (2, 2));
    assert!(ana.read("/incidents/1").await.contains("asked the team: nobody of them"));

    // Pause, with what the confirm page shows and carries.
    stage.engine.docker(&["update", "--restart", "unless-stopped", &victim]).expect("updated");
    let confirm = ana.read("/incidents/1/actions/pause").await;
    for shown in ["main-job", &victim[..12], NODE, "unless-stopped", "the engine may start it again"] {
        assert!(confirm.contains(shown), "the confirm page does not show {shown}: {confirm}");
    }
    assert_eq!(stage.engine.state(&victim), "running", "looking changes nothing");
    assert!(confirm.contains("Off: a restart of the engine thaws a paused container"), "{confirm}");
    let seen = hidden(&confirm, "fingerprint");
    assert_sent_to(&ana.post_form("/api/v1/actions/request", &pause_form(&seen)).await, "/incidents/1");
    assert_ended(&stage.ended_request(&ana).await, RequestState::Verified);
    assert_eq!((stage.engine.state(&victim).as_str(), stage.pauses()), ("paused", 1));
    let page = incident(&ana).await;
    assert_eq!(page.incident.state, IncidentState::Contained);
    assert!(page.incident.contained_at.is_some());
    let left = queue(&ana, "action").await;
    assert_eq!(
        (left.rows.len(), left.counters.need_action, left.counters.need_containment),
        (1, 1, 0),
        "no evidence yet"
    );

    // Evidence, and the same hash on the download.
    stage.collect(&ana, None).await;
    let pack = stage.ended_pack(&ana).await;
    for kind in ItemKind::ALL {
        assert_eq!(state_of(&pack, *kind), ItemState::Sealed, "{}: {:?}", kind.word(), pack.items);
    }
    for item in &pack.items {
        let recorded = item.sha256.as_ref().expect("a hash").to_string();
        let file = ana.get(&format!("/evidence/{}/download", item.id)).await;
        assert_eq!((file.status, file.body.len() as i64), (StatusCode::OK, item.size), "{}", item.kind.word());
        assert_eq!(sha256sum(&file.body), recorded, "{}", item.kind.word());
        assert_eq!(sha256(&file.body), recorded);
        assert_eq!(file.headers[ETAG], format!("\"{recorded}\""));
        assert!(file.headers[CONTENT_DISPOSITION].to_str().is_ok_and(|value| value.starts_with("attachment")));
        assert!(ana.read(&format!("/evidence/{}", item.id)).await.contains(&recorded));
    }
    assert_eq!(stage.engine.state(&victim), "paused");
    let done = queue(&ana, "action").await;
    assert_eq!((done.rows.len(), done.counters.need_action, done.counters.contained), (1, 1, 1));
    assert_eq!(
        (done.rows[0].due.goal, done.rows[0].due.met),
        (Goal::Recover, None),
        "the service waits to be restored"
    );
    assert_store_equals_record(&ledger, &stage.store()).await;

    // The trail tells all of it, and holds.
    let auditor = stage.portal.person("aud", &["auditor"]).await;
    let told: Vec<String> = audit(&auditor, "?incident=1").await.rows.into_iter().map(|row| row.code).collect();
    for code in [
        "incident.opened",
        "incident.alarms_joined",
        "incident.acknowledged",
        "incident.assigned",
        "incident.verdict",
        "incident.noted",
        "action.requested",
        "action.consumed",
        "action.attempted",
        "action.concluded",
        "action.verified",
        "evidence.requested",
        "evidence.attempted",
        "evidence.concluded",
        "evidence.done",
        "evidence.downloaded",
    ] {
        assert!(told.iter().any(|known| known == code), "the trail does not tell {code}");
    }
    ledger.assert_every_attempt_is_concluded().await;
    assert_sent_to(&auditor.post_form("/api/v1/audit/verify", &[]).await, "/audit");
    assert!(auditor.read("/audit").await.contains("audit.verified"));
    stage.assert_audit_intact();

    // Somebody with the database in hand changes one entry.
    let sql = "SELECT seq FROM audit_event WHERE code = 'incident.verdict'";
    let seq = ledger.count(sql).await;
    ledger.tamper("DROP TRIGGER audit_event_no_update").await;
    let changed = ledger
        .tamper(
            "UPDATE audit_event SET canonical = CAST(REPLACE(CAST(canonical AS TEXT), '\"name\":\"ana\"', '\"name\":\"eve\"') AS BLOB) \
             WHERE code = 'incident.verdict'",
        )
        .await;
    assert_eq!(changed, 1);
    let found = stage.portal.try_quell(&["audit", "verify"]);
    let said = String::from_utf8_lossy(&found.stderr).into_owned();
    assert_eq!(found.status.code(), Some(1), "{said}");
    assert!(said.contains(&format!("Entry {seq} ")), "not entry {seq}: {said}");
    let page = auditor.post_json_answer("/api/v1/audit/verify", &[]).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    assert!(page.text().contains(&format!("Entry {seq} ")), "not entry {seq}: {}", page.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_since_it_was_shown_is_not_acted_on() {
    let stage = Stage::set().await;
    let ana = stage.responder("ana").await;
    let victim = stage.incident_about("stale-page", IDLE, &ana).await;
    let seen = super::stage::fingerprint(&ana).await;
    stage.engine.docker(&["restart", "-t", "0", &victim]).expect("restarted");
    let page = ana.post_json_answer("/api/v1/actions/request", &pause_form(&seen)).await;
    assert_eq!(page.status, StatusCode::CONFLICT, "{}", page.text());
    assert!(incident(&ana).await.requests.is_empty());
    assert_eq!((stage.pauses(), stage.engine.state(&victim).as_str()), (0, "running"));
    // The page shows the facts of now, and with them it works.
    stage.pause(&ana).await;
    assert_ended(&stage.ended_request(&ana).await, RequestState::Verified);
    let again = ask(&ana, "/api/v1/actions/confirm?number=1&action=pause").await;
    assert!(again.text().contains("paused already"), "{}", again.text());
}

/// The value of a hidden field.
fn hidden(html: &str, name: &str) -> String {
    let field = html
        .split("<input")
        .find(|part| part.split('>').next().is_some_and(|tag| tag.contains(&format!("name=\"{name}\""))))
        .unwrap_or_else(|| panic!("no field {name} on the page"));
    let value = field.split_once("value=\"").and_then(|(_, rest)| rest.split_once('"')).expect("a value");
    value.0.to_owned()
}

/// What the program of that name says.
fn sha256sum(bytes: &[u8]) -> String {
    let mut program =
        Command::new("sha256sum").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("sha256sum");
    program.stdin.take().expect("a pipe").write_all(bytes).expect("written");
    let said = program.wait_with_output().expect("an end").stdout;
    String::from_utf8_lossy(&said).split_whitespace().next().expect("a hash").to_owned()
}
