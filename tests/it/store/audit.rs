//! The chain that the store writes, checked by the verifier that knows only the written format.

use quell_core::ports::{Reads as _, Store as _};
use quell_domain::{
    Changeset,
    audit::{Actor, ActorKind, Event, EventOutcome, codes},
    changeset::Op,
    view::AuditFilter,
};
use quell_verify::{Finding, Row, Summary, Verifier};

use super::{
    backend::{Backend, on_both},
    world::{NOW, World, alarm, change, incident, person, request},
};

pub async fn verify(backend: &Backend) -> Result<Summary, Finding> {
    let mut verifier = Verifier::new(Vec::new());
    let mut from = 1;
    loop {
        let rows = backend.store.audit_rows(from, 7).await.unwrap();
        let Some(last) = rows.last() else { break };
        from = last.seq + 1;
        for row in rows {
            verifier.push(&Row {
                seq: row.seq,
                canonical: row.canonical,
                hash: row.hash,
                code: row.code,
                at: row.at,
                incident: row.incident,
                actor: row.actor,
                actor_name: row.actor_name,
                outcome: row.outcome,
            })?;
        }
    }
    let (seq, hash) = backend.store.audit_head().await.unwrap();
    verifier.finish(Some((seq, hash.to_string())))
}

/// Entries of many kinds, some of several in one commit, some refused in between.
async fn mixed(backend: &Backend) -> i64 {
    let world = World::new(backend).await;
    let mut seq = 1;
    for n in 0..12 {
        let event = Event::new(NOW.plus(n), Actor::anonymous(Some("::1".to_owned())), codes::SIGN_IN)
            .outcome(EventOutcome::Denied)
            .incident(&world.incident.id)
            .target("person", "p\0")
            .fact("login", "bidi \u{202e}, nul \0, quote \", \u{1F980}")
            .fact("big", u64::MAX)
            .fact("list", vec!["a", "b"]);
        let second = Event::new(NOW, Actor::system("intake"), codes::ALARMS_RECEIVED);
        let alarms = Op::AddAlarms(vec![alarm(&world.source.id, &format!("a {n}"))]);
        seq = backend.done(Changeset::new(event).and_event(second).with(alarms)).await.seq;
        let known = change(Op::SetIncident(incident(&world.node.id, 'f')));
        backend.store.commit(known).await.unwrap_err();
    }
    backend.done(change(Op::AddRequest(request(&world.incident, &world.person, 'a')))).await;
    seq + 1
}

/// Takes the triggers away first, as somebody with the database's password could.
async fn unlocked(backend: &Backend) {
    if backend.is_sqlite() {
        for what in ["update", "delete", "replace"] {
            backend.tamper(&format!("DROP TRIGGER audit_event_no_{what}")).await.unwrap();
        }
    } else {
        backend.tamper("ALTER TABLE audit_event DISABLE TRIGGER USER").await.unwrap();
    }
}

