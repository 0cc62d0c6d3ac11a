//! Evidence packs, their tasks, items and custody.

use quell_core::ports::{Bookkeeping as _, Reads as _, Thing};
use quell_domain::{
    audit::Actor,
    changeset::Op,
    evidence::{CustodyStep, Item, ItemKind, ItemState, Task},
    ids::{Digest, EvidenceId, PackId},
};

use super::{
    backend::on_both,
    world::{NOW, World, change, pack},
};

fn item(task: &Task, world: &World) -> Item {
    Item {
        id: task.id.clone(),
        pack: task.pack.clone(),
        incident: world.incident.id.clone(),
        kind: task.kind,
        state: ItemState::Sealed,
        size: 9,
        sha256: Some(Digest::of(b"kept")),
        object: Some("pack/1-inspect.json".to_owned()),
        method: "GET /containers/{id}/json".to_owned(),
        started_at: NOW,
        ended_at: NOW.plus(2),
        check: "One JSON document.".to_owned(),
        reason: String::new(),
    }
}

fn set(task: &EvidenceId, from: &[ItemState], to: ItemState, at: i64) -> Op {
    Op::SetTask { task: task.clone(), from: from.to_vec(), to, note: to.word().to_owned(), at: NOW.plus(at) }
}

on_both! {
    a_pack_goes_its_way(backend) {
        let world = World::new(backend).await;
        // Written in any order, read in the order of collection.
        let (pack, tasks) = pack(&world.incident, &world.person, &[ItemKind::RootFs, ItemKind::Inspect]);
        let store = &backend.store;
        backend.done(change(Op::AddPack(pack.clone(), tasks.clone()))).await;
        let view = store.pack(&pack.id).await.unwrap().unwrap();
        assert_eq!((view.pack, view.tasks), (pack.clone(), vec![tasks[1].clone(), tasks[0].clone()]));

        let inspect = &tasks[1].id;
        backend.conflicts(change(set(inspect, &[ItemState::Collecting], ItemState::Sealed, 0)), Thing::EvidenceItem).await;
        backend.done(change(set(inspect, &[ItemState::Queued], ItemState::Collecting, 1))).await;
        store.progress(inspect, 5, Some(9), NOW.plus(2)).await.unwrap();
        let task = store.pack(&pack.id).await.unwrap().unwrap().tasks.remove(0);
        assert_eq!((task.bytes, task.total), (5, Some(9)));
        assert_eq!((task.started_at, task.heartbeat_at), (Some(NOW.plus(1)), Some(NOW.plus(2))));
        // Begun again after a crash: it begins at nothing.
        backend.done(change(set(inspect, &[ItemState::Collecting], ItemState::Collecting, 3))).await;
        let task = store.pack(&pack.id).await.unwrap().unwrap().tasks.remove(0);
        assert_eq!((task.bytes, task.started_at), (0, Some(NOW.plus(3))));

        let kept = item(&tasks[1], &world);
        let step = CustodyStep {
            item: kept.id.clone(),
            at: NOW.plus(4),
            actor: Actor::system("collect_evidence"),
            what: "sealed".to_owned(),
            sha256: Some(Digest::of(b"kept")),
        };
        let sealed = change(set(inspect, &[ItemState::Collecting], ItemState::Sealed, 4))
            .with(Op::AddItem(kept.clone()))
            .with(Op::AddCustody(step.clone()));
        backend.done(sealed).await;
        backend.refused(change(Op::AddItem(kept.clone()))).await;
        // Bytes that arrive late change nothing.
        store.progress(inspect, 7, None, NOW.plus(5)).await.unwrap();
        assert_eq!(store.pack(&pack.id).await.unwrap().unwrap().tasks[0].bytes, 0);

        let later = CustodyStep { what: "found missing".to_owned(), at: NOW.plus(1), sha256: None, ..step.clone() };
        backend.done(change(Op::AddCustody(later.clone()))).await;
        assert_eq!(store.custody_of(inspect).await.unwrap(), [step, later]);
        assert_eq!(store.item(inspect).await.unwrap(), Some((kept.clone(), pack.clone())));
        assert_eq!(store.item(&tasks[0].id).await.unwrap(), None);

        backend.done(change(Op::FinishPack(pack.id.clone(), NOW.plus(9)))).await;
        backend.conflicts(change(Op::FinishPack(pack.id.clone(), NOW.plus(9))), Thing::EvidencePack).await;
        let all = store.packs_of(&world.incident.id).await.unwrap();
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].pack.done_at, &all[0].items), (Some(NOW.plus(9)), &vec![kept]));
    }

    one_pack_at_a_time(backend) {
        let world = World::new(backend).await;
        let (first, tasks) = pack(&world.incident, &world.person, ItemKind::ALL);
        backend.done(change(Op::AddPack(first.clone(), tasks))).await;
        let (second, tasks) = pack(&world.incident, &world.person, &[ItemKind::Logs]);
        backend.duplicates(change(Op::AddPack(second.clone(), tasks.clone())), Thing::EvidencePack).await;
        backend.done(change(Op::FinishPack(first.id.clone(), NOW))).await;
        backend.done(change(Op::AddPack(second.clone(), tasks))).await;
        let order: Vec<PackId> =
            backend.store.packs_of(&world.incident.id).await.unwrap().into_iter().map(|view| view.pack.id).collect();
        assert_eq!(order, [second.id, first.id]);
    }

    custody_of_nothing_is_refused(backend) {
        World::new(backend).await;
        let step = CustodyStep {
            item: EvidenceId::new("none"),
            at: NOW,
            actor: Actor::operator(),
            what: "downloaded".to_owned(),
            sha256: Some(Digest::of(b"")),
        };
        backend.conflicts(change(Op::AddCustody(step)), Thing::EvidenceItem).await;
    }
}
