//! The fresh proof, with a clock that is moved by hand: how long it holds, what ends it, and that nothing proves twice.

use futures::future::join_all;
use quell_core::{
    Caller, Grant,
    grant::may::{ManagePeople, OwnAccount},
    totp,
    usecase::{changes::Outcome, proof::Pending},
};
use quell_domain::{
    Code, Problem, Timestamp,
    people::{Account, Person},
    policy::Role,
    proof::{Proof, ProofMethod, STEP_SECONDS},
    time::{MINUTE, SECOND},
};

use serde_json::json;

use super::{House, add, grant, proven, told};
use crate::store::backend::{Backend, on_both};

type Who = (Person, Account);

fn step(now: Timestamp) -> i64 {
    now.0 / (STEP_SECONDS * SECOND)
}

async fn own(house: &House, who: &Who, proof: Option<&Proof>) -> Grant<OwnAccount> {
    house.portal.authorise(&proven(who, proof.cloned())).await.unwrap()
}

async fn begun(house: &House, who: &Who, proof: Option<&Proof>) -> Result<Pending, Problem> {
    house.portal.begin_code_app(own(house, who, proof).await, "right".into(), "phone").await
}

/// Adds a code app; gives its secret and the proof that comes with it. The code of this step is then used up.
async fn with_app(house: &House, who: &Who, proof: Option<&Proof>) -> (Vec<u8>, Proof) {
    let pending = begun(house, who, proof).await.unwrap();
    let page = house.portal.code_app(&own(house, who, None).await, Some(pending.clone())).unwrap().unwrap();
    let secret = totp::from_letters(&page.secret).unwrap();
    let code = totp::code(&secret, step(house.portal.now()));
    let given = house.portal.add_code_app(own(house, who, proof).await, Some(pending), &code).await.unwrap();
    (secret, given)
}

async fn prove(house: &House, who: &Who, password: &str, code: &str) -> Result<Proof, Problem> {
    house.portal.prove(own(house, who, None).await, password.into(), code.to_owned().into()).await
}

fn code_of<T: std::fmt::Debug>(answer: Result<T, Problem>) -> Option<Code> {
    answer.err().map(|problem| problem.code)
}

async fn ann(backend: &Backend) -> (House, Who) {
    (House::on(backend), add(backend, "ann", &[Role::Analyst]).await)
}

