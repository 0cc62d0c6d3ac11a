//! The audit chain.

use quell_core::ports::AuditRow;
use quell_domain::{
    audit::{Entry, EventOutcome, codes},
    ids::{Digest, IncidentId},
    view::AuditFilter,
};

use super::Read;
use crate::{
    Db,
    db::{row, rows},
    error::{failed, unreadable},
    rows::{
        audit::{ChangeRow, EntryRow, HeadRow, RawRow},
        beginning, clean,
    },
    sql::audit as sql,
};

pub(super) async fn entries_of(db: &Db, incident: &IncidentId, limit: i64) -> Read<Vec<Entry>> {
    let found = rows!(read db, EntryRow, sql::ENTRIES_OF, incident.as_str(), limit).map_err(failed)?;
    Ok(found.into_iter().map(Entry::from).collect())
}

pub(super) async fn entry(db: &Db, seq: i64) -> Read<Option<Entry>> {
    Ok(row!(read db, EntryRow, sql::ENTRY, seq).map_err(failed)?.map(Entry::from))
}

pub(super) async fn entries_since(db: &Db, incident: &IncidentId, seq: i64, limit: i64) -> Read<Vec<Entry>> {
    let found = rows!(read db, EntryRow, sql::ENTRIES_SINCE, incident.as_str(), seq, codes::ALARMS_JOINED, limit);
    Ok(found.map_err(failed)?.into_iter().map(Entry::from).collect())
}

pub(super) async fn entries(db: &Db, filter: &AuditFilter, limit: i64) -> Read<Vec<(Entry, Option<i64>)>> {
    let actor = clean(filter.actor.trim()).to_lowercase();
    let actor = actor.as_str();
    let code: String = filter.code.trim().to_lowercase().chars().take(100).collect();
    let code = beginning(&code);
    let code = code.as_str();
    let outcome = filter.outcome.map_or("", EventOutcome::word);
    let before = filter.before.unwrap_or(i64::MAX);
    let found = match filter.incident {
        None => rows!(read db, EntryRow, sql::ENTRIES, actor, code, outcome, before, limit),
        Some(number) => {
            rows!(read db, EntryRow, sql::ENTRIES_OF_NUMBER, actor, code, outcome, before, limit, number)
        }
    };
    let with_number = |row: EntryRow| {
        let number = row.number;
        (Entry::from(row), number)
    };
    Ok(found.map_err(failed)?.into_iter().map(with_number).collect())
}

pub(super) async fn changes_after(db: &Db, seq: i64, limit: i64) -> Read<Vec<(i64, String, Option<IncidentId>)>> {
    let found = rows!(read db, ChangeRow, sql::CHANGES_AFTER, seq, limit).map_err(failed)?;
    Ok(found.into_iter().map(Into::into).collect())
}

pub(super) async fn rows(db: &Db, from: i64, limit: i64) -> Read<Vec<AuditRow>> {
    let found = rows!(read db, RawRow, sql::AUDIT_ROWS, from, limit).map_err(failed)?;
    Ok(found.into_iter().map(AuditRow::from).collect())
}

pub(super) async fn head(db: &Db) -> Read<(i64, Digest)> {
    let head = row!(read db, HeadRow, sql::HEAD).map_err(failed)?.ok_or_else(|| unreadable("audit_head"))?;
    Ok((head.seq, Digest::from_hex(head.hash)))
}
