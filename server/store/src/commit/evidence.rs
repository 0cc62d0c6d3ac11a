//! Evidence packs, tasks, items and custody.

use quell_core::ports::{CommitError, Thing};
use quell_domain::{
    Timestamp,
    evidence::{CustodyStep, Item, ItemState, Pack, Task},
    ids::{Digest, EvidenceId, PackId},
};

use super::{about, fill, one};
use crate::{
    db::{Tx, run},
    rows::{clean, clean_opt, json},
    sql::evidence as sql,
};

pub(super) async fn add_pack(tx: &mut Tx, pack: &Pack, tasks: &[Task]) -> Result<(), CommitError> {
    let facts = json(&pack.facts)?;
    let added = run!(
        tx tx, sql::PACK_ADD, pack.id.as_str(), pack.incident.as_str(), pack.node.as_str(), facts.as_str(),
        pack.requester.as_str(), clean(&pack.requester_name), pack.created_at.0, pack.done_at.map(|at| at.0)
    );
    one(added.map_err(about(Thing::EvidencePack))?, Thing::EvidencePack)?;
    for task in tasks {
        let added = run!(
            tx tx, sql::TASK_ADD, task.id.as_str(), task.pack.as_str(), task.kind.word(), task.state.word(),
            task.bytes, task.total, task.started_at.map(|at| at.0), task.heartbeat_at.map(|at| at.0),
            clean(&task.note)
        );
        one(added.map_err(about(Thing::EvidenceItem))?, Thing::EvidenceItem)?;
    }
    Ok(())
}

pub(super) async fn set_task(
    tx: &mut Tx,
    task: &EvidenceId,
    from: &[ItemState],
    to: ItemState,
    note: &str,
    at: Timestamp,
) -> Result<(), CommitError> {
    let [a, b, c, d, e, f, g, h] = fill(&from.iter().map(|state| state.word()).collect::<Vec<_>>());
    let set = run!(tx tx, sql::TASK_SET, task.as_str(), to.word(), clean(note), at.0, a, b, c, d, e, f, g, h);
    one(set.map_err(about(Thing::EvidenceItem))?, Thing::EvidenceItem)
}

pub(super) async fn add_item(tx: &mut Tx, item: &Item) -> Result<(), CommitError> {
    let added = run!(
        tx tx, sql::ITEM_ADD, item.id.as_str(), item.pack.as_str(), item.incident.as_str(), item.kind.word(),
        item.state.word(), item.size, item.sha256.as_ref().map(Digest::as_str), clean_opt(item.object.as_deref()),
        clean(&item.method), item.started_at.0, item.ended_at.0, clean(&item.check), clean(&item.reason)
    );
    one(added.map_err(about(Thing::EvidenceItem))?, Thing::EvidenceItem)
}

pub(super) async fn add_custody(tx: &mut Tx, step: &CustodyStep) -> Result<(), CommitError> {
    let actor = json(&step.actor)?;
    let added = run!(
        tx tx, sql::CUSTODY_ADD, step.item.as_str(), step.at.0, actor.as_str(), clean(&step.what),
        step.sha256.as_ref().map(Digest::as_str)
    );
    one(added.map_err(about(Thing::EvidenceItem))?, Thing::EvidenceItem)
}

pub(super) async fn finish_pack(tx: &mut Tx, pack: &PackId, at: Timestamp) -> Result<(), CommitError> {
    let finished = run!(tx tx, sql::PACK_FINISH, pack.as_str(), at.0);
    one(finished.map_err(about(Thing::EvidencePack))?, Thing::EvidencePack)
}