on_both! {
    the_chain_holds_after_mixed_work(backend) {
        let last = mixed(backend).await;
        let summary = verify(backend).await.unwrap();
        assert_eq!((summary.entries, summary.entries), (last, 26));
        assert_eq!(backend.store.audit_head().await.unwrap().0, last);
    }

    an_empty_trail_is_whole(backend) {
        assert_eq!(verify(backend).await.unwrap().entries, 0);
    }

    the_first_bad_entry_is_named(backend) {
        mixed(backend).await;
        unlocked(backend).await;
        let (text, bytes) = if backend.is_sqlite() {
            ("CAST(canonical AS TEXT)", "CAST({} AS BLOB)")
        } else {
            ("CONVERT_FROM(canonical, 'UTF8')", "CONVERT_TO({}, 'UTF8')")
        };
        let changed = bytes.replace("{}", &format!("REPLACE({text}, 'denied', 'ok')"));
        backend.tamper(&format!("UPDATE audit_event SET canonical = {changed} WHERE seq IN (8, 4)")).await.unwrap();
        assert_eq!(verify(backend).await.unwrap_err().seq, 4);
    }

    every_column_that_is_searched_is_checked(backend) {
        mixed(backend).await;
        unlocked(backend).await;
        for (column, value) in
            [("code", "'x'"), ("at", "at + 1"), ("incident_id", "'x'"), ("actor", "'x'"), ("hash", "REPLACE(hash, 'a', 'b')")]
        {
            backend.tamper("CREATE TABLE kept AS SELECT * FROM audit_event WHERE seq = 5").await.unwrap();
            backend.tamper(&format!("UPDATE audit_event SET {column} = {value} WHERE seq = 5")).await.unwrap();
            assert_eq!(verify(backend).await.unwrap_err().seq, 5, "{column}");
            backend.tamper("DELETE FROM audit_event WHERE seq = 5").await.unwrap();
            assert_eq!(verify(backend).await.unwrap_err().seq, 5, "dropped");
            backend.tamper("INSERT INTO audit_event SELECT * FROM kept").await.unwrap();
            backend.tamper("DROP TABLE kept").await.unwrap();
            verify(backend).await.unwrap();
        }
        backend.tamper("DELETE FROM audit_event WHERE seq > 20").await.unwrap();
        assert_eq!(verify(backend).await.unwrap_err().seq, 21, "cut off");
    }

    a_spoilt_entry_is_shown_and_does_not_hide_the_others(backend) {
        let last = mixed(backend).await;
        unlocked(backend).await;
        let nonsense = if backend.is_sqlite() { "x'ff00'" } else { "'\\xff00'" };
        backend.tamper(&format!("UPDATE audit_event SET canonical = {nonsense} WHERE seq = 3")).await.unwrap();
        let entries = backend.store.entries(&AuditFilter::default(), 100).await.unwrap();
        assert_eq!(entries.len() as i64, last);
        let spoilt = &entries[entries.len() - 3].0;
        assert_eq!((spoilt.seq, spoilt.event.actor.name.as_str()), (3, "unreadable"));
        assert_eq!(spoilt.event.outcome, EventOutcome::Unknown);
    }

    entries_are_found_by_what_is_asked(backend) {
        let world = World::new(backend).await;
        let (bob, _) = person("Bób");
        let actor = |id: &str, name: &str| Actor {
            kind: ActorKind::Person, id: id.to_owned(), name: name.to_owned(), address: None,
        };
        let other = incident(&world.node.id, 'b');
        let note = |actor: &Actor, code: &str, n: i64| Event::new(NOW.plus(n), actor.clone(), code);
        let bob_actor = actor(bob.id.as_str(), "BÓB");
        let eve = actor("eve-id", "eve_");
        backend.done(Changeset::new(note(&bob_actor, codes::INCIDENT_OPENED, 1).incident(&other.id)).with(Op::AddIncident(other.clone()))).await;
        backend.done(Changeset::new(note(&eve, codes::NOTE, 2).incident(&other.id))).await;
        backend.done(Changeset::new(note(&eve, codes::SIGN_IN, 3).outcome(EventOutcome::Denied))).await;
        let ask = async |filter: AuditFilter| -> Vec<(i64, Option<i64>)> {
            let found = backend.store.entries(&filter, 10).await.unwrap();
            found.into_iter().map(|(entry, number)| (entry.seq, number)).collect()
        };
        let all = AuditFilter::default();
        assert_eq!(ask(all.clone()).await, [(4, None), (3, Some(2)), (2, Some(2)), (1, None)]);
        assert_eq!(ask(AuditFilter { actor: " bób ".to_owned(), ..all.clone() }).await, [(2, Some(2))]);
        assert_eq!(ask(AuditFilter { actor: "EVE-id".to_owned(), ..all.clone() }).await.len(), 2);
        assert_eq!(ask(AuditFilter { actor: "eve%".to_owned(), ..all.clone() }).await, []);
        assert_eq!(ask(AuditFilter { code: "Incident.".to_owned(), ..all.clone() }).await, [(3, Some(2)), (2, Some(2)), (1, None)]);
        assert_eq!(ask(AuditFilter { code: "%".to_owned(), ..all.clone() }).await, []);
        assert_eq!(ask(AuditFilter { outcome: Some(EventOutcome::Denied), ..all.clone() }).await, [(4, None)]);
        assert_eq!(ask(AuditFilter { before: Some(3), ..all.clone() }).await, [(2, Some(2)), (1, None)]);
        assert_eq!(ask(AuditFilter { incident: Some(2), ..all.clone() }).await, [(3, Some(2)), (2, Some(2))]);
        assert_eq!(ask(AuditFilter { incident: Some(2), actor: "eve_".to_owned(), ..all.clone() }).await, [(3, Some(2))]);
        assert_eq!(ask(AuditFilter { incident: Some(9), ..all }).await, []);
        let of: Vec<i64> = backend.store.entries_of(&other.id, 9).await.unwrap().iter().map(|entry| entry.seq).collect();
        assert_eq!(of, [3, 2]);
        assert_eq!(
            backend.store.changes_after(2, 9).await.unwrap(),
            [(3, codes::NOTE.to_owned(), Some(other.id)), (4, codes::SIGN_IN.to_owned(), None)]
        );
    }
}
