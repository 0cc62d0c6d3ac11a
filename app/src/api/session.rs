//! Signing in and out, and the first admin.

use leptos::prelude::*;
use quell_domain::view::Next;
use server_fn::codec::{Json, PostUrl};

use crate::error::ApiError;

/// Signs in and gives the session a new id. Anybody may try; tries are throttled.
///
/// # Errors
/// Unauthenticated with the same words for an unknown name and a wrong password; throttled.
#[server(prefix = "/api/v1", endpoint = "session/sign_in", input = PostUrl, output = Json)]
pub async fn sign_in(login: String, password: String, #[server(default)] next: String) -> Result<Next, ApiError> {
    let (portal, _) = crate::guard::asking().await?;
    let signed_in = portal.sign_in(&login, password.into(), crate::guard::peer()).await?;
    crate::guard::begin(&signed_in, portal.now()).await?;
    Ok(Next::to(crate::guard::own_path(&next).unwrap_or("/"), ""))
}

/// Signs out; a second time does nothing.
///
/// # Errors
/// Unavailable, when the session cannot be removed.
#[server(prefix = "/api/v1", endpoint = "session/sign_out", input = PostUrl, output = Json)]
pub async fn sign_out() -> Result<Next, ApiError> {
    let (portal, caller) = crate::guard::asking().await?;
    portal.sign_out(&caller).await?;
    crate::guard::end().await?;
    Ok(Next::to("/login", ""))
}

/// Creates the first admin with the set-up link's token, and signs them in.
///
/// # Errors
/// Not found, when the token is not good (any more); invalid, naming the field.
#[server(prefix = "/api/v1", endpoint = "session/setup", input = PostUrl, output = Json)]
pub async fn setup(token: String, login: String, name: String, password: String) -> Result<Next, ApiError> {
    let (portal, _) = crate::guard::asking().await?;
    let signed_in = portal.setup(&token, &login, &name, password.into(), crate::guard::peer()).await?;
    crate::guard::begin(&signed_in, portal.now()).await?;
    Ok(Next::to("/admin/nodes", "You are the first admin. Add a node, an alarm source and people next."))
}
