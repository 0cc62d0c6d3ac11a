//! Rows of nodes and sources.

use quell_core::ports::ReadError;
use quell_domain::{
    Timestamp,
    ids::{DeadLetterId, Digest, NodeId, SourceId},
    node::Node,
    source::{Source, SourceKind},
    text,
    view::{self, DeadLetterRow},
};

use super::{from_json, moment, word};

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct NodeRow {
    id: String,
    name: String,
    access: String,
    labels: String,
    addresses: String,
    facts: Option<String>,
    stranger: Option<String>,
    trouble: Option<String>,
    created_at: i64,
    removed_at: Option<i64>,
}

impl TryFrom<NodeRow> for Node {
    type Error = ReadError;

    fn try_from(row: NodeRow) -> Result<Self, ReadError> {
        Ok(Self {
            id: NodeId::new(row.id),
            name: row.name,
            access: from_json(&row.access)?,
            labels: from_json(&row.labels)?,
            addresses: from_json(&row.addresses)?,
            facts: row.facts.as_deref().map(from_json).transpose()?,
            stranger: row.stranger.as_deref().map(from_json).transpose()?,
            trouble: row.trouble,
            created_at: Timestamp(row.created_at),
            removed_at: moment(row.removed_at),
        })
    }
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct SourceRow {
    id: String,
    name: String,
    kind: String,
    token_hash: String,
    default_node_id: Option<String>,
    created_at: i64,
    revoked_at: Option<i64>,
}

impl TryFrom<SourceRow> for Source {
    type Error = ReadError;

    fn try_from(row: SourceRow) -> Result<Self, ReadError> {
        Ok(Self {
            id: SourceId::new(row.id),
            name: row.name,
            kind: word(SourceKind::from_word(&row.kind), "source.kind")?,
            token_hash: Digest::from_hex(row.token_hash),
            default_node: row.default_node_id.map(NodeId::new),
            created_at: Timestamp(row.created_at),
            revoked_at: moment(row.revoked_at),
        })
    }
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct HeardRow {
    #[sqlx(flatten)]
    source: SourceRow,
    last_alarm_at: Option<i64>,
    sensor_at: Option<i64>,
    sensor_said: Option<String>,
    node_name: Option<String>,
}

impl TryFrom<HeardRow> for view::SourceRow {
    type Error = ReadError;

    fn try_from(row: HeardRow) -> Result<Self, ReadError> {
        Ok(Self {
            source: row.source.try_into()?,
            node_name: row.node_name.unwrap_or_default(),
            last_alarm_at: moment(row.last_alarm_at),
            sensor: moment(row.sensor_at).zip(row.sensor_said),
        })
    }
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct RawLetterRow {
    pub(crate) raw: Vec<u8>,
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct LetterRow {
    id: String,
    received_at: i64,
    source_name: String,
    reason: String,
    preview: Vec<u8>,
    size: i64,
}

impl From<LetterRow> for DeadLetterRow {
    fn from(row: LetterRow) -> Self {
        Self {
            id: DeadLetterId::new(row.id),
            received_at: Timestamp(row.received_at),
            source_name: row.source_name,
            reason: row.reason,
            preview: text::cut(&String::from_utf8_lossy(&row.preview), 300),
            size: row.size,
        }
    }
}
