//! The policy, drafts of it, and changes that take two admins.

use quell_domain::{
    change::Proposed,
    ids::{ChangeId, PersonId},
    policy::{DraftRule, Published},
};

use super::{Read, all, maybe};
use crate::{
    Db,
    db::{row, rows},
    error::failed,
    rows::{
        changes::{ChangeRow, DraftRow, PublishedRow},
        from_json,
    },
    sql::changes as sql,
};

pub(super) async fn policy(db: &Db) -> Read<Option<Published>> {
    maybe(row!(read db, PublishedRow, sql::POLICY))
}

pub(super) async fn policies(db: &Db) -> Read<Vec<Published>> {
    all(rows!(read db, PublishedRow, sql::POLICIES))
}

pub(super) async fn draft_of(db: &Db, person: &PersonId) -> Read<Option<Vec<DraftRule>>> {
    let found = row!(read db, DraftRow, sql::DRAFT_OF, person.as_str()).map_err(failed)?;
    found.map(|row| from_json(&row.rules)).transpose()
}

pub(super) async fn one(db: &Db, id: &ChangeId) -> Read<Option<Proposed>> {
    maybe(row!(read db, ChangeRow, sql::CHANGE_BY_ID, id.as_str()))
}

pub(super) async fn pending(db: &Db) -> Read<Vec<Proposed>> {
    all(rows!(read db, ChangeRow, sql::CHANGES_PENDING))
}

pub(super) async fn newest(db: &Db, limit: i64) -> Read<Vec<Proposed>> {
    all(rows!(read db, ChangeRow, sql::CHANGES_NEWEST, limit))
}
