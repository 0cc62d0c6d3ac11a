//! The fresh proof that it is really the person who is signed in.

use leptos::prelude::*;
use quell_domain::view::{Next, ProvePage};
use server_fn::codec::{GetUrl, Json, PostUrl};

use crate::error::ApiError;
#[cfg(feature = "ssr")]
use crate::{
    flash,
    guard::{self, guard},
};
#[cfg(feature = "ssr")]
use quell_core::grant::may::OwnAccount;

/// What one can prove with, and a new challenge for one's passkeys: it waits in the session.
///
/// # Errors
/// Unauthenticated.
#[server(prefix = "/api/v1", endpoint = "proof/show", input = GetUrl, output = Json)]
pub async fn show() -> Result<ProvePage, ApiError> {
    let (portal, grant) = guard::<OwnAccount>().await?;
    let (page, challenge) = portal.ask_proof(grant).await?;
    guard::keep(guard::CHALLENGE, &challenge).await?;
    Ok(page)
}

/// Proves with password and a code: of an app, or of the recovery set.
///
/// # Errors
/// Invalid, with the same words whatever was wrong; throttled.
#[server(prefix = "/api/v1", endpoint = "proof/give", input = PostUrl, output = Json)]
pub async fn give(password: String, passcode: String, #[server(default)] next: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<OwnAccount>().await?;
    let proof = portal.prove(grant, password.into(), passcode.into()).await?;
    proven(&proof, &next).await
}

/// Proves with a passkey's answer to the challenge in the session; the challenge is then used up.
///
/// # Errors
/// Invalid, with the same words whatever was wrong; conflict when there is no challenge; throttled.
#[server(prefix = "/api/v1", endpoint = "proof/passkey", input = PostUrl, output = Json)]
pub async fn passkey(credential: String, #[server(default)] next: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<OwnAccount>().await?;
    let challenge = guard::take_out::<Option<_>>(guard::CHALLENGE).await?.flatten();
    let proof = portal.prove_by_passkey(grant, challenge, &credential).await?;
    proven(&proof, &next).await
}

/// The session remembers it, and the person goes on to where they were.
#[cfg(feature = "ssr")]
async fn proven(proof: &quell_domain::proof::Proof, next: &str) -> Result<Next, ApiError> {
    let next = guard::own_path(next).unwrap_or("/me");
    guard::prove(proof).await?;
    let told = flash::release(next).await?;
    Ok(Next::to(next, if told { "" } else { "It is you. This holds for five minutes." }))
}
