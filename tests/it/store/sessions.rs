//! Sign-ins: kept under a hash, ended at once, touched rarely.

use std::collections::HashMap;

use quell_core::ids::mint;
use quell_domain::{changeset::Op, ids::Digest};
use quell_store::tower_sessions::{
    SessionStore as _,
    cookie::time::{Duration, OffsetDateTime},
    session::{Id, Record},
};
use serde_json::{Value, json};

use super::{
    backend::{Backend, on_both},
    world::{NOW, change, person},
};

fn record(person: &str) -> Record {
    // Whole microseconds, as the database keeps them.
    let end = OffsetDateTime::now_utc().replace_nanosecond(123_456_000).unwrap() + Duration::minutes(30);
    let data: HashMap<String, Value> = [
        ("person".to_owned(), json!(person)),
        ("login".to_owned(), json!("alice")),
        ("flash".to_owned(), json!({"notice": "nul \u{0} and \u{202e}"})),
    ]
    .into();
    Record { id: Id::default(), data, expiry_date: end }
}

async fn touched(backend: &Backend) -> Vec<String> {
    backend.texts("SELECT CAST(touched_at AS TEXT) FROM web_session").await
}

on_both! {
    a_session_comes_back_whole(backend) {
        let sessions = backend.store.sessions();
        let mut alice = record("p-1");
        sessions.create(&mut alice).await.unwrap();
        assert_eq!(sessions.load(&alice.id).await.unwrap(), Some(alice.clone()));
        alice.data.insert("more".to_owned(), json!([1, 2]));
        alice.expiry_date += Duration::minutes(1);
        sessions.save(&alice).await.unwrap();
        assert_eq!(sessions.load(&alice.id).await.unwrap(), Some(alice.clone()));
        sessions.delete(&alice.id).await.unwrap();
        assert_eq!(sessions.load(&alice.id).await.unwrap(), None);
    }

    the_cookie_value_is_nowhere_in_the_database(backend) {
        let sessions = backend.store.sessions();
        let mut alice = record("p-1");
        sessions.create(&mut alice).await.unwrap();
        let raw = alice.id.to_string();
        assert!(raw.len() >= 20, "the cookie holds a long random value");
        for (table, rows) in backend.snapshot().await {
            for row in rows {
                assert!(!row.contains(&raw) && !row.contains(&alice.id.0.to_string()), "{table}: {row}");
            }
        }
        assert_eq!(backend.texts("SELECT id FROM web_session").await, [Digest::of(raw.as_bytes()).to_string()]);
    }

    an_ended_session_stays_ended(backend) {
        let sessions = backend.store.sessions();
        let ((alice, account), (bob, bobs)) = (person("alice"), person("bob"));
        let add = change(Op::AddPerson(alice.clone(), account.clone())).with(Op::AddPerson(bob.clone(), bobs));
        backend.done(add).await;
        let (mut first, mut second) = (record(alice.id.as_str()), record(alice.id.as_str()));
        let (mut third, mut other) = (record(bob.id.as_str()), record("p-2"));
        for one in [&mut first, &mut second, &mut third, &mut other] {
            sessions.create(one).await.unwrap();
        }
        backend.done(change(Op::SetPassword(account.id, "another".to_owned()))).await;
        assert!(sessions.load(&third.id).await.unwrap().is_some(), "another person's");
        backend.done(change(Op::SetDisabled(bob.id, Some(NOW)))).await;
        assert_eq!(sessions.load(&third.id).await.unwrap(), None);
        // A request that was under way saves what it had loaded.
        first.data.insert("more".to_owned(), json!(1));
        sessions.save(&first).await.unwrap();
        assert_eq!(sessions.load(&first.id).await.unwrap(), None);
        assert_eq!(sessions.load(&second.id).await.unwrap(), None);
        assert_eq!(sessions.load(&other.id).await.unwrap(), Some(other));
    }

    an_expired_session_is_none(backend) {
        let sessions = backend.store.sessions();
        let mut old = record("p-1");
        old.expiry_date = OffsetDateTime::now_utc() - Duration::seconds(1);
        sessions.create(&mut old).await.unwrap();
        assert_eq!(sessions.load(&old.id).await.unwrap(), None);
        // The next sign-in clears it away.
        sessions.create(&mut record("p-2")).await.unwrap();
        assert_eq!(backend.texts("SELECT person_id FROM web_session").await, ["p-2"]);
    }

    looking_at_pages_writes_once_a_minute(backend) {
        let sessions = backend.store.sessions();
        let mut alice = record("p-1");
        sessions.create(&mut alice).await.unwrap();
        let created = touched(backend).await;
        for _ in 0..5 {
            alice.expiry_date += Duration::seconds(1);
            sessions.save(&alice).await.unwrap();
        }
        assert_eq!(touched(backend).await, created);
        // A minute later its end moves.
        backend.tamper("UPDATE web_session SET touched_at = touched_at - 61000000").await.unwrap();
        sessions.save(&alice).await.unwrap();
        assert!(touched(backend).await > created);
        assert_eq!(sessions.load(&alice.id).await.unwrap(), Some(alice));
    }

    equal_ids_never_share_a_session(backend) {
        let sessions = backend.store.sessions();
        let mut first = record("p-1");
        sessions.create(&mut first).await.unwrap();
        let mut second = record(&mint());
        second.id = first.id;
        sessions.create(&mut second).await.unwrap();
        assert_ne!(first.id, second.id);
        assert_eq!(sessions.load(&first.id).await.unwrap(), Some(first));
        assert_eq!(sessions.load(&second.id).await.unwrap(), Some(second));
    }
}
