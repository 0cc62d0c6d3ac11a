//! People, accounts and the set-up link.

use quell_core::ports::{CommitError, Thing};
use quell_domain::{
    Timestamp,
    ids::{AccountId, Digest, PersonId},
    people::{Account, Person},
    policy::Role,
};

use super::{about, one};
use crate::{
    db::{Tx, row, run},
    error::failed,
    rows::{Number, clean, json},
    sql::{people as sql, sessions},
};

pub(super) async fn add(tx: &mut Tx, person: &Person, account: &Account) -> Result<(), CommitError> {
    let roles = json(&person.roles)?;
    let added = run!(
        tx tx, sql::PERSON_ADD, person.id.as_str(), clean(&person.name), roles.as_str(),
        person.disabled_at.map(|at| at.0), person.created_at.0
    );
    one(added.map_err(about(Thing::Person))?, Thing::Person)?;
    let added = run!(
        tx tx, sql::ACCOUNT_ADD, account.id.as_str(), account.person.as_str(), clean(&account.login),
        account.password_hash.as_str()
    );
    one(added.map_err(about(Thing::Account))?, Thing::Account)?;
    note_two_admins(tx).await
}

pub(super) async fn set_roles(tx: &mut Tx, person: &PersonId, roles: &[Role]) -> Result<(), CommitError> {
    let roles = json(&roles)?;
    let before = admins(tx).await?;
    let set = run!(tx tx, sql::PERSON_ROLES, person.as_str(), roles.as_str());
    one(set.map_err(about(Thing::Person))?, Thing::Person)?;
    note_two_admins(tx).await?;
    must_keep_an_admin(tx, before).await
}

/// Commits come one after another (see [`super`]), so what is found here holds until the end of this one.
pub(super) async fn expect_roles(tx: &mut Tx, person: &PersonId, roles: &[Role]) -> Result<(), CommitError> {
    let roles = json(&roles)?;
    let found = row!(tx tx, Number, sql::PERSON_HOLDS, person.as_str(), roles.as_str()).map_err(failed)?;
    if found.is_some_and(|row| row.n == 1) { Ok(()) } else { Err(CommitError::Conflict(Thing::Person)) }
}

pub(super) async fn set_disabled(tx: &mut Tx, person: &PersonId, at: Option<Timestamp>) -> Result<(), CommitError> {
    let before = admins(tx).await?;
    let set = run!(tx tx, sql::PERSON_DISABLED, person.as_str(), at.map(|at| at.0));
    one(set.map_err(about(Thing::Person))?, Thing::Person)?;
    run!(tx tx, sessions::SESSIONS_END, person.as_str()).map_err(failed)?;
    note_two_admins(tx).await?;
    must_keep_an_admin(tx, before).await
}

/// Enabled admins. Commits come one after another (see [`super`]), so no other can change them meanwhile.
async fn admins(tx: &mut Tx) -> Result<i64, CommitError> {
    Ok(row!(tx tx, Number, sql::ADMIN_COUNT).map_err(failed)?.map_or(0, |row| row.n))
}

async fn must_keep_an_admin(tx: &mut Tx, before: i64) -> Result<(), CommitError> {
    if before > 0 && admins(tx).await? == 0 { Err(CommitError::LastAdmin) } else { Ok(()) }
}

/// From the commit on that makes the second enabled admin, what needs two needs two.
async fn note_two_admins(tx: &mut Tx) -> Result<(), CommitError> {
    run!(tx tx, sql::TWO_ADMINS).map_err(failed)?;
    Ok(())
}

/// As [`expect_password`]: what is found holds until the end of this commit.
pub(super) async fn expect_set_up_mode(tx: &mut Tx) -> Result<(), CommitError> {
    let found = row!(tx tx, Number, sql::WERE_TWO_ADMINS).map_err(failed)?;
    if found.is_some_and(|row| row.n == 0) { Ok(()) } else { Err(CommitError::Conflict(Thing::SetUpMode)) }
}

pub(super) async fn set_password(tx: &mut Tx, account: &AccountId, hash: &str) -> Result<(), CommitError> {
    let set = run!(tx tx, sql::ACCOUNT_PASSWORD, account.as_str(), hash);
    one(set.map_err(about(Thing::Account))?, Thing::Account)?;
    run!(tx tx, sessions::SESSIONS_OF_ACCOUNT_END, account.as_str()).map_err(failed)?;
    Ok(())
}

/// Commits come one after another (see [`super`]), so what is found here holds until the end of this one.
pub(super) async fn expect_password(tx: &mut Tx, account: &AccountId, hash: &str) -> Result<(), CommitError> {
    let found = row!(tx tx, Number, sql::ACCOUNT_HAS_PASSWORD, account.as_str(), hash).map_err(failed)?;
    if found.is_some_and(|row| row.n == 1) { Ok(()) } else { Err(CommitError::Conflict(Thing::Account)) }
}

/// As [`expect_password`]: what is found holds until the end of this commit.
pub(super) async fn expect_person(tx: &mut Tx, person: &PersonId, roles: &[Role]) -> Result<(), CommitError> {
    let roles = json(&roles)?;
    let found = row!(tx tx, Number, sql::PERSON_STANDS, person.as_str(), roles.as_str()).map_err(failed)?;
    if found.is_some_and(|row| row.n == 1) { Ok(()) } else { Err(CommitError::Conflict(Thing::Person)) }
}

pub(super) async fn offer_setup(tx: &mut Tx, token: &Digest, expires_at: Timestamp) -> Result<(), CommitError> {
    let offered = run!(tx tx, sql::SETUP_OFFER, token.as_str(), expires_at.0);
    one(offered.map_err(about(Thing::SetupLink))?, Thing::SetupLink)
}

pub(super) async fn use_setup(tx: &mut Tx, token: &Digest, now: Timestamp) -> Result<(), CommitError> {
    let used = run!(tx tx, sql::SETUP_USE, token.as_str(), now.0);
    one(used.map_err(about(Thing::SetupLink))?, Thing::SetupLink)
}
