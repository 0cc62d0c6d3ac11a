//! Rows of evidence packs, tasks, items and custody.

use quell_core::ports::ReadError;
use quell_domain::{
    Timestamp,
    evidence::{CustodyStep, Item, ItemKind, ItemState, Pack, Task},
    ids::{Digest, EvidenceId, IncidentId, NodeId, PackId, PersonId},
};

use super::{from_json, moment, word};

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct PackColumns {
    id: String,
    incident_id: String,
    node_id: String,
    facts: String,
    requester_id: String,
    requester_name: String,
    created_at: i64,
    done_at: Option<i64>,
}

impl TryFrom<PackColumns> for Pack {
    type Error = ReadError;

    fn try_from(row: PackColumns) -> Result<Self, ReadError> {
        Ok(Self {
            id: PackId::new(row.id),
            incident: IncidentId::new(row.incident_id),
            node: NodeId::new(row.node_id),
            facts: from_json(&row.facts)?,
            requester: PersonId::new(row.requester_id),
            requester_name: row.requester_name,
            created_at: Timestamp(row.created_at),
            done_at: moment(row.done_at),
        })
    }
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct TaskRow {
    id: String,
    pack_id: String,
    kind: String,
    state: String,
    bytes: i64,
    total: Option<i64>,
    started_at: Option<i64>,
    heartbeat_at: Option<i64>,
    note: String,
}

impl TryFrom<TaskRow> for Task {
    type Error = ReadError;

    fn try_from(row: TaskRow) -> Result<Self, ReadError> {
        Ok(Self {
            id: EvidenceId::new(row.id),
            pack: PackId::new(row.pack_id),
            kind: word(ItemKind::from_word(&row.kind), "evidence_task.kind")?,
            state: word(ItemState::from_word(&row.state), "evidence_task.state")?,
            bytes: row.bytes,
            total: row.total,
            started_at: moment(row.started_at),
            heartbeat_at: moment(row.heartbeat_at),
            note: row.note,
        })
    }
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct SignRow {
    incident_id: String,
    at: i64,
}

impl From<SignRow> for (IncidentId, Timestamp) {
    fn from(row: SignRow) -> Self {
        (IncidentId::new(row.incident_id), Timestamp(row.at))
    }
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct ItemRow {
    id: String,
    pack_id: String,
    incident_id: String,
    kind: String,
    state: String,
    size: i64,
    sha256: Option<String>,
    object: Option<String>,
    method: String,
    started_at: i64,
    ended_at: i64,
    checked: String,
    reason: String,
}

impl TryFrom<ItemRow> for Item {
    type Error = ReadError;

    fn try_from(row: ItemRow) -> Result<Self, ReadError> {
        Ok(Self {
            id: EvidenceId::new(row.id),
            pack: PackId::new(row.pack_id),
            incident: IncidentId::new(row.incident_id),
            kind: word(ItemKind::from_word(&row.kind), "evidence_item.kind")?,
            state: word(ItemState::from_word(&row.state), "evidence_item.state")?,
            size: row.size,
            sha256: row.sha256.map(Digest::from_hex),
            object: row.object,
            method: row.method,
            started_at: Timestamp(row.started_at),
            ended_at: Timestamp(row.ended_at),
            check: row.checked,
            reason: row.reason,
        })
    }
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct CustodyRow {
    item_id: String,
    at: i64,
    actor: String,
    what: String,
    sha256: Option<String>,
}

impl TryFrom<CustodyRow> for CustodyStep {
    type Error = ReadError;

    fn try_from(row: CustodyRow) -> Result<Self, ReadError> {
        Ok(Self {
            item: EvidenceId::new(row.item_id),
            at: Timestamp(row.at),
            actor: from_json(&row.actor)?,
            what: row.what,
            sha256: row.sha256.map(Digest::from_hex),
        })
    }
}
