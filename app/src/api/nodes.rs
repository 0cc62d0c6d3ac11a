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
use quell_domain::ids::NodeId;

/// The nodes in use with what their engines last said.
///
/// # Errors
/// Forbidden for who may not manage nodes.
#[server(prefix = "/api/v1", endpoint = "nodes/list", input = GetUrl, output = Json)]
pub async fn list() -> Result<view::NodesPage, ApiError> {
    let (portal, grant) = guard::<ManageNodes>().await?;
    Ok(portal.nodes(grant).await?)
}

/// Adds a node after asking its engine; an empty name takes the engine's host name.
///
/// # Errors
/// Invalid, naming `name` or `endpoint`; unavailable when the engine does not answer.
#[server(prefix = "/api/v1", endpoint = "nodes/add", input = PostUrl, output = Json)]
pub async fn add(#[server(default)] name: String, endpoint: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<ManageNodes>().await?;
    let (node, outcome) = portal.add_node(grant, &name, &endpoint).await?;
    Ok(came(outcome, Next::to("/admin/nodes", format!("Node {} is added.", node.name)), String::new()))
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
