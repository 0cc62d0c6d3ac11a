//! Incidents: numbers, versions and keys.

use quell_core::ports::{Reads as _, Thing};
use quell_domain::{
    action::Action,
    changeset::Op,
    incident::{IncidentState, Verdict},
};

use super::{
    backend::on_both,
    world::{NOW, World, change, container, incident},
};

on_both! {
    an_incident_is_read_back_as_written(backend) {
        let world = World::new(backend).await;
        let mut full = incident(&world.node.id, 'b');
        full.give_verdict(Verdict::Confirmed, "reverse shell", None, NOW).unwrap();
        full.owner = Some(world.person.id.clone());
        full.verified(Action::Pause, NOW.plus(1));
        full.evidence_at = Some(NOW.plus(2));
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
