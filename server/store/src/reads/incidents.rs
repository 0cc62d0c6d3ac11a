//! Incidents, the queue and the numbers above it.

use quell_domain::{
    Timestamp,
    alarm::AlarmClass,
    ids::{IncidentId, PersonId},
    incident::Incident,
    time::HOUR,
    view::{Counters, QueueFilter, QueueRow, QueueView},
};

use super::{Read, all, maybe};
use crate::{
    Db,
    db::{row, rows},
    error::{failed, unreadable},
    rows::{
        containing,
        incidents::{ClassCount, Counts, IncidentRow, Micros, QueuedRow, key_digest},
    },
    sql::incidents as sql,
};

/// A page and one row more.
const PAGE: i64 = 51;
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

pub(super) async fn queue(db: &Db, filter: &QueueFilter, me: &PersonId) -> Read<Vec<QueueRow>> {
    let class = filter.class.map(AlarmClass::word);
    // Cut: databases refuse patterns of endless length.
    let text: String = filter.text.trim().to_lowercase().chars().take(TEXT).collect();
    let pattern = if text.is_empty() { String::new() } else { containing(&text) };
    let pattern = pattern.as_str();
    let (key, number) = filter.after.unwrap_or((i64::MIN, i64::MIN));
    match (filter.view, class) {
        (QueueView::NeedsAction, None) => {
            all(rows!(read db, QueuedRow, sql::QUEUE_NEEDS_ACTION, class, pattern, key, number, PAGE))
        }
        (QueueView::NeedsAction, Some(_)) => {
            all(rows!(read db, QueuedRow, sql::QUEUE_NEEDS_ACTION_CLASS, class, pattern, key, number, PAGE))
        }
        (QueueView::Mine, _) => {
            all(rows!(read db, QueuedRow, sql::QUEUE_MINE, class, pattern, key, number, PAGE, me.as_str()))
        }
        (QueueView::Unassigned, _) => {
            all(rows!(read db, QueuedRow, sql::QUEUE_UNASSIGNED, class, pattern, key, number, PAGE))
        }
        (QueueView::Contained, _) => {
            all(rows!(read db, QueuedRow, sql::QUEUE_CONTAINED, class, pattern, key, number, PAGE))
        }
        (QueueView::Closed, _) => {
            let below = filter.after.map_or(i64::MAX, |(_, number)| number);
            all(rows!(read db, QueuedRow, sql::QUEUE_CLOSED, class, pattern, below, PAGE))
        }
    }
}

pub(super) async fn counters(db: &Db, me: &PersonId, now: Timestamp) -> Read<Counters> {
    let counts = async { row!(read db, Counts, sql::COUNT, now.0, me.as_str()) };
    let classes = async { rows!(read db, ClassCount, sql::COUNT_BY_CLASS) };
    let times = async { rows!(read db, Micros, sql::CONTAINED_SINCE, now.plus(-24 * HOUR).0) };
    let (counts, classes, times) = futures::try_join!(counts, classes, times).map_err(failed)?;
    let counts = counts.ok_or_else(|| unreadable("incident"))?;
    let of_class = |class: &AlarmClass| classes.iter().find(|row| row.class == class.word()).map_or(0, |row| row.n);
    let by_class: Vec<i64> = AlarmClass::ALL.iter().map(of_class).collect();
    Ok(Counters {
        need_containment: by_class.iter().sum(),
        past_target: counts.past_target,
        not_acknowledged: counts.not_acknowledged,
        oldest_unacknowledged: counts.oldest_unacknowledged.map(Timestamp),
        mine: counts.mine,
        unassigned: counts.unassigned,
        contained: counts.contained,
        closed: counts.closed,
        by_class,
        median_to_contain: median(times.iter().map(|row| row.micros).collect()),
        last_alarm_at: counts.last_alarm_at.map(Timestamp),
    })
}

/// Of an even count the mean of the two in the middle.
fn median(mut numbers: Vec<i64>) -> Option<i64> {
    let middle = numbers.len() / 2;
    if middle >= numbers.len() {
        return None;
    }
    let even = numbers.len() % 2 == 0;
    let (below, upper, _) = numbers.select_nth_unstable(middle);
    let lower = if even { below.iter().max() } else { None };
    Some(lower.map_or(*upper, |lower| lower.midpoint(*upper)))
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_of_few() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![7]), Some(7));
        assert_eq!(median(vec![4, 1]), Some(2));
        assert_eq!(median(vec![9, 1, 4]), Some(4));
        assert_eq!(median(vec![9, 2, 4, 1]), Some(3));
    }
}
