//! Rows of tokens.

use quell_core::ports::ReadError;
use quell_domain::{
    Timestamp,
    ids::{PersonId, TokenId},
    people::Person,
    token::ApiToken,
};

use super::{from_json, moment, people::PersonRow};

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct TokenRow {
    token_id: String,
    person_id: String,
    token_name: String,
    scopes: String,
    token_created_at: i64,
    expires_at: i64,
    last_used_at: Option<i64>,
    last_used_from: Option<String>,
    revoked_at: Option<i64>,
}

impl TryFrom<TokenRow> for ApiToken {
    type Error = ReadError;

    fn try_from(row: TokenRow) -> Result<Self, ReadError> {
        Ok(Self {
            id: TokenId::new(row.token_id),
            person: PersonId::new(row.person_id),
            name: row.token_name,
            scopes: from_json(&row.scopes)?,
            created_at: Timestamp(row.token_created_at),
            expires_at: Timestamp(row.expires_at),
            last_used_at: moment(row.last_used_at),
            last_used_from: row.last_used_from,
            revoked_at: moment(row.revoked_at),
        })
    }
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct HeldTokenRow {
    #[sqlx(flatten)]
    token: TokenRow,
    #[sqlx(flatten)]
    person: PersonRow,
}

impl TryFrom<HeldTokenRow> for (ApiToken, Person) {
    type Error = ReadError;

    fn try_from(row: HeldTokenRow) -> Result<Self, ReadError> {
        Ok((row.token.try_into()?, row.person.try_into()?))
    }
}
