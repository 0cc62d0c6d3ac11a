//! Adding a second factor: a code app or a passkey. Each is begun with the password, and finished by showing that it works.

use leptos::prelude::*;
use quell_domain::view::{CodeAppPage, Next, PasskeyPage};
use server_fn::codec::{GetUrl, Json, PostUrl};

use crate::error::ApiError;
#[cfg(feature = "ssr")]
use crate::guard::{self, guard};
#[cfg(feature = "ssr")]
use quell_core::{grant::may::OwnAccount, usecase::proof::Pending};

/// The code app that is being added, if one is.
///
/// # Errors
/// Unauthenticated.
#[server(prefix = "/api/v1", endpoint = "code_app/show", input = GetUrl, output = Json)]
pub async fn code_app() -> Result<Option<CodeAppPage>, ApiError> {
    let (portal, grant) = guard::<OwnAccount>().await?;
    Ok(portal.code_app(&grant, guard::kept(guard::CODE_APP).await?)?)
}

/// Makes the secret of a new code app. It counts once a code shows that it arrived.
///
/// # Errors
/// Invalid, naming `current` or `name`; step-up when there is a second factor already; throttled.
#[server(prefix = "/api/v1", endpoint = "code_app/begin", input = PostUrl, output = Json)]
pub async fn begin_code_app(current: String, name: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<OwnAccount>().await?;
    let pending = portal.begin_code_app(grant, current.into(), &name).await?;
    guard::keep(guard::CODE_APP, &pending).await?;
    Ok(Next::to("/me/code-app", ""))
}

/// Adds the code app whose secret was made, with a code that it shows.
///
/// # Errors
/// Invalid, naming `passcode`; conflict when nothing is being added.
#[server(prefix = "/api/v1", endpoint = "code_app/add", input = PostUrl, output = Json)]
pub async fn add_code_app(passcode: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<OwnAccount>().await?;
    let proof = portal.add_code_app(grant, guard::kept(guard::CODE_APP).await?, &passcode).await?;
    guard::take_out::<Pending>(guard::CODE_APP).await?;
    guard::prove(&proof).await?;
    Ok(Next::to("/me", "The code app is added. Make recovery codes next, for the day it is lost."))
}

/// The passkey that is being made, if one is.
///
/// # Errors
/// Unauthenticated.
#[server(prefix = "/api/v1", endpoint = "passkey/show", input = GetUrl, output = Json)]
pub async fn passkey() -> Result<Option<PasskeyPage>, ApiError> {
    guard::<OwnAccount>().await?;
    let making = guard::kept::<(Pending, PasskeyPage)>(guard::PASSKEY).await?;
    Ok(making.map(|(_, page)| page))
}

/// Begins to make a passkey.
///
/// # Errors
/// Invalid, naming `current` or `name`; step-up when there is a second factor already; conflict where passkeys are not
/// offered; throttled.
#[server(prefix = "/api/v1", endpoint = "passkey/begin", input = PostUrl, output = Json)]
pub async fn begin_passkey(current: String, name: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<OwnAccount>().await?;
    let making = portal.begin_passkey(grant, current.into(), &name).await?;
    guard::keep(guard::PASSKEY, &making).await?;
    Ok(Next::to("/me/passkey", ""))
}

/// Adds the passkey that the browser made; what it was asked is then used up.
///
/// # Errors
/// Invalid when it is no answer to what was asked; conflict when nothing was.
#[server(prefix = "/api/v1", endpoint = "passkey/add", input = PostUrl, output = Json)]
pub async fn add_passkey(credential: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<OwnAccount>().await?;
    let pending = guard::take_out::<(Pending, PasskeyPage)>(guard::PASSKEY).await?.map(|(pending, _)| pending);
    let proof = portal.add_passkey(grant, pending, &credential).await?;
    guard::prove(&proof).await?;
    Ok(Next::to("/me", "The passkey is added. Make recovery codes next, for the day it is lost."))
}
