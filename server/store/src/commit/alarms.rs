//! Alarms and dead letters: the writes that come by the thousand.

use std::collections::{BTreeMap, BTreeSet};

use quell_core::ports::{CommitError, Thing};
use quell_domain::{
    alarm::{Alarm, DeadLetter, MappingMethod},
    audit::{Event, codes},
    ids::{AlarmId, IncidentId},
    incident::merge::Tally,
};

use super::{about, one};
use crate::{
    db::{Tx, on, row, rows, run},
    error::{failed, unreadable},
    rows::{Id, Number, alarms::TallyRow, clean, json},
    sql::{alarms as sql, sources},
};

/// The number of rows that a statement about [`sql::MANY`] alarms wrote; fewer alarms are repeated to fill up.
macro_rules! many {
    ($tx:expr, $sql:expr, [$($bind:expr),*], $ids:expr) => {
        on!(tx $tx, |c| {
            let mut query = sqlx::query($sql)$(.bind($bind))*;
            for n in 0..sql::MANY {
                query = query.bind($ids[n.min($ids.len() - 1)]);
            }
            query.execute(c).await.map(|done| done.rows_affected())
        })
    };
}

/// What only the store knows of a changeset, once it is written.
#[derive(Default)]
pub(super) struct Learned {
    pub(super) batches: Vec<Added>,
    /// Alarms that went back to where they came from.
    pub(super) gave_back: u64,
}

/// What became of one batch.
pub(super) struct Added {
    /// Alarms that were not known.
    pub(super) new: Vec<AlarmId>,
    known: usize,
}

impl Added {
    /// Did it bring something, and nothing new?
    pub(super) fn only_known(&self) -> bool {
        self.new.is_empty() && self.known > 0
    }
}

pub(super) async fn add(tx: &mut Tx, alarms: &[Alarm]) -> Result<Added, CommitError> {
    let mut heard: BTreeMap<&str, i64> = BTreeMap::new();
    for alarm in alarms {
        let last = heard.entry(alarm.source.as_str()).or_insert(alarm.received_at.0);
        *last = alarm.received_at.0.max(*last);
    }
    for (source, at) in heard {
        one(run!(tx tx, sources::SOURCE_HEARD, source, at).map_err(about(Thing::Source))?, Thing::Source)?;
    }
    let mut new = Vec::with_capacity(alarms.len());
    let mut rest = alarms;
    while !rest.is_empty() {
        let (count, sql) = sql::insert_some(rest.len());
        let (these, later) = rest.split_at(count);
        new.extend(add_some(tx, these, sql).await?);
        rest = later;
    }
    let ids: Vec<&str> = new.iter().map(AlarmId::as_str).collect();
    for chunk in ids.chunks(sql::MANY) {
        expect(chunk, many!(tx, sql::leave_unmapped(), [], chunk).map_err(about(Thing::Alarm))?)?;
    }
    Ok(Added { known: alarms.len() - new.len(), new })
}

/// As many alarms as the statement takes.
async fn add_some(tx: &mut Tx, alarms: &[Alarm], sql: &'static str) -> Result<Vec<AlarmId>, CommitError> {
    let bodies = alarms.iter().map(json).collect::<Result<Vec<_>, _>>()?;
    let added = on!(tx tx, |c| {
        let mut query = sqlx::query_as::<_, Id>(sql);
        for (alarm, body) in alarms.iter().zip(&bodies) {
            query = query
                .bind(alarm.id.as_str())
                .bind(alarm.source.as_str())
                .bind(alarm.received_at.0)
                .bind(alarm.says().map(|(severity, _)| severity.word()))
                .bind(alarm.says().map(|(_, class)| class.word()))
                .bind(alarm.dedupe_key.as_str())
                .bind(body.as_str())
                .bind(alarm.raw.as_slice());
        }
        query.fetch_all(c).await
    });
    Ok(added.map_err(about(Thing::Alarm))?.into_iter().map(|row| AlarmId::new(row.id)).collect())
}

/// The events with what only the store knows: the n-th `alarms.received` tells of the n-th batch; when there are more
/// batches, the last event tells of all the rest. `incident.unmerged` tells how many alarms went back.
pub(super) fn complete(events: &[Event], learned: &Learned) -> Vec<Event> {
    let received = events.iter().filter(|event| event.code == codes::ALARMS_RECEIVED).count();
    let mut rest = learned.batches.as_slice();
    let mut met = 0;
    events
        .iter()
        .map(|event| {
            match event.code.as_str() {
                codes::ALARMS_RECEIVED => {}
                codes::UNMERGED => return event.clone().fact("alarms", learned.gave_back),
                _ => return event.clone(),
            }
            met += 1;
            let mine = if met == received { rest.len() } else { rest.len().min(1) };
            let (these, later) = rest.split_at(mine);
            rest = later;
            let new: Vec<&str> = these.iter().flat_map(|added| &added.new).map(AlarmId::as_str).collect();
            let known: usize = these.iter().map(|added| added.known).sum();
            event.clone().fact("new", new.len()).fact("duplicates", known).fact("ids", new)
        })
        .collect()
}

