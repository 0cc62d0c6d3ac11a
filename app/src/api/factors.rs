//! One's own second factors.

use leptos::prelude::*;
use quell_domain::view::{FactorsPage, Next};
use server_fn::codec::{GetUrl, Json, PostUrl};

use crate::error::ApiError;
#[cfg(feature = "ssr")]
use crate::guard::guard;
#[cfg(feature = "ssr")]
use quell_core::grant::may::OwnAccount;
#[cfg(feature = "ssr")]
use quell_domain::{ids::FactorId, view::Once};

/// One's own second factors, and how many recovery codes are left.
///
/// # Errors
/// Unauthenticated.
#[server(prefix = "/api/v1", endpoint = "factors/list", input = GetUrl, output = Json)]
pub async fn list() -> Result<FactorsPage, ApiError> {
    let (portal, grant) = guard::<OwnAccount>().await?;
    Ok(portal.factors(grant).await?)
}

/// Calls one of them something else.
///
/// # Errors
/// Invalid, naming `name`; not found.
#[server(prefix = "/api/v1", endpoint = "factors/rename", input = PostUrl, output = Json)]
pub async fn rename(factor: String, name: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<OwnAccount>().await?;
    portal.rename_factor(grant, FactorId::new(factor), &name).await?;
    Ok(Next::to("/me", "The name is changed."))
}

/// Removes one of them.
///
/// # Errors
/// Step-up without a fresh proof; not found.
#[server(prefix = "/api/v1", endpoint = "factors/remove", input = PostUrl, output = Json)]
pub async fn remove(factor: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<OwnAccount>().await?;
    portal.remove_factor(grant, FactorId::new(factor)).await?;
    Ok(Next::to("/me", "The second factor is removed."))
}

/// Makes a new set of recovery codes, shown once; the unused old ones stop working.
///
/// # Errors
/// Step-up without a fresh proof.
#[server(prefix = "/api/v1", endpoint = "factors/recovery", input = PostUrl, output = Json)]
pub async fn recovery() -> Result<Next, ApiError> {
    let (portal, grant) = guard::<OwnAccount>().await?;
    let value = portal.make_recovery(grant).await?.join("\n");
    let label = "Your recovery codes. Each works once, with your password.".to_owned();
    let once = Some(Once { label, value, again: "Make a new set.".to_owned(), ..Once::default() });
    Ok(Next { once, ..Next::to("/me", "There are new recovery codes; older ones no longer work.") })
}
