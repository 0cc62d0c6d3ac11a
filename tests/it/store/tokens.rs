//! Tokens of people's scripts.

use quell_core::ports::{Bookkeeping as _, Reads as _, Thing};
use quell_domain::{
    changeset::Op,
    ids::{Digest, PersonId, TokenId},
    people::Person,
    policy::Permission,
    time::{DAY, MINUTE, SECOND},
    token::ApiToken,
};

use super::{
    backend::{Backend, on_both},
    world::{NOW, change, person},
};

fn token(person: &Person, name: &str) -> ApiToken {
    ApiToken {
        id: TokenId::new(quell_core::ids::mint()),
        person: person.id.clone(),
        name: name.to_owned(),
        scopes: vec![Permission::ReadAudit, Permission::Triage],
        created_at: NOW,
        expires_at: NOW.plus(DAY),
        last_used_at: None,
        last_used_from: None,
        revoked_at: None,
    }
}

fn hash(secret: &str) -> Digest {
    Digest::of(secret.as_bytes())
}

async fn somebody(backend: &Backend, login: &str) -> Person {
    let (person, account) = person(login);
    backend.done(change(Op::AddPerson(person.clone(), account))).await;
    person
}

on_both! {
    a_token_is_read_back_as_written(backend) {
        let (ann, bob) = (somebody(backend, "ann").await, somebody(backend, "bob").await);
        let mut first = token(&ann, "nul \0 and \u{202e}");
        let second = ApiToken { created_at: NOW.plus(SECOND), ..token(&ann, "second") };
        let bobs = token(&bob, "bobs");
        for (token, secret) in [(&first, "one"), (&second, "two"), (&bobs, "three")] {
            backend.done(change(Op::AddToken(token.clone(), hash(secret)))).await;
        }
        first.name = "nul \u{2400} and \u{202e}".to_owned();
        assert_eq!(backend.store.tokens_of(&ann.id).await.unwrap(), [second.clone(), first.clone()], "newest first");
        assert_eq!(backend.store.tokens().await.unwrap().len(), 3);
        assert_eq!(backend.store.token_by_hash(&hash("one")).await.unwrap(), Some((first, ann)));
        assert_eq!(backend.store.token_by_hash(&hash("four")).await.unwrap(), None);
        backend.duplicates(change(Op::AddToken(token(&bob, "again"), hash("one"))), Thing::Token).await;
        let nobodys = ApiToken { person: PersonId::new("nobody"), ..token(&bob, "x") };
        backend.conflicts(change(Op::AddToken(nobodys, hash("five"))), Thing::Token).await;
    }

    a_token_is_revoked_once(backend) {
        let ann = somebody(backend, "ann").await;
        let one = token(&ann, "one");
        backend.done(change(Op::AddToken(one.clone(), hash("one")))).await;
        backend.conflicts(change(Op::RevokeToken(TokenId::new("none"), NOW)), Thing::Token).await;
        backend.done(change(Op::RevokeToken(one.id.clone(), NOW.plus(1)))).await;
        let (found, _) = backend.store.token_by_hash(&hash("one")).await.unwrap().unwrap();
        assert_eq!(found.revoked_at, Some(NOW.plus(1)));
        backend.conflicts(change(Op::RevokeToken(one.id, NOW.plus(2))), Thing::Token).await;
    }

    all_good_tokens_of_one_person_end(backend) {
        let (ann, bob) = (somebody(backend, "ann").await, somebody(backend, "bob").await);
        let old = ApiToken { expires_at: NOW, ..token(&ann, "old") };
        for (token, secret) in [(token(&ann, "one"), "1"), (token(&ann, "two"), "2"), (old, "3"), (token(&bob, "b"), "4")] {
            backend.done(change(Op::AddToken(token, hash(secret)))).await;
        }
        let at = NOW.plus(5);
        // Nobody's tokens can be ended as well: nothing has to be there.
        backend.done(change(Op::EndTokens(ann.id.clone(), at)).with(Op::EndTokens(PersonId::new("nobody"), at))).await;
        let mut ended: Vec<(String, bool)> = backend
            .store
            .tokens()
            .await
            .unwrap()
            .into_iter()
            .map(|token| (token.name, token.revoked_at == Some(at)))
            .collect();
        ended.sort();
        let named = |name: &str, ended| (name.to_owned(), ended);
        assert_eq!(ended, [named("b", false), named("old", false), named("one", true), named("two", true)]);
    }

    its_use_is_written_once_a_minute(backend) {
        let ann = somebody(backend, "ann").await;
        let one = token(&ann, "one");
        backend.done(change(Op::AddToken(one.clone(), hash("one")))).await;
        let used = async |at, from| {
            backend.store.token_used(&one.id, Some(from), at).await.unwrap();
            let (found, _) = backend.store.token_by_hash(&hash("one")).await.unwrap().unwrap();
            (found.last_used_at.unwrap(), found.last_used_from.unwrap())
        };
        assert_eq!(used(NOW, "10.0.0.1").await, (NOW, "10.0.0.1".to_owned()));
        assert_eq!(used(NOW.plus(59 * SECOND), "10.0.0.2").await, (NOW, "10.0.0.1".to_owned()));
        assert_eq!(used(NOW.plus(MINUTE), "10.0.0.2").await, (NOW.plus(MINUTE), "10.0.0.2".to_owned()));
        // The clock was set back.
        assert_eq!(used(NOW, "10.0.0.3").await, (NOW, "10.0.0.3".to_owned()));
    }

    a_secret_is_nowhere_in_the_database(backend) {
        let ann = somebody(backend, "ann").await;
        backend.done(change(Op::AddToken(token(&ann, "one"), hash("qk_the-secret")))).await;
        for (table, rows) in backend.snapshot().await {
            assert!(rows.iter().all(|row| !row.contains("the-secret")), "{table}");
        }
    }
}
