//! Deciding on requests, taking them back, and reviewing what was done without asking.

use leptos::prelude::*;
use quell_domain::view::{self, Next};
use server_fn::codec::{GetUrl, Json, PostUrl};

use crate::error::ApiError;
#[cfg(feature = "ssr")]
use crate::guard::guard;
#[cfg(feature = "ssr")]
use quell_core::{grant::may, usecase::approvals::Choice};
#[cfg(feature = "ssr")]
use quell_domain::{
    Problem, Timestamp,
    action::{ActionRequest, RequestState},
    approval::Decision,
    ids::{Digest, RequestId},
};

/// What waits, and requests of every outcome. `before` is a time in microseconds and an id, joined by a dot: what the
/// list's last row gives.
///
/// # Errors
/// Forbidden for who may not see incidents.
#[server(prefix = "/api/v1", endpoint = "approvals/list", input = GetUrl, output = Json)]
pub async fn list(#[server(default)] before: String) -> Result<view::ApprovalsPage, ApiError> {
    let (portal, grant) = guard::<may::ReadIncidents>().await?;
    let before = before.split_once('.').and_then(|(at, id)| Some((Timestamp(at.parse().ok()?), RequestId::new(id))));
    Ok(portal.approvals(grant, before).await?)
}

/// One request: the facts when it was asked for and now, the decisions, who may decide.
///
/// # Errors
/// Not found; forbidden for who may not see incidents.
#[server(prefix = "/api/v1", endpoint = "approvals/show", input = GetUrl, output = Json)]
pub async fn show(request: String) -> Result<view::ApprovalPage, ApiError> {
    let (portal, grant) = guard::<may::ReadIncidents>().await?;
    Ok(portal.approval(grant, RequestId::new(request)).await?)
}

/// Decides on a request: `decision` is `approved`, `sent_back` or `denied`. A changed fact counts as seen when its field
/// is not empty. Needs the right to decide, and to be another person than the requester.
///
/// # Errors
/// Forbidden with why; invalid with the field; conflict when something changed meanwhile.
#[server(prefix = "/api/v1", endpoint = "approvals/decide", input = PostUrl, output = Json)]
pub async fn decide(
    request: String,
    #[server(default)] decision: String,
    #[server(default)] reason: String,
    #[server(default)] fingerprint: String,
    #[server(default)] seen_name: String,
    #[server(default)] seen_image: String,
    #[server(default)] seen_started: String,
    #[server(default)] seen_restarts: String,
    #[server(default)] seen_mounts: String,
    #[server(default)] waives_evidence: String,
) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<may::Decide>().await?;
    let decision = Decision::from_word(&decision)
        .ok_or_else(|| Problem::field("decision", "Choose: approve, send back or deny."))?;
    let facts = [
        ("Name", seen_name),
        ("Image", seen_image),
        ("Started", seen_started),
        ("Restarts", seen_restarts),
        ("Mounts", seen_mounts),
    ];
    let choice = Choice {
        decision,
        reason,
        seen: (!fingerprint.is_empty()).then(|| Digest::from_hex(fingerprint)),
        ticked: facts.into_iter().filter(|(_, it)| !it.is_empty()).map(|(fact, _)| fact.to_owned()).collect(),
        waives_evidence: !waives_evidence.is_empty(),
    };
    let request = portal.decide(grant, RequestId::new(request), choice).await?;
    Ok(Next::to(path(&request), came(&request)))
}

/// Takes one's own request back.
///
/// # Errors
/// Forbidden for others; conflict when it is no longer waiting.
#[server(prefix = "/api/v1", endpoint = "approvals/withdraw", input = PostUrl, output = Json)]
pub async fn withdraw(request: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<may::Contain>().await?;
    let request = portal.withdraw(grant, RequestId::new(request)).await?;
    Ok(Next::to(path(&request), came(&request)))
}

/// Says that another person has looked at what was done without approval.
///
/// # Errors
/// Forbidden for whoever asked for it; conflict when it was reviewed already; invalid without a note.
#[server(prefix = "/api/v1", endpoint = "approvals/review", input = PostUrl, output = Json)]
pub async fn review(request: String, #[server(default)] note: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<may::Decide>().await?;
    let request = portal.review(grant, RequestId::new(request), &note).await?;
    Ok(Next::to(path(&request), "Your review was recorded."))
}

#[cfg(feature = "ssr")]
fn path(request: &ActionRequest) -> String {
    format!("/approvals/{}", request.id)
}

#[cfg(feature = "ssr")]
fn came(request: &ActionRequest) -> &'static str {
    match request.state {
        RequestState::AwaitingApproval => "Your approval was recorded. Another one is needed before it runs.",
        RequestState::Approved => "Approved. It runs at once; this page says what comes of it.",
        RequestState::SentBack => "Sent back. Nothing runs; whoever asked can ask again.",
        RequestState::Denied => "Denied. Nothing runs.",
        RequestState::Withdrawn => "Withdrawn. Nothing runs.",
        _ => "Recorded.",
    }
}
