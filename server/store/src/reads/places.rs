//! Nodes, sources and dead letters.

use quell_domain::{
    ids::{DeadLetterId, Digest, NodeId},
    node::Node,
    source::Source,
    view::{self, DeadLetterRow, LetterPlace},
};

use super::{Read, all, maybe};
use crate::{
    Db,
    db::{row, rows},
    error::failed,
    rows::{
        clean,
        places::{HeardRow, LetterRow, NodeRow, RawLetterRow, SourceRow},
    },
    sql::{nodes as node_sql, sources as source_sql},
};

pub(super) async fn nodes(db: &Db) -> Read<Vec<Node>> {
    let mut nodes: Vec<Node> = all(rows!(read db, NodeRow, node_sql::NODES))?;
    nodes.sort_by_cached_key(|node| node.name.to_lowercase());
    Ok(nodes)
}

pub(super) async fn node(db: &Db, id: &NodeId) -> Read<Option<Node>> {
    maybe(row!(read db, NodeRow, node_sql::NODE_BY_ID, id.as_str()))
}

pub(super) async fn sources(db: &Db) -> Read<Vec<view::SourceRow>> {
    let mut sources: Vec<view::SourceRow> = all(rows!(read db, HeardRow, source_sql::SOURCES))?;
    sources.sort_by_cached_key(|row| row.source.name.to_lowercase());
    Ok(sources)
}

pub(super) async fn source_by_token(db: &Db, hash: &Digest) -> Read<Option<Source>> {
    maybe(row!(read db, SourceRow, source_sql::SOURCE_BY_TOKEN, hash.as_str()))
}

pub(super) async fn dead_letters(db: &Db, before: Option<&LetterPlace>, limit: i64) -> Read<Vec<DeadLetterRow>> {
    let (at, id) = before.map_or((i64::MAX, "".into()), |place| (place.received_at.0, clean(place.id.as_str())));
    let found = rows!(read db, LetterRow, source_sql::DEAD_LETTERS, limit, at, id).map_err(failed)?;
    Ok(found.into_iter().map(DeadLetterRow::from).collect())
}

pub(super) async fn dead_letter(db: &Db, id: &DeadLetterId) -> Read<Option<Vec<u8>>> {
    let found = row!(read db, RawLetterRow, source_sql::DEAD_LETTER, id.as_str()).map_err(failed)?;
    Ok(found.map(|row| row.raw))
}
