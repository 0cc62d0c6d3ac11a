//! Tokens of people's scripts.

use quell_core::ports::{CommitError, Thing};
use quell_domain::{
    Timestamp,
    ids::{Digest, PersonId, TokenId},
    token::ApiToken,
};

use super::{about, one};
use crate::{
    db::{Tx, run},
    error::failed,
    rows::{clean, json},
    sql::tokens as sql,
};

pub(super) async fn add(tx: &mut Tx, token: &ApiToken, hash: &Digest) -> Result<(), CommitError> {
    let scopes = json(&token.scopes)?;
    let added = run!(
        tx tx, sql::TOKEN_ADD, token.id.as_str(), token.person.as_str(), clean(&token.name), hash.as_str(),
        scopes.as_str(), token.created_at.0, token.expires_at.0
    );
    one(added.map_err(about(Thing::Token))?, Thing::Token)
}

pub(super) async fn revoke(tx: &mut Tx, token: &TokenId, at: Timestamp) -> Result<(), CommitError> {
    let revoked = run!(tx tx, sql::TOKEN_REVOKE, token.as_str(), at.0);
    one(revoked.map_err(about(Thing::Token))?, Thing::Token)
}

pub(super) async fn end_all(tx: &mut Tx, person: &PersonId, at: Timestamp) -> Result<(), CommitError> {
    run!(tx tx, sql::TOKENS_END, person.as_str(), at.0).map(drop).map_err(|error| failed(error).into())
}
