//! Tokens of people's scripts.

use quell_domain::{
    ids::{Digest, PersonId},
    people::Person,
    token::ApiToken,
};

use super::{Read, all, maybe};
use crate::{
    Db,
    db::{row, rows},
    rows::tokens::{HeldTokenRow, TokenRow},
    sql::tokens as sql,
};

pub(super) async fn everybodys(db: &Db) -> Read<Vec<ApiToken>> {
    all(rows!(read db, TokenRow, sql::TOKENS))
}

pub(super) async fn of(db: &Db, person: &PersonId) -> Read<Vec<ApiToken>> {
    all(rows!(read db, TokenRow, sql::TOKENS_OF, person.as_str()))
}

pub(super) async fn by_hash(db: &Db, hash: &Digest) -> Read<Option<(ApiToken, Person)>> {
    maybe(row!(read db, HeldTokenRow, sql::TOKEN_BY_HASH, hash.as_str()))
}
