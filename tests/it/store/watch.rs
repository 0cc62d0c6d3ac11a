//! The watch over containments: who has it, what it knows, and its own alarms.

use quell_core::ports::{Bookkeeping as _, Reads as _, Thing};
use quell_domain::{
    action::Action,
    alarm::MappingMethod,
    changeset::Op,
    incident::{IncidentState, Verdict},
    playbook::{Step, Unknown},
    source,
    time::{DAY, MINUTE, SECOND},
    view::{QueueFilter, QueueView},
};

use super::{
    backend::on_both,
    world::{NOW, World, alarm, change, incident},
};

on_both! {
    one_portal_watches_a_node_until_it_lets_go(backend) {
        let world = World::new(backend).await;
        let (store, node) = (&backend.store, &world.node.id);
        let take = async |owner: &str, at: i64| {
            store.take_watch(node, owner, NOW.plus(at), NOW.plus(at + 10 * SECOND)).await.unwrap()
        };
        assert!(take("first", 0).await);
        assert!(!take("second", SECOND).await && take("first", 2 * SECOND).await, "who has it keeps it");
        store.looked(node, "second", NOW.plus(3 * SECOND)).await.unwrap();
        assert_eq!(store.looked_at(&world.incident).await.unwrap(), None, "only who has it has looked");
        store.looked(node, "first", NOW.plus(3 * SECOND)).await.unwrap();
        assert_eq!(store.looked_at(&world.incident).await.unwrap(), Some(NOW.plus(3 * SECOND)));
        assert!(!take("second", 11 * SECOND).await);
        assert!(take("second", 12 * SECOND).await, "it was let go of");
        // The clock was set back: a lease that lies a day ahead is none.
        assert!(take("third", -DAY).await);
        assert!(!take("second", -DAY - MINUTE / 2).await, "nor is one that lies a little ahead worth nothing");
    }

    what_cannot_be_read_is_unknown_and_needs_action(backend) {
        let world = World::new(backend).await;
        let store = &backend.store;
        let row = async || {
            let filter = QueueFilter { view: QueueView::NeedsAction, class: None, text: String::new(), after: None };
            store.queue(&filter, &world.person.id, 51).await.unwrap().into_iter().find(|row| row.id == world.incident.id)
        };
        // All is done that must not wait, so it asks for nothing.
        let mut held = world.incident.clone();
        held.give_verdict(Verdict::Confirmed, "", None, NOW).unwrap();
        held.verified(Action::Pause, NOW);
        held.evidence_at = Some(NOW);
        held.course.restored_at = Some(NOW);
        backend.done(change(Op::SetIncident(held.clone()))).await;
        assert!(row().await.is_none());
        held.version += 1;
        held.unknown = Some(Unknown { since: NOW, reason: "The engine cannot \0 be reached.".to_owned() });
        backend.done(change(Op::SetIncident(held.clone()))).await;
        backend.conflicts(change(Op::SetIncident(held.clone())), Thing::Incident).await;
        let said = Unknown { since: NOW, reason: "The engine cannot \u{2400} be reached.".to_owned() };
        assert_eq!(store.incident(&held.id).await.unwrap().unwrap().unknown, Some(said));
        let shown = row().await.expect("unknown is not fine");
        assert!(shown.unknown);
        assert_eq!(shown.next.map(|offer| offer.step), Some(Step::Contain), "what is not known is not done");
        let counters = store.counters(&world.person.id, QueueView::NeedsAction, NOW.plus(DAY)).await.unwrap();
        assert_eq!((counters.need_action, counters.need_containment, counters.unknown), (1, 0, 1));
        assert_eq!(counters.past_target, 0, "as far as is known it was contained in time");
        held.version += 1;
        held.unknown = None;
        backend.done(change(Op::SetIncident(held))).await;
        assert!(row().await.is_none());
    }

    what_is_or_should_be_contained_is_watched(backend) {
        let world = World::new(backend).await;
        let store = &backend.store;
        assert!(store.watch_list().await.unwrap().is_empty());
        let watched = async || {
            let mut states: Vec<IncidentState> = store.watch_list().await.unwrap().iter().map(|it| it.state).collect();
            states.sort_unstable();
            states
        };
        let mut held = world.incident.clone();
        held.verified(Action::Pause, NOW);
        backend.done(change(Op::SetIncident(held.clone()))).await;
        assert_eq!(watched().await, [IncidentState::Contained]);
        let mut broken = incident(&world.node.id, 'b');
        broken.state = IncidentState::Containing;
        backend.done(change(Op::AddIncident(broken))).await;
        assert_eq!(watched().await, [IncidentState::Containing, IncidentState::Contained]);
        held.version += 1;
        held.closed_at = Some(NOW);
        backend.done(change(Op::SetIncident(held))).await;
        assert_eq!(watched().await, [IncidentState::Containing]);
    }

    its_alarm_joins_in_the_commit_that_brings_it_and_once(backend) {
        let world = World::new(backend).await;
        let store = &backend.store;
        let own = alarm(&source::own(), "broken");
        let commit = |incident: &quell_domain::incident::Incident| {
            let mapped = Op::MapAlarms {
                alarms: vec![own.id.clone()],
                incident: incident.id.clone(),
                through: Vec::new(),
                method: MappingMethod::Exact,
                reason: "the watch".to_owned(),
            };
            change(Op::SetIncident(incident.clone())).with(Op::AddAlarms(vec![own.clone()])).with(mapped)
        };
        backend.done(commit(&world.incident)).await;
        backend.conflicts(commit(&world.incident), Thing::Incident).await;
        let now = store.incident(&world.incident.id).await.unwrap().unwrap();
        backend.conflicts(commit(&now), Thing::Alarm).await;
        assert!(store.unmapped_alarms(9).await.unwrap().is_empty());
        assert_eq!(store.alarms_of(&world.incident.id, 9).await.unwrap().len(), 1);
        // It is in no list, and nobody can take it out of use.
        assert!(store.sources().await.unwrap().iter().all(|row| row.source.id != source::own()));
        backend.conflicts(change(Op::RevokeSource(source::own(), NOW)), Thing::Source).await;
    }
}
