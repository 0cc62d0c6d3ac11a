//! The queue, one incident, and triage.

use leptos::prelude::*;
use quell_domain::view::{self, Next};
use server_fn::codec::{GetUrl, Json, PostUrl};

#[cfg(feature = "ssr")]
use super::incident_path;
use crate::error::ApiError;
#[cfg(feature = "ssr")]
use crate::guard::guard;
#[cfg(feature = "ssr")]
use quell_core::grant::may::{ReadIncidents, Triage};
#[cfg(feature = "ssr")]
use quell_domain::{Problem, alarm::AlarmClass, ids, incident};

/// The queue. `after` is `{sort key}.{number}` of the last row of the page before.
///
/// # Errors
/// Forbidden for who may not see incidents.
#[server(prefix = "/api/v1", endpoint = "incidents/queue", input = GetUrl, output = Json)]
pub async fn queue(
    #[server(default)] view: String,
    #[server(default)] class: String,
    #[server(default)] q: String,
    #[server(default)] after: String,
) -> Result<view::QueuePage, ApiError> {
    let (portal, grant) = guard::<ReadIncidents>().await?;
    let filter = view::QueueFilter {
        view: view::QueueView::from_word(&view).unwrap_or(view::QueueView::NeedsAction),
        class: AlarmClass::from_word(&class),
        text: searched(&q),
        after: after.split_once('.').and_then(|(key, number)| Some((key.parse().ok()?, number.parse().ok()?))),
    };
    Ok(portal.queue(grant, filter).await?)
}

/// What is searched for: at most 200 characters, none of them hidden.
#[cfg(feature = "ssr")]
fn searched(q: &str) -> String {
    let shown = |c: &char| quell_domain::text::visible(c.encode_utf8(&mut [0; 4])).chars().eq([*c]);
    q.trim().chars().filter(shown).take(200).collect()
}

/// One incident with everything on its page.
///
/// # Errors
/// Not found; forbidden for who may not see incidents.
#[server(prefix = "/api/v1", endpoint = "incidents/show", input = GetUrl, output = Json)]
pub async fn show(number: i64) -> Result<view::IncidentPage, ApiError> {
    let (portal, grant) = guard::<ReadIncidents>().await?;
    Ok(portal.incident(grant, number).await?)
}

/// The containers that an incident may be about.
///
/// # Errors
/// Not found; forbidden for who may not see incidents.
#[server(prefix = "/api/v1", endpoint = "incidents/choices", input = GetUrl, output = Json)]
pub async fn choices(number: i64) -> Result<view::ChoosePage, ApiError> {
    let (portal, grant) = guard::<ReadIncidents>().await?;
    Ok(portal.choices(grant, number).await?)
}

/// Says that somebody looks. Needs triage.
///
/// # Errors
/// Conflict when somebody already does, or it is closed.
#[server(prefix = "/api/v1", endpoint = "incidents/acknowledge", input = PostUrl, output = Json)]
pub async fn acknowledge(number: i64) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<Triage>().await?;
    portal.acknowledge(grant, number).await?;
    Ok(Next::to(incident_path(number), format!("INC-{number} is acknowledged.")))
}

/// Makes the caller the owner, or the person whose id is `to`. Needs triage.
///
/// # Errors
/// Conflict when it is closed; invalid, naming `to`, for a person who is disabled or may not triage.
#[server(prefix = "/api/v1", endpoint = "incidents/assign", input = PostUrl, output = Json)]
pub async fn assign(
    number: i64,
    #[server(default)] to: String,
    #[server(default)] note: String,
) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<Triage>().await?;
    let to = (!to.is_empty()).then(|| ids::PersonId::new(to));
    let whose = if to.is_none() || to.as_ref() == grant.person() { "yours" } else { "handed over" };
    portal.assign(grant, number, to, &note).await?;
    Ok(Next::to(incident_path(number), format!("INC-{number} is {whose}.")))
}

/// Records whether it was an intrusion; anything but confirmed closes the incident. Needs triage.
///
/// # Errors
/// Conflict when it is closed; invalid, naming `verdict` or `reason`.
#[server(prefix = "/api/v1", endpoint = "incidents/verdict", input = PostUrl, output = Json)]
pub async fn verdict(
    number: i64,
    #[server(default)] verdict: String,
    #[server(default)] reason: String,
) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<Triage>().await?;
    let verdict = incident::Verdict::from_word(&verdict)
        .ok_or_else(|| Problem::field("verdict", "Choose one of the verdicts."))?;
    portal.give_verdict(grant, number, verdict, &reason).await?;
    Ok(Next::to(incident_path(number), format!("Verdict recorded: {}.", verdict.label())))
}

/// Adds a note to the timeline. Needs triage.
///
/// # Errors
/// Invalid, naming `text`.
#[server(prefix = "/api/v1", endpoint = "incidents/note", input = PostUrl, output = Json)]
pub async fn note(number: i64, #[server(default)] text: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<Triage>().await?;
    portal.note(grant, number, &text).await?;
    Ok(Next::to(incident_path(number), "Note added."))
}

/// Says which container an incident is about. `target` is `{node id}:{full container id}`. Needs triage.
///
/// # Errors
/// Conflict when an action was already requested; invalid, naming `target`.
#[server(prefix = "/api/v1", endpoint = "incidents/choose", input = PostUrl, output = Json)]
pub async fn choose(number: i64, #[server(default)] target: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<Triage>().await?;
    let (node, container) = target.split_once(':').ok_or_else(|| Problem::field("target", "Choose one container."))?;
    let container =
        ids::ContainerId::parse(container).map_err(|_| Problem::field("target", "Choose one container."))?;
    portal.choose_container(grant, number, ids::NodeId::new(node), container).await?;
    Ok(Next::to(incident_path(number), "The container is chosen."))
}
