//! Second factors and recovery codes.

use quell_core::ports::{CommitError, Thing};
use quell_domain::{
    Timestamp,
    ids::{Digest, FactorId, PersonId},
    proof::KeptFactor,
};

use super::{about, one};
use crate::{
    db::{Tx, row, run},
    error::failed,
    rows::{Number, clean},
    sql::{factors as sql, sessions},
};

pub(super) async fn add(tx: &mut Tx, kept: &KeptFactor) -> Result<(), CommitError> {
    let KeptFactor { factor, data, handle, counter } = kept;
    let added = run!(
        tx tx, sql::FACTOR_ADD, factor.id.as_str(), factor.person.as_str(), factor.kind.word(), clean(&factor.name),
        data.as_slice(), handle.as_ref().map(Digest::as_str), *counter, factor.added_at.0,
        factor.last_used_at.map(|at| at.0)
    );
    one(added.map_err(about(Thing::Factor))?, Thing::Factor)
}

/// Commits come one after another (see [`super`]), so what is found here holds until the end of this one.
pub(super) async fn expect_none(tx: &mut Tx, person: &PersonId) -> Result<(), CommitError> {
    if count(tx, person).await? == 0 { Ok(()) } else { Err(CommitError::Conflict(Thing::Factor)) }
}

async fn count(tx: &mut Tx, person: &PersonId) -> Result<i64, CommitError> {
    Ok(row!(tx tx, Number, sql::FACTOR_COUNT, person.as_str()).map_err(failed)?.map_or(0, |row| row.n))
}

pub(super) async fn rename(tx: &mut Tx, person: &PersonId, factor: &FactorId, name: &str) -> Result<(), CommitError> {
    let named = run!(tx tx, sql::FACTOR_NAME, person.as_str(), factor.as_str(), clean(name));
    one(named.map_err(about(Thing::Factor))?, Thing::Factor)
}

pub(super) async fn remove(tx: &mut Tx, person: &PersonId, factor: &FactorId) -> Result<(), CommitError> {
    let removed = run!(tx tx, sql::FACTOR_REMOVE, person.as_str(), factor.as_str());
    one(removed.map_err(about(Thing::Factor))?, Thing::Factor)?;
    // Codes stand in for a factor: without one they would be a factor of their own.
    if count(tx, person).await? == 0 {
        run!(tx tx, sql::RECOVERY_DROP, person.as_str()).map_err(failed)?;
    }
    Ok(())
}

pub(super) async fn use_totp(tx: &mut Tx, factor: &FactorId, step: i64, at: Timestamp) -> Result<(), CommitError> {
    let used = run!(tx tx, sql::FACTOR_STEP, factor.as_str(), step, at.0);
    one(used.map_err(about(Thing::Factor))?, Thing::Factor)
}

pub(super) async fn use_passkey(
    tx: &mut Tx,
    factor: &FactorId,
    data: &[u8],
    counter: i64,
    challenge: &Digest,
    at: Timestamp,
) -> Result<(), CommitError> {
    let used = run!(tx tx, sql::FACTOR_ANSWER, factor.as_str(), data, counter, challenge.as_str(), at.0);
    one(used.map_err(about(Thing::Factor))?, Thing::Factor)
}

pub(super) async fn set_recovery(
    tx: &mut Tx,
    person: &PersonId,
    codes: &[Digest],
    at: Timestamp,
) -> Result<(), CommitError> {
    run!(tx tx, sql::RECOVERY_DROP, person.as_str()).map_err(failed)?;
    for code in codes {
        let added = run!(tx tx, sql::RECOVERY_ADD, code.as_str(), person.as_str(), at.0);
        one(added.map_err(about(Thing::RecoveryCode))?, Thing::RecoveryCode)?;
    }
    Ok(())
}

pub(super) async fn use_recovery(
    tx: &mut Tx,
    person: &PersonId,
    code: &Digest,
    at: Timestamp,
) -> Result<(), CommitError> {
    let used = run!(tx tx, sql::RECOVERY_USE, person.as_str(), code.as_str(), at.0);
    one(used.map_err(about(Thing::RecoveryCode))?, Thing::RecoveryCode)
}

pub(super) async fn clear(tx: &mut Tx, person: &PersonId) -> Result<(), CommitError> {
    for statement in [sql::FACTORS_CLEAR, sql::RECOVERY_CLEAR, sessions::SESSIONS_END] {
        run!(tx tx, statement, person.as_str()).map_err(failed)?;
    }
    Ok(())
}
