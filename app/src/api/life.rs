//! An incident's analysis, merging, closing and reopening.

use leptos::prelude::*;
use quell_domain::view::{LifePage, Next};
use server_fn::codec::{GetUrl, Json, PostUrl};

#[cfg(feature = "ssr")]
use super::incident_path;
use crate::error::ApiError;
#[cfg(feature = "ssr")]
use crate::guard::guard;
#[cfg(feature = "ssr")]
use quell_core::grant::may::{ReadIncidents, Triage};
#[cfg(feature = "ssr")]
use quell_domain::{Problem, incident};

/// Where an incident stands, which steps may be taken, and what belongs to it.
///
/// # Errors
/// Not found; forbidden for who may not see incidents.
#[server(prefix = "/api/v1", endpoint = "life/show", input = GetUrl, output = Json)]
pub async fn show(number: i64) -> Result<LifePage, ApiError> {
    let (portal, grant) = guard::<ReadIncidents>().await?;
    Ok(portal.life(grant, number).await?)
}

/// Opens a closed incident again. Needs triage.
///
/// # Errors
/// Conflict when it is open, was merged, or another about its container is open; invalid, naming `reason`.
#[server(prefix = "/api/v1", endpoint = "life/reopen", input = PostUrl, output = Json)]
pub async fn reopen(number: i64, #[server(default)] reason: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<Triage>().await?;
    portal.reopen(grant, number, &reason).await?;
    Ok(Next::to(incident_path(number), format!("INC-{number} is open again.")))
}

/// Closes an incident. Needs triage.
///
/// # Errors
/// Conflict when it is closed or something stands in the way; invalid, naming the field.
#[server(prefix = "/api/v1", endpoint = "life/close", input = PostUrl, output = Json)]
pub async fn close(
    number: i64,
    #[server(default)] closing: String,
    #[server(default)] of: String,
    #[server(default)] reason: String,
    #[server(default)] without_evidence: String,
) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<Triage>().await?;
    let closing = incident::Closing::from_word(&closing)
        .ok_or_else(|| Problem::field("closing", "Choose why the incident is over."))?;
    let of = if of.trim().is_empty() { None } else { Some(number_in("of", &of)?) };
    portal.close(grant, number, closing, of, &reason, !without_evidence.is_empty()).await?;
    Ok(Next::to(incident_path(number), format!("INC-{number} is closed: {}.", closing.label())))
}

/// Gives all alarms to another incident and closes this one. Needs triage.
///
/// # Errors
/// Conflict when it is closed or something stands in the way; invalid, naming `into`.
#[server(prefix = "/api/v1", endpoint = "life/merge", input = PostUrl, output = Json)]
pub async fn merge(
    number: i64,
    #[server(default)] into: String,
    #[server(default)] reason: String,
) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<Triage>().await?;
    let into = number_in("into", &into)?;
    portal.merge(grant, number, into, &reason).await?;
    Ok(Next::to(incident_path(into), format!("INC-{number} was merged into INC-{into}.")))
}

/// Takes an incident out of the one that it was merged into. Needs triage.
///
/// # Errors
/// Conflict when it was not merged, or another about its container is open.
#[server(prefix = "/api/v1", endpoint = "life/unmerge", input = PostUrl, output = Json)]
pub async fn unmerge(number: i64, #[server(default)] reason: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<Triage>().await?;
    portal.unmerge(grant, number, &reason).await?;
    Ok(Next::to(incident_path(number), format!("INC-{number} is an incident of its own again.")))
}

/// Begins to find out what happened. Needs triage.
///
/// # Errors
/// Conflict unless it is contained.
#[server(prefix = "/api/v1", endpoint = "life/start_analysis", input = PostUrl, output = Json)]
pub async fn start_analysis(number: i64) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<Triage>().await?;
    portal.start_analysis(grant, number).await?;
    Ok(Next::to(incident_path(number), format!("INC-{number} is being analysed.")))
}

/// Says what the analysis found. Needs triage.
///
/// # Errors
/// Conflict when none is under way; invalid, naming `findings`.
#[server(prefix = "/api/v1", endpoint = "life/finish_analysis", input = PostUrl, output = Json)]
pub async fn finish_analysis(number: i64, #[server(default)] findings: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<Triage>().await?;
    portal.finish_analysis(grant, number, &findings).await?;
    Ok(Next::to(incident_path(number), "The analysis is done; what was found is in the timeline."))
}

/// A typed number of an incident: `INC-12` or `12`.
#[cfg(feature = "ssr")]
fn number_in(field: &str, typed: &str) -> Result<i64, Problem> {
    let digits = typed.trim().to_ascii_uppercase();
    let number = digits.strip_prefix("INC-").unwrap_or(&digits).parse::<i64>().ok().filter(|number| *number > 0);
    number.ok_or_else(|| Problem::field(field, "Give the number of an incident, such as INC-12."))
}
