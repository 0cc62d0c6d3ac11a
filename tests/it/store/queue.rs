//! The queue: its views, pages, filters, and the numbers above it.

use quell_core::ports::{Reads as _, Store as _};
use quell_domain::{
    Changeset, Timestamp,
    action::Action,
    alarm::{AlarmClass, Severity},
    audit::{Actor, Event, codes},
    changeset::Op,
    incident::{Incident, IncidentState, Verdict},
    playbook::{Step, StepState},
    time::{HOUR, MINUTE},
    view::{Counters, QueueFilter, QueueView},
};

use super::{
    backend::{Backend, on_both},
    world::{NOW, World, alarm, change, container, incident},
};

fn all(view: QueueView) -> QueueFilter {
    QueueFilter { view, class: None, text: String::new(), after: None }
}

async fn numbers(backend: &Backend, world: &World, filter: &QueueFilter) -> Vec<i64> {
    backend.store.queue(filter, &world.person.id, 51).await.unwrap().iter().map(|row| row.number).collect()
}

async fn matching(backend: &Backend, world: &World, text: &str) -> Vec<i64> {
    let filter = QueueFilter { text: text.to_owned(), ..all(QueueView::NeedsAction) };
    numbers(backend, world, &filter).await
}

/// What an incident shall be changed to.
type Edit = Box<dyn Fn(&mut Incident) + Send + Sync>;

/// Opens incidents, each changed as told; they get the numbers from 2 on.
async fn open(backend: &Backend, world: &World, changes: Vec<Edit>) {
    let ops = changes.iter().enumerate().map(|(n, change)| {
        let mut one = incident(&world.node.id, 'b');
        one.key = format!("key {n} of {}", changes.len());
        change(&mut one);
        Op::AddIncident(one)
    });
    backend.done(Changeset::new(Event::new(NOW, Actor::operator(), codes::INCIDENT_OPENED)).with_all(ops)).await;
}

/// Microseconds of the deadline, counted from now.
fn due(micros: i64) -> Edit {
    Box::new(move |it| it.contain_by = NOW.plus(micros))
}

