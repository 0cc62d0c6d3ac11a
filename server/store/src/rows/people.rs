//! Rows of people and accounts.

use quell_core::ports::ReadError;
use quell_domain::{
    Timestamp,
    ids::{AccountId, PersonId},
    people::{Account, Person},
};

use super::{from_json, moment};

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct PersonRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) roles: String,
    pub(crate) disabled_at: Option<i64>,
    pub(crate) created_at: i64,
}

impl TryFrom<PersonRow> for Person {
    type Error = ReadError;

    fn try_from(row: PersonRow) -> Result<Self, ReadError> {
        Ok(Self {
            id: PersonId::new(row.id),
            name: row.name,
            roles: from_json(&row.roles)?,
            disabled_at: moment(row.disabled_at),
            created_at: Timestamp(row.created_at),
        })
    }
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct LoginRow {
    pub(crate) person_id: String,
    pub(crate) login: String,
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct AccountRow {
    account_id: String,
    login: String,
    password_hash: String,
    #[sqlx(flatten)]
    person: PersonRow,
}

impl TryFrom<AccountRow> for (Account, Person) {
    type Error = ReadError;

    fn try_from(row: AccountRow) -> Result<Self, ReadError> {
        let person = Person::try_from(row.person)?;
        let account = Account {
            id: AccountId::new(row.account_id),
            person: person.id.clone(),
            login: row.login,
            password_hash: row.password_hash,
        };
        Ok((account, person))
    }
}
