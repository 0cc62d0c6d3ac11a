//! What takes two admins: set-up mode, who decides, races, and changes that come to nothing.

use quell_core::{
    Caller, Grant,
    grant::may::{ManageNodes, ManagePeople, ManagePolicy},
    ids::mint,
    ports::Reads as _,
    usecase::changes::Outcome,
};
use quell_domain::{
    Code, Problem,
    change::{ChangeState, WAITS},
    changeset::Op,
    ids::{ChangeId, NodeId},
    people::{Account, Person},
    policy::{DraftRule, Policy, Role},
    versions::Press,
};
use quell_tests::wait_for;

use super::{House, PATIENCE, add, add_factor, grant, just_proved, secret, told};
use crate::store::{
    backend::{Backend, on_both},
    world::{change, node},
};

type Who = (Person, Account);

/// Two admins, so that set-up mode is over.
async fn two(backend: &Backend) -> (House, Who, Who) {
    let house = House::on(backend);
    let (ann, bob) = (add(backend, "ann", &[Role::Admin]).await, add(backend, "bob", &[Role::Admin]).await);
    add_factor(backend, &ann).await;
    add_factor(backend, &bob).await;
    (house, ann, bob)
}

fn waiting(outcome: Outcome) -> ChangeId {
    match outcome {
        Outcome::Waiting(id) => id,
        done @ Outcome::Applied(_) => panic!("it was done at once: {done:?}"),
    }
}

async fn create(house: &House, who: &Who, login: &str) -> Result<Outcome, Problem> {
    house.portal.create_person(grant(house, who).await, login, login, vec![Role::Analyst]).await
}

async fn roles(house: &House, who: &Who, whom: &Who, roles: &[Role]) -> ChangeId {
    let grant = grant::<ManagePeople>(house, who).await;
    waiting(house.portal.set_roles(grant, whom.0.id.clone(), roles.to_vec()).await.unwrap())
}

async fn decide(house: &House, who: &Who, id: &ChangeId, approve: bool) -> Result<(ChangeState, Option<String>), Code> {
    let grant = house.portal.authorise(&just_proved(house, who)).await.unwrap();
    let answer = house.portal.decide_change(grant, id, approve, "looked at it").await;
    answer.map(|(change, secret)| (change.state, secret)).map_err(|problem| problem.code)
}

