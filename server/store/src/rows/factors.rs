//! Rows of second factors.

use quell_core::ports::ReadError;
use quell_domain::{
    Timestamp,
    ids::{Digest, FactorId, PersonId},
    proof::{Factor, FactorKind, KeptFactor},
};

use super::{moment, word};

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct FactorRow {
    id: String,
    person_id: String,
    kind: String,
    name: String,
    data: Vec<u8>,
    handle: Option<String>,
    counter: i64,
    added_at: i64,
    last_used_at: Option<i64>,
}

impl TryFrom<FactorRow> for KeptFactor {
    type Error = ReadError;

    fn try_from(row: FactorRow) -> Result<Self, ReadError> {
        let factor = Factor {
            id: FactorId::new(row.id),
            person: PersonId::new(row.person_id),
            kind: word(FactorKind::from_word(&row.kind), "kind")?,
            name: row.name,
            added_at: Timestamp(row.added_at),
            last_used_at: moment(row.last_used_at),
        };
        Ok(Self { factor, data: row.data, handle: row.handle.map(Digest::from_hex), counter: row.counter })
    }
}
