//! Many at the same time: exactly one wins, and nothing is half written.

use std::{collections::BTreeSet, sync::Arc};

use futures::future::join_all;
use quell_core::ports::{Bookkeeping as _, CommitError, Reads as _, Store as _, Thing};
use quell_domain::{
    Changeset,
    audit::{Actor, Event, codes},
    changeset::Op,
    ids::ExecutionId,
    job::JobKind,
    time::HOUR,
};
use quell_store::SqlStore;

use super::{
    audit::verify,
    backend::on_both,
    world::{NOW, World, alarm, change, incident, job, request},
};

/// Commits all of them at the same time, each in a task of its own.
async fn together(store: &SqlStore, changes: Vec<Changeset>) -> Vec<Result<(), CommitError>> {
    let gate = Arc::new(tokio::sync::Barrier::new(changes.len()));
    let tasks = changes.into_iter().map(|changes| {
        let (store, gate) = (store.clone(), gate.clone());
        tokio::spawn(async move {
            gate.wait().await;
            store.commit(changes).await.map(drop)
        })
    });
    join_all(tasks).await.into_iter().map(Result::unwrap).collect()
}

fn won(results: &[Result<(), CommitError>]) -> usize {
    results.iter().filter(|result| result.is_ok()).count()
}

on_both! {
    one_alarm_sent_a_hundred_times_is_one(backend) {
        let world = World::new(backend).await;
        let before = backend.store.audit_head().await.unwrap().0;
        let received = |_| {
            Changeset::new(Event::new(NOW, Actor::system("intake"), codes::ALARMS_RECEIVED))
                .with(Op::AddAlarms(vec![alarm(&world.source.id, "the same")]))
        };
        let results = together(&backend.store, (0..100).map(received).collect()).await;
        assert_eq!(won(&results), 100, "a known alarm is no error");
        assert_eq!(backend.store.unmapped_alarms(9).await.unwrap().len(), 1);
        assert_eq!(backend.store.audit_head().await.unwrap().0, before + 1);
        verify(backend).await.unwrap();
    }

    one_approval_is_consumed_once(backend) {
        let world = World::new(backend).await;
        let asked = request(&world.incident, &world.person, 'a');
        backend.done(change(Op::AddRequest(asked.clone()))).await;
        let before = backend.store.audit_head().await.unwrap().0;
        let consume = |n| {
            change(Op::Consume {
                request: asked.id.clone(),
                digest: asked.digest.clone(),
                execution: ExecutionId::new(format!("run-{n}")),
                now: NOW,
            })
        };
        let results = together(&backend.store, (0..50).map(consume).collect()).await;
        assert_eq!(won(&results), 1);
        assert!(results.iter().all(|it| matches!(it, Ok(()) | Err(CommitError::Conflict(Thing::ActionRequest)))));
        assert_eq!(backend.store.audit_head().await.unwrap().0, before + 1);
    }

    one_open_request_of_a_hundred(backend) {
        let world = World::new(backend).await;
        let ask = |_| change(Op::AddRequest(request(&world.incident, &world.person, 'a')));
        let results = together(&backend.store, (0..100).map(ask).collect()).await;
        assert_eq!(won(&results), 1);
        assert!(results.iter().all(|it| matches!(it, Ok(()) | Err(CommitError::Duplicate(Thing::ActionRequest)))));
    }

    numbers_have_no_gap_and_no_twin(backend) {
        let world = World::new(backend).await;
        // Every third is refused, because its key exists.
        let open = |n: u32| {
            let digit = if n.is_multiple_of(3) { 'a' } else { 'b' };
            let mut incident = incident(&world.node.id, digit);
            if digit == 'b' {
                incident.key = format!("key {n}");
            }
            change(Op::AddIncident(incident))
        };
        let results = together(&backend.store, (0..60).map(open).collect()).await;
        assert_eq!(won(&results), 40);
        let numbers: BTreeSet<String> = backend.texts("SELECT CAST(number AS TEXT) FROM incident").await.into_iter().collect();
        assert_eq!(numbers, (1..=41).map(|n: i32| n.to_string()).collect());
        assert_eq!(verify(backend).await.unwrap().entries, 41);
    }

    two_portals_grow_one_chain(backend) {
        let world = World::new(backend).await;
        let other = backend.again().await;
        let batch = |who: &str| -> Vec<Changeset> {
            (0..40).map(|n| change(Op::AddAlarms(vec![alarm(&world.source.id, &format!("{who} {n}"))]))).collect()
        };
        let (here, there) = tokio::join!(together(&backend.store, batch("here")), together(&other, batch("there")));
        assert_eq!((won(&here), won(&there)), (40, 40));
        assert_eq!(verify(backend).await.unwrap().entries, 81);
    }

    one_of_many_who_read_the_same_version_writes(backend) {
        let world = World::new(backend).await;
        let results = together(&backend.store, (0..40).map(|_| change(Op::SetIncident(world.incident.clone()))).collect()).await;
        assert_eq!(won(&results), 1);
    }

    every_job_is_claimed_once(backend) {
        let world = World::new(backend).await;
        let jobs = (0..12).map(|n| Op::AddJob(job(&world.incident, JobKind::CollectEvidence, &format!("s {n}"))));
        backend.done(Changeset::new(Event::new(NOW, Actor::operator(), codes::NOTE)).with_all(jobs)).await;
        let workers = (0..12).map(|n| {
            let store = backend.store.clone();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                while let Some(job) = store.claim_job(&format!("w{n}"), NOW, HOUR, None).await.unwrap() {
                    assert_eq!(job.epoch, 1);
                    mine.push(job.subject);
                }
                mine
            })
        });
        let mut all: Vec<String> = join_all(workers).await.into_iter().flat_map(Result::unwrap).collect();
        all.sort();
        let distinct: BTreeSet<&String> = all.iter().collect();
        assert_eq!(all.len(), distinct.len(), "a job was claimed twice");
        // Whoever lost every race of one look may have stopped early; nothing is lost.
        while let Some(job) = backend.store.claim_job("late", NOW, HOUR, None).await.unwrap() {
            all.push(job.subject);
        }
        assert_eq!(all.len(), 12);
    }

    readers_never_wait_for_a_writer(backend) {
        let world = World::new(backend).await;
        let batch = |n: u32| {
            let alarms = (0..200).map(|m| alarm(&world.source.id, &format!("{n} {m}"))).collect();
            change(Op::AddAlarms(alarms))
        };
        let reads = async {
            for _ in 0..50 {
                assert!(backend.store.incident(&world.incident.id).await.unwrap().is_some());
            }
        };
        let (results, ()) = tokio::join!(together(&backend.store, (0..20).map(batch).collect()), reads);
        assert_eq!(won(&results), 20);
        assert_eq!(backend.store.unmapped_alarms(9_999).await.unwrap().len(), 4_000);
    }
}
