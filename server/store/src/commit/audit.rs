//! The end of the chain: taken first, grown last.

use quell_core::ports::{CommitError, Thing};
use quell_domain::{
    audit::{Event, canonical, chain},
    ids::{Digest, IncidentId},
};

use super::{about, one};
use crate::{
    db::{Tx, row, run},
    error::{failed, unreadable},
    rows::{audit::HeadRow, clean},
    sql::audit as sql,
};

/// Where the chain stands under this transaction's lock.
pub(super) struct Head {
    /// Of the last entry.
    pub(super) seq: i64,
    hash: [u8; 32],
}

/// Takes the head for this transaction, and room for so many entries.
pub(super) async fn take_head(tx: &mut Tx, entries: usize) -> Result<Head, CommitError> {
    let entries = i64::try_from(entries).map_err(|_| unreadable("audit_head.seq"))?;
    let taken = row!(tx tx, HeadRow, sql::HEAD_TAKE, entries).map_err(failed)?;
    let taken = taken.ok_or_else(|| unreadable("audit_head"))?;
    Ok(Head { seq: taken.seq - entries, hash: taken.bytes()? })
}

/// Appends the events; returns the last sequence number.
pub(super) async fn append(tx: &mut Tx, head: Head, events: Vec<Event>) -> Result<i64, CommitError> {
    let Head { mut seq, mut hash } = head;
    for event in events {
        seq += 1;
        let bytes = canonical(seq, &event);
        hash = chain(&hash, &bytes);
        let added = run!(
            tx tx, sql::EVENT_ADD, seq, event.at.0, clean(&event.code), clean(&event.actor.id),
            clean(&event.actor.name.to_lowercase()), event.outcome.word(),
            event.incident.as_ref().map(IncidentId::as_str), bytes.as_slice(), hex::encode(hash)
        );
        one(added.map_err(about(Thing::AuditTrail))?, Thing::AuditTrail)?;
    }
    let hash = Digest::from_bytes(hash);
    one(run!(tx tx, sql::HEAD_HASH, hash.as_str()).map_err(about(Thing::AuditTrail))?, Thing::AuditTrail)?;
    Ok(seq)
}
