//! People and accounts.

use std::collections::HashMap;

use quell_domain::{
    Timestamp,
    ids::{AccountId, Digest, PersonId},
    people::{Account, Person},
};

use super::{Read, all, maybe};
use crate::{
    Db,
    db::{row, rows},
    error::failed,
    rows::{
        Number, clean,
        people::{AccountRow, LoginRow, PersonRow},
    },
    sql::people as sql,
};

pub(super) async fn admins(db: &Db) -> Read<i64> {
    Ok(row!(read db, Number, sql::ADMIN_COUNT).map_err(failed)?.map_or(0, |row| row.n))
}

pub(super) async fn is_set_up_mode(db: &Db) -> Read<bool> {
    Ok(row!(read db, Number, sql::WERE_TWO_ADMINS).map_err(failed)?.is_some_and(|row| row.n == 0))
}

pub(super) async fn one(db: &Db, id: &PersonId) -> Read<Option<Person>> {
    maybe(row!(read db, PersonRow, sql::PERSON_BY_ID, id.as_str()))
}

/// Sorted here: the two databases sort names differently.
pub(super) async fn all_of_them(db: &Db) -> Read<Vec<(Person, Vec<String>)>> {
    let mut people: Vec<Person> = all(rows!(read db, PersonRow, sql::PEOPLE))?;
    people.sort_by_cached_key(|person| (person.name.to_lowercase(), person.id.clone()));
    let mut logins: HashMap<String, Vec<String>> = HashMap::new();
    for row in rows!(read db, LoginRow, sql::LOGINS).map_err(failed)? {
        logins.entry(row.person_id).or_default().push(row.login);
    }
    let with_logins = |person: Person| {
        let theirs = logins.remove(person.id.as_str()).unwrap_or_default();
        (person, theirs)
    };
    Ok(people.into_iter().map(with_logins).collect())
}

pub(super) async fn account_by_login(db: &Db, login: &str) -> Read<Option<(Account, Person)>> {
    maybe(row!(read db, AccountRow, sql::ACCOUNT_BY_LOGIN, clean(login)))
}

pub(super) async fn account(db: &Db, id: &AccountId) -> Read<Option<(Account, Person)>> {
    maybe(row!(read db, AccountRow, sql::ACCOUNT_BY_ID, id.as_str()))
}

pub(super) async fn is_setup_offered(db: &Db, token: &Digest, now: Timestamp) -> Read<bool> {
    let found = row!(read db, Number, sql::SETUP_OFFERED, token.as_str(), now.0).map_err(failed)?;
    Ok(found.is_some_and(|row| row.n > 0))
}
