//! The policy, the playbooks, drafts of them, and changes that take two admins.

use quell_domain::{
    change::Proposed,
    ids::{ChangeId, PersonId},
    playbook::Playbooks,
    policy::Policy,
    versions::{Drafted, Published},
};

use super::{Read, all, maybe};
use crate::{
    Db,
    db::{row, rows},
    error::failed,
    rows::changes::{ChangeRow, DraftRow, PublishedRow},
    sql::changes as sql,
};

pub(super) async fn policy(db: &Db) -> Read<Option<Published<Policy>>> {
    maybe(row!(read db, PublishedRow, sql::POLICY))
}

pub(super) async fn policies(db: &Db) -> Read<Vec<Published<Policy>>> {
    all(rows!(read db, PublishedRow, sql::POLICIES))
}

pub(super) async fn playbooks(db: &Db) -> Read<Option<Published<Playbooks>>> {
    maybe(row!(read db, PublishedRow, sql::PLAYBOOKS))
}

pub(super) async fn playbooks_of(db: &Db, version: i64) -> Read<Option<Published<Playbooks>>> {
    maybe(row!(read db, PublishedRow, sql::PLAYBOOKS_OF, version))
}

pub(super) async fn all_playbooks(db: &Db) -> Read<Vec<Published<Playbooks>>> {
    all(rows!(read db, PublishedRow, sql::PLAYBOOKS_ALL))
}

pub(super) async fn draft_of(db: &Db, person: &PersonId, what: Drafted) -> Read<Option<String>> {
    let found = row!(read db, DraftRow, sql::DRAFT_OF, person.as_str(), what.word()).map_err(failed)?;
    Ok(found.map(|row| row.body))
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
