//! Changes that take two admins: what waits, and deciding.

use leptos::prelude::*;
use quell_domain::view::{self, Next};
use server_fn::codec::{GetUrl, Json, PostUrl};

#[cfg(feature = "ssr")]
use super::people::shown;
use crate::error::ApiError;
#[cfg(feature = "ssr")]
use crate::guard::guard;
#[cfg(feature = "ssr")]
use quell_core::{grant::may::ManagePolicy, usecase::changes::Outcome};
#[cfg(feature = "ssr")]
use quell_domain::{
    Problem,
    change::{Change, ChangeState, Proposed},
    ids::ChangeId,
};

/// Where somebody goes who proposed a change: back when it is done, else to where it waits.
#[cfg(feature = "ssr")]
pub(super) fn came(outcome: Outcome, done: Next, secret: String) -> Next {
    match outcome {
        Outcome::Applied(password) => Next { once: password.map(|password| shown(secret, password)), ..done },
        Outcome::Waiting(id) => Next::to(
            format!("/admin/changes/{id}"),
            "Nothing is changed yet: another admin must approve it. It waits here for seven days.",
        ),
    }
}

/// Changes that wait for another admin, and what became of past ones.
///
/// # Errors
/// Forbidden for who may not decide on changes.
#[server(prefix = "/api/v1", endpoint = "changes/list", input = GetUrl, output = Json)]
pub async fn list() -> Result<view::ChangesPage, ApiError> {
    let (portal, grant) = guard::<ManagePolicy>().await?;
    Ok(portal.changes_page(grant).await?)
}

/// One change: what it would do, who asked, who may decide.
///
/// # Errors
/// Not found; forbidden for who may not decide on changes.
#[server(prefix = "/api/v1", endpoint = "changes/show", input = GetUrl, output = Json)]
pub async fn show(change: String) -> Result<view::ChangePage, ApiError> {
    let (portal, grant) = guard::<ManagePolicy>().await?;
    Ok(portal.change_page(grant, &ChangeId::new(change)).await?)
}

/// Decides on another admin's change: `decision` is `approve`, which applies it at once, or `refuse`.
///
/// # Errors
/// Forbidden with why; invalid with the field; unavailable when an engine must answer and does not.
#[server(prefix = "/api/v1", endpoint = "changes/decide", input = PostUrl, output = Json)]
pub async fn decide(
    change: String,
    #[server(default)] decision: String,
    #[server(default)] reason: String,
) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<ManagePolicy>().await?;
    let approve = match decision.as_str() {
        "approve" => true,
        "refuse" => false,
        _ => return Err(Problem::field("decision", "Choose: approve or refuse.").into()),
    };
    let (change, secret) = portal.decide_change(grant, &ChangeId::new(change), approve, &reason).await?;
    let once = secret.map(|secret| shown(label(&change), secret));
    Ok(Next { once, ..Next::to(path(&change), told(&change)) })
}

/// Takes one's own change back.
///
/// # Errors
/// Forbidden for others; conflict when it waits no more.
#[server(prefix = "/api/v1", endpoint = "changes/withdraw", input = PostUrl, output = Json)]
pub async fn withdraw(change: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<ManagePolicy>().await?;
    portal.withdraw_change(grant, &ChangeId::new(change)).await?;
    Ok(Next::to("/admin/changes", "Withdrawn. Nothing was changed."))
}

#[cfg(feature = "ssr")]
fn path(change: &Proposed) -> String {
    format!("/admin/changes/{}", change.id)
}

#[cfg(feature = "ssr")]
fn label(change: &Proposed) -> String {
    match &change.change {
        Change::CreatePerson { login, .. } => format!("Password of {login}"),
        _ => "New password".to_owned(),
    }
}

#[cfg(feature = "ssr")]
fn told(change: &Proposed) -> String {
    match change.state {
        ChangeState::Applied => "Approved and done.".to_owned(),
        ChangeState::Refused => "Refused. Nothing was changed.".to_owned(),
        _ => "It can no longer be done. Nothing was changed; the reason is below.".to_owned(),
    }
}
