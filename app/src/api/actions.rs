//! Requests to act on a container.

use leptos::prelude::*;
use quell_domain::view::{self, Next};
use server_fn::codec::{GetUrl, Json, PostUrl};

#[cfg(feature = "ssr")]
use super::incident_path;
use crate::error::ApiError;
#[cfg(feature = "ssr")]
use crate::guard::guard;
#[cfg(feature = "ssr")]
use quell_core::{
    grant::may::{Contain, ReadIncidents},
    usecase::actions::Choice,
};
#[cfg(feature = "ssr")]
use quell_domain::{
    Problem,
    action::{Action, ActionRequest, RequestState, Seen},
    ids::Digest,
};

/// The reasons offered on the confirm page: word and label (ux, section 3.6, tier 1). The first is chosen beforehand.
pub const PRESETS: &[(&str, &str)] = &[
    ("precaution", "Precaution"),
    ("shell", "Active reverse shell"),
    ("exfiltration", "Data leaving"),
    ("spreading", "Spreading"),
];

/// The preset and the detail as one reason. Where presets are offered, a detail alone will do as well: a policy that
/// asks for more care has the page ask for words.
///
/// # Errors
/// Invalid, naming `preset`, when there is neither where one is offered, or it is none of those.
#[cfg(feature = "ssr")]
pub(super) fn reason(action: Action, preset: &str, detail: &str) -> Result<String, Problem> {
    let label = PRESETS.iter().find(|(word, _)| *word == preset).map(|(_, label)| *label);
    match (label, detail.trim()) {
        (None, _) if !preset.is_empty() => Err(Problem::field("preset", "Choose one of the reasons.")),
        (None, "") if action.least_tier() == 1 => Err(Problem::field("preset", "Choose a reason.")),
        (None, detail) => Ok(detail.to_owned()),
        (Some(label), "") => Ok(label.to_owned()),
        (Some(label), detail) => Ok(format!("{label}: {detail}")),
    }
}

/// Where somebody is sent who has asked: to the request when it waits for another person, else to `page`, with `words` about
/// what is there.
#[cfg(feature = "ssr")]
pub(super) fn came_of(request: &ActionRequest, page: String, words: &str) -> Next {
    let label = request.action.label();
    match request.state {
        RequestState::AwaitingApproval => Next::to(
            format!("/approvals/{}", request.id),
            format!("{label} was requested. It waits for another person."),
        ),
        _ => Next::to(page, format!("{label} was requested. {words}")),
    }
}

/// The facts that a person confirms an action on, read from the engine now. `seen` is what an earlier page showed, as
/// JSON: the answer says what changed since.
///
/// # Errors
/// Not found; forbidden for who may not see incidents.
#[server(prefix = "/api/v1", endpoint = "actions/confirm", input = GetUrl, output = Json)]
pub async fn confirm(
    number: i64,
    action: String,
    #[server(default)] seen: String,
) -> Result<view::ConfirmPage, ApiError> {
    let (portal, grant) = guard::<ReadIncidents>().await?;
    let action = Action::from_word(&action).ok_or_else(|| Problem::not_found("action"))?;
    let seen: Option<Seen> = serde_json::from_str(&seen).ok();
    Ok(portal.confirm(grant, number, action, seen.as_ref()).await?)
}

/// Requests an action on exactly the container that the confirm page showed. Needs containment.
///
/// # Errors
/// Conflict when the container is not (any more) what the page showed: nothing runs.
#[server(prefix = "/api/v1", endpoint = "actions/request", input = PostUrl, output = Json)]
pub async fn request(
    number: i64,
    action: String,
    #[server(default)] preset: String,
    #[server(default)] detail: String,
    #[server(default)] accepts_impact: String,
    #[server(default)] typed: String,
    #[server(default)] break_glass: String,
    fingerprint: String,
    #[server(default)] seen: String,
) -> Result<Next, ApiError> {
    // Decides nothing: the form layer keeps it for the page, should the form come back.
    drop(seen);
    let (portal, grant) = guard::<Contain>().await?;
    let action = Action::from_word(&action).ok_or_else(|| Problem::not_found("action"))?;
    let choice = Choice {
        reason: reason(action, &preset, &detail)?,
        seen: Digest::from_hex(fingerprint),
        shown: None,
        accepts_impact: !accepts_impact.is_empty(),
        typed,
        break_glass: !break_glass.is_empty(),
    };
    let request = portal.request_action(grant, number, action, choice).await?;
    Ok(came_of(&request, incident_path(number), "What came of it stands under Actions, below."))
}
