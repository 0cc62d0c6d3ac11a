//! The numbers above the queue.
//!
//! What is the same for everybody is kept until the audit chain moves on: nothing about an incident or an alarm is
//! written without an audit entry, so an unchanged end of the chain means unchanged numbers, whoever wrote last.

use std::sync::{Arc, Mutex, PoisonError};

use quell_domain::{Timestamp, alarm::AlarmClass, ids::PersonId, time::HOUR, view::Counters};

use super::Read;
use crate::{
    Db,
    db::{row, rows},
    error::{failed, unreadable},
    rows::incidents::{AllRow, ClassCount, Micros, MineRow},
    sql::incidents as sql,
};

/// The last numbers that are the same for everybody, and where the chain stood before they were read. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counted(Arc<Mutex<Option<(i64, Shared)>>>);

#[derive(Debug, Clone)]
struct Shared {
    all: AllRow,
    /// In the order of [`AlarmClass::ALL`].
    by_class: Vec<i64>,
}

impl Counted {
    fn at(&self, seq: i64) -> Option<Shared> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|(at, _)| *at == seq).map(|(_, shared)| shared.clone())
    }

    fn keep(&self, seq: i64, shared: Shared) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((seq, shared));
    }
}

pub(super) async fn read(db: &Db, counted: &Counted, me: &PersonId, now: Timestamp) -> Read<Counters> {
    let mine = row!(read db, MineRow, sql::COUNT_MINE, now.0, me.as_str()).map_err(failed)?;
    let mine = mine.ok_or_else(|| unreadable("incident"))?;
    // Read after the end of the chain was: never older than what they are kept under.
    let shared = match counted.at(mine.seq) {
        Some(shared) => shared,
        None => {
            let shared = count(db).await?;
            counted.keep(mine.seq, shared.clone());
            shared
        }
    };
    let times = rows!(read db, Micros, sql::CONTAINED_SINCE, now.plus(-24 * HOUR).0).map_err(failed)?;
    let Shared { all, by_class } = shared;
    Ok(Counters {
        need_containment: by_class.iter().sum(),
        past_target: mine.past_target,
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

async fn count(db: &Db) -> Read<Shared> {
    let all = async { row!(read db, AllRow, sql::COUNT_ALL) };
    let classes = async { rows!(read db, ClassCount, sql::COUNT_BY_CLASS) };
    let (all, classes) = futures::try_join!(all, classes).map_err(failed)?;
    let of_class = |class: &AlarmClass| classes.iter().find(|row| row.class == class.word()).map_or(0, |row| row.n);
    Ok(Shared {
        all: all.ok_or_else(|| unreadable("incident"))?,
        by_class: AlarmClass::ALL.iter().map(of_class).collect(),
    })
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
