//! The numbers above the queue.
//!
//! What is the same for everybody is kept until the audit chain moves on: nothing about an incident or an alarm is
//! written without an audit entry, so an unchanged end of the chain means unchanged numbers, whoever wrote last.

use std::sync::{Arc, Mutex, PoisonError};

use quell_domain::{
    Timestamp,
    alarm::AlarmClass,
    ids::PersonId,
    incident::{AFTER_ALL, AFTER_OPEN},
    time::HOUR,
    view::{Counters, QueueView},
};

use super::Read;
use crate::{
    Db,
    db::{row, rows},
    error::{failed, unreadable},
    rows::{
        incidents::{AllRow, ClassCount, Micros, MineRow, PlaybookCount},
        word,
    },
    sql::incidents as sql,
};

/// The last numbers that are the same for everybody. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counted {
    all: Kept<AllRow>,
    /// By view; in each, in the order of [`AlarmClass::ALL`].
    by_class: [Kept<Vec<i64>>; QueueView::ALL.len()],
}

/// A number, and where the chain stood before it was read.
#[derive(Debug, Clone)]
struct Kept<T>(Arc<Mutex<Option<(i64, T)>>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T: Clone> Kept<T> {
    /// What is kept of this end of the chain, else what is read now. It is read after the end of the chain was: it is never
    /// older than what it is kept under.
    async fn at(&self, seq: i64, read: impl Future<Output = Read<T>>) -> Read<T> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, value)) = kept.filter(|(at, _)| *at == seq) {
            return Ok(value);
        }
        let value = read.await?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((seq, value.clone()));
        Ok(value)
    }
}

pub(super) async fn read(db: &Db, counted: &Counted, me: &PersonId, view: QueueView, now: Timestamp) -> Read<Counters> {
    let mine = row!(read db, MineRow, sql::COUNT_MINE, now.0, me.as_str()).map_err(failed)?;
    let mine = mine.ok_or_else(|| unreadable("incident"))?;
    let by_class = by_class(db, me, view);
    let by_class = async {
        // Everybody's own.
        if view == QueueView::Mine {
            by_class.await
        } else {
            counted.by_class[view as usize].at(mine.seq, by_class).await
        }
    };
    let (all, by_class) = futures::try_join!(counted.all.at(mine.seq, all(db)), by_class)?;
    let times = rows!(read db, Micros, sql::CONTAINED_SINCE, now.plus(-24 * HOUR).0).map_err(failed)?;
    Ok(Counters {
        need_action: all.need_action,
        need_containment: all.need_containment,
        unknown: all.unknown,
        past_target: mine.past_target,
        past_acknowledge: mine.past_acknowledge,
        not_acknowledged: all.not_acknowledged,
        oldest_unacknowledged: all.oldest_unacknowledged.map(Timestamp),
        mine: mine.mine,
        unassigned: all.unassigned,
        contained: all.contained,
        closed: all.closed,
        by_class,
        median_to_contain: median(times.iter().map(|row| row.micros).collect()),
        last_alarm_at: all.last_alarm_at.map(Timestamp),
    })
}

async fn all(db: &Db) -> Read<AllRow> {
    row!(read db, AllRow, sql::COUNT_ALL, AFTER_OPEN, AFTER_ALL).map_err(failed)?.ok_or_else(|| unreadable("incident"))
}

async fn by_class(db: &Db, me: &PersonId, view: QueueView) -> Read<Vec<i64>> {
    let classes = match view {
        QueueView::NeedsAction => rows!(read db, ClassCount, sql::CLASSES_NEEDS_ACTION),
        QueueView::Mine => rows!(read db, ClassCount, sql::CLASSES_MINE, me.as_str()),
        QueueView::Unassigned => rows!(read db, ClassCount, sql::CLASSES_UNASSIGNED),
        QueueView::Contained => rows!(read db, ClassCount, sql::CLASSES_CONTAINED),
        QueueView::Closed => rows!(read db, ClassCount, sql::CLASSES_CLOSED),
    };
    let classes = classes.map_err(failed)?;
    let of_class = |class: &AlarmClass| classes.iter().find(|row| row.class == class.word()).map_or(0, |row| row.n);
    Ok(AlarmClass::ALL.iter().map(of_class).collect())
}

pub(super) async fn open_by_playbook(db: &Db) -> Read<Vec<(i64, AlarmClass, i64)>> {
    let counts = rows!(read db, PlaybookCount, sql::OPEN_BY_PLAYBOOK).map_err(failed)?;
    let class = |found: &str| word(AlarmClass::from_word(found), "incident.class");
    counts.into_iter().map(|row| Ok((row.playbook, class(&row.class)?, row.n))).collect()
}

/// Of an even count the mean of the two in the middle.
fn median(mut numbers: Vec<i64>) -> Option<i64> {
    let middle = numbers.len() / 2;
    if middle >= numbers.len() {
        return None;
    }
    let even = numbers.len().is_multiple_of(2);
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
