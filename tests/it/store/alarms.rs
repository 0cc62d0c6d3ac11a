//! Alarms: batches of any size, known ones left out, and which incident each belongs to.

use quell_core::ports::{Reads as _, Thing};
use quell_domain::{
    Changeset,
    alarm::{Alarm, AlarmClass, DeadLetter, MappingMethod, Severity},
    audit::{Actor, Event, codes},
    changeset::Op,
    ids::{AlarmId, DeadLetterId, IncidentId, SourceId},
    playbook::Playbooks,
    source,
};

use super::{
    backend::on_both,
    world::{NOW, World, alarm, change, incident},
};

fn received(alarms: Vec<Alarm>) -> Changeset {
    Changeset::new(Event::new(NOW, Actor::system("intake"), codes::ALARMS_RECEIVED)).with(Op::AddAlarms(alarms))
}

fn batch(source: &SourceId, count: usize, said: &str) -> Vec<Alarm> {
    (0..count).map(|n| alarm(source, &format!("{said} {n}"))).collect()
}

fn ids(alarms: &[Alarm]) -> Vec<AlarmId> {
    alarms.iter().map(|alarm| alarm.id.clone()).collect()
}

/// As they come back: without the raw bytes.
fn stored(alarms: &[Alarm]) -> Vec<Alarm> {
    alarms.iter().cloned().map(|alarm| Alarm { raw: Vec::new(), ..alarm }).collect()
}

