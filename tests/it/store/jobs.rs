//! Jobs with their leases, and failed tries.

use quell_core::ports::{Bookkeeping as _, Thing, Throttle};
use quell_domain::{
    changeset::Op,
    ids::JobId,
    job::JobKind,
    time::{DAY, HOUR, MINUTE, SECOND},
};

use super::{
    backend::on_both,
    world::{NOW, World, change, job},
};

on_both! {
    a_job_is_held_by_one_and_fenced_by_its_epoch(backend) {
        let world = World::new(backend).await;
        let store = &backend.store;
        assert_eq!(store.claim_job("w1", NOW, SECOND, None).await.unwrap(), None);
        let mut later = job(&world.incident, JobKind::VerifyAction, "later");
        later.due_at = NOW.plus(MINUTE);
        let work = job(&world.incident, JobKind::ExecuteAction, "r-1");
        backend.done(change(Op::AddJob(later)).with(Op::AddJob(work.clone()))).await;

        let first = store.claim_job("w1", NOW, SECOND, None).await.unwrap().unwrap();
        assert_eq!((&first.id, first.kind, first.subject.as_str(), first.epoch), (&work.id, work.kind, "r-1", 1));
        assert_eq!(store.claim_job("w2", NOW, SECOND, None).await.unwrap(), None);
        assert!(store.extend_lease(&first.id, 1, NOW.plus(3 * SECOND)).await.unwrap());
        assert_eq!(store.claim_job("w2", NOW.plus(2 * SECOND), SECOND, None).await.unwrap(), None);

        // The lease ran out: another takes it, and the sleeper can no longer do anything.
        let second = store.claim_job("w2", NOW.plus(4 * SECOND), SECOND, None).await.unwrap().unwrap();
        assert_eq!((&second.id, second.epoch), (&work.id, 2));
        assert!(!store.extend_lease(&first.id, 1, NOW.plus(HOUR)).await.unwrap());
        store.release_job(&first.id, 1, NOW).await.unwrap();
        assert_eq!(store.claim_job("w3", NOW.plus(4 * SECOND), SECOND, None).await.unwrap(), None);
        backend.conflicts(change(Op::FinishJob { job: first.id.clone(), epoch: 1 }), Thing::Job).await;

        // Given back, it comes again when due.
        store.release_job(&second.id, 2, NOW.plus(9 * SECOND)).await.unwrap();
        assert!(!store.extend_lease(&second.id, 2, NOW.plus(HOUR)).await.unwrap());
        assert_eq!(store.claim_job("w1", NOW.plus(8 * SECOND), SECOND, None).await.unwrap(), None);
        let third = store.claim_job("w1", NOW.plus(9 * SECOND), SECOND, None).await.unwrap().unwrap();
        assert_eq!(third.epoch, 3);
        backend.done(change(Op::FinishJob { job: third.id.clone(), epoch: 3 })).await;
        backend.conflicts(change(Op::FinishJob { job: third.id, epoch: 3 }), Thing::Job).await;
        backend.conflicts(change(Op::FinishJob { job: JobId::new("none"), epoch: 0 }), Thing::Job).await;
        let last = store.claim_job("w1", NOW.plus(2 * HOUR), SECOND, None).await.unwrap().unwrap();
        assert_eq!(last.subject, "later");
    }

    a_clock_that_was_set_back_keeps_no_job_waiting(backend) {
        let world = World::new(backend).await;
        let store = &backend.store;
        let held = job(&world.incident, JobKind::ExecuteAction, "held");
        backend.done(change(Op::AddJob(held))).await;
        let before = store.claim_job("w1", NOW, SECOND, None).await.unwrap().unwrap();
        let waiting = job(&world.incident, JobKind::VerifyAction, "waiting");
        backend.done(change(Op::AddJob(waiting))).await;

        // The worker died, and the clock was set back by a day.
        let now = NOW.plus(-DAY);
        let mut taken = Vec::new();
        while let Some(job) = store.claim_job("w2", now, SECOND, None).await.unwrap() {
            taken.push(job);
        }
        taken.sort_by(|a, b| a.subject.cmp(&b.subject));
        assert_eq!(taken.iter().map(|job| (job.subject.as_str(), job.epoch)).collect::<Vec<_>>(), [("held", 2), ("waiting", 1)]);
        assert!(!store.extend_lease(&before.id, before.epoch, now.plus(SECOND)).await.unwrap(), "fenced all the same");
        // What is held now is held, also from a portal whose clock is a little behind.
        assert_eq!(store.claim_job("w3", now.plus(-MINUTE), SECOND, None).await.unwrap(), None);
        store.release_job(&taken[0].id, 2, now.plus(30 * SECOND)).await.unwrap();
        assert_eq!(store.claim_job("w3", now, SECOND, Some(JobKind::VerifyAction)).await.unwrap(), None, "a pause is a pause");
    }

    a_kind_that_has_no_room_is_left_for_later(backend) {
        let world = World::new(backend).await;
        let store = &backend.store;
        let except = Some(JobKind::CollectEvidence);
        // Older than the pause, and as many as a look at the candidates takes.
        let collect = (0..40).map(|n| Op::AddJob(job(&world.incident, JobKind::CollectEvidence, &format!("pack {n}"))));
        backend.done(change(Op::SetIncident(world.incident.clone())).with_all(collect)).await;
        assert_eq!(store.claim_job("w1", NOW, SECOND, except).await.unwrap(), None);
        let mut pause = job(&world.incident, JobKind::ExecuteAction, "r-1");
        pause.due_at = NOW.plus(1);
        backend.done(change(Op::AddJob(pause))).await;
        let now = NOW.plus(SECOND);
        let claimed = store.claim_job("w1", now, SECOND, except).await.unwrap().unwrap();
        assert_eq!(claimed.subject, "r-1");
        assert_eq!(store.claim_job("w1", now, SECOND, except).await.unwrap(), None);
        assert_eq!(store.claim_job("w1", now, SECOND, None).await.unwrap().unwrap().kind, JobKind::CollectEvidence);
    }

    tries_are_counted_and_forgotten(backend) {
        let store = &backend.store;
        let key = "pair:alice:10.0.0.1";
        let long = "x".repeat(100_000);
        let mut seen = Throttle::default();
        assert_eq!(store.throttle(key).await.unwrap(), seen);
        for n in 1..=3 {
            assert!(store.count_try(key, seen, NOW.plus(n)).await.unwrap());
            assert!(!store.count_try(key, seen, NOW.plus(n)).await.unwrap(), "another was counted since");
            assert!(store.count_try(&long, seen, NOW.plus(n)).await.unwrap());
            seen = store.throttle(key).await.unwrap();
            assert_eq!(seen, Throttle { failures: n, last_at: NOW.plus(n).0 });
        }
        store.give_back_try(key).await.unwrap();
        assert_eq!(store.throttle(key).await.unwrap().failures, 2);
        assert_eq!(store.throttle(&long).await.unwrap().failures, 3);
        store.forget_tries(key).await.unwrap();
        store.give_back_try(key).await.unwrap();
        assert_eq!(store.throttle(key).await.unwrap(), Throttle::default());
        // Old ones go when new ones come, so that strangers cannot fill the table.
        store.count_try("other", Throttle::default(), NOW.plus(48 * HOUR)).await.unwrap();
        assert_eq!(store.throttle(&long).await.unwrap(), Throttle::default());
        assert!(backend.snapshot().await["throttle"].iter().all(|row| !row.contains("other")));
    }

    places_are_remembered_for_a_while(backend) {
        let store = &backend.store;
        let usual = async |place: &str, since: i64| store.is_usual_place(place, NOW.plus(since)).await.unwrap();
        store.remember_place("alice:10.0.0.1", NOW).await.unwrap();
        assert!(usual("alice:10.0.0.1", -1).await);
        assert!(!usual("alice:10.0.0.1", 0).await && !usual("alice:10.0.0.2", -1).await);
        store.remember_place("alice:10.0.0.1", NOW.plus(HOUR)).await.unwrap();
        assert!(usual("alice:10.0.0.1", 0).await);
        store.remember_place("bob:10.0.0.1", NOW.plus(40 * 24 * HOUR)).await.unwrap();
        assert_eq!(backend.snapshot().await["usual_place"].len(), 1, "old ones go");
    }

    it_answers(backend) {
        backend.store.ping().await.unwrap();
        backend.store.close().await;
        backend.store.ping().await.unwrap_err();
    }
}
