//! The audit trail. Its export is a plain route of the server.

use leptos::prelude::*;
use quell_domain::view::{self, Next};
use server_fn::codec::{GetUrl, Json, PostUrl};

use crate::error::ApiError;
#[cfg(feature = "ssr")]
use crate::guard::guard;
#[cfg(feature = "ssr")]
use quell_core::grant::may::ReadAudit;
#[cfg(feature = "ssr")]
use quell_domain::{Problem, audit::EventOutcome};

/// The newest entries that match; at most 100, `before` gives the next ones.
///
/// # Errors
/// Forbidden for who may not read the audit trail.
#[server(prefix = "/api/v1", endpoint = "audit/list", input = GetUrl, output = Json)]
pub async fn list(
    #[server(default)] actor: String,
    #[server(default)] code: String,
    #[server(default)] incident: String,
    #[server(default)] outcome: String,
    #[server(default)] before: String,
) -> Result<view::AuditPage, ApiError> {
    let (portal, grant) = guard::<ReadAudit>().await?;
    let number = incident.trim();
    let filter = view::AuditFilter {
        actor: actor.trim().to_owned(),
        code: code.trim().to_owned(),
        incident: number.strip_prefix("INC-").unwrap_or(number).parse().ok(),
        outcome: EventOutcome::from_word(&outcome),
        before: before.parse().ok(),
    };
    Ok(portal.audit(grant, filter).await?)
}

/// Checks the whole chain and says in words whether it holds.
///
/// # Errors
/// Conflict, naming the first bad entry, when it does not.
#[server(prefix = "/api/v1", endpoint = "audit/verify", input = PostUrl, output = Json)]
pub async fn verify() -> Result<Next, ApiError> {
    let (portal, grant) = guard::<ReadAudit>().await?;
    let verdict = portal.verify_audit(grant).await?;
    if verdict.intact { Ok(Next::to("/audit", verdict.words)) } else { Err(Problem::conflict(verdict.words).into()) }
}
