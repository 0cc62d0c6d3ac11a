//! Two admins who take each other's role away at the same time: one of them stays.

use std::sync::Arc;

use quell_core::{Caller, grant::may::ManagePeople};
use quell_domain::{Code, changeset::Op, policy::Role};
use tokio::sync::Barrier;

use super::{House, add, session};
use crate::store::{backend::on_both, world::change};

on_both! {
    of_two_who_end_each_other_one_stays(backend) {
        let house = House::on(backend);
        let (ann, bob) = (add(backend, "ann", &[Role::Admin]).await, add(backend, "bob", &[Role::Admin]).await);
        for round in 0..20 {
            let gate = Arc::new(Barrier::new(2));
            let mut tasks = Vec::new();
            for (who, whom) in [(&ann, &bob), (&bob, &ann)] {
                let (portal, gate, id) = (house.portal.clone(), gate.clone(), whom.0.id.clone());
                // One admin's alone is disabling; roles are changed at once on the portal's machine.
                let caller = if round % 2 == 0 { Caller::Operator } else { session(who) };
                let grant = house.portal.authorise::<ManagePeople>(&caller).await.unwrap();
                tasks.push(tokio::spawn(async move {
                    gate.wait().await;
                    match round % 2 {
                        0 => portal.set_roles(grant, id, vec![Role::Analyst]).await.map(drop),
                        _ => portal.disable_person(grant, id).await,
                    }
                }));
            }
            let mut codes = Vec::new();
            for task in tasks {
                codes.push(task.await.unwrap().err().map(|problem| problem.code));
            }
            codes.sort_by_key(Option::is_some);
            assert_eq!(codes, [None, Some(Code::Conflict)], "round {round}");
            for (person, _) in [&ann, &bob] {
                let again = change(Op::SetRoles(person.id.clone(), vec![Role::Admin]));
                backend.done(again.with(Op::SetDisabled(person.id.clone(), None))).await;
            }
        }
    }
}