on_both! {
    each_view_shows_its_own(backend) {
        let world = World::new(backend).await;
        let me = world.person.id.clone();
        open(backend, &world, vec![
            Box::new(move |it| it.owner = Some(me.clone())),
            Box::new(|it| { it.verified(Action::Pause, NOW); it.contain_by = NOW.plus(1); }),
            Box::new(|it| it.give_verdict(Verdict::FalsePositive, "a drill", None, NOW).unwrap()),
            Box::new(|it| it.give_verdict(Verdict::Benign, "a drill", None, NOW).unwrap()),
        ]).await;
        for (view, wanted) in [
            (QueueView::NeedsAction, vec![1, 2, 3]),
            (QueueView::Mine, vec![2]),
            (QueueView::Unassigned, vec![1, 3]),
            (QueueView::Contained, vec![3]),
            (QueueView::Closed, vec![5, 4]),
        ] {
            assert_eq!(numbers(backend, &world, &all(view)).await, wanted, "{view:?}");
            let other = QueueFilter { class: Some(AlarmClass::Network), ..all(view) };
            assert!(numbers(backend, &world, &other).await.is_empty(), "{view:?} by class");
        }
    }

    a_row_says_what_the_page_shows(backend) {
        let world = World::new(backend).await;
        let mut one = world.incident.clone();
        one.assign(&world.person.id, NOW).unwrap();
        backend.done(change(Op::SetIncident(one))).await;
        let row = backend.store.queue(&all(QueueView::Mine), &world.person.id, 51).await.unwrap().remove(0);
        assert_eq!(row.owner_name, "Name of alice");
        assert_eq!((row.container_name.as_str(), row.container_short.as_str()), ("web-a", "aaaaaaaaaaaa"));
        let done = row.steps.iter().filter(|step| **step == StepState::Done).count();
        assert_eq!((done, row.next.map(|offer| offer.step), row.state), (1, Some(Step::Verdict), IncidentState::Triage));
    }

    what_needs_action_is_what_the_domain_says(backend) {
        let world = World::new(backend).await;
        // Every mix of contained, judged, kept and closed; the earlier the deadline, the more of it is done.
        open(backend, &world, (0_i64..16).map(|mix| -> Edit {
            Box::new(move |it| {
                it.contain_by = NOW.plus(-mix);
                it.course.recover_by = NOW.plus(-mix);
                it.contained_at = (mix & 1 > 0).then_some(NOW);
                it.verdict = (mix & 2 > 0).then_some(Verdict::Confirmed);
                it.evidence_at = (mix & 4 > 0).then_some(NOW);
                it.closed_at = (mix & 8 > 0).then_some(NOW);
            })
        }).collect()).await;
        let mut wanted = Vec::new();
        for number in 1..=17 {
            let one = backend.store.incident_by_number(number).await.unwrap().unwrap();
            wanted.extend(one.needs_action().then_some((one.urgency(), number)));
        }
        wanted.sort_unstable();
        let order: Vec<i64> = wanted.iter().map(|(_, number)| *number).collect();
        // What is contained comes last, however long ago it had to be.
        assert_eq!(order, [8, 6, 4, 2, 1, 9, 7, 5, 3]);
        assert_eq!(numbers(backend, &world, &all(QueueView::NeedsAction)).await, order);
        let class = QueueFilter { class: Some(world.incident.class), ..all(QueueView::NeedsAction) };
        assert_eq!(numbers(backend, &world, &class).await, order);
        let counters = backend.store.counters(&world.person.id, QueueView::NeedsAction, NOW).await.unwrap();
        assert_eq!((counters.need_action, counters.need_containment, counters.past_target), (9, 5, 3));
    }

    classes_are_counted_in_the_view_that_is_shown(backend) {
        let world = World::new(backend).await;
        let me = world.person.id.clone();
        open(backend, &world, vec![
            Box::new(move |it| { it.class = AlarmClass::Escape; it.owner = Some(me.clone()); }),
            Box::new(|it| { it.class = AlarmClass::Network; it.verified(Action::Pause, NOW); it.verdict = Some(Verdict::Confirmed); it.evidence_at = Some(NOW); it.course.restored_at = Some(NOW); }),
            Box::new(|it| { it.class = AlarmClass::AbnormalFile; it.give_verdict(Verdict::Benign, "a drill", None, NOW).unwrap(); }),
        ]).await;
        let first = world.incident.class;
        for (view, wanted) in [
            (QueueView::NeedsAction, vec![AlarmClass::Escape, first]),
            (QueueView::Mine, vec![AlarmClass::Escape]),
            (QueueView::Unassigned, vec![first, AlarmClass::Network]),
            (QueueView::Contained, vec![AlarmClass::Network]),
            (QueueView::Closed, vec![AlarmClass::AbnormalFile]),
        ] {
            let wanted: Vec<i64> = AlarmClass::ALL.iter().map(|class| i64::from(wanted.contains(class))).collect();
            // A second time from what is kept.
            for _ in 0..2 {
                let found = backend.store.counters(&world.person.id, view, NOW).await.unwrap();
                assert_eq!(found.by_class, wanted, "{view:?}");
            }
        }
    }

    pages_follow_without_gap_or_twin(backend) {
        let world = World::new(backend).await;
        // Many share a deadline.
        open(backend, &world, (0..120).map(|n| due(i64::from(n / 50))).collect()).await;
        let mut seen = Vec::new();
        let mut filter = all(QueueView::NeedsAction);
        loop {
            let mut rows = backend.store.queue(&filter, &world.person.id, 51).await.unwrap();
            assert!(rows.len() <= 51, "no more than asked for");
            rows.truncate(50);
            let Some(last) = rows.last() else { break };
            filter.after = Some((last.urgency, last.number));
            seen.extend(rows.iter().map(|row| (row.urgency, row.number)));
        }
        assert_eq!(seen.len(), 121);
        assert!(seen.is_sorted());

        let closed = (0..60).map(|n| -> Edit {
            Box::new(move |it| { it.contain_by = NOW.plus(n * 7 % 60); it.give_verdict(Verdict::Benign, "a drill", None, NOW).unwrap(); })
        });
        open(backend, &world, closed.collect()).await;
        let first = numbers(backend, &world, &all(QueueView::Closed)).await;
        assert_eq!(first.len(), 51);
        let rest = QueueFilter { after: Some((first[49], first[49])), ..all(QueueView::Closed) };
        let rest = numbers(backend, &world, &rest).await;
        assert_eq!([&first[..50], &rest[..]].concat(), (122..182).rev().collect::<Vec<i64>>());
    }

    a_class_is_a_tab(backend) {
        let world = World::new(backend).await;
        open(backend, &world, AlarmClass::ALL.iter().map(|class| -> Edit {
            Box::new(|it| it.class = *class)
        }).collect()).await;
        for (class, number) in AlarmClass::ALL.iter().zip(2..) {
            let filter = QueueFilter { class: Some(*class), ..all(QueueView::NeedsAction) };
            let mut wanted = vec![number];
            if *class == world.incident.class {
                wanted.insert(0, 1);
            }
            assert_eq!(numbers(backend, &world, &filter).await, wanted);
        }
    }

    text_is_looked_for_and_never_a_pattern(backend) {
        let world = World::new(backend).await;
        open(backend, &world, vec![
            Box::new(|it| it.title = "ÄRGER 100%_\\ im <b>Haus</b>".to_owned()),
            Box::new(|it| it.place.container_name = "payments-api".to_owned()),
            Box::new(|it| it.place.node_name = "Node-77".to_owned()),
            Box::new(|it| it.place.image = "registry/shop@sha256:beef".to_owned()),
            Box::new(|it| it.place.container = Some(container('e'))),
        ]).await;
        for (text, wanted) in [
            ("ärger", vec![2]), ("100%_\\", vec![2]), ("100%_x", vec![]), ("%", vec![2]), ("_", vec![2]), ("<b>", vec![2]),
            ("  Payments ", vec![3]), ("node-77", vec![4]), ("shop@SHA256:be", vec![5]), ("eeeeeeeeeeee", vec![6]),
            ("INC-4", vec![4]), ("nothing", vec![]), ("' OR 1=1 --", vec![]), ("web\0", vec![]),
        ] {
            assert_eq!(matching(backend, &world, text).await, wanted, "{text}");
        }
        assert!(matching(backend, &world, &"x".repeat(1_000_000)).await.is_empty());
        // What is written back is found by its new text, and by its number still.
        let mut changed = backend.store.incident_by_number(3).await.unwrap().unwrap();
        changed.place.container_name = "renamed".to_owned();
        backend.done(change(Op::SetIncident(changed))).await;
        assert_eq!(matching(backend, &world, "renamed").await, [3]);
        assert_eq!(matching(backend, &world, "inc-3").await, [3]);
    }

    numbers_follow_every_write_of_anybody(backend) {
        let world = World::new(backend).await;
        let other = backend.again().await;
        let me = &world.person.id;
        let need = async |store: &quell_store::SqlStore| store.counters(me, QueueView::NeedsAction, NOW).await.unwrap().need_action;
        assert_eq!((need(&backend.store).await, need(&other).await), (1, 1));
        for n in 0..5 {
            let mut one = incident(&world.node.id, 'b');
            one.key = format!("key {n}");
            // Written by one portal, read by both.
            let writer = if n % 2 == 0 { &backend.store } else { &other };
            writer.commit(change(Op::AddIncident(one))).await.unwrap();
            assert_eq!((need(&backend.store).await, need(&other).await), (n + 2, n + 2));
        }
    }

    numbers_above_the_queue(backend) {
        let counters = async |at: Timestamp, world: &World| backend.store.counters(&world.person.id, QueueView::NeedsAction, at).await.unwrap();
        let nobody = quell_domain::ids::PersonId::new("nobody");
        let empty = backend.store.counters(&nobody, QueueView::NeedsAction, NOW).await.unwrap();
        assert_eq!(empty, Counters { by_class: vec![0; AlarmClass::ALL.len()], ..Counters::default() });

        let world = World::new(backend).await;
        let me = world.person.id.clone();
        let contained = |after: i64| -> Edit {
            Box::new(move |it| { it.first_alarm_at = NOW.plus(-25 * HOUR); it.verified(Action::Pause, NOW.plus(-25 * HOUR + after)); it.acknowledged_at = Some(NOW); })
        };
        open(backend, &world, vec![
            Box::new(move |it| { it.assign(&me, NOW).unwrap(); it.class = AlarmClass::Escape; it.severity = Severity::Critical; }),
            Box::new(|it| { it.first_alarm_at = NOW.plus(-HOUR); it.contain_by = NOW.plus(-1); it.course.acknowledge_by = NOW.plus(-1); }),
            contained(2 * HOUR), contained(4 * HOUR),
            // Too long ago to count for the median.
            contained(30 * MINUTE),
            Box::new(|it| it.give_verdict(Verdict::Benign, "a drill", None, NOW).unwrap()),
        ]).await;
        let mut last = alarm(&world.source.id, "x");
        last.received_at = NOW.plus(77);
        backend.done(change(Op::AddAlarms(vec![last]))).await;
        let found = counters(NOW, &world).await;
        let mut by_class = vec![0; AlarmClass::ALL.len()];
        by_class[0] = 1;
        by_class[2] = 5;
        assert_eq!(found, Counters {
            need_action: 6,
            need_containment: 3,
            past_target: 1,
            unknown: 0,
            not_acknowledged: 2,
            past_acknowledge: 1,
            oldest_unacknowledged: Some(NOW.plus(-HOUR)),
            mine: 1,
            unassigned: 5,
            contained: 3,
            closed: 1,
            by_class,
            median_to_contain: Some(3 * HOUR),
            last_alarm_at: Some(NOW.plus(77)),
        });
        assert_eq!(counters(NOW.plus(48 * HOUR), &world).await.median_to_contain, None);
        assert_eq!(counters(NOW.plus(48 * HOUR), &world).await.past_target, 3);
    }
}