on_both! {
    set_up_mode_is_over_for_good_with_the_second_admin(backend) {
        let house = House::on(backend);
        let ann = add(backend, "ann", &[Role::Admin]).await;
        let password = secret(create(&house, &ann, "first").await.unwrap());
        house.try_in("first", &password, "10.0.0.1").await.unwrap();
        let told_alone = told(backend, "person.created").await;
        assert!(told_alone[0].contains("\"alone\":\"set-up mode\""), "{told_alone:?}");
        let made = house.portal.create_person(grant(&house, &ann).await, "bob", "Bob", vec![Role::Admin]).await.unwrap();
        assert!(matches!(made, Outcome::Applied(Some(_))));
        waiting(create(&house, &ann, "second").await.unwrap());
        let bob = backend.store.account_by_login("bob").await.unwrap().unwrap().1;
        // To take access away is one admin's.
        house.portal.disable_person(grant(&house, &ann).await, bob.id).await.unwrap();
        waiting(create(&house, &ann, "third").await.unwrap());
        assert_eq!(backend.store.account_by_login("second").await.unwrap(), None);
        assert_eq!(told(backend, "change.proposed").await.len(), 2);
        let page = house.portal.changes_page(grant(&house, &ann).await).await.unwrap();
        assert_eq!((page.set_up_mode, page.others, page.pending.len()), (false, 0, 2));
    }

    nobody_decides_on_their_own_change_by_any_account(backend) {
        let (house, ann, bob) = two(backend).await;
        let id = waiting(create(&house, &ann, "cyd").await.unwrap());
        // Another account of the same person.
        let other = Account { id: quell_domain::ids::AccountId::new(mint()), login: "ann-2".to_owned(), ..ann.1.clone() };
        let sql = format!(
            "INSERT INTO account (id, person_id, login, password_hash) VALUES ('{}', '{}', 'ann-2', 'right')",
            other.id, ann.0.id
        );
        backend.tamper(&sql).await.unwrap();
        let second: Grant<ManagePolicy> = house.portal.authorise(&just_proved(&house, &(ann.0.clone(), other))).await.unwrap();
        let refused = house.portal.decide_change(second, &id, true, "mine").await.unwrap_err();
        assert_eq!(refused.code, Code::Forbidden, "{refused}");
        assert_eq!(decide(&house, &ann, &id, true).await.unwrap_err(), Code::Forbidden);
        assert_eq!(decide(&house, &ann, &id, false).await.unwrap_err(), Code::Forbidden);
        let operator: Grant<ManagePolicy> = house.portal.authorise(&Caller::Operator).await.unwrap();
        assert_eq!(house.portal.decide_change(operator, &id, true, "x").await.unwrap_err().code, Code::Forbidden);
        let unproven = house.portal.decide_change(grant(&house, &bob).await, &id, true, "x").await.unwrap_err();
        assert_eq!(unproven.code, Code::StepUp);
        let proved = house.portal.authorise(&just_proved(&house, &bob)).await.unwrap();
        let mute = house.portal.decide_change(proved, &id, true, " ").await.unwrap_err();
        assert_eq!(mute.fields[0].field, "reason");
        assert_eq!(backend.store.change(&id).await.unwrap().unwrap().state, ChangeState::Pending);
        let (state, password) = decide(&house, &bob, &id, true).await.unwrap();
        assert_eq!(state, ChangeState::Applied);
        house.try_in("cyd", &password.expect("shown to who approved"), "10.0.0.1").await.unwrap();
        let done = told(backend, "person.created").await;
        assert!(done[0].contains(id.as_str()) && done[0].contains(bob.0.id.as_str()), "{done:?}");
        assert!(told(backend, "change.applied").await[0].contains("Name of ann"));
    }

    of_many_approvals_at_once_one_applies_it(backend) {
        let (house, ann, bob) = two(backend).await;
        let cyd = add(backend, "cyd", &[Role::Admin]).await;
        for round in 0..5 {
            let id = waiting(create(&house, &ann, &format!("new-{round}")).await.unwrap());
            let (one, two, three) = tokio::join!(
                decide(&house, &bob, &id, true),
                decide(&house, &cyd, &id, true),
                decide(&house, &bob, &id, round % 2 == 0)
            );
            let won = [&one, &two, &three].into_iter().filter(|answer| answer.is_ok()).count();
            assert_eq!(won, 1, "{one:?} {two:?} {three:?}");
        }
        let applied = told(backend, "change.applied").await.len();
        assert_eq!(applied + told(backend, "change.refused").await.len(), 5);
        assert_eq!(told(backend, "person.created").await.len(), applied);
    }

    of_two_changes_to_the_same_roles_the_second_is_void(backend) {
        let (house, ann, bob) = two(backend).await;
        let cyd = add(backend, "cyd", &[Role::Analyst]).await;
        for _ in 0..5 {
            let one = roles(&house, &ann, &cyd, &[Role::Responder]).await;
            let two = roles(&house, &bob, &cyd, &[Role::Auditor]).await;
            let (first, second) = tokio::join!(decide(&house, &bob, &one, true), decide(&house, &ann, &two, true));
            let mut states = [first.unwrap().0, second.unwrap().0];
            states.sort();
            assert_eq!(states, [ChangeState::Applied, ChangeState::Void]);
            backend.done(change(Op::SetRoles(cyd.0.id.clone(), vec![Role::Analyst]))).await;
        }
        assert_eq!(told(backend, "person.roles_changed").await.len(), 5);
    }

    what_is_refused_withdrawn_or_too_late_leaves_nothing(backend) {
        let (house, ann, bob) = two(backend).await;
        let people = backend.snapshot().await["person"].clone();
        let refused = waiting(create(&house, &ann, "refused").await.unwrap());
        assert_eq!(decide(&house, &bob, &refused, false).await, Ok((ChangeState::Refused, None)));
        let withdrawn = waiting(create(&house, &ann, "withdrawn").await.unwrap());
        let not_theirs = house.portal.withdraw_change(grant(&house, &bob).await, &withdrawn).await.unwrap_err();
        assert_eq!(not_theirs.code, Code::Forbidden);
        house.portal.withdraw_change(grant(&house, &ann).await, &withdrawn).await.unwrap();
        let late = waiting(create(&house, &ann, "late").await.unwrap());
        assert_eq!(waiting(create(&house, &ann, "late").await.unwrap()), late, "proposed once");
        house.clock.pass(WAITS);
        // Nobody proposes anything any more: the worker ends it in time.
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let worker = tokio::spawn(house.portal.clone().run_worker("w".to_owned(), stopped));
        wait_for("the end of the change", PATIENCE, async || {
            (backend.store.change(&late).await.unwrap().unwrap().state != ChangeState::Pending).then_some(())
        })
        .await;
        stop.send(true).unwrap();
        worker.await.unwrap();
        for id in [&refused, &withdrawn, &late] {
            assert_eq!(decide(&house, &bob, id, true).await.unwrap_err(), Code::Forbidden);
        }
        assert_eq!(backend.snapshot().await["person"], people);
        let state = |id: ChangeId| async move { backend.store.change(&id).await.unwrap().unwrap().state };
        assert_eq!(state(late).await, ChangeState::Expired);
        assert_eq!((told(backend, "change.expired").await.len(), told(backend, "change.withdrawn").await.len()), (1, 1));
    }

    what_can_no_longer_be_done_is_void(backend) {
        let (house, ann, bob) = two(backend).await;
        let cyd = add(backend, "cyd", &[Role::Analyst]).await;
        // The roles are other ones by now.
        let id = roles(&house, &ann, &cyd, &[Role::Admin]).await;
        backend.done(change(Op::SetRoles(cyd.0.id.clone(), vec![Role::Auditor]))).await;
        assert_eq!(decide(&house, &bob, &id, true).await, Ok((ChangeState::Void, None)));
        assert_eq!(backend.store.person(&cyd.0.id).await.unwrap().unwrap().roles, [Role::Auditor]);
        // The name is taken by now.
        let id = waiting(create(&house, &ann, "dan").await.unwrap());
        add(backend, "dan", &[Role::Analyst]).await;
        assert_eq!(decide(&house, &bob, &id, true).await, Ok((ChangeState::Void, None)));
        // The node is gone by now.
        let gone = node("gone");
        backend.done(change(Op::AddNode(gone.clone()))).await;
        let nodes = grant::<ManageNodes>(&house, &ann).await;
        let id = waiting(house.portal.set_labels(nodes, gone.id.clone(), "eu, pci").await.unwrap());
        backend.done(change(Op::RemoveNode(gone.id, house.portal.now()))).await;
        assert_eq!(decide(&house, &bob, &id, true).await, Ok((ChangeState::Void, None)));
        // Nobody would be admin any more: bob is demoted by ann's change, after ann's word still counts.
        let id = roles(&house, &ann, &cyd, &[Role::Analyst]).await;
        backend.done(change(Op::SetDisabled(ann.0.id.clone(), Some(house.portal.now())))).await;
        assert_eq!(decide(&house, &bob, &id, true).await, Ok((ChangeState::Void, None)), "who proposed it is disabled");
        assert_eq!(told(backend, "change.void").await.len(), 4);
        assert_eq!(told(backend, "change.applied").await.len(), 0);
    }

    a_policy_is_published_by_another_and_on_the_version_it_was_made_from(backend) {
        let (house, ann, bob) = two(backend).await;
        house.portal.seed_policy().await.unwrap();
        house.portal.seed_policy().await.unwrap();
        assert_eq!(told(backend, "policy.published").await.len(), 1);
        let rows = |approvals: &str| {
            let mut rows: Vec<DraftRule> = Policy::builtin().rules.iter().map(DraftRule::of).collect();
            rows[0].approvals = approvals.to_owned();
            rows
        };
        let save = async |who: &Who, approvals: &str| {
            house.portal.save_draft(grant(&house, who).await, rows(approvals), Press::Propose).await
        };
        let nothing_new = save(&ann, "0").await.unwrap_err();
        assert_eq!(nothing_new.fields[0].field, "rules");
        let too_many = save(&ann, "6").await.unwrap_err();
        assert!(too_many.fields[0].remedy.starts_with("Rule 1: "), "{too_many}");
        assert!(house.portal.draft_page(grant(&house, &ann).await).await.unwrap().is_kept, "nothing typed is lost");
        let (first, second) = (save(&ann, "1").await.unwrap().unwrap(), save(&bob, "2").await.unwrap().unwrap());
        let (first, second) = (waiting(first), waiting(second));
        assert!(!house.portal.draft_page(grant(&house, &ann).await).await.unwrap().is_kept, "it is a change now");
        let page = house.portal.change_page(grant(&house, &bob).await, &first).await.unwrap();
        let preview = page.preview.expect("what it would change");
        assert_eq!((preview.affected.len(), preview.affected[0].after.approvals), (1, 1));
        assert!(preview.holders[0].are_too_few(), "nobody is approver here: {:?}", preview.holders);
        assert_eq!(decide(&house, &bob, &first, true).await, Ok((ChangeState::Applied, None)));
        assert_eq!(decide(&house, &ann, &second, true).await, Ok((ChangeState::Void, None)), "made from version 1");
        let versions = house.portal.policy_page(grant(&house, &ann).await).await.unwrap().versions;
        let by: Vec<_> = versions.iter().map(|it| (it.body.version, it.published_by.as_str())).collect();
        assert_eq!(by, [(2, "Name of bob"), (1, "Quell")]);
    }

    the_local_operator_needs_nobody_else(backend) {
        let (house, ..) = two(backend).await;
        let operator: Grant<ManagePeople> = house.portal.authorise(&Caller::Operator).await.unwrap();
        let made = house.portal.create_person(operator, "cyd", "Cyd", vec![Role::Admin]).await.unwrap();
        assert!(matches!(made, Outcome::Applied(Some(_))));
        let told = told(backend, "person.created").await;
        assert!(told[0].contains("\"kind\":\"operator\"") && told[0].contains("\"alone\":\"operator\""), "{told:?}");
        let nodes: Grant<ManageNodes> = house.portal.authorise(&Caller::Operator).await.unwrap();
        let unknown = house.portal.set_labels(nodes, NodeId::new("none"), "eu").await.unwrap_err();
        assert_eq!(unknown.code, Code::NotFound);
    }
}
