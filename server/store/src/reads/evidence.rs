//! Evidence packs, items and custody.

use quell_domain::{
    Timestamp,
    evidence::{CustodyStep, Item, Pack, Task},
    ids::{EvidenceId, IncidentId, PackId},
    view::PackRow,
};

use super::{Read, all, maybe};
use crate::{
    Db,
    db::{row, rows},
    error::failed,
    rows::evidence::{CustodyRow, ItemRow, PackColumns, SignRow, TaskRow},
    sql::evidence as sql,
};

pub(super) async fn packs_of(db: &Db, incident: &IncidentId) -> Read<Vec<PackRow>> {
    let packs: Vec<Pack> = all(rows!(read db, PackColumns, sql::PACKS_OF, incident.as_str()))?;
    let mut tasks = all(rows!(read db, TaskRow, sql::TASKS_OF, incident.as_str()))?;
    let mut items = all(rows!(read db, ItemRow, sql::ITEMS_OF, incident.as_str()))?;
    Ok(packs.into_iter().map(|pack| view(pack, &mut tasks, &mut items)).collect())
}

pub(super) async fn pack(db: &Db, id: &PackId) -> Read<Option<PackRow>> {
    let Some(pack) = maybe(row!(read db, PackColumns, sql::PACK_BY_ID, id.as_str()))? else { return Ok(None) };
    let mut tasks = all(rows!(read db, TaskRow, sql::TASKS_OF_PACK, id.as_str()))?;
    let mut items = all(rows!(read db, ItemRow, sql::ITEMS_OF_PACK, id.as_str()))?;
    Ok(Some(view(pack, &mut tasks, &mut items)))
}

pub(super) async fn collecting(db: &Db) -> Read<Vec<(IncidentId, Timestamp)>> {
    let found = rows!(read db, SignRow, sql::COLLECTING).map_err(failed)?;
    Ok(found.into_iter().map(Into::into).collect())
}

/// Takes out what belongs to a pack, in order of collection.
fn view(pack: Pack, tasks: &mut Vec<Task>, items: &mut Vec<Item>) -> PackRow {
    let mut its_tasks: Vec<Task> = tasks.extract_if(.., |task| task.pack == pack.id).collect();
    let mut its_items: Vec<Item> = items.extract_if(.., |item| item.pack == pack.id).collect();
    its_tasks.sort_by_key(|task| task.kind);
    its_items.sort_by_key(|item| item.kind);
    PackRow { pack, tasks: its_tasks, items: its_items }
}

pub(super) async fn item(db: &Db, id: &EvidenceId) -> Read<Option<(Item, Pack)>> {
    let item: Option<Item> = maybe(row!(read db, ItemRow, sql::ITEM_BY_ID, id.as_str()))?;
    let Some(item) = item else { return Ok(None) };
    let pack = maybe(row!(read db, PackColumns, sql::PACK_BY_ID, item.pack.as_str()))?;
    Ok(pack.map(|pack| (item, pack)))
}

pub(super) async fn custody_of(db: &Db, id: &EvidenceId) -> Read<Vec<CustodyStep>> {
    all(rows!(read db, CustodyRow, sql::CUSTODY_OF, id.as_str()))
}
