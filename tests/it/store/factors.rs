//! Second factors and recovery codes: each use is taken once, whoever comes first.

use quell_core::{
    ids::mint,
    ports::{Reads as _, Thing},
};
use quell_domain::{
    changeset::Op,
    ids::{Digest, FactorId, PersonId},
    proof::{Factor, FactorKind, KeptFactor},
};

use super::{
    backend::{Backend, on_both},
    world::{NOW, change, person},
};

fn factor(person: &PersonId, kind: FactorKind) -> KeptFactor {
    let id = FactorId::new(mint());
    let handle = (kind == FactorKind::Passkey).then(|| Digest::of(id.as_str().as_bytes()));
    let factor = Factor {
        id,
        person: person.clone(),
        kind,
        name: "phone \u{202e}".to_owned(),
        added_at: NOW,
        last_used_at: None,
    };
    KeptFactor { factor, data: vec![0, 1, 255], handle, counter: 7 }
}

async fn somebody(backend: &Backend, login: &str) -> PersonId {
    let (person, account) = person(login);
    backend.done(change(Op::AddPerson(person.clone(), account))).await;
    person.id
}

async fn added(backend: &Backend, person: &PersonId, kind: FactorKind) -> KeptFactor {
    let kept = factor(person, kind);
    backend.done(change(Op::AddFactor(kept.clone()))).await;
    kept
}