pub(super) async fn add_dead_letters(tx: &mut Tx, letters: &[DeadLetter]) -> Result<(), CommitError> {
    for letter in letters {
        let added = run!(
            tx tx, sources::DEAD_LETTER_ADD, letter.id.as_str(), letter.source.as_str(), letter.received_at.0,
            clean(&letter.reason), letter.raw.as_slice()
        );
        one(added.map_err(about(Thing::DeadLetter))?, Thing::DeadLetter)?;
    }
    Ok(())
}

pub(super) async fn map(
    tx: &mut Tx,
    alarms: &[AlarmId],
    incident: &IncidentId,
    through: &[IncidentId],
    (method, reason): (MappingMethod, &str),
) -> Result<(), CommitError> {
    let ids: Vec<&str> = alarms.iter().map(AlarmId::as_str).collect::<BTreeSet<_>>().into_iter().collect();
    for chunk in ids.chunks(sql::MANY) {
        let mapped = many!(tx, sql::map_many(), [incident.as_str(), method.word(), clean(reason)], chunk);
        expect(chunk, mapped.map_err(about(Thing::Incident))?)?;
        expect(chunk, many!(tx, sql::take_unmapped(), [], chunk).map_err(about(Thing::Alarm))?)?;
    }
    for (from, to) in through.iter().zip(through.iter().skip(1).chain([incident])) {
        let this = next_move(tx).await?;
        for chunk in ids.chunks(sql::MANY) {
            let noted = many!(tx, sql::note_arrived(), [this, from.as_str(), to.as_str()], chunk);
            expect(chunk, noted.map_err(about(Thing::Incident))?)?;
        }
        counts(tx, this).await?;
    }
    Ok(())
}

/// Each of these alarms must have been hit.
fn expect(ids: &[&str], rows: u64) -> Result<(), CommitError> {
    if rows == ids.len() as u64 { Ok(()) } else { Err(CommitError::Conflict(Thing::Alarm)) }
}

pub(super) async fn mark(
    tx: &mut Tx,
    incident: &IncidentId,
    method: MappingMethod,
    reason: &str,
) -> Result<(), CommitError> {
    run!(tx tx, sql::ALARMS_MARK, incident.as_str(), method.word(), clean(reason))
        .map(drop)
        .map_err(about(Thing::Incident))
}

pub(super) async fn shift(
    tx: &mut Tx,
    from: &IncidentId,
    to: &IncidentId,
    mark: Option<&(MappingMethod, String)>,
) -> Result<(), CommitError> {
    let this = next_move(tx).await?;
    let noted = run!(tx tx, sql::MOVE_NOTE, this, from.as_str(), to.as_str()).map_err(about(Thing::Incident))?;
    let (method, reason) = (mark.map(|(method, _)| method.word()), mark.map(|(_, reason)| clean(reason)));
    counts(tx, this).await?;
    let moved = run!(tx tx, sql::ALARMS_MOVE, from.as_str(), to.as_str(), method, reason);
    if moved.map_err(about(Thing::Incident))? == noted { Ok(()) } else { Err(CommitError::Conflict(Thing::Alarm)) }
}

/// Says how many went back.
pub(super) async fn give_back(tx: &mut Tx, to: &IncidentId, from: &IncidentId) -> Result<u64, CommitError> {
    let this = next_move(tx).await?;
    let noted = run!(tx tx, sql::GIVE_BACK_NOTE, this, from.as_str(), to.as_str()).map_err(about(Thing::Incident))?;
    run!(tx tx, sql::GIVE_BACK_ENDS, this).map_err(about(Thing::Alarm))?;
    let back = run!(tx tx, sql::GIVE_BACK, this, to.as_str()).map_err(about(Thing::Incident))?;
    if back == noted { Ok(back) } else { Err(CommitError::Conflict(Thing::Alarm)) }
}

/// What the alarms of an incident come to now.
pub(super) async fn tally(tx: &mut Tx, incident: &IncidentId) -> Result<Tally, CommitError> {
    let mut tally = Tally::default();
    for row in rows!(tx tx, TallyRow, sql::ALARMS_TALLY, incident.as_str()).map_err(failed)? {
        row.add_to(&mut tally)?;
    }
    Ok(tally)
}

async fn counts(tx: &mut Tx, this: i64) -> Result<(), CommitError> {
    run!(tx tx, sql::MOVE_COUNTS, this).map(drop).map_err(about(Thing::Alarm))
}

async fn next_move(tx: &mut Tx) -> Result<i64, CommitError> {
    let next = row!(tx tx, Number, sql::MOVE_NEXT).map_err(failed)?;
    Ok(next.ok_or_else(|| unreadable("alarm_moved.move"))?.n)
}
