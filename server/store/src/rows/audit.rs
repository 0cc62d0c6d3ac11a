//! Rows of the audit chain.

use quell_core::ports::{AuditRow, ReadError};
use quell_domain::{
    Timestamp,
    audit::{Actor, ActorKind, Entry, Event, EventOutcome},
    ids::{Digest, IncidentId},
};

use crate::error::unreadable;

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct HeadRow {
    pub(crate) seq: i64,
    pub(crate) hash: String,
}

impl HeadRow {
    /// The hash as bytes.
    pub(crate) fn bytes(&self) -> Result<[u8; 32], ReadError> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(&self.hash, &mut bytes).map_err(|_| unreadable("audit_head.hash"))?;
        Ok(bytes)
    }
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct EntryRow {
    seq: i64,
    at: i64,
    code: String,
    actor: String,
    incident_id: Option<String>,
    canonical: Vec<u8>,
    hash: String,
    pub(crate) number: Option<i64>,
}

impl From<EntryRow> for Entry {
    /// What is shown is what is hashed. Bytes that somebody spoilt are shown as such: a page that fails because of
    /// them would hide that they are spoilt.
    fn from(row: EntryRow) -> Self {
        let event = serde_json::from_slice(&row.canonical).unwrap_or_else(|_| Event {
            at: Timestamp(row.at),
            actor: Actor { kind: ActorKind::Anonymous, id: row.actor, name: "unreadable".to_owned(), address: None },
            code: row.code,
            outcome: EventOutcome::Unknown,
            incident: row.incident_id.map(IncidentId::new),
            target: None,
            facts: [("unreadable".to_owned(), true.into())].into(),
        });
        Self { seq: row.seq, event, hash: Digest::from_hex(row.hash) }
    }
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct ChangeRow {
    seq: i64,
    code: String,
    incident_id: Option<String>,
}

impl From<ChangeRow> for (i64, String, Option<IncidentId>) {
    fn from(row: ChangeRow) -> Self {
        (row.seq, row.code, row.incident_id.map(IncidentId::new))
    }
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct RawRow {
    seq: i64,
    canonical: Vec<u8>,
    hash: String,
    code: String,
    at: i64,
    incident: Option<String>,
    actor: String,
    actor_name: String,
    outcome: String,
}

impl From<RawRow> for AuditRow {
    fn from(row: RawRow) -> Self {
        Self {
            seq: row.seq,
            canonical: row.canonical,
            hash: row.hash,
            code: row.code,
            at: row.at,
            incident: row.incident,
            actor: row.actor,
            actor_name: row.actor_name,
            outcome: row.outcome,
        }
    }
}
