//! Second factors and recovery codes.

use quell_domain::{ids::PersonId, proof::KeptFactor};

use super::{Read, all};
use crate::{
    Db,
    db::{row, rows},
    error::failed,
    rows::{Number, clean, factors::FactorRow},
    sql::factors as sql,
};

pub(super) async fn of(db: &Db, person: &PersonId) -> Read<Vec<KeptFactor>> {
    all(rows!(read db, FactorRow, sql::FACTORS_OF, person.as_str()))
}

pub(super) async fn recovery_left(db: &Db, person: &PersonId) -> Read<i64> {
    Ok(row!(read db, Number, sql::RECOVERY_LEFT, person.as_str()).map_err(failed)?.map_or(0, |row| row.n))
}

pub(super) async fn is_proof_kept(db: &Db, person: &PersonId, by: &str) -> Read<bool> {
    let found = row!(read db, Number, sql::PROOF_KEPT, person.as_str(), clean(by)).map_err(failed)?;
    Ok(found.is_some_and(|row| row.n > 0))
}
