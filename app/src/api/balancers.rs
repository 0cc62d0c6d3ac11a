//! Load balancers: the interfaces that Quell may close gates with. All of it needs the permission to manage them.

use leptos::prelude::*;
use quell_domain::view::{self, Next};
use server_fn::codec::{GetUrl, Json, PostUrl};

#[cfg(feature = "ssr")]
use super::changes::came;
use crate::error::ApiError;
#[cfg(feature = "ssr")]
use crate::guard::guard;
#[cfg(feature = "ssr")]
use quell_core::grant::may::ManageGates;
#[cfg(feature = "ssr")]
use quell_domain::{gate::BalancerForm, ids::BalancerId};

#[cfg(feature = "ssr")]
const PAGE: &str = "/admin/balancers";

/// The load balancers in use with what they last said.
///
/// # Errors
/// Forbidden for who may not manage load balancers.
#[server(prefix = "/api/v1", endpoint = "balancers/list", input = GetUrl, output = Json)]
pub async fn list() -> Result<view::BalancersPage, ApiError> {
    let (portal, grant) = guard::<ManageGates>().await?;
    Ok(portal.balancers(grant).await?)
}

/// Adds a load balancer after asking its interface. `socket` and `routes` are for `HAProxy`; `elb_base`, `iam_base`,
/// `project`, `credentials`, `generation` and `ca` for ELB. `credentials` names a file or variable and is never a secret.
///
/// # Errors
/// Invalid, naming the field that stands in the way.
#[server(prefix = "/api/v1", endpoint = "balancers/add", input = PostUrl, output = Json)]
pub async fn add(
    name: String,
    kind: String,
    #[server(default)] socket: String,
    #[server(default)] routes: String,
    #[server(default)] elb_base: String,
    #[server(default)] iam_base: String,
    #[server(default)] project: String,
    #[server(default)] credentials: String,
    #[server(default)] generation: String,
    #[server(default)] ca: String,
) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<ManageGates>().await?;
    let form = BalancerForm { kind, socket, routes, elb_base, iam_base, project, credentials, generation, ca };
    let (balancer, outcome) = portal.add_balancer(grant, &name, &form).await?;
    Ok(came(outcome, Next::to(PAGE, format!("Load balancer {} is added.", balancer.name)), String::new()))
}

/// Another way to a load balancer's interface, which must answer there; fields as for adding.
///
/// # Errors
/// Not found; invalid, naming the field that stands in the way.
#[server(prefix = "/api/v1", endpoint = "balancers/access", input = PostUrl, output = Json)]
pub async fn access(
    balancer: String,
    kind: String,
    #[server(default)] socket: String,
    #[server(default)] routes: String,
    #[server(default)] elb_base: String,
    #[server(default)] iam_base: String,
    #[server(default)] project: String,
    #[server(default)] credentials: String,
    #[server(default)] generation: String,
    #[server(default)] ca: String,
) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<ManageGates>().await?;
    let form = BalancerForm { kind, socket, routes, elb_base, iam_base, project, credentials, generation, ca };
    let outcome = portal.set_balancer_access(grant, BalancerId::new(balancer), &form).await?;
    Ok(came(outcome, Next::to(PAGE, "The load balancer is reached in the new way."), String::new()))
}

/// Asks a load balancer's interface again.
///
/// # Errors
/// Not found.
#[server(prefix = "/api/v1", endpoint = "balancers/check", input = PostUrl, output = Json)]
pub async fn check(balancer: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<ManageGates>().await?;
    portal.check_balancer(grant, BalancerId::new(balancer)).await?;
    Ok(Next::to(PAGE, "The load balancer was asked."))
}

/// Stops using a load balancer; what is recorded about it stays.
///
/// # Errors
/// Not found; conflict while an incident holds one of its gates.
#[server(prefix = "/api/v1", endpoint = "balancers/remove", input = PostUrl, output = Json)]
pub async fn remove(balancer: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<ManageGates>().await?;
    let outcome = portal.remove_balancer(grant, BalancerId::new(balancer)).await?;
    Ok(came(outcome, Next::to(PAGE, "The load balancer is no longer used."), String::new()))
}
