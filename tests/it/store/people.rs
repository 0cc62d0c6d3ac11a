//! People, accounts, set-up link.

use quell_core::ports::{CommitError, Reads as _, Thing};
use quell_domain::{
    changeset::Op,
    ids::{AccountId, Digest, PersonId},
    people::Person,
    policy::Role,
};

use super::{
    backend::on_both,
    world::{NOW, change, person},
};

on_both! {
    a_person_is_read_back_as_written(backend) {
        let (zoe, zoe_account) = person("zoe");
        let (mut amir, amir_account) = person("amir");
        amir.name = "amir with \0 and \u{202e}".to_owned();
        backend.done(change(Op::AddPerson(zoe.clone(), zoe_account.clone()))).await;
        backend.done(change(Op::AddPerson(amir.clone(), amir_account))).await;
        assert_eq!(backend.store.person(&zoe.id).await.unwrap(), Some(zoe.clone()));
        assert_eq!(backend.store.account_by_login("zoe").await.unwrap(), Some((zoe_account, zoe.clone())));
        assert_eq!(backend.store.account_by_login("Zoe\0' OR 1=1").await.unwrap(), None);
        amir.name = "amir with \u{2400} and \u{202e}".to_owned();
        let people = backend.store.people().await.unwrap();
        assert_eq!(people, [(amir, vec!["amir".to_owned()]), (zoe, vec!["zoe".to_owned()])]);
    }

    a_sign_in_name_belongs_to_one(backend) {
        let (first, account) = person("alice");
        backend.done(change(Op::AddPerson(first, account))).await;
        let (second, account) = person("alice");
        backend.duplicates(change(Op::AddPerson(second, account)), Thing::Account).await;
    }

    roles_standing_and_password_change(backend) {
        let (mut alice, mut account) = person("alice");
        backend.done(change(Op::AddPerson(alice.clone(), account.clone()))).await;
        alice.roles = vec![Role::Auditor];
        alice.disabled_at = Some(NOW);
        account.password_hash = "$argon2id$other".to_owned();
        backend
            .done(
                change(Op::SetRoles(alice.id.clone(), alice.roles.clone()))
                    .with(Op::SetDisabled(alice.id.clone(), Some(NOW)))
                    .with(Op::SetPassword(account.id.clone(), account.password_hash.clone())),
            )
            .await;
        assert_eq!(backend.store.account_by_login("alice").await.unwrap(), Some((account, alice.clone())));
        backend.done(change(Op::ExpectRoles(alice.id.clone(), vec![Role::Auditor]))).await;
        backend.conflicts(change(Op::ExpectRoles(alice.id.clone(), vec![Role::Admin])), Thing::Person).await;
        let nobody = PersonId::new("nobody");
        backend.conflicts(change(Op::SetRoles(nobody.clone(), vec![Role::Admin])), Thing::Person).await;
        backend.conflicts(change(Op::SetDisabled(nobody, None)), Thing::Person).await;
        backend.conflicts(change(Op::SetPassword(AccountId::new("none"), String::new())), Thing::Account).await;
    }

    a_password_is_expected_to_be_the_one_that_was_checked(backend) {
        let (alice, account) = person("alice");
        backend.done(change(Op::AddPerson(alice.clone(), account.clone()))).await;
        let expect = |hash: &str| change(Op::ExpectPassword(account.id.clone(), hash.to_owned()));
        backend.done(expect(&account.password_hash)).await;
        backend.conflicts(expect("$argon2id$other"), Thing::Account).await;
        backend.done(change(Op::SetDisabled(alice.id, Some(NOW)))).await;
        backend.conflicts(expect(&account.password_hash), Thing::Account).await;
    }

    an_enabled_admin_is_always_left(backend) {
        let admin = async |login: &str| {
            let (mut person, account) = person(login);
            person.roles = vec![Role::Analyst, Role::Admin];
            backend.done(change(Op::AddPerson(person.clone(), account))).await;
            person.id
        };
        let (first, second) = (admin("first").await, admin("second").await);
        let demote = |id: &PersonId| change(Op::SetRoles(id.clone(), vec![Role::Analyst]));
        let disable = |id: &PersonId| change(Op::SetDisabled(id.clone(), Some(NOW)));
        backend.done(disable(&first)).await;
        for changes in [demote(&second), disable(&second)] {
            let error = backend.refused(changes).await;
            assert!(matches!(error, CommitError::LastAdmin), "{error:?}");
        }
        backend.done(change(Op::SetDisabled(first.clone(), None))).await;
        backend.done(demote(&second)).await;
        assert!(matches!(backend.refused(demote(&first)).await, CommitError::LastAdmin));
        backend.done(change(Op::SetRoles(first, vec![Role::Admin]))).await;
    }

    the_set_up_link_works_once_and_in_time(backend) {
        let token = Digest::of(b"token");
        let offer = |name: &str| Op::OfferSetup { token: Digest::of(name.as_bytes()), expires_at: NOW.plus(10) };
        let redeem = |token: &Digest, at| Op::UseSetup { token: token.clone(), now: NOW.plus(at) };
        backend.conflicts(change(redeem(&token, 0)), Thing::SetupLink).await;
        backend.done(change(offer("older"))).await;
        backend.done(change(offer("token"))).await;
        backend.conflicts(change(redeem(&Digest::of(b"older"), 0)), Thing::SetupLink).await;
        backend.conflicts(change(redeem(&token, 10)), Thing::SetupLink).await;
        let offered = async |name: &str, at: i64| {
            backend.store.is_setup_offered(&Digest::of(name.as_bytes()), NOW.plus(at)).await.unwrap()
        };
        assert!(offered("token", 9).await && !offered("token", 10).await && !offered("older", 0).await);
        // People who are no admins, or may no longer sign in, do not count.
        let (nobody, account) = person("analyst");
        backend.done(change(Op::AddPerson(nobody, account))).await;
        let admin = |login: &str| {
            let (person, account) = person(login);
            (Person { roles: vec![Role::Admin], ..person }, account)
        };
        let (mut former, account) = admin("former");
        former.disabled_at = Some(NOW);
        backend.done(change(Op::AddPerson(former, account))).await;
        assert_eq!(backend.store.admin_count().await.unwrap(), 0);
        let (alice, account) = admin("alice");
        backend.done(change(redeem(&token, 0)).with(Op::AddPerson(alice, account))).await;
        assert_eq!(backend.store.admin_count().await.unwrap(), 1);
        backend.conflicts(change(redeem(&token, 0)), Thing::SetupLink).await;
        assert!(!offered("token", 0).await, "it is used");
        // A new link is of no use once there is an admin.
        backend.done(change(offer("late"))).await;
        backend.conflicts(change(redeem(&Digest::of(b"late"), 0)), Thing::SetupLink).await;
    }

    a_late_guard_undoes_what_came_before(backend) {
        let (alice, account) = person("alice");
        let changes = change(Op::AddPerson(alice, account)).with(Op::SetRoles(PersonId::new("nobody"), vec![Role::Admin]));
        backend.conflicts(changes, Thing::Person).await;
    }
}