on_both! {
    a_factor_is_read_back_as_written(backend) {
        let (ann, bob) = (somebody(backend, "ann").await, somebody(backend, "bob").await);
        backend.done(change(Op::ExpectNoFactor(ann.clone()))).await;
        let app = added(backend, &ann, FactorKind::Totp).await;
        let key = added(backend, &ann, FactorKind::Passkey).await;
        assert_eq!(backend.store.factors_of(&ann).await.unwrap(), [app.clone(), key.clone()]);
        assert!(backend.store.factors_of(&bob).await.unwrap().is_empty());
        backend.conflicts(change(Op::ExpectNoFactor(ann.clone())), Thing::Factor).await;
        // One passkey is one person's.
        let mut stolen = factor(&bob, FactorKind::Passkey);
        stolen.handle = key.handle.clone();
        backend.duplicates(change(Op::AddFactor(stolen)), Thing::Factor).await;
        backend.conflicts(change(Op::AddFactor(factor(&PersonId::new("nobody"), FactorKind::Totp))), Thing::Factor).await;

        let rename = |person: &PersonId, name: &str| Op::RenameFactor {
            person: person.clone(),
            factor: app.factor.id.clone(),
            name: name.to_owned(),
        };
        backend.done(change(rename(&ann, "new"))).await;
        backend.conflicts(change(rename(&bob, "mine")), Thing::Factor).await;
        assert_eq!(backend.store.factors_of(&ann).await.unwrap()[0].factor.name, "new");
        let remove = |person: &PersonId| Op::RemoveFactor { person: person.clone(), factor: app.factor.id.clone() };
        backend.conflicts(change(remove(&bob)), Thing::Factor).await;
        backend.done(change(remove(&ann))).await;
        backend.conflicts(change(remove(&ann)), Thing::Factor).await;
        assert_eq!(backend.store.factors_of(&ann).await.unwrap(), [key]);
    }

    a_step_is_taken_once_and_never_an_older_one(backend) {
        let ann = somebody(backend, "ann").await;
        let app = added(backend, &ann, FactorKind::Totp).await;
        let key = added(backend, &ann, FactorKind::Passkey).await;
        let take = |kept: &KeptFactor, step| change(Op::UseTotp { factor: kept.factor.id.clone(), step, at: NOW.plus(step) });
        for old in [6, 7] {
            backend.conflicts(take(&app, old), Thing::Factor).await;
        }
        backend.done(take(&app, 9)).await;
        for old in [8, 9] {
            backend.conflicts(take(&app, old), Thing::Factor).await;
        }
        backend.conflicts(take(&key, 10), Thing::Factor).await;
        let kept = &backend.store.factors_of(&ann).await.unwrap()[0];
        assert_eq!((kept.counter, kept.factor.last_used_at), (9, Some(NOW.plus(9))));
    }

    a_challenge_is_answered_once_and_counts_grow(backend) {
        let ann = somebody(backend, "ann").await;
        let mut silent = factor(&ann, FactorKind::Passkey);
        silent.counter = 0;
        backend.done(change(Op::AddFactor(silent.clone()))).await;
        let counting = added(backend, &ann, FactorKind::Passkey).await;
        let app = added(backend, &ann, FactorKind::Totp).await;
        let answer = |kept: &KeptFactor, counter, challenge: &str| {
            change(Op::UsePasskey {
                factor: kept.factor.id.clone(),
                data: challenge.as_bytes().to_vec(),
                counter,
                challenge: Digest::of(challenge.as_bytes()),
                at: NOW,
            })
        };
        backend.done(answer(&silent, 0, "one")).await;
        backend.conflicts(answer(&silent, 0, "one"), Thing::Factor).await;
        backend.done(answer(&silent, 0, "two")).await;
        backend.conflicts(answer(&counting, 7, "one"), Thing::Factor).await;
        backend.conflicts(answer(&counting, 0, "one"), Thing::Factor).await;
        backend.done(answer(&counting, 8, "one")).await;
        backend.conflicts(answer(&counting, 9, "one"), Thing::Factor).await;
        backend.conflicts(answer(&app, 9, "one"), Thing::Factor).await;
        assert_eq!(backend.store.factors_of(&ann).await.unwrap().iter().find(|kept| kept.counter == 8).unwrap().data, b"one");
    }

    recovery_codes_work_once_and_a_new_set_replaces_the_old(backend) {
        let (ann, bob) = (somebody(backend, "ann").await, somebody(backend, "bob").await);
        let app = added(backend, &ann, FactorKind::Totp).await;
        let set = |codes: [&str; 2]| change(Op::SetRecovery {
            person: ann.clone(),
            codes: codes.map(|code| Digest::of(code.as_bytes())).to_vec(),
            at: NOW,
        });
        let redeem = |person: &PersonId, code: &str| {
            change(Op::UseRecovery { person: person.clone(), code: Digest::of(code.as_bytes()), at: NOW })
        };
        let left = async || backend.store.recovery_left(&ann).await.unwrap();
        let kept = async |by: &str| backend.store.is_proof_kept(&ann, by).await.unwrap();
        backend.done(set(["a", "b"])).await;
        assert_eq!(left().await, 2);
        let a = Digest::of(b"a");
        assert!(!kept(a.as_str()).await, "a code that nobody used proves nothing");
        backend.conflicts(redeem(&bob, "a"), Thing::RecoveryCode).await;
        backend.done(redeem(&ann, "a")).await;
        backend.conflicts(redeem(&ann, "a"), Thing::RecoveryCode).await;
        assert!(kept(a.as_str()).await && kept(app.factor.id.as_str()).await && !kept("other\0").await);
        assert!(!backend.store.is_proof_kept(&bob, a.as_str()).await.unwrap(), "of another person");
        backend.done(set(["c", "d"])).await;
        assert_eq!(left().await, 2);
        backend.conflicts(redeem(&ann, "b"), Thing::RecoveryCode).await;
        assert!(kept(a.as_str()).await, "a proof outlives a new set");
        // With the last factor go the codes that stand in for it.
        backend.done(change(Op::RemoveFactor { person: ann.clone(), factor: app.factor.id.clone() })).await;
        assert_eq!(left().await, 0);
        assert!(!kept(app.factor.id.as_str()).await);
    }

    clearing_takes_everything_and_ends_sessions(backend) {
        let (ann, bob) = (somebody(backend, "ann").await, somebody(backend, "bob").await);
        for person in [&ann, &bob] {
            added(backend, person, FactorKind::Totp).await;
            added(backend, person, FactorKind::Passkey).await;
            let codes = vec![Digest::of(person.as_str().as_bytes())];
            backend.done(change(Op::SetRecovery { person: person.clone(), codes, at: NOW })).await;
            let sql = format!("INSERT INTO web_session (id, person_id, data, expires_at, touched_at) VALUES ('{person}', '{person}', '{{}}', 1, 1)");
            backend.tamper(&sql).await.unwrap();
        }
        backend.done(change(Op::ClearFactors(ann.clone()))).await;
        assert!(backend.store.factors_of(&ann).await.unwrap().is_empty());
        assert_eq!(backend.store.recovery_left(&ann).await.unwrap(), 0);
        assert_eq!(backend.texts("SELECT person_id FROM web_session").await, [bob.to_string()]);
        assert_eq!((backend.store.factors_of(&bob).await.unwrap().len(), backend.store.recovery_left(&bob).await.unwrap()), (2, 1));
        backend.done(change(Op::ClearFactors(ann))).await;
    }
}
