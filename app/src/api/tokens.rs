//! Tokens for people's scripts. None of it can be called by token.

use leptos::prelude::*;
use quell_domain::view::{self, Next};
use server_fn::codec::{GetUrl, Json, PostUrl};

use crate::error::ApiError;
#[cfg(feature = "ssr")]
use crate::guard::guard;
#[cfg(feature = "ssr")]
use quell_core::{
    grant::may::{ManagePeople, OwnAccount},
    usecase::tokens::NewToken,
};
#[cfg(feature = "ssr")]
use quell_domain::{
    ids::{PersonId, TokenId},
    token::labels,
    view::Once,
};

/// Where a person sees their tokens.
#[cfg(feature = "ssr")]
const PAGE: &str = "/me/tokens";

/// One's own tokens, those that ended lately too.
///
/// # Errors
/// Unauthenticated.
#[server(prefix = "/api/v1", endpoint = "tokens/list", input = GetUrl, output = Json)]
pub async fn list() -> Result<view::TokensPage, ApiError> {
    let (portal, grant) = guard::<OwnAccount>().await?;
    Ok(portal.my_tokens(grant).await?)
}

/// Makes a token for one's own scripts, which is shown once.
///
/// # Errors
/// Invalid, naming `name`, `scope`, `days` or `password`.
#[server(prefix = "/api/v1", endpoint = "tokens/create", input = PostUrl, output = Json)]
pub async fn create(
    name: String,
    scope: String,
    #[server(default)] days: String,
    password: String,
) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<OwnAccount>().await?;
    let (token, secret) = portal.create_token(grant, NewToken { name, scope, days, password: password.into() }).await?;
    let first = crate::help::example_for(&token.scopes);
    let once = Some(Once {
        label: format!("Token {}", token.name),
        value: secret,
        again: "Revoke this token and make another.".to_owned(),
        example: format!("curl '{}' --oauth2-bearer", crate::guard::whole(first)),
        effect: "This reads something and changes nothing:".to_owned(),
    });
    Ok(Next { once, ..Next::to(PAGE, format!("The token is made. It may {}.", labels(&token.scopes))) })
}

/// Refuses one of one's own tokens from now on.
///
/// # Errors
/// Not found; conflict when it is revoked already.
#[server(prefix = "/api/v1", endpoint = "tokens/revoke", input = PostUrl, output = Json)]
pub async fn revoke(id: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<OwnAccount>().await?;
    portal.revoke_token(grant, &TokenId::new(id)).await?;
    Ok(Next::to(PAGE, "The token is no longer accepted."))
}

/// Refuses every token of a person from now on.
///
/// # Errors
/// Not found.
#[server(prefix = "/api/v1", endpoint = "tokens/revoke_all", input = PostUrl, output = Json)]
pub async fn revoke_all(person: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<ManagePeople>().await?;
    portal.revoke_tokens_of(grant, &PersonId::new(person)).await?;
    Ok(Next::to("/admin/people", "None of the person's tokens is accepted any more."))
}
