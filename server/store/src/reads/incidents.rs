//! Incidents and the queue.

use quell_domain::{
    Timestamp,
    alarm::AlarmClass,
    ids::{IncidentId, NodeId, PersonId},
    incident::Incident,
    view::{QueueFilter, QueueRow, QueueView},
};

use super::{Read, all, maybe};
use crate::{
    Db,
    db::{row, rows},
    error::failed,
    rows::{
        Number, containing,
        incidents::{IncidentRow, QueuedRow, WatchedRow, key_digest},
        moment,
    },
    sql::{alarms, incidents as sql, watch},
};

/// Incidents that belong to one, at most.
const RELATED: i64 = 200;
/// Characters of the text filter that are looked at.
const TEXT: usize = 200;

pub(super) async fn one(db: &Db, id: &IncidentId) -> Read<Option<Incident>> {
    maybe(row!(read db, IncidentRow, sql::INCIDENT_BY_ID, id.as_str()))
}

pub(super) async fn by_number(db: &Db, number: i64) -> Read<Option<Incident>> {
    maybe(row!(read db, IncidentRow, sql::INCIDENT_BY_NUMBER, number))
}

pub(super) async fn open(db: &Db, key: &str) -> Read<Option<Incident>> {
    maybe(row!(read db, IncidentRow, sql::INCIDENT_OPEN, key_digest(key).as_str()))
}

pub(super) async fn with(db: &Db, key: &str) -> Read<Vec<Incident>> {
    all(rows!(read db, IncidentRow, sql::INCIDENTS_WITH, key_digest(key).as_str(), RELATED))
}

pub(super) async fn was_merged_into(db: &Db, id: &IncidentId) -> Read<bool> {
    Ok(row!(read db, Number, alarms::ALARMS_CAME, id.as_str()).map_err(failed)?.is_some_and(|row| row.n > 0))
}

pub(super) async fn of(db: &Db, id: &IncidentId) -> Read<Vec<Incident>> {
    all(rows!(read db, IncidentRow, sql::INCIDENTS_OF, id.as_str(), RELATED))
}

pub(super) async fn watch_list(db: &Db) -> Read<Vec<Incident>> {
    all(rows!(read db, IncidentRow, sql::WATCH_LIST))
}

pub(super) async fn looked_at(db: &Db, incident: &Incident) -> Read<Option<Timestamp>> {
    let node = incident.place.node.as_ref().map_or("", NodeId::as_str);
    let found = row!(read db, WatchedRow, watch::WATCHED, node).map_err(failed)?;
    Ok(found.and_then(|row| moment(row.looked_at)))
}

pub(super) async fn queue(db: &Db, filter: &QueueFilter, me: &PersonId, limit: i64) -> Read<Vec<QueueRow>> {
    let class = filter.class.map(AlarmClass::word);
    // Cut: databases refuse patterns of endless length.
    let text: String = filter.text.trim().to_lowercase().chars().take(TEXT).collect();
    let pattern = if text.is_empty() { String::new() } else { containing(&text) };
    let pattern = pattern.as_str();
    let (key, number) = filter.after.unwrap_or((i64::MIN, i64::MIN));
    match (filter.view, class) {
        (QueueView::NeedsAction, None) => {
            all(rows!(read db, QueuedRow, sql::QUEUE_NEEDS_ACTION, class, pattern, key, number, limit))
        }
        (QueueView::NeedsAction, Some(_)) => {
            all(rows!(read db, QueuedRow, sql::QUEUE_NEEDS_ACTION_CLASS, class, pattern, key, number, limit))
        }
        (QueueView::Mine, _) => {
            all(rows!(read db, QueuedRow, sql::QUEUE_MINE, class, pattern, key, number, limit, me.as_str()))
        }
        (QueueView::Unassigned, _) => {
            all(rows!(read db, QueuedRow, sql::QUEUE_UNASSIGNED, class, pattern, key, number, limit))
        }
        (QueueView::Contained, _) => {
            all(rows!(read db, QueuedRow, sql::QUEUE_CONTAINED, class, pattern, key, number, limit))
        }
        (QueueView::Closed, _) => {
            let below = filter.after.map_or(i64::MAX, |(_, number)| number);
            all(rows!(read db, QueuedRow, sql::QUEUE_CLOSED, class, pattern, below, limit))
        }
    }
}
