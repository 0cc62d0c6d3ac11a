//! A new password shuts out whoever knows the old one, also whoever was signing in with it just then.

use quell_core::{
    Grant,
    grant::may::{ManagePeople, OwnAccount},
};
use quell_domain::{Code, Problem, policy::Role};
use quell_tests::wait_for;

use super::{House, add, grant, secret, session, told};
use crate::store::backend::on_both;

on_both! {
    a_session_ends_with_its_password(backend) {
        let house = House::on(backend);
        let (admin, ann) = (add(backend, "adm", &[Role::Admin]).await, add(backend, "ann", &[Role::Analyst]).await);
        assert!(house.portal.standing(&session(&ann)).await.unwrap());
        house.portal.reset_password(grant::<ManagePeople>(&house, &admin).await, ann.0.id.clone()).await.unwrap();
        // Even when its row was written after the reset.
        assert!(!house.portal.standing(&session(&ann)).await.unwrap());
        let refused: Result<Grant<OwnAccount>, Problem> = house.portal.authorise(&session(&ann)).await;
        assert_eq!(refused.unwrap_err().code, Code::Unauthenticated);
        assert!(house.portal.standing(&session(&admin)).await.unwrap(), "nobody else's");
    }

    a_sign_in_that_a_reset_overtakes_is_refused(backend) {
        let house = House::on(backend);
        let (admin, ann) = (add(backend, "adm", &[Role::Admin]).await, add(backend, "ann", &[Role::Analyst]).await);
        let mut password = "right".to_owned();
        for disable in [false, true] {
            let before = house.hasher.verified();
            let busy = house.hasher.busy.lock().await;
            let portal = house.portal.clone();
            let known = password.clone();
            let signing_in = tokio::spawn(async move { portal.sign_in("ann", known.into(), None).await });
            wait_for("the password to be looked at", std::time::Duration::from_secs(10), async || {
                (house.hasher.verified() > before).then_some(())
            })
            .await;
            let grant = grant::<ManagePeople>(&house, &admin).await;
            if disable {
                house.portal.disable_person(grant, ann.0.id.clone()).await.unwrap();
            } else {
                password = secret(house.portal.reset_password(grant, ann.0.id.clone()).await.unwrap());
            }
            drop(busy);
            let answer = signing_in.await.unwrap();
            assert_eq!(answer.unwrap_err().code, Code::Unauthenticated, "disable: {disable}");
        }
        let told = told(backend, "session.signed_in").await;
        assert!(told.iter().all(|entry| entry.contains("\"outcome\":\"denied\"")), "{told:?}");
    }

    a_change_of_password_that_a_reset_overtakes_is_refused(backend) {
        let house = House::on(backend);
        let (admin, ann) = (add(backend, "adm", &[Role::Admin]).await, add(backend, "ann", &[Role::Analyst]).await);
        let busy = house.hasher.busy.lock().await;
        let own = grant::<OwnAccount>(&house, &ann).await;
        let portal = house.portal.clone();
        let changing = tokio::spawn(async move {
            portal.change_password(own, "right".into(), "correct horse battery".into()).await
        });
        wait_for("the password to be looked at", std::time::Duration::from_secs(10), async || {
            (house.hasher.verified() > 0).then_some(())
        })
        .await;
        let given =
            secret(house.portal.reset_password(grant(&house, &admin).await, ann.0.id.clone()).await.unwrap());
        drop(busy);
        assert_eq!(changing.await.unwrap().unwrap_err().code, Code::Conflict);
        assert!(house.try_in("ann", &given, "10.0.0.1").await.is_ok());
    }
}
