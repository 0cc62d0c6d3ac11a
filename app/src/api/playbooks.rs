//! The playbooks, drafts of the next version, and how one incident follows its own.

use leptos::prelude::*;
use quell_domain::{
    playbook::{DraftStep, DraftTarget},
    view::{self, Next},
};
use server_fn::codec::{GetUrl, Json, PostUrl};

#[cfg(feature = "ssr")]
use super::{changes::came, incident_path};
use crate::error::ApiError;
#[cfg(feature = "ssr")]
use crate::guard::guard;
#[cfg(feature = "ssr")]
use quell_core::grant::may::{ManagePolicy, MovePlaybook, ReadIncidents, Triage};
#[cfg(feature = "ssr")]
use quell_domain::{
    Problem,
    playbook::{BookPress, DraftBook, Step, TypedBook},
    versions::Press,
};

/// The playbooks of today and every version before them.
///
/// # Errors
/// Forbidden for who may not manage the playbooks.
#[server(prefix = "/api/v1", endpoint = "playbooks/show", input = GetUrl, output = Json)]
pub async fn show() -> Result<view::PlaybooksPage, ApiError> {
    let (portal, grant) = guard::<ManagePolicy>().await?;
    Ok(portal.playbooks_page(grant).await?)
}

/// Your draft of the next version, or the playbooks of today, with what it would change. `class`: which one is shown.
///
/// # Errors
/// Forbidden for who may not manage the playbooks.
#[server(prefix = "/api/v1", endpoint = "playbook_drafts/show", input = GetUrl, output = Json)]
pub async fn draft(#[server(default)] class: String) -> Result<view::PlaybooksDraftPage, ApiError> {
    let (portal, grant) = guard::<ManagePolicy>().await?;
    Ok(portal.playbooks_draft_page(grant, &class).await?)
}

/// Keeps one playbook of your draft: `steps[0][title]`, …, `targets[0][contain]`, … with the worst severity first. `press`
/// is `preview`, `add`, `remove-0`, `up-0`, `down-0`, `add_book` (for the class `add`), `drop_book`, `drop`, or `propose`,
/// which asks another admin to publish it all.
///
/// # Errors
/// Invalid, naming `class` or `add`; `steps` or `targets` when it is proposed and something is wrong with it.
#[server(prefix = "/api/v1", endpoint = "playbook_drafts/save", input = PostUrl, output = Json)]
pub async fn save_book(
    #[server(default)] class: String,
    #[server(default)] steps: Vec<DraftStep>,
    #[server(default)] targets: Vec<DraftTarget>,
    #[server(default)] add: String,
    #[server(default)] press: String,
) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<ManagePolicy>().await?;
    let press = BookPress::parse(&press).ok_or_else(|| Problem::field("press", "Choose what to do with the draft."))?;
    let typed = TypedBook { book: DraftBook { class, steps, targets }, add };
    let (shown, outcome) = portal.save_playbooks(grant, typed, press).await?;
    let kept = "The draft is kept. Nothing counts before another admin publishes it.";
    let back = match press {
        BookPress::Rows(Press::Drop) => Next::to("/admin/playbooks", "The draft is gone."),
        BookPress::Rows(Press::Propose) => Next::to("/admin/playbooks", "The playbooks are published."),
        _ => Next::to(format!("/admin/playbooks/draft?class={shown}"), kept),
    };
    Ok(outcome.map_or(back.clone(), |outcome| came(outcome, back, String::new())))
}

/// How an incident follows its playbook, with the texts of its version.
///
/// # Errors
/// Not found; forbidden for who may not see incidents.
#[server(prefix = "/api/v1", endpoint = "steps/show", input = GetUrl, output = Json)]
pub async fn steps(number: i64) -> Result<view::IncidentPlaybookPage, ApiError> {
    let (portal, grant) = guard::<ReadIncidents>().await?;
    Ok(portal.incident_playbook(grant, number).await?)
}

/// Leaves a step of an incident's playbook out. Needs triage.
///
/// # Errors
/// Conflict when the playbook does not allow it; invalid, naming `step` or `reason`.
#[server(prefix = "/api/v1", endpoint = "steps/skip", input = PostUrl, output = Json)]
pub async fn skip(
    number: i64,
    #[server(default)] step: String,
    #[server(default)] reason: String,
) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<Triage>().await?;
    portal.skip_step(grant, number, named(&step)?, &reason).await?;
    Ok(Next::to(playbook_path(number), "The step is left out."))
}

/// Takes it back that a step was left out. Needs triage.
///
/// # Errors
/// Conflict when it was not left out; invalid, naming `step`.
#[server(prefix = "/api/v1", endpoint = "steps/take_back", input = PostUrl, output = Json)]
pub async fn take_back(number: i64, #[server(default)] step: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<Triage>().await?;
    portal.take_step_back(grant, number, named(&step)?).await?;
    Ok(Next::to(playbook_path(number), "The step is to be done after all."))
}

/// Says that the service works again, whatever became of the container. Needs triage.
///
/// # Errors
/// Conflict when it was restored before; invalid, naming `reason`.
#[server(prefix = "/api/v1", endpoint = "steps/restored", input = PostUrl, output = Json)]
pub async fn restored(number: i64, #[server(default)] reason: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<Triage>().await?;
    portal.service_restored(grant, number, &reason).await?;
    Ok(Next::to(incident_path(number), "The service is restored."))
}

/// Moves an incident to the newest playbooks; `version` is the one that was seen. Needs moving playbooks, which admins hold
/// who see no incidents.
///
/// # Errors
/// Conflict when another is the newest by now, or the incident follows it already.
#[server(prefix = "/api/v1", endpoint = "playbooks/use", input = PostUrl, output = Json)]
pub async fn use_version(number: i64, version: i64) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<MovePlaybook>().await?;
    let sees = quell_domain::policy::decide(grant.roles(), quell_domain::policy::Permission::ReadIncidents).is_ok();
    portal.use_playbooks(grant, number, version).await?;
    let back = if sees { playbook_path(number) } else { "/admin/playbooks".to_owned() };
    Ok(Next::to(back, format!("INC-{number} follows version {version} now.")))
}

#[cfg(feature = "ssr")]
fn playbook_path(number: i64) -> String {
    format!("{}/playbook", incident_path(number))
}

#[cfg(feature = "ssr")]
fn named(step: &str) -> Result<Step, Problem> {
    Step::from_word(step).ok_or_else(|| Problem::field("step", "There is no such step."))
}
