//! Nodes: the machines whose container engine Quell may ask. All of it needs the permission to manage nodes.

use leptos::prelude::*;
use quell_domain::view::{self, Next};
use server_fn::codec::{GetUrl, Json, PostUrl};

#[cfg(feature = "ssr")]
use super::changes::came;
use crate::error::ApiError;
#[cfg(feature = "ssr")]
use crate::guard::guard;
#[cfg(feature = "ssr")]
use quell_core::grant::may::ManageNodes;
#[cfg(feature = "ssr")]
use quell_domain::{
    ids::{EngineId, NodeId},
    node::AccessForm,
};

/// The nodes in use with what their engines last said.
///
/// # Errors
/// Forbidden for who may not manage nodes.
#[server(prefix = "/api/v1", endpoint = "nodes/list", input = GetUrl, output = Json)]
pub async fn list() -> Result<view::NodesPage, ApiError> {
    let (portal, grant) = guard::<ManageNodes>().await?;
    Ok(portal.nodes(grant).await?)
}

/// Adds a node after asking its engine; an empty name takes the engine's host name. `ca`, `certificate` and `key` are paths
/// of files on the portal's machine, `host_key` too or the host's public key.
///
/// # Errors
/// Invalid, naming the field that stands in the way.
#[server(prefix = "/api/v1", endpoint = "nodes/add", input = PostUrl, output = Json)]
pub async fn add(
    #[server(default)] name: String,
    endpoint: String,
    #[server(default)] ca: String,
    #[server(default)] certificate: String,
    #[server(default)] key: String,
    #[server(default)] host_key: String,
) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<ManageNodes>().await?;
    let access = AccessForm { endpoint, ca, certificate, key, host_key };
    let (node, outcome) = portal.add_node(grant, &name, &access).await?;
    Ok(came(outcome, Next::to("/admin/nodes", format!("Node {} is added.", node.name)), String::new()))
}

/// Another way to a node's engine, which must answer there; fields as for adding.
///
/// # Errors
/// Not found; invalid, naming the field that stands in the way.
#[server(prefix = "/api/v1", endpoint = "nodes/access", input = PostUrl, output = Json)]
pub async fn access(
    node: String,
    endpoint: String,
    #[server(default)] ca: String,
    #[server(default)] certificate: String,
    #[server(default)] key: String,
    #[server(default)] host_key: String,
) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<ManageNodes>().await?;
    let access = AccessForm { endpoint, ca, certificate, key, host_key };
    let outcome = portal.set_access(grant, NodeId::new(node), &access).await?;
    Ok(came(outcome, Next::to("/admin/nodes", "The node is reached in the new way."), String::new()))
}

/// Asks a node's engine again.
///
/// # Errors
/// Not found.
#[server(prefix = "/api/v1", endpoint = "nodes/check", input = PostUrl, output = Json)]
pub async fn check(node: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<ManageNodes>().await?;
    portal.check_node(grant, NodeId::new(node)).await?;
    Ok(Next::to("/admin/nodes", "The engine was asked."))
}

/// Takes the other engine that answers for the node's own from now on.
///
/// # Errors
/// Not found; conflict when `engine` is not the id of the one that answers; unavailable when none does.
#[server(prefix = "/api/v1", endpoint = "nodes/accept", input = PostUrl, output = Json)]
pub async fn accept(node: String, engine: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<ManageNodes>().await?;
    let node = portal.accept_engine(grant, NodeId::new(node), EngineId::new(engine)).await?;
    Ok(Next::to("/admin/nodes", format!("Node {} stands for the new engine now.", node.name)))
}

/// Stops using a node; what is recorded about it stays.
///
/// # Errors
/// Not found.
#[server(prefix = "/api/v1", endpoint = "nodes/remove", input = PostUrl, output = Json)]
pub async fn remove(node: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<ManageNodes>().await?;
    let outcome = portal.remove_node(grant, NodeId::new(node)).await?;
    Ok(came(outcome, Next::to("/admin/nodes", "The node is no longer used."), String::new()))
}

/// Gives a node other addresses, separated by commas: published ports are reached under them, and gates found.
///
/// # Errors
/// Not found; invalid, naming `addresses`.
#[server(prefix = "/api/v1", endpoint = "nodes/addresses", input = PostUrl, output = Json)]
pub async fn addresses(node: String, #[server(default)] addresses: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<ManageNodes>().await?;
    let outcome = portal.set_addresses(grant, NodeId::new(node), &addresses).await?;
    Ok(came(outcome, Next::to("/admin/nodes", "The addresses are changed."), String::new()))
}

/// Gives a node other labels, separated by commas: the policy tells nodes apart by them.
///
/// # Errors
/// Not found; invalid, naming `labels`.
#[server(prefix = "/api/v1", endpoint = "nodes/labels", input = PostUrl, output = Json)]
pub async fn labels(node: String, #[server(default)] labels: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<ManageNodes>().await?;
    let outcome = portal.set_labels(grant, NodeId::new(node), &labels).await?;
    Ok(came(outcome, Next::to("/admin/nodes", "The labels are changed."), String::new()))
}
