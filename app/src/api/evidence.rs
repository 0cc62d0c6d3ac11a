//! Evidence: collecting it, and looking at what is kept. Downloads are a plain route of the server.

use leptos::prelude::*;
use quell_domain::view::{self, Next};
use server_fn::codec::{GetUrl, Json, PostUrl};

#[cfg(feature = "ssr")]
use super::incident_path;
use crate::error::ApiError;
#[cfg(feature = "ssr")]
use crate::guard::guard;
#[cfg(feature = "ssr")]
use quell_core::grant::may::{CollectEvidence, ReadIncidents};
#[cfg(feature = "ssr")]
use quell_domain::{
    Problem,
    evidence::ItemKind,
    ids::{EvidenceId, PackId},
};

/// One item with its custody.
///
/// # Errors
/// Not found; forbidden for who may not see incidents.
#[server(prefix = "/api/v1", endpoint = "evidence/show", input = GetUrl, output = Json)]
pub async fn show(item: String) -> Result<view::EvidencePage, ApiError> {
    let (portal, grant) = guard::<ReadIncidents>().await?;
    Ok(portal.evidence_item(grant, EvidenceId::new(item)).await?)
}

/// Starts to collect evidence of the incident's container: one kind, or all when `kind` is empty. Needs collection.
///
/// # Errors
/// Conflict when the container is not known or a collection is under way; invalid, naming `kind`.
#[server(prefix = "/api/v1", endpoint = "evidence/collect", input = PostUrl, output = Json)]
pub async fn collect(number: i64, #[server(default)] kind: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<CollectEvidence>().await?;
    let kind = match kind.as_str() {
        "" => None,
        word => Some(ItemKind::from_word(word).ok_or_else(|| Problem::field("kind", "Choose one of the kinds."))?),
    };
    portal.collect_evidence(grant, number, kind).await?;
    Ok(Next::to(
        incident_path(number),
        "Evidence was asked for; it is collected also when this page is closed. Evidence, below, says how far it is.",
    ))
}

/// Cancels what of a pack is not collected yet. Needs collection.
///
/// # Errors
/// Conflict when the pack is done.
#[server(prefix = "/api/v1", endpoint = "evidence/cancel", input = PostUrl, output = Json)]
pub async fn cancel(number: i64, pack: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<CollectEvidence>().await?;
    portal.cancel_evidence(grant, PackId::new(pack)).await?;
    Ok(Next::to(incident_path(number), "The collection is cancelled. What was sealed stays."))
}
