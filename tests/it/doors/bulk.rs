//! Work on several incidents whose browser goes away at once: it goes on to its record.

use std::{pin::pin, task::Poll};

use quell_core::{
    grant::may::{Contain, Triage},
    ids::mint,
    ports::Reads as _,
    usecase::bulk::{Isolation, Ticked, Work},
};
use quell_domain::{
    Changeset,
    action::Action,
    alarm::MappingMethod,
    audit::{Actor, Event, codes},
    bulk::{Bulk, BulkKind},
    changeset::Op,
    ids::{Digest, IncidentId},
    people::{Account, Person},
    policy::Role,
};
use quell_tests::wait_for;

use super::{House, PATIENCE, add, grant};
use crate::store::{
    backend::{Backend, on_both},
    world::{World, change, incident},
};

/// Begins it, and waits for it no longer, as the server does when the connection is cut.
async fn left_alone<T>(work: impl Future<Output = T>) {
    let mut work = pin!(work);
    assert!(matches!(futures::poll!(work.as_mut()), Poll::Pending));
}

/// The newest record, once it is of this kind; with its number.
async fn record(backend: &Backend, kind: BulkKind) -> (i64, Bulk) {
    wait_for("the record", PATIENCE, async || {
        let newest = backend.store.entries(&Default::default(), 1).await.unwrap().remove(0).0;
        Bulk::read(&newest.event).filter(|bulk| bulk.kind == kind).map(|bulk| (newest.seq, bulk))
    })
    .await
}

fn numbers(bulk: &Bulk) -> Vec<i64> {
    bulk.lines.iter().map(|line| line.number).collect()
}

on_both! {
    what_was_begun_is_done_for_all_and_recorded(backend) {
        let house = House::on(backend);
        let ana = add(backend, "ana", &[Role::Analyst, Role::Responder]).await;
        let world = World::new(backend).await;
        for n in 0..19 {
            let mut one = incident(&world.node.id, 'b');
            (one.id, one.key, one.place.method) = (IncidentId::new(mint()), format!("hint:{n}"), MappingMethod::Unresolved);
            backend.done(change(Op::AddIncident(one))).await;
        }
        let all: Vec<i64> = (2..=20).collect();
        let portal = || house.portal.clone();
        let may = async || grant::<Triage>(&house, &ana).await;

        left_alone(portal().triage_bulk(may().await, all.clone(), Work::Acknowledge)).await;
        let (_, done) = record(backend, BulkKind::Acknowledge).await;
        assert_eq!((numbers(&done), done.done().count()), (all.clone(), all.len()));

        left_alone(portal().triage_bulk(may().await, all.clone(), Work::Assign(None))).await;
        let (number, done) = record(backend, BulkKind::Assign).await;
        assert_eq!((numbers(&done), done.done().count()), (all.clone(), all.len()));

        left_alone(portal().undo_bulk(may().await, number)).await;
        let (_, done) = record(backend, BulkKind::Undo).await;
        assert_eq!((numbers(&done), done.done().count()), (all.clone(), all.len()));

        left_alone(portal().merge_bulk(may().await, all.clone(), 2, "one attack")).await;
        let (_, done) = record(backend, BulkKind::Merge).await;
        assert_eq!((numbers(&done), done.done().count(), done.into), (all[1..].to_vec(), all.len() - 1, Some(2)));

        let ticked = |number| Ticked { number, seen: Digest::from_hex(""), shown: None };
        let isolation = Isolation {
            action: Action::Pause,
            reason: "a shell".to_owned(),
            accepts_impact: true,
            targets: all.iter().map(|number| ticked(*number)).collect(),
        };
        left_alone(portal().isolate(grant::<Contain>(&house, &ana).await, isolation)).await;
        let (_, done) = record(backend, BulkKind::Isolate).await;
        assert_eq!((numbers(&done), done.done().count()), (all, 0), "nobody knows which containers these are about");
    }

    nothing_is_undone_behind_somebody_who_stands_after_a_thousand_entries(backend) {
        let house = House::on(backend);
        let ana = add(backend, "ana", &[Role::Analyst]).await;
        let (ben, world) = (add(backend, "ben", &[Role::Analyst]).await, World::new(backend).await);
        let may = async || grant::<Triage>(&house, &ana).await;
        let numbers = vec![world.incident.number];
        let assigned = house.portal.clone().triage_bulk(may().await, numbers, Work::Assign(None)).await.unwrap();
        let event = |actor, code: &str| Event::new(house.portal.now(), actor, code).incident(&world.incident.id);
        let watched = || event(Actor::system("watch"), codes::CONTAINMENT_UNKNOWN);
        let many = (0..1_000).fold(Changeset::new(watched()), |changes, _| changes.and_event(watched()));
        backend.done(many).await;
        // Handed over and back: the owner is the same, and so is nothing else.
        let to = |who: &(Person, Account)| Some(who.0.id.clone());
        let by_ben = async || grant::<Triage>(&house, &ben).await;
        house.portal.assign(by_ben().await, 1, to(&ben), "mine").await.unwrap();
        house.portal.assign(by_ben().await, 1, to(&ana), "yours, as agreed").await.unwrap();
        let undone = house.portal.clone().undo_bulk(may().await, assigned).await.unwrap();
        let record = house.portal.bulk(grant(&house, &ana).await, undone).await.unwrap();
        assert!(record.rows[0].line.words.contains("Too much has happened"), "{:?}", record.rows[0].line);
        let known = backend.store.incident(&world.incident.id).await.unwrap().unwrap();
        assert_eq!(known.owner, Some(ana.0.id.clone()), "as ben left it");
    }
}
