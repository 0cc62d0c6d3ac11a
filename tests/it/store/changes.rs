//! The policy's versions, drafts, and changes that take two admins.

use quell_core::{
    ids::mint,
    ports::{CommitError, Reads as _, Thing},
};
use quell_domain::{
    change::{Change, ChangeState, Proposed},
    changeset::Op,
    ids::{ChangeId, PersonId},
    node::Access,
    playbook::{DraftBook, Playbooks},
    policy::{DraftRule, Policy, Role},
    versions::Drafted,
};

use super::{
    backend::{Backend, on_both},
    gates::balancer,
    world::{NOW, World, change, incident, node, person, published, published_playbooks},
};

async fn admin(backend: &Backend, login: &str) -> PersonId {
    let (mut person, account) = person(login);
    person.roles = vec![Role::Admin];
    backend.done(change(Op::AddPerson(person.clone(), account))).await;
    person.id
}

fn elsewhere() -> Access {
    Access::Unix { socket: "/run/elsewhere.sock".to_owned() }
}

fn proposed(by: &PersonId, what: Change) -> Proposed {
    Proposed::new(ChangeId::new(mint()), what, "a \0 change".to_owned(), (by.clone(), "Ann".to_owned()), NOW)
}

on_both! {
    versions_follow_without_a_gap(backend) {
        assert_eq!(backend.store.policy().await.unwrap(), None);
        backend.done(change(Op::ExpectPolicy(1))).await;
        backend.conflicts(change(Op::PublishPolicy(published(2))), Thing::Policy).await;
        backend.done(change(Op::PublishPolicy(published(1)))).await;
        let mut second = published(2);
        second.body.rules[0].labels = vec!["production".to_owned()];
        backend.done(change(Op::PublishPolicy(second.clone()))).await;
        for version in [1, 2, 4] {
            backend.conflicts(change(Op::PublishPolicy(published(version))), Thing::Policy).await;
        }
        assert_eq!(backend.store.policy().await.unwrap(), Some(second.clone()));
        assert_eq!(backend.store.policies().await.unwrap(), [second, published(1)]);
        backend.done(change(Op::ExpectPolicy(2))).await;
        backend.conflicts(change(Op::ExpectPolicy(1)), Thing::Policy).await;
    }

    versions_of_playbooks_follow_too_and_incidents_are_counted_by_theirs(backend) {
        let (world, store) = (World::new(backend).await, &backend.store);
        assert_eq!((store.playbooks().await.unwrap(), store.playbooks_of(1).await.unwrap()), (None, None));
        backend.conflicts(change(Op::PublishPlaybooks(published_playbooks(2))), Thing::Playbooks).await;
        backend.done(change(Op::PublishPlaybooks(published_playbooks(1)))).await;
        let mut second = published_playbooks(2);
        second.body.books[0].steps[0].title = "Look \0 <b>".to_owned();
        backend.done(change(Op::PublishPlaybooks(second.clone()))).await;
        for version in [1, 2, 4] {
            backend.conflicts(change(Op::PublishPlaybooks(published_playbooks(version))), Thing::Playbooks).await;
        }
        assert_eq!(store.playbooks().await.unwrap(), Some(second.clone()));
        assert_eq!(store.playbooks_of(1).await.unwrap(), Some(published_playbooks(1)));
        assert_eq!(store.all_playbooks().await.unwrap(), [second.clone(), published_playbooks(1)]);

        let mut newer = incident(&world.node.id, 'b');
        newer.use_version(&second.body).unwrap();
        let mut closed = incident(&world.node.id, 'c');
        closed.closed_at = Some(NOW);
        backend.done(change(Op::AddIncident(newer.clone())).with(Op::AddIncident(closed))).await;
        let mut counted = store.open_by_playbook().await.unwrap();
        counted.sort_unstable();
        assert_eq!(counted, [(1, newer.class, 1), (2, newer.class, 1)]);
        assert_eq!(store.incident(&newer.id).await.unwrap().unwrap().course, newer.course, "read back as it was");
    }

    a_draft_is_kept_as_it_was_typed(backend) {
        let ann = admin(backend, "ann").await;
        let row = DraftRule { labels: "\0 half typed,".to_owned(), ..DraftRule::blank() };
        let set = async |what, draft: Option<&str>| {
            backend.done(change(Op::SetDraft(ann.clone(), what, draft.map(str::to_owned)))).await;
        };
        let kept = async |what| backend.store.draft_of(&ann, what).await.unwrap();
        for rows in [vec![row], Policy::builtin().rules.iter().map(DraftRule::of).collect()] {
            let json = serde_json::to_string(&rows).unwrap();
            set(Drafted::Policy, Some(&json)).await;
            assert_eq!(kept(Drafted::Policy).await, Some(json));
        }
        assert_eq!(kept(Drafted::Playbooks).await, None, "each has its own");
        let books = serde_json::to_string(&DraftBook::all(&Playbooks::builtin())).unwrap();
        set(Drafted::Playbooks, Some(&books)).await;
        for _ in 0..2 {
            set(Drafted::Policy, None).await;
            assert_eq!((kept(Drafted::Policy).await, kept(Drafted::Playbooks).await), (None, Some(books.clone())));
        }
    }

    every_kind_of_change_is_read_back_and_ends_once(backend) {
        let ann = admin(backend, "ann").await;
        let kinds = [
            Change::PublishPolicy { base: 1, rules: Policy::builtin().rules },
            Change::PublishPlaybooks { base: 1, books: Playbooks::builtin().books },
            Change::CreatePerson {
                person: PersonId::new(mint()),
                login: "bob".to_owned(),
                name: "Bob".to_owned(),
                roles: vec![Role::Admin],
            },
            Change::SetRoles { person: ann.clone(), before: vec![Role::Admin], roles: vec![Role::Auditor] },
            Change::EnablePerson { person: ann.clone() },
            Change::ResetPassword { person: ann.clone() },
            Change::ResetFactors { person: ann.clone() },
            Change::AddNode(node("n")),
            Change::RemoveNode { node: node("n").id },
            Change::SetLabels { node: node("n").id, before: vec![], labels: vec!["eu".to_owned()] },
            Change::SetAccess { node: node("n").id, before: node("n").access, access: elsewhere() },
            Change::SetAddresses { node: node("n").id, before: vec![], addresses: vec![[10, 0, 0, 5].into()] },
            Change::AddBalancer(balancer("edge")),
            Change::SetBalancerAccess {
                balancer: balancer("edge").id,
                before: balancer("edge").access,
                access: balancer("other").access,
            },
            Change::RemoveBalancer { balancer: balancer("edge").id },
        ];
        for kind in kinds {
            let mut one = proposed(&ann, kind);
            backend.done(change(Op::AddChange(one.clone()))).await;
            one.summary = "a \u{2400} change".to_owned();
            assert_eq!(backend.store.change(&one.id).await.unwrap(), Some(one.clone()));
            assert_eq!(backend.store.pending_changes().await.unwrap(), [one.clone()]);
            let over = one.ended(ChangeState::Refused, (Some(ann.clone()), "Bob".to_owned()), "no".to_owned(), NOW);
            backend.done(change(Op::DecideChange(over.clone()))).await;
            let again = one.ended(ChangeState::Applied, (None, String::new()), String::new(), NOW);
            backend.conflicts(change(Op::DecideChange(again)), Thing::AdminChange).await;
            assert_eq!(backend.store.newest_changes(1).await.unwrap(), [over]);
            assert_eq!(backend.store.pending_changes().await.unwrap(), []);
        }
        assert_eq!(backend.store.newest_changes(100).await.unwrap().len(), 15);
        assert_eq!(backend.store.change(&ChangeId::new("none")).await.unwrap(), None);
    }

    set_up_mode_ends_with_the_second_admin_and_never_returns(backend) {
        let mode = async || backend.store.is_set_up_mode().await.unwrap();
        let ann = admin(backend, "ann").await;
        let bob = admin(backend, "bob-who-comes-and-goes").await;
        assert!(!mode().await, "from the commit on that makes the second");
        backend.conflicts(change(Op::ExpectSetUpMode), Thing::SetUpMode).await;
        backend.done(change(Op::SetDisabled(bob.clone(), Some(NOW)))).await;
        backend.done(change(Op::SetRoles(bob, vec![Role::Analyst]))).await;
        assert!(!mode().await, "it never returns");
        assert!(matches!(backend.refused(change(Op::SetDisabled(ann, Some(NOW)))).await, CommitError::LastAdmin));
    }

    a_second_admin_by_role_or_by_enabling_ends_set_up_mode(backend) {
        let mode = async || backend.store.is_set_up_mode().await.unwrap();
        admin(backend, "ann").await;
        let (bob, account) = person("bob");
        backend.done(change(Op::AddPerson(bob.clone(), account)).with(Op::ExpectSetUpMode)).await;
        backend.done(change(Op::SetDisabled(bob.id.clone(), Some(NOW)))).await;
        backend.done(change(Op::SetRoles(bob.id.clone(), vec![Role::Admin]))).await;
        assert!(mode().await, "a disabled admin decides nothing");
        backend.done(change(Op::SetDisabled(bob.id, None))).await;
        assert!(!mode().await);
    }

    labels_and_access_are_written_over_what_was_seen_of_a_node_in_use(backend) {
        let world = World::new(backend).await;
        let (node, before, after) = (&world.node.id, world.node.access.clone(), elsewhere());
        let known = async || backend.store.node(node).await.unwrap().unwrap();
        let labels = |before: &[&str], labels: &[&str]| {
            let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
            change(Op::SetNodeLabels { node: node.clone(), before: list(before), labels: list(labels) })
        };
        let access = |before: &Access, access: &Access| {
            change(Op::SetNodeAccess { node: node.clone(), before: before.clone(), access: access.clone() })
        };
        backend.done(labels(&["production"], &["eu", "pci"])).await;
        backend.conflicts(labels(&["production"], &["us"]), Thing::Node).await;
        assert_eq!(known().await.labels, ["eu", "pci"]);
        backend.done(access(&before, &after)).await;
        backend.conflicts(access(&before, &after), Thing::Node).await;
        assert_eq!(known().await.access, after);
        backend.done(change(Op::RemoveNode(node.clone(), NOW))).await;
        backend.conflicts(labels(&["eu", "pci"], &[]), Thing::Node).await;
        backend.conflicts(access(&after, &before), Thing::Node).await;
    }
}