on_both! {
    batches_of_every_size_come_back_whole(backend) {
        let world = World::new(backend).await;
        let mut all = Vec::new();
        for count in [1, 3, 4, 5, 63, 64, 65, 100, 190] {
            let alarms = batch(&world.source.id, count, &format!("of {count}"));
            assert_eq!(backend.done(received(alarms.clone())).await.new_alarms, ids(&alarms));
            all.extend(alarms);
        }
        all.sort_by(|a, b| a.id.cmp(&b.id));
        assert_eq!(backend.store.unmapped_alarms(1_000).await.unwrap(), stored(&all));
        assert_eq!(backend.store.unmapped_alarms(3).await.unwrap(), stored(&all[..3]));
    }

    hostile_text_and_raw_bytes_are_kept_as_they_are(backend) {
        let world = World::new(backend).await;
        let mut hostile = alarm(&world.source.id, "'; DROP TABLE alarm; --");
        hostile.rule = "nul \0, bidi \u{202e}, esc \u{1b}[31m, <script>, '\"\\".to_owned();
        hostile.detail.command = Some("x".repeat(65_536));
        hostile.container.name = Some("\0".repeat(3));
        hostile.raw = (0..=255).collect();
        backend.done(received(vec![hostile.clone()])).await;
        assert_eq!(backend.store.unmapped_alarms(9).await.unwrap(), stored(std::slice::from_ref(&hostile)));
        let raw = if backend.is_sqlite() { "SELECT HEX(raw) FROM alarm" } else { "SELECT ENCODE(raw, 'hex') FROM alarm" };
        assert_eq!(backend.texts(raw).await[0].to_lowercase(), hex::encode(&hostile.raw));
    }

    a_known_alarm_changes_nothing(backend) {
        let world = World::new(backend).await;
        let alarms = batch(&world.source.id, 40, "again");
        let first = backend.done(received(alarms.clone())).await;
        let before = backend.snapshot().await;
        let mut again = batch(&world.source.id, 40, "again");
        let repeated = backend.done(received(again.clone())).await;
        assert_eq!((repeated.seq, repeated.new_alarms.len()), (first.seq, 0));
        assert_eq!(before, backend.snapshot().await);

        // Something new among them is written, and the event says what.
        again.insert(7, alarm(&world.source.id, "new"));
        let new = again[7].id.clone();
        let committed = backend.done(received(again)).await;
        assert_eq!(committed.new_alarms, std::slice::from_ref(&new));
        assert_eq!(committed.seq, first.seq + 1);
        let entry = backend.store.entries(&Default::default(), 1).await.unwrap().remove(0).0;
        assert_eq!(entry.event.facts["new"], 1);
        assert_eq!(entry.event.facts["duplicates"], 40);
        assert_eq!(entry.event.facts["ids"], serde_json::json!([new.as_str()]));
    }

    the_same_alarm_twice_in_a_batch_is_one(backend) {
        let world = World::new(backend).await;
        for size in [2, 40] {
            let alarms: Vec<Alarm> = (0..size).map(|_| alarm(&world.source.id, &format!("same of {size}"))).collect();
            assert_eq!(backend.done(received(alarms.clone())).await.new_alarms, ids(&alarms[..1]));
        }
    }

    known_alarms_with_a_dead_letter_are_recorded(backend) {
        let world = World::new(backend).await;
        let alarms = batch(&world.source.id, 1, "x");
        let first = backend.done(received(alarms.clone())).await;
        let letter = DeadLetter {
            id: DeadLetterId::new("letter"),
            source: world.source.id.clone(),
            received_at: NOW,
            reason: "not JSON".to_owned(),
            raw: b"?".to_vec(),
        };
        let committed = backend.done(received(alarms).with(Op::AddDeadLetters(vec![letter]))).await;
        assert_eq!(committed.seq, first.seq + 1);
        assert_eq!(backend.store.dead_letters(None, 9).await.unwrap().len(), 1);
    }

    an_alarm_of_nobody_is_refused(backend) {
        let mut alarms = batch(&World::new(backend).await.source.id, 40, "x");
        alarms.push(alarm(&SourceId::new("nobody"), "y"));
        backend.conflicts(received(alarms), Thing::Source).await;
    }

    an_alarm_is_mapped_once(backend) {
        let world = World::new(backend).await;
        let alarms = batch(&world.source.id, 150, "map");
        backend.done(received(alarms.clone())).await;
        let map = |alarms: &[Alarm], incident: &IncidentId| Op::MapAlarms {
            alarms: ids(alarms),
            incident: incident.clone(),
            through: Vec::new(),
            method: MappingMethod::Likely,
            reason: "the source's node \0".to_owned(),
        };
        let id = &world.incident.id;
        backend.done(change(map(&alarms[..140], id))).await;
        backend.conflicts(change(map(&alarms[139..], id)), Thing::Alarm).await;
        backend.conflicts(change(map(&alarms[140..], &IncidentId::new("none"))), Thing::Incident).await;
        assert_eq!(backend.store.unmapped_alarms(99).await.unwrap().len(), 10);

        let found = backend.store.alarms_of(id, 100).await.unwrap();
        assert_eq!(found.len(), 100);
        assert_eq!(found[0].1.method, MappingMethod::Likely);
        assert_eq!(found[0].1.reason, "the source's node \u{2400}");
        let mut newest = stored(&alarms[40..140]);
        newest.reverse();
        assert_eq!(found.into_iter().map(|(alarm, _)| alarm).collect::<Vec<_>>(), newest);
    }

    alarms_move_with_a_merge_and_come_back_as_they_were(backend) {
        let world = World::new(backend).await;
        let other = incident(&world.node.id, 'b');
        let alarms = batch(&world.source.id, 70, "move");
        backend.done(received(alarms.clone())).await;
        let map = |alarms: &[Alarm], incident: &IncidentId| Op::MapAlarms {
            alarms: ids(alarms),
            incident: incident.clone(),
            through: Vec::new(),
            method: MappingMethod::Unresolved,
            reason: "nothing fits".to_owned(),
        };
        let (a, b) = (&world.incident.id, &other.id);
        backend.done(change(Op::AddIncident(other.clone())).with(map(&alarms[..66], a)).with(map(&alarms[66..68], b))).await;
        let shift = |to: &IncidentId| Op::MoveAlarms {
            from: a.clone(),
            to: to.clone(),
            mark: Some((MappingMethod::Chosen, "chosen by Alice".to_owned())),
        };
        backend.conflicts(change(shift(&IncidentId::new("none"))), Thing::Incident).await;
        backend.done(change(shift(b))).await;
        assert!(backend.store.alarms_of(a, 99).await.unwrap().is_empty());
        let moved = backend.store.alarms_of(b, 99).await.unwrap();
        let chosen = moved.iter().filter(|(_, mapping)| mapping.method == MappingMethod::Chosen).count();
        assert_eq!((moved.len(), chosen), (68, 66), "and only those that moved are marked");
        // None left to move is no error.
        backend.done(change(shift(b))).await;

        // What came later stays.
        backend.done(change(map(&alarms[68..], b))).await;
        let back = || change(Op::GiveBackAlarms { to: a.clone(), from: b.clone() });
        backend.done(back()).await;
        let returned = backend.store.alarms_of(a, 99).await.unwrap();
        assert_eq!(returned.len(), 66);
        for (_, mapping) in returned {
            assert_eq!((mapping.method, mapping.reason.as_str()), (MappingMethod::Unresolved, "nothing fits"));
        }
        assert_eq!(backend.store.alarms_of(b, 99).await.unwrap().len(), 4);
        backend.done(back()).await;
        assert_eq!(backend.store.alarms_of(a, 99).await.unwrap().len(), 66, "they are back once");
    }

    an_alarm_that_came_by_the_key_of_a_merged_incident_goes_back_with_it(backend) {
        let world = World::new(backend).await;
        let [b, c] = ['b', 'c'].map(|digit| incident(&world.node.id, digit));
        let alarms = batch(&world.source.id, 70, "later");
        backend.done(received(alarms.clone()).with(Op::AddIncident(b.clone())).with(Op::AddIncident(c.clone()))).await;
        let (a, b, c) = (&world.incident.id, &b.id, &c.id);
        let shift = |from: &IncidentId, to: &IncidentId| change(Op::MoveAlarms { from: from.clone(), to: to.clone(), mark: None });
        let back = |to: &IncidentId| change(Op::GiveBackAlarms { to: to.clone(), from: c.clone() });
        let at = async |incident: &IncidentId| backend.store.alarms_of(incident, 99).await.unwrap().len();
        // Into each other while they have none, and then they get some.
        backend.done(shift(a, b)).await;
        backend.done(shift(b, c)).await;
        let through = vec![a.clone(), b.clone()];
        let map = Op::MapAlarms {
            alarms: ids(&alarms),
            incident: c.clone(),
            through,
            method: MappingMethod::Likely,
            reason: "as found".to_owned(),
        };
        backend.done(change(map)).await;
        assert_eq!((at(a).await, at(b).await, at(c).await), (0, 0, 70));
        backend.done(back(b)).await;
        assert_eq!((at(a).await, at(b).await, at(c).await), (0, 70, 0), "with what they were merged into");
        backend.done(shift(b, c)).await;
        backend.done(back(a)).await;
        assert_eq!((at(a).await, at(b).await, at(c).await), (70, 0, 0), "however far that went");
        let found = backend.store.alarms_of(a, 1).await.unwrap().remove(0).1;
        assert_eq!((found.method, found.reason.as_str()), (MappingMethod::Likely, "as found"));
        backend.done(back(b)).await;
        assert_eq!(at(a).await, 70);
        assert!(backend.snapshot().await["alarm_away"].is_empty(), "no move counts any more");
    }

    fifty_rounds_there_and_back_leave_no_more_to_go_by_than_one(backend) {
        let world = World::new(backend).await;
        let other = incident(&world.node.id, 'b');
        let alarms = batch(&world.source.id, 3, "round");
        let (a, b) = (&world.incident.id, &other.id);
        let map = Op::MapAlarms {
            alarms: ids(&alarms),
            incident: a.clone(),
            through: Vec::new(),
            method: MappingMethod::Exact,
            reason: "exact".to_owned(),
        };
        backend.done(received(alarms.clone()).with(Op::AddIncident(other.clone())).with(map)).await;
        for round in 0..50 {
            let mark = Some((MappingMethod::Chosen, format!("round {round}")));
            backend.done(change(Op::MoveAlarms { from: a.clone(), to: b.clone(), mark })).await;
            assert_eq!(backend.store.alarms_of(b, 9).await.unwrap().len(), 3);
            assert_eq!(backend.snapshot().await["alarm_away"].len(), 3);
            backend.done(change(Op::GiveBackAlarms { to: a.clone(), from: b.clone() })).await;
            let back = backend.store.alarms_of(a, 9).await.unwrap();
            assert!(back.len() == 3 && back.iter().all(|(_, mapping)| mapping.reason == "exact"), "round {round}");
            assert!(backend.snapshot().await["alarm_away"].is_empty());
        }
        assert_eq!(backend.snapshot().await["alarm_moved"].len(), 300, "each move is on record");
    }

    what_joined_since_it_was_read_is_counted_in_the_commit(backend) {
        let world = World::new(backend).await;
        let mut worst = alarm(&world.source.id, "worst");
        (worst.severity, worst.class, worst.received_at) = (Severity::High, AlarmClass::Network, NOW.plus(9));
        let mut own = alarm(&source::own(), "a containment broke");
        (own.severity, own.class) = (Severity::Critical, AlarmClass::Escape);
        let alarms = vec![alarm(&world.source.id, "one"), worst, own];
        let map = Op::MapAlarms {
            alarms: ids(&alarms),
            incident: world.incident.id.clone(),
            through: Vec::new(),
            method: MappingMethod::Exact,
            reason: String::new(),
        };
        let recount = |version| {
            let playbooks = Playbooks { version, ..Playbooks::builtin() };
            change(Op::Recount { incident: world.incident.id.clone(), playbooks })
        };
        // What follows other playbooks by now is decided anew.
        backend.conflicts(recount(2), Thing::Incident).await;
        let ready = recount(1);
        // Written by somebody else in between: a version that was read before would not be taken.
        backend.done(Changeset::new(Event::new(NOW, Actor::operator(), codes::NOTE)).with(Op::AddAlarms(alarms)).with(map).with(Op::SetIncident(world.incident.clone()))).await;
        backend.done(ready).await;
        let now = backend.store.incident(&world.incident.id).await.unwrap().unwrap();
        assert_eq!((now.alarm_count, now.severity, now.class), (3, Severity::High, AlarmClass::Network), "what Quell says itself only counts");
        assert_eq!((now.first_alarm_at, now.last_alarm_at, now.version), (NOW, NOW.plus(9), 2));
        // What was merged has none of its own.
        let mut merged = now.clone();
        let mut into = incident(&world.node.id, 'b');
        merged.place.method = MappingMethod::Unresolved;
        merged.merge(&mut into, "", None, NOW, &Playbooks::builtin()).unwrap();
        backend.done(change(Op::AddIncident(into)).with(Op::SetIncident(merged))).await;
        backend.conflicts(recount(1), Thing::Incident).await;
    }

    marking_alarms_moves_none(backend) {
        let world = World::new(backend).await;
        let alarms = batch(&world.source.id, 3, "mark");
        backend.done(received(alarms.clone())).await;
        let id = &world.incident.id;
        let map = Op::MapAlarms {
            alarms: ids(&alarms),
            incident: id.clone(),
            through: Vec::new(),
            method: MappingMethod::Unresolved,
            reason: String::new(),
        };
        let mark = Op::MarkAlarms { incident: id.clone(), method: MappingMethod::Chosen, reason: "by Alice".to_owned() };
        backend.done(change(map).with(mark)).await;
        let marked = backend.store.alarms_of(id, 9).await.unwrap();
        assert!(marked.iter().all(|(_, mapping)| mapping.method == MappingMethod::Chosen && mapping.reason == "by Alice"));
        assert_eq!((marked.len(), backend.snapshot().await["alarm_moved"].len()), (3, 0));
    }
}