on_both! {
    a_proof_holds_for_five_minutes(backend) {
        let (house, ann) = ann(backend).await;
        let (secret, _) = with_app(&house, &ann, None).await;
        assert_eq!(code_of(own(&house, &ann, None).await.fresh(house.portal.now())), Some(Code::StepUp), "a password alone is no proof");
        house.clock.pass(30 * SECOND);
        let given = prove(&house, &ann, "right", &totp::code(&secret, step(house.portal.now()))).await.unwrap();
        let fresh = async || own(&house, &ann, Some(&given)).await.fresh(house.portal.now());
        assert_eq!(fresh().await.unwrap(), given);
        house.clock.pass(5 * MINUTE - 1);
        assert_eq!(fresh().await.unwrap().method, ProofMethod::Totp);
        let kept = own(&house, &ann, Some(&given)).await;
        house.clock.pass(1);
        assert_eq!(code_of(kept.fresh(house.portal.now())), Some(Code::StepUp), "also of a grant made before");
        assert_eq!(code_of(fresh().await), Some(Code::StepUp));
        assert_eq!(told(backend, "proof.given").await.len(), 2, "one with the app, one by itself");
        let operator: Grant<OwnAccount> = house.portal.authorise(&Caller::Operator).await.unwrap();
        assert_eq!(code_of(operator.fresh(house.portal.now())), Some(Code::StepUp));
    }

    a_code_is_taken_once_even_by_twenty_at_the_same_time(backend) {
        let (house, ann) = ann(backend).await;
        let (secret, _) = with_app(&house, &ann, None).await;
        let now = step(house.portal.now());
        let next = totp::code(&secret, now + 1);
        let grants = join_all((0..20).map(|_| own(&house, &ann, None))).await;
        let tries = grants.into_iter().map(|grant| {
            let (portal, code) = (house.portal.clone(), next.clone());
            tokio::spawn(async move { portal.prove(grant, "right".into(), code.into()).await })
        });
        let given = join_all(tries).await.into_iter().filter(|answer| answer.as_ref().unwrap().is_ok()).count();
        assert_eq!(given, 1);
        assert_eq!(told(backend, "proof.given").await.len(), 2, "one with the app, one by itself");
    }

    a_code_counts_for_its_time_and_once(backend) {
        let (house, ann) = ann(backend).await;
        let (secret, _) = with_app(&house, &ann, None).await;
        let now = step(house.portal.now());
        let answer = async |password: &str, step| code_of(prove(&house, &ann, password, &totp::code(&secret, step)).await);
        assert_eq!(answer("right", now).await, Some(Code::Invalid), "it was added with this one");
        assert_eq!(answer("right", now + 2).await, Some(Code::Invalid), "too early");
        assert_eq!(answer("wrong", now + 1).await, Some(Code::Invalid), "which does not use it up");
        assert_eq!(answer("right", now + 1).await, None);
        assert_eq!(answer("right", now + 1).await, Some(Code::Invalid), "it was taken");
        house.clock.pass(5 * MINUTE);
        assert_eq!(answer("right", now + 8).await, Some(Code::Invalid), "too late");
        assert_eq!(answer("right", now + 9).await, None);
    }

    wrong_proofs_are_refused_with_one_sentence_counted_and_told(backend) {
        let (house, ann) = ann(backend).await;
        let (secret, _) = with_app(&house, &ann, None).await;
        house.clock.pass(MINUTE);
        let right = totp::code(&secret, step(house.portal.now()));
        let mut said = Vec::new();
        for (password, code) in [("wrong", right.as_str()), ("right", "000000"), ("right", "x"), ("wrong", "x"), ("right", "aaaaaa-aaaaaa-aaaaaa-aaaaaa")] {
            said.push(prove(&house, &ann, password, code).await.unwrap_err());
        }
        assert!(said.windows(2).all(|two| two[0] == two[1]), "{said:?}");
        assert_eq!(told(backend, "proof.refused").await.len(), 5);
        for _ in 0..8 {
            assert_eq!(code_of(prove(&house, &ann, "right", &right).await), Some(Code::Throttled), "also what is right");
        }
        assert_eq!(told(backend, "proof.throttled").await.len(), 4, "1, 2, 4 and 8");
        assert_eq!(told(backend, "session.throttled").await.len(), 0);
        house.clock.pass(2 * SECOND);
        assert!(prove(&house, &ann, "right", &totp::code(&secret, step(house.portal.now()))).await.is_ok());
        house.clock.pass(MINUTE);
        assert_eq!(code_of(prove(&house, &ann, "right", "000000").await), Some(Code::Invalid), "begun anew");
    }

    many_addresses_do_not_help_who_guesses_codes(backend) {
        let (house, ann) = ann(backend).await;
        with_app(&house, &ann, None).await;
        let mut looked_at = 0;
        for n in 0..60 {
            let Caller::Session { person, account, login, password, proof, .. } = proven(&ann, None) else { panic!() };
            let caller = Caller::Session { person, account, login, password, proof, address: Some(format!("10.0.0.{n}")) };
            let grant = house.portal.authorise(&caller).await.unwrap();
            let answer = house.portal.prove(grant, "right".into(), "000000".to_owned().into()).await;
            looked_at += usize::from(code_of(answer) == Some(Code::Invalid));
        }
        assert_eq!(looked_at, 20);
        assert_eq!(code_of(prove(&house, &ann, "right", "000000").await), Some(Code::Throttled), "everywhere");
        // A passkey is not guessed, and is looked at all the same: here it is the made-up challenge that is no good.
        let pending = json!({ "begun_at": house.portal.now(), "proved": false, "name": "", "what": "made up" });
        let pending = serde_json::from_value(pending).unwrap();
        let answer = house.portal.prove_by_passkey(own(&house, &ann, None).await, Some(pending), "{}").await;
        assert_eq!(code_of(answer), Some(Code::Unavailable));
    }

    a_stolen_session_with_the_password_adds_no_factor(backend) {
        let (house, ann) = ann(backend).await;
        // Begun by the thief while there was none.
        let early = begun(&house, &ann, None).await.unwrap();
        let page = house.portal.code_app(&own(&house, &ann, None).await, Some(early.clone())).unwrap().unwrap();
        let (secret, _) = with_app(&house, &ann, None).await;
        assert_eq!(code_of(begun(&house, &ann, None).await), Some(Code::StepUp));
        let asked = house.portal.begin_passkey(own(&house, &ann, None).await, "right".into(), "key").await;
        assert_eq!(code_of(asked), Some(Code::StepUp));
        let code = totp::code(&totp::from_letters(&page.secret).unwrap(), step(house.portal.now()));
        let late = house.portal.add_code_app(own(&house, &ann, None).await, Some(early), &code).await;
        assert_eq!(code_of(late), Some(Code::Conflict), "it was to be the first");
        // With a fresh proof a second one is added, and stays within its bounds.
        house.clock.pass(30 * SECOND);
        let mut proof = prove(&house, &ann, "right", &totp::code(&secret, step(house.portal.now()))).await.unwrap();
        for _ in 0..7 {
            proof = with_app(&house, &ann, Some(&proof)).await.1;
        }
        assert_eq!(code_of(begun(&house, &ann, Some(&proof)).await), Some(Code::Conflict), "eight are enough");
        let none = house.portal.begin_code_app(own(&house, &ann, Some(&proof)).await, "wrong".into(), "x").await;
        assert!(none.is_err());
        let page = house.portal.factors(own(&house, &ann, Some(&proof)).await).await.unwrap();
        assert_eq!((page.factors.len(), page.add.allowed), (8, false));
    }

    adding_takes_the_password_and_not_too_long(backend) {
        let (house, ann) = ann(backend).await;
        let wrong = house.portal.begin_code_app(own(&house, &ann, None).await, "wrong".into(), "phone").await;
        assert_eq!(wrong.unwrap_err().fields[0].field, "current");
        assert_eq!(told(backend, "factor.begun").await.len(), 1);
        let pending = begun(&house, &ann, None).await.unwrap();
        let page = house.portal.code_app(&own(&house, &ann, None).await, Some(pending.clone())).unwrap().unwrap();
        let secret = totp::from_letters(&page.secret).unwrap();
        house.clock.pass(10 * MINUTE);
        assert_eq!(house.portal.code_app(&own(&house, &ann, None).await, Some(pending.clone())).unwrap(), None);
        let code = totp::code(&secret, step(house.portal.now()));
        let late = house.portal.add_code_app(own(&house, &ann, None).await, Some(pending.clone()), &code).await;
        assert_eq!(code_of(late), Some(Code::Conflict));
        // What was sealed for one person is of no use to another.
        let bob = add(backend, "bob", &[Role::Analyst]).await;
        house.clock.pass(-9 * MINUTE);
        assert_eq!(code_of(house.portal.code_app(&own(&house, &bob, None).await, Some(pending))), Some(Code::Unavailable));
    }

    what_a_proof_was_given_by_is_still_there(backend) {
        let (house, ann) = ann(backend).await;
        let (_, first) = with_app(&house, &ann, None).await;
        let (_, second) = with_app(&house, &ann, Some(&first)).await;
        let fresh = async |proof: &Proof| own(&house, &ann, Some(proof)).await.fresh(house.portal.now()).is_ok();
        assert!(fresh(&first).await && fresh(&second).await);
        let removed = house.portal.remove_factor(own(&house, &ann, None).await, quell_domain::ids::FactorId::new(first.by.clone())).await;
        assert_eq!(code_of(removed), Some(Code::StepUp));
        house.portal.remove_factor(own(&house, &ann, Some(&second)).await, quell_domain::ids::FactorId::new(first.by.clone())).await.unwrap();
        assert!(!fresh(&first).await && fresh(&second).await);
        // Another person's proof, put into one's own session.
        let bob = add(backend, "bob", &[Role::Analyst]).await;
        assert!(own(&house, &bob, Some(&second)).await.fresh(house.portal.now()).is_err());
        // The local operator takes all of them; nobody does so alone on the pages.
        let admin = add(backend, "adm", &[Role::Admin]).await;
        add(backend, "second", &[Role::Admin]).await;
        let alone = house.portal.reset_factors(grant::<ManagePeople>(&house, &admin).await, ann.0.id.clone()).await;
        assert!(matches!(alone.unwrap(), Outcome::Waiting(_)));
        assert!(fresh(&second).await);
        let operator = house.portal.authorise(&Caller::Operator).await.unwrap();
        house.portal.reset_factors(operator, ann.0.id.clone()).await.unwrap();
        assert!(!fresh(&second).await);
        assert_eq!(told(backend, "factor.reset").await.len(), 1);
        // And with a new password the session itself is worth nothing.
        let (_, third) = with_app(&house, &ann, None).await;
        let operator = house.portal.authorise(&Caller::Operator).await.unwrap();
        house.portal.reset_password(operator, ann.0.id.clone()).await.unwrap();
        let gone: Result<Grant<OwnAccount>, Problem> = house.portal.authorise(&proven(&ann, Some(third))).await;
        assert_eq!(code_of(gone), Some(Code::Unauthenticated));
    }

    recovery_codes_prove_once_each(backend) {
        let (house, ann) = ann(backend).await;
        assert_eq!(code_of(house.portal.make_recovery(own(&house, &ann, None).await).await), Some(Code::StepUp));
        let (_, proof) = with_app(&house, &ann, None).await;
        assert_eq!(code_of(house.portal.make_recovery(own(&house, &ann, None).await).await), Some(Code::StepUp));
        let old = house.portal.make_recovery(own(&house, &ann, Some(&proof)).await).await.unwrap();
        let codes = house.portal.make_recovery(own(&house, &ann, Some(&proof)).await).await.unwrap();
        assert_eq!(codes.len(), 10);
        assert_eq!(code_of(prove(&house, &ann, "right", &old[0]).await), Some(Code::Invalid), "replaced");
        assert_eq!(code_of(prove(&house, &ann, "wrong", &codes[0]).await), Some(Code::Invalid), "not without the password");
        let given = prove(&house, &ann, "right", &codes[0].to_uppercase()).await.unwrap();
        assert_eq!(given.method, ProofMethod::Recovery);
        assert!(own(&house, &ann, Some(&given)).await.fresh(house.portal.now()).is_ok());
        assert_eq!(code_of(prove(&house, &ann, "right", &codes[0]).await), Some(Code::Invalid), "used");
        assert_eq!(house.portal.factors(own(&house, &ann, None).await).await.unwrap().recovery_left, 9);
        assert_eq!((told(backend, "recovery.made").await.len(), told(backend, "recovery.used").await.len()), (2, 1));
        let everything: Vec<String> = backend.snapshot().await.into_values().flatten().collect();
        assert!(!everything.iter().any(|row| codes.iter().any(|code| row.contains(&code.replace('-', "")) || row.contains(code))));
    }

    secrets_are_sealed_in_the_database(backend) {
        let (house, ann) = ann(backend).await;
        let (secret, _) = with_app(&house, &ann, None).await;
        let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        let everything = backend.snapshot().await.into_values().flatten().collect::<Vec<_>>().join("\n");
        assert!(everything.contains("phone"), "the name is there");
        for form in [hex.clone(), hex.to_uppercase(), totp::letters(&secret)] {
            assert!(!everything.contains(&form), "the secret is not");
        }
        // One flipped bit, and nothing is proved, nor is it called a wrong code.
        let flip = if backend.is_sqlite() {
            "UPDATE factor SET data = CAST(SUBSTR(data, 1, 20) || X'FF' || SUBSTR(data, 22) AS BLOB)"
        } else {
            "UPDATE factor SET data = SET_BYTE(data, 20, 255 - GET_BYTE(data, 20))"
        };
        assert_eq!(backend.tamper(flip).await.unwrap(), 1);
        house.clock.pass(MINUTE);
        let code = totp::code(&secret, step(house.portal.now()));
        assert_eq!(code_of(prove(&house, &ann, "right", &code).await), Some(Code::Unavailable));
    }
}
