//! Tokens: who stands behind one, what it may, and how it ends.

use quell_core::{
    Caller, Grant,
    grant::may::{ManagePeople, OwnAccount, ReadAudit, ReadIncidents, Triage},
    usecase::tokens::NewToken,
};
use quell_domain::{
    Code, Problem,
    ids::Digest,
    people::{Account, Person},
    policy::Role,
    time::{DAY, HOUR, MINUTE},
    token::ApiToken,
};

use super::{House, add, grant, session, told};
use crate::store::backend::on_both;

fn asked(name: &str, scope: &str, password: &str) -> NewToken {
    NewToken { name: name.to_owned(), scope: scope.to_owned(), days: String::new(), password: password.into() }
}

async fn make(house: &House, who: &(Person, Account), scope: &str) -> (ApiToken, Caller) {
    let own = grant::<OwnAccount>(house, who).await;
    let (token, secret) = house.portal.create_token(own, asked("backup", scope, "right")).await.unwrap();
    (token, by(&secret))
}

fn by(secret: &str) -> Caller {
    Caller::Token { hash: Digest::of(secret.as_bytes()), address: Some("10.9.9.9".to_owned()) }
}

fn code<T>(answer: Result<T, Problem>) -> Option<Code> {
    answer.err().map(|problem| problem.code)
}

