//! Incidents: numbers, versions and keys.

use quell_core::ports::{Reads as _, Thing};
use quell_domain::{
    action::{Action, RequestState},
    approval::Review,
    changeset::Op,
    evidence::ItemKind,
    ids::IncidentId,
    incident::{Closing, IncidentState, Verdict, closing::Ending},
};

use super::{
    backend::on_both,
    world::{NOW, World, change, container, incident, pack, request},
};

on_both! {
    an_incident_is_read_back_as_written(backend) {
        let world = World::new(backend).await;
        let mut full = incident(&world.node.id, 'b');
        full.give_verdict(Verdict::Confirmed, "reverse shell", None, NOW).unwrap();
        full.owner = Some(world.person.id.clone());
        full.verified(Action::Pause, NOW.plus(1));
        full.evidence_at = Some(NOW.plus(2));
        full.analysed_at = Some(NOW.plus(3));
        full.reopened_at = Some(NOW.plus(4));
        backend.done(change(Op::AddIncident(full.clone()))).await;
        full.number = 2;
        let store = &backend.store;
        assert_eq!(store.incident(&full.id).await.unwrap(), Some(full.clone()));
        assert_eq!(store.incident_by_number(2).await.unwrap(), Some(full.clone()));
        assert_eq!(store.open_incident(&full.key).await.unwrap(), Some(full));
        assert_eq!(store.incident_by_number(3).await.unwrap(), None);

        let mut bare = incident(&world.node.id, 'c');
        bare.place.node = None;
        bare.place.container = None;
        backend.done(change(Op::AddIncident(bare.clone()))).await;
        bare.number = 3;
        assert_eq!(store.incident(&bare.id).await.unwrap(), Some(bare));
    }

    a_write_names_the_version_that_it_read(backend) {
        let world = World::new(backend).await;
        let mut read = world.incident.clone();
        read.assign(&world.person.id, NOW).unwrap();
        backend.done(change(Op::SetIncident(read.clone()))).await;
        // Somebody else still holds the old version.
        backend.conflicts(change(Op::SetIncident(world.incident.clone())), Thing::Incident).await;
        read.version = 1;
        assert_eq!(backend.store.incident(&read.id).await.unwrap(), Some(read.clone()));
        backend.done(change(Op::SetIncident(read))).await;
    }

    one_open_incident_for_a_key_of_any_length(backend) {
        let world = World::new(backend).await;
        let mut long = incident(&world.node.id, 'b');
        long.key = format!("hint:{}\0", "x".repeat(70_000));
        backend.done(change(Op::AddIncident(long.clone()))).await;
        let found = backend.store.open_incident(&long.key).await.unwrap().unwrap();
        assert_eq!(found.id, long.id);
        let mut second = incident(&world.node.id, 'c');
        second.key = long.key.clone();
        backend.duplicates(change(Op::AddIncident(second.clone())), Thing::Incident).await;
        // A closed one makes room.
        let mut closed = found;
        closed.give_verdict(Verdict::Benign, "a test", None, NOW).unwrap();
        assert_eq!(closed.state, IncidentState::Closed);
        backend.done(change(Op::SetIncident(closed))).await;
        assert_eq!(backend.store.open_incident(&long.key).await.unwrap(), None);
        backend.done(change(Op::AddIncident(second.clone()))).await;
        assert_eq!(backend.store.incident(&second.id).await.unwrap().map(|it| it.number), Some(3));

        // Choosing a container may meet another incident's key.
        let mut chooser = backend.store.incident(&second.id).await.unwrap().unwrap();
        chooser.key = world.incident.key.clone();
        chooser.place.container = Some(container('a'));
        backend.duplicates(change(Op::SetIncident(chooser)), Thing::Incident).await;
    }

    a_closed_incident_keeps_why_and_what_it_belongs_to(backend) {
        let world = World::new(backend).await;
        let mut other = incident(&world.node.id, 'b');
        other.number = 2;
        let ending = Ending {
            closing: Closing::Duplicate,
            of: vec![world.incident.clone()],
            reason: "the same shell \0".to_owned(),
            without_evidence: false,
        };
        other.close(ending, None, NOW).unwrap();
        backend.done(change(Op::AddIncident(other.clone()))).await;
        let found = backend.store.incident(&other.id).await.unwrap().unwrap();
        assert_eq!((found.closing, found.of.as_ref()), (Some(Closing::Duplicate), Some(&world.incident.id)));
        assert_eq!(found.closing_reason, "INC-1: the same shell \u{2400}");
        assert_eq!(backend.store.incidents_of(&world.incident.id).await.unwrap(), std::slice::from_ref(&found));
        assert!(backend.store.incidents_of(&other.id).await.unwrap().is_empty());

        // Open and closed ones with one key, the newest first.
        let mut again = incident(&world.node.id, 'c');
        again.key = other.key.clone();
        backend.done(change(Op::AddIncident(again))).await;
        let numbers: Vec<i64> =
            backend.store.incidents_with(&other.key).await.unwrap().iter().map(|it| it.number).collect();
        assert_eq!(numbers, [3, 2]);
        // Opened again it would be the second.
        let mut reopened = found;
        reopened.reopen("seen again", None, NOW).unwrap();
        backend.duplicates(change(Op::SetIncident(reopened)), Thing::Incident).await;
    }

    what_is_expected_of_an_incident_is_looked_up_in_the_commit(backend) {
        let world = World::new(backend).await;
        let id = &world.incident.id;
        let expect = |op: Op| change(op);
        backend.done(expect(Op::ExpectIncident(id.clone(), world.incident.version))).await;
        backend.conflicts(expect(Op::ExpectIncident(id.clone(), 7)), Thing::Incident).await;
        backend.done(expect(Op::ExpectOpen(id.clone()))).await;
        backend.conflicts(expect(Op::ExpectOpen(IncidentId::new("none"))), Thing::Incident).await;
        backend.done(expect(Op::ExpectIdle(id.clone()))).await;

        // A request that waits; once it ended, only break-glass is still in the way, until it was reviewed.
        let mut asked = request(&world.incident, &world.person, 'a');
        asked.break_glass = true;
        backend.done(change(Op::AddRequest(asked.clone()))).await;
        backend.conflicts(expect(Op::ExpectIdle(id.clone())), Thing::Incident).await;
        let ended = Op::SetRequest {
            request: asked.id.clone(),
            from: RequestState::OPEN.to_vec(),
            to: RequestState::Void,
            detail: String::new(),
        };
        backend.done(change(ended)).await;
        backend.conflicts(expect(Op::ExpectIdle(id.clone())), Thing::Incident).await;
        let review = Review {
            request: asked.id,
            person: world.person.id.clone(),
            person_name: String::new(),
            note: "it was right".to_owned(),
            at: NOW,
        };
        backend.done(change(Op::AddReview(review))).await;
        backend.done(expect(Op::ExpectIdle(id.clone()))).await;

        // A collection, until it ended.
        backend.done(expect(Op::ExpectNoCollection(id.clone()))).await;
        let (pack, tasks) = pack(&world.incident, &world.person, &[ItemKind::Inspect]);
        backend.done(change(Op::AddPack(pack.clone(), tasks))).await;
        backend.conflicts(expect(Op::ExpectIdle(id.clone())), Thing::Incident).await;
        backend.conflicts(expect(Op::ExpectNoCollection(id.clone())), Thing::Incident).await;
        backend.done(change(Op::FinishPack(pack.id, NOW))).await;
        backend.done(expect(Op::ExpectNoCollection(id.clone()))).await;
        backend.done(expect(Op::ExpectIdle(id.clone()))).await;

        let mut closed = world.incident.clone();
        closed.give_verdict(Verdict::Benign, "a test", None, NOW).unwrap();
        backend.done(change(Op::SetIncident(closed))).await;
        backend.conflicts(expect(Op::ExpectOpen(id.clone())), Thing::Incident).await;
    }

    a_refused_incident_uses_no_number_up(backend) {
        let world = World::new(backend).await;
        let twice = change(Op::AddIncident(incident(&world.node.id, 'b'))).with(Op::AddIncident(incident(&world.node.id, 'b')));
        backend.duplicates(twice, Thing::Incident).await;
        let two = change(Op::AddIncident(incident(&world.node.id, 'b'))).with(Op::AddIncident(incident(&world.node.id, 'c')));
        backend.done(two).await;
        let numbers = backend.texts("SELECT CAST(number AS TEXT) FROM incident ORDER BY number").await;
        assert_eq!(numbers, ["1", "2", "3"]);
    }
}
