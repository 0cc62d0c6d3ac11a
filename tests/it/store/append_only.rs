//! What was recorded cannot be changed by accident or by an ordinary statement, not even past the store.

use quell_domain::{
    alarm::MappingMethod,
    approval::{Decision, Review},
    audit::Actor,
    changeset::Op,
    evidence::{CustodyStep, Item, ItemKind, ItemState},
    ids::Digest,
};

use super::{
    backend::{Backend, on_both},
    world::{NOW, World, alarm, change, incident, pack, published, published_playbooks, request, vote},
};

/// Each with a column that a forger would like to change.
const TABLES: [(&str, &str); 9] = [
    ("alarm", "received_at"),
    ("alarm_moved", "undoes"),
    ("audit_event", "at"),
    ("action_review", "at"),
    ("approval_vote", "at"),
    ("policy", "published_at"),
    ("playbooks", "published_at"),
    ("evidence_item", "size"),
    ("custody_step", "at"),
];

/// A row in each of the tables.
async fn fill(backend: &Backend) {
    let world = World::new(backend).await;
    let (pack, tasks) = pack(&world.incident, &world.person, &[ItemKind::Inspect]);
    let digest = Digest::of(b"kept");
    let item = Item {
        id: tasks[0].id.clone(),
        pack: pack.id.clone(),
        incident: world.incident.id.clone(),
        kind: ItemKind::Inspect,
        state: ItemState::Sealed,
        size: 4,
        sha256: Some(digest.clone()),
        object: Some("a/1-inspect.json".to_owned()),
        method: "GET /containers/{id}/json".to_owned(),
        started_at: NOW,
        ended_at: NOW,
        check: "One JSON document.".to_owned(),
        reason: String::new(),
    };
    let step = CustodyStep {
        item: item.id.clone(),
        at: NOW,
        actor: Actor::system("collect_evidence"),
        what: "sealed".to_owned(),
        sha256: Some(digest),
    };
    let request = request(&world.incident, &world.person, 'a');
    let shell = alarm(&world.source.id, "a shell");
    let changes = change(Op::AddPack(pack, tasks))
        .with(Op::AddItem(item))
        .with(Op::AddCustody(step))
        .with(Op::AddRequest(request.clone()))
        .with(Op::AddAlarms(vec![shell.clone()]));
    backend.done(changes).await;
    let other = incident(&world.node.id, 'b');
    let mapped = Op::MapAlarms {
        alarms: vec![shell.id],
        incident: world.incident.id.clone(),
        through: Vec::new(),
        method: MappingMethod::Exact,
        reason: String::new(),
    };
    let moved = Op::MoveAlarms { from: world.incident.id.clone(), to: other.id.clone(), mark: None };
    backend.done(change(Op::AddIncident(other)).with(mapped).with(moved)).await;
    backend.done(change(Op::AddVote(vote(&request, &world.person, Decision::Deny)))).await;
    let review = Review {
        request: request.id,
        person: world.person.id.clone(),
        person_name: world.person.name.clone(),
        note: "it was right".to_owned(),
        at: NOW,
    };
    backend.done(change(Op::AddReview(review))).await;
    backend.done(change(Op::PublishPolicy(published(1)))).await;
    backend.done(change(Op::PublishPlaybooks(published_playbooks(1)))).await;
}

async fn blocked(backend: &Backend, sql: &str) {
    let before = backend.snapshot().await;
    let error = backend.tamper(sql).await.expect_err(sql).to_string();
    assert!(error.contains("append-only"), "{sql}: {error}");
    assert_eq!(before, backend.snapshot().await, "{sql}");
}

on_both! {
    nothing_recorded_can_be_changed(backend) {
        fill(backend).await;
        for (table, column) in TABLES {
            let first = backend.columns(table).await.remove(0);
            assert!(!backend.snapshot().await[table].is_empty(), "{table} is empty");
            blocked(backend, &format!("UPDATE {table} SET {column} = 0 WHERE {first} IS NOT NULL")).await;
            blocked(backend, &format!("DELETE FROM {table}")).await;
            if !backend.is_sqlite() {
                blocked(backend, &format!("TRUNCATE {table} CASCADE")).await;
                continue;
            }
            // An alarm that is known is left out without a word; another under its id is not.
            let what = if table == "alarm" { "id, source_id, received_at, severity, class, 'another', 'forged', x'00'" } else { "*" };
            blocked(backend, &format!("INSERT OR REPLACE INTO {table} SELECT {what} FROM {table}")).await;
            backend.tamper("PRAGMA recursive_triggers = OFF").await.unwrap();
            blocked(backend, &format!("REPLACE INTO {table} SELECT {what} FROM {table}")).await;
        }
        if backend.is_sqlite() {
            let before = backend.snapshot().await;
            let known = "REPLACE INTO alarm SELECT 'other', source_id, received_at, severity, class, dedupe_key, 'forged', x'00' FROM alarm";
            backend.tamper(known).await.unwrap();
            assert_eq!(before, backend.snapshot().await);
        }
    }
}
