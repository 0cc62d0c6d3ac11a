//! Nodes, sources and dead letters.

use quell_core::ports::{Bookkeeping as _, Reads as _, Thing};
use quell_domain::{
    alarm::DeadLetter,
    changeset::Op,
    ids::{DeadLetterId, Digest, NodeId, SourceId},
    source::Source,
    view::{LetterPlace, SourceRow},
};

use super::{
    backend::on_both,
    world::{NOW, World, alarm, change, engine_facts, node, source},
};

on_both! {
    a_node_is_in_use_until_removed(backend) {
        let mut first = node("Node-1");
        backend.done(change(Op::AddNode(first.clone()))).await;
        backend.duplicates(change(Op::AddNode(node("nODE-1"))), Thing::Node).await;
        let said = |facts, stranger, trouble: Option<&str>| Op::SetNodeFacts {
            node: first.id.clone(), facts, stranger, trouble: trouble.map(str::to_owned),
        };
        let facts = said(Some(engine_facts()), None, None);
        backend.done(change(facts)).await;
        first.facts = Some(engine_facts());
        first.trouble = None;
        assert_eq!(backend.store.nodes().await.unwrap(), std::slice::from_ref(&first));
        // A failed check keeps what is known.
        backend.done(change(said(None, None, Some("silent")))).await;
        first.trouble = Some("silent".to_owned());
        assert_eq!(backend.store.node(&first.id).await.unwrap(), Some(first.clone()));
        // Another engine is kept beside it, until it is gone again.
        backend.done(change(said(None, Some(engine_facts()), Some("another")))).await;
        first.stranger = Some(engine_facts());
        first.trouble = Some("another".to_owned());
        assert_eq!(backend.store.node(&first.id).await.unwrap(), Some(first.clone()));
        backend.done(change(said(None, None, None))).await;
        first.stranger = None;
        first.trouble = None;
        assert_eq!(backend.store.node(&first.id).await.unwrap(), Some(first.clone()));

        backend.done(change(Op::RemoveNode(first.id.clone(), NOW))).await;
        backend.conflicts(change(Op::RemoveNode(first.id.clone(), NOW)), Thing::Node).await;
        backend.done(change(Op::AddNode(node("node-1")))).await;
        first.removed_at = Some(NOW);
        assert_eq!(backend.store.node(&first.id).await.unwrap(), Some(first));
        assert_eq!(backend.store.nodes().await.unwrap().len(), 1);
        let unknown = Op::SetNodeFacts { node: NodeId::new("none"), facts: None, stranger: None, trouble: None };
        backend.conflicts(change(unknown), Thing::Node).await;
    }

    a_source_is_known_by_its_token_until_revoked(backend) {
        let world = World::new(backend).await;
        let mut sidekick = source("a sidekick");
        sidekick.default_node = Some(world.node.id.clone());
        backend.done(change(Op::AddSource(sidekick.clone()))).await;
        backend.duplicates(change(Op::AddSource(source("a sidekick"))), Thing::Source).await;
        let mut astray = source("astray");
        astray.default_node = Some(NodeId::new("none"));
        backend.conflicts(change(Op::AddSource(astray)), Thing::Source).await;

        let mut late = alarm(&sidekick.id, "late");
        late.received_at = NOW.plus(5);
        backend.done(change(Op::AddAlarms(vec![alarm(&sidekick.id, "early"), late]))).await;
        backend.store.sensor_said(&world.source.id, "started", NOW).await.unwrap();
        backend.store.sensor_said(&world.source.id, "dropped \0 events", NOW.plus(1)).await.unwrap();
        let row = |source: &Source, node_name: &str, last_alarm_at, sensor| SourceRow {
            source: source.clone(),
            node_name: node_name.to_owned(),
            last_alarm_at,
            sensor,
        };
        let said = Some((NOW.plus(1), "dropped \u{2400} events".to_owned()));
        let heard = [
            row(&sidekick, &world.node.name, Some(NOW.plus(5)), None),
            row(&world.source, "", None, said),
        ];
        assert_eq!(backend.store.sources().await.unwrap(), heard);
        backend.done(change(Op::RemoveNode(world.node.id.clone(), NOW))).await;
        assert_eq!(backend.store.sources().await.unwrap()[0].node_name, "", "a node that is no longer in use");

        let token = sidekick.token_hash.clone();
        assert_eq!(backend.store.source_by_token(&token).await.unwrap(), Some(sidekick.clone()));
        assert_eq!(backend.store.source_by_token(&Digest::of(b"guess")).await.unwrap(), None);
        backend.done(change(Op::RevokeSource(sidekick.id.clone(), NOW))).await;
        assert_eq!(backend.store.source_by_token(&token).await.unwrap(), None);
        backend.conflicts(change(Op::RevokeSource(sidekick.id, NOW)), Thing::Source).await;
        backend.conflicts(change(Op::RevokeSource(SourceId::new("none"), NOW)), Thing::Source).await;
    }

    dead_letters_are_kept_with_the_reason(backend) {
        let world = World::new(backend).await;
        let letter = |source: &SourceId, at: i64, raw: &[u8]| DeadLetter {
            id: DeadLetterId::new(quell_core::ids::mint()),
            source: source.clone(),
            received_at: NOW.plus(at),
            reason: "not JSON: \0".to_owned(),
            raw: raw.to_vec(),
        };
        let mut long = vec![0xff; 5_000];
        long.extend_from_slice("ä".repeat(400).as_bytes());
        let letters = vec![letter(&world.source.id, 0, b"first"), letter(&world.source.id, 1, &long)];
        backend.done(change(Op::AddDeadLetters(letters))).await;
        let found = backend.store.dead_letters(None, 10).await.unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].preview, format!("{}…", "\u{fffd}".repeat(300)));
        assert_eq!(found[1].preview, "first");
        assert_eq!(found[1].reason, "not JSON: \u{2400}");
        assert_eq!(found[1].source_name, "falco");
        let newest = backend.store.dead_letters(None, 1).await.unwrap();
        assert_eq!(newest, found[..1]);
        let place = newest[0].place();
        assert_eq!(backend.store.dead_letters(Some(&place), 9).await.unwrap(), found[1..]);
        // What stands in the page's address can be anything.
        let odd = LetterPlace::parse("5-\0").unwrap();
        assert_eq!(backend.store.dead_letters(Some(&odd), 9).await.unwrap(), []);
        let place = found[1].place();
        assert_eq!(backend.store.dead_letters(Some(&place), 9).await.unwrap(), []);
        let astray = letter(&SourceId::new("none"), 0, b"");
        backend.conflicts(change(Op::AddDeadLetters(vec![astray])), Thing::DeadLetter).await;
    }
}
