//! People and their roles. All of it needs the permission to manage people.

use leptos::prelude::*;
use quell_domain::view::{self, Next};
use server_fn::codec::{GetUrl, Json, PostUrl};

#[cfg(feature = "ssr")]
use super::changes::came;
use crate::error::ApiError;
#[cfg(feature = "ssr")]
use crate::guard::guard;
#[cfg(feature = "ssr")]
use quell_core::grant::may::ManagePeople;
#[cfg(feature = "ssr")]
use quell_domain::{ids::PersonId, policy::Role, view::Once};

/// Everybody, with their sign-in names.
///
/// # Errors
/// Forbidden for who may not manage people.
#[server(prefix = "/api/v1", endpoint = "people/list", input = GetUrl, output = Json)]
pub async fn list() -> Result<view::PeoplePage, ApiError> {
    let (portal, grant) = guard::<ManagePeople>().await?;
    Ok(portal.people(grant).await?)
}

/// The roles whose box is ticked, of the boxes in the order of the arguments; a box that is not ticked is not sent.
#[cfg(feature = "ssr")]
fn ticked([analyst, responder, approver, auditor, admin]: [Option<String>; 5]) -> Vec<Role> {
    let boxes = [
        (Role::Analyst, analyst),
        (Role::Responder, responder),
        (Role::Approver, approver),
        (Role::Auditor, auditor),
        (Role::Admin, admin),
    ];
    boxes.into_iter().filter(|(_, ticked)| ticked.is_some()).map(|(role, _)| role).collect()
}

/// A password that is shown once.
#[cfg(feature = "ssr")]
pub(super) fn shown(label: String, password: String) -> Once {
    Once { label, value: password, again: "Reset the person's password.".to_owned(), ..Once::default() }
}

/// Adds a person with a random password, which is shown once.
///
/// # Errors
/// Invalid, naming `login`, `name` or `role`; conflict when the sign-in name is taken.
#[server(prefix = "/api/v1", endpoint = "people/create", input = PostUrl, output = Json)]
pub async fn create(
    login: String,
    name: String,
    #[server(default)] analyst: Option<String>,
    #[server(default)] responder: Option<String>,
    #[server(default)] approver: Option<String>,
    #[server(default)] auditor: Option<String>,
    #[server(default)] admin: Option<String>,
) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<ManagePeople>().await?;
    let roles = ticked([analyst, responder, approver, auditor, admin]);
    let outcome = portal.create_person(grant, &login, &name, roles).await?;
    let label = format!("Password of {}", login.trim().to_lowercase());
    Ok(came(outcome, Next::to("/admin/people", "The person is added."), label))
}

/// Gives a person exactly the ticked roles.
///
/// # Errors
/// Invalid, naming `role`; conflict when nobody would be admin any more.
#[server(prefix = "/api/v1", endpoint = "people/roles", input = PostUrl, output = Json)]
pub async fn roles(
    person: String,
    #[server(default)] analyst: Option<String>,
    #[server(default)] responder: Option<String>,
    #[server(default)] approver: Option<String>,
    #[server(default)] auditor: Option<String>,
    #[server(default)] admin: Option<String>,
) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<ManagePeople>().await?;
    let roles = ticked([analyst, responder, approver, auditor, admin]);
    let outcome = portal.set_roles(grant, PersonId::new(person), roles).await?;
    Ok(came(outcome, Next::to("/admin/people", "The roles are changed."), String::new()))
}

/// Cuts a person off at their next request.
///
/// # Errors
/// Conflict when nobody would be admin any more.
#[server(prefix = "/api/v1", endpoint = "people/disable", input = PostUrl, output = Json)]
pub async fn disable(person: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<ManagePeople>().await?;
    portal.disable_person(grant, PersonId::new(person)).await?;
    Ok(Next::to("/admin/people", "The person can no longer sign in."))
}

/// Lets a disabled person sign in again.
///
/// # Errors
/// Not found.
#[server(prefix = "/api/v1", endpoint = "people/enable", input = PostUrl, output = Json)]
pub async fn enable(person: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<ManagePeople>().await?;
    let outcome = portal.enable_person(grant, PersonId::new(person)).await?;
    Ok(came(outcome, Next::to("/admin/people", "The person can sign in again."), String::new()))
}

/// Takes all second factors from a person who lost them. Takes two admins.
///
/// # Errors
/// Not found.
#[server(prefix = "/api/v1", endpoint = "people/reset_factors", input = PostUrl, output = Json)]
pub async fn reset_factors(person: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<ManagePeople>().await?;
    let outcome = portal.reset_factors(grant, PersonId::new(person)).await?;
    Ok(came(outcome, Next::to("/admin/people", "The second factors are gone."), String::new()))
}

/// Gives a person a new random password, which is shown once.
///
/// # Errors
/// Not found.
#[server(prefix = "/api/v1", endpoint = "people/reset_password", input = PostUrl, output = Json)]
pub async fn reset_password(person: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<ManagePeople>().await?;
    let outcome = portal.reset_password(grant, PersonId::new(person)).await?;
    Ok(came(outcome, Next::to("/admin/people", "The password is reset."), "New password".to_owned()))
}