on_both! {
    a_token_is_its_person_and_no_more(backend) {
        let house = House::on(backend);
        let ann = add(backend, "ann", Role::ALL).await;
        let (token, script) = make(&house, &ann, "read").await;
        assert_eq!(token.expires_at, token.created_at.plus(30 * DAY));
        let reads: Grant<ReadIncidents> = house.portal.authorise(&script).await.unwrap();
        assert!(reads.by_token());
        assert_eq!((reads.person(), reads.actor().name), (Some(&ann.0.id), ann.0.name.clone()));
        assert_eq!(reads.actor().address.as_deref(), Some("10.9.9.9 by token backup"));
        assert!(!grant::<ReadIncidents>(&house, &ann).await.by_token());
        assert!(house.portal.authorise::<ReadAudit>(&script).await.is_ok());
        // Its person may; the token may not.
        let narrow = house.portal.authorise::<Triage>(&script).await.unwrap_err();
        assert_eq!(narrow.code, Code::Forbidden);
        assert!(narrow.message.starts_with("This token may not triage incidents: it may only see incidents,"), "{narrow}");
        for never in [code(house.portal.authorise::<ManagePeople>(&script).await), code(house.portal.authorise::<OwnAccount>(&script).await)] {
            assert_eq!(never, Some(Code::Forbidden));
        }
        let entries = told(backend, "permission.denied").await;
        assert_eq!(entries.len(), 3, "{entries:?}");
        assert!(entries.iter().all(|entry| entry.contains("by token backup")), "{entries:?}");
    }

    a_role_that_is_taken_away_is_taken_from_the_token(backend) {
        let house = House::on(backend);
        let admin = add(backend, "adm", &[Role::Admin]).await;
        let ann = add(backend, "ann", &[Role::Analyst, Role::Auditor]).await;
        let (_, script) = make(&house, &ann, "respond").await;
        assert!(house.portal.authorise::<Triage>(&script).await.is_ok());
        house.portal.set_roles(grant(&house, &admin).await, ann.0.id.clone(), vec![Role::Auditor]).await.unwrap();
        assert_eq!(code(house.portal.authorise::<Triage>(&script).await), Some(Code::Forbidden));
        assert!(house.portal.authorise::<ReadAudit>(&script).await.is_ok());
        // And one that comes later is not in it.
        let (_, script) = make(&house, &ann, "respond").await;
        house.portal.set_roles(grant(&house, &admin).await, ann.0.id.clone(), vec![Role::Analyst]).await.unwrap();
        assert_eq!(code(house.portal.authorise::<Triage>(&script).await), Some(Code::Forbidden));
    }

    a_token_ends_with_its_time_its_person_and_its_password(backend) {
        let house = House::on(backend);
        let admin = add(backend, "adm", &[Role::Admin]).await;
        let ann = add(backend, "ann", &[Role::Analyst]).await;
        let works = async |script: &Caller| code(house.portal.authorise::<ReadIncidents>(script).await);
        let (token, script) = make(&house, &ann, "read").await;
        assert_eq!(works(&script).await, None);
        house.portal.revoke_token(grant(&house, &ann).await, &token.id).await.unwrap();
        assert_eq!(works(&script).await, Some(Code::Unauthenticated));
        assert_eq!(code(house.portal.revoke_token(grant(&house, &ann).await, &token.id).await), Some(Code::Conflict));

        let (_, script) = make(&house, &ann, "read").await;
        house.portal.revoke_tokens_of(grant(&house, &admin).await, &ann.0.id).await.unwrap();
        assert_eq!(works(&script).await, Some(Code::Unauthenticated));

        let (_, script) = make(&house, &ann, "read").await;
        house.portal.disable_person(grant(&house, &admin).await, ann.0.id.clone()).await.unwrap();
        assert_eq!(works(&script).await, Some(Code::Unauthenticated));
        house.portal.enable_person(grant(&house, &admin).await, ann.0.id.clone()).await.unwrap();
        assert_eq!(works(&script).await, Some(Code::Unauthenticated), "it does not come back");

        let (_, script) = make(&house, &ann, "read").await;
        let own = grant::<OwnAccount>(&house, &ann).await;
        house.portal.change_password(own, "right".into(), "correct horse battery".into()).await.unwrap();
        assert_eq!(works(&script).await, Some(Code::Unauthenticated));

        let bob = add(backend, "bob", &[Role::Analyst]).await;
        let (_, script) = make(&house, &bob, "read").await;
        house.portal.reset_password(grant(&house, &admin).await, bob.0.id.clone()).await.unwrap();
        assert_eq!(works(&script).await, Some(Code::Unauthenticated));

        let cat = add(backend, "cat", &[Role::Analyst]).await;
        let (_, script) = make(&house, &cat, "read").await;
        house.clock.pass(30 * DAY - 1);
        assert_eq!(works(&script).await, None);
        house.clock.pass(1);
        assert_eq!(works(&script).await, Some(Code::Unauthenticated));
        let refused = told(backend, "token.refused").await;
        assert!(refused.iter().any(|entry| entry.contains("has expired") && entry.contains("by token backup")), "{refused:?}");
    }

    nobody_ends_another_ones_token_without_being_admin(backend) {
        let house = House::on(backend);
        let (ann, bob) = (add(backend, "ann", &[Role::Analyst]).await, add(backend, "bob", &[Role::Analyst]).await);
        let (token, script) = make(&house, &ann, "read").await;
        assert_eq!(code(house.portal.revoke_token(grant(&house, &bob).await, &token.id).await), Some(Code::NotFound));
        assert!(house.portal.my_tokens(grant(&house, &bob).await).await.unwrap().tokens.is_empty());
        assert!(house.portal.standing(&script).await.unwrap());
    }

    making_one_needs_the_password(backend) {
        let house = House::on(backend);
        let ann = add(backend, "ann", &[Role::Analyst]).await;
        for n in 0..6 {
            let own = grant::<OwnAccount>(&house, &ann).await;
            let problem = house.portal.create_token(own, asked("x", "read", "wrong")).await.unwrap_err();
            let (code, field) = (problem.code, problem.fields.first().map(|field| field.field.as_str()));
            let wanted = if n < 5 { (Code::Invalid, Some("password")) } else { (Code::Throttled, None) };
            assert_eq!((code, field), wanted, "{n}");
        }
        let tries = told(backend, "token.created").await;
        assert!(tries.len() == 5 && tries.iter().all(|entry| entry.contains("\"outcome\":\"denied\"")), "{tries:?}");
        assert!(house.portal.my_tokens(grant(&house, &ann).await).await.unwrap().tokens.is_empty());
    }

    what_nobody_has_is_slowed_down_and_what_is_good_is_not(backend) {
        let house = House::on(backend);
        let ann = add(backend, "ann", &[Role::Analyst]).await;
        let (_, script) = make(&house, &ann, "read").await;
        let mut codes = Vec::new();
        for n in 0..100 {
            codes.extend(code(house.portal.standing(&by(&format!("qk_{n}"))).await));
        }
        assert_eq!(codes.iter().filter(|code| **code == Code::Unauthenticated).count(), 30);
        assert_eq!(codes.iter().filter(|code| **code == Code::Throttled).count(), 70);
        assert!(house.portal.standing(&script).await.unwrap(), "from the same address");
        let entries = told(backend, "token.refused").await.len() + told(backend, "session.throttled").await.len();
        assert!(entries < 15, "the trail is not filled: {entries}");
        house.clock.pass(HOUR);
        assert_eq!(code(house.portal.standing(&by("qk_1")).await), Some(Code::Unauthenticated));
    }

    its_last_use_is_listed(backend) {
        let house = House::on(backend);
        let ann = add(backend, "ann", &[Role::Analyst]).await;
        let (token, script) = make(&house, &ann, "read").await;
        let listed = async || house.portal.my_tokens(grant(&house, &ann).await).await.unwrap().tokens.remove(0);
        assert_eq!(listed().await.last_used_at, None);
        house.clock.pass(MINUTE);
        assert!(house.portal.standing(&script).await.unwrap());
        house.clock.pass(MINUTE - 1);
        assert!(house.portal.standing(&script).await.unwrap());
        let used = listed().await;
        assert_eq!((used.last_used_at, used.last_used_from.as_deref()), (Some(token.created_at.plus(MINUTE)), Some("10.9.9.9")));
        // An ended one stays on the list for a while.
        house.portal.revoke_token(grant(&house, &ann).await, &token.id).await.unwrap();
        house.clock.pass(29 * DAY);
        assert!(listed().await.revoked_at.is_some());
        house.clock.pass(2 * DAY);
        assert!(house.portal.my_tokens(grant(&house, &ann).await).await.unwrap().tokens.is_empty());
    }

    nobody_has_more_than_fifty(backend) {
        let house = House::on(backend);
        let ann = add(backend, "ann", &[Role::Analyst]).await;
        for _ in 0..50 {
            make(&house, &ann, "read").await;
        }
        let own = grant::<OwnAccount>(&house, &ann).await;
        assert_eq!(code(house.portal.create_token(own, asked("x", "read", "right")).await), Some(Code::Conflict));
    }

    a_session_that_is_of_no_use_makes_none(backend) {
        let house = House::on(backend);
        let ann = add(backend, "ann", &[Role::Analyst]).await;
        let own = grant::<OwnAccount>(&house, &ann).await;
        let admin = add(backend, "adm", &[Role::Admin]).await;
        house.portal.disable_person(grant::<ManagePeople>(&house, &admin).await, ann.0.id.clone()).await.unwrap();
        assert_eq!(code(house.portal.create_token(own, asked("x", "read", "right")).await), Some(Code::Conflict));
        assert!(!house.portal.standing(&session(&ann)).await.unwrap());
    }
}
