//! Nodes and sources.

use std::net::IpAddr;

use quell_core::ports::{CommitError, Thing};
use quell_domain::{
    Timestamp,
    ids::{NodeId, SourceId},
    node::{Access, EngineFacts, Node},
    source::Source,
};

use super::{about, one};
use crate::{
    db::{Tx, run},
    rows::{clean, clean_opt, json},
    sql::{nodes, sources},
};

pub(super) async fn add_node(tx: &mut Tx, node: &Node) -> Result<(), CommitError> {
    let access = json(&node.access)?;
    let facts = node.facts.as_ref().map(json).transpose()?;
    let (labels, addresses) = (json(&node.labels)?, json(&node.addresses)?);
    let stranger = node.stranger.as_ref().map(json).transpose()?;
    let added = run!(
        tx tx, nodes::NODE_ADD, node.id.as_str(), clean(&node.name), access.as_str(), labels.as_str(),
        addresses.as_str(), facts.as_deref(), stranger.as_deref(), clean_opt(node.trouble.as_deref()), node.created_at.0, node.removed_at.map(|at| at.0)
    );
    one(added.map_err(about(Thing::Node))?, Thing::Node)
}

pub(super) async fn set_facts(
    tx: &mut Tx,
    node: &NodeId,
    facts: Option<&EngineFacts>,
    stranger: Option<&EngineFacts>,
    trouble: Option<&str>,
) -> Result<(), CommitError> {
    let facts = facts.map(json).transpose()?;
    let stranger = stranger.map(json).transpose()?;
    let set = run!(
        tx tx, nodes::NODE_FACTS, node.as_str(), facts.as_deref(), stranger.as_deref(), clean_opt(trouble)
    );
    one(set.map_err(about(Thing::Node))?, Thing::Node)
}

pub(super) async fn set_labels(
    tx: &mut Tx,
    node: &NodeId,
    before: &[String],
    labels: &[String],
) -> Result<(), CommitError> {
    let (before, labels) = (json(&before)?, json(&labels)?);
    let set = run!(tx tx, nodes::NODE_LABELS, node.as_str(), before.as_str(), labels.as_str());
    one(set.map_err(about(Thing::Node))?, Thing::Node)
}

pub(super) async fn set_addresses(
    tx: &mut Tx,
    node: &NodeId,
    before: &[IpAddr],
    addresses: &[IpAddr],
) -> Result<(), CommitError> {
    let (before, addresses) = (json(&before)?, json(&addresses)?);
    let set = run!(tx tx, nodes::NODE_ADDRESSES, node.as_str(), before.as_str(), addresses.as_str());
    one(set.map_err(about(Thing::Node))?, Thing::Node)
}

pub(super) async fn set_access(
    tx: &mut Tx,
    node: &NodeId,
    before: &Access,
    access: &Access,
) -> Result<(), CommitError> {
    let (before, access) = (json(before)?, json(access)?);
    let set = run!(tx tx, nodes::NODE_ACCESS, node.as_str(), before.as_str(), access.as_str());
    one(set.map_err(about(Thing::Node))?, Thing::Node)
}

pub(super) async fn remove_node(tx: &mut Tx, node: &NodeId, at: Timestamp) -> Result<(), CommitError> {
    let removed = run!(tx tx, nodes::NODE_REMOVE, node.as_str(), at.0);
    one(removed.map_err(about(Thing::Node))?, Thing::Node)
}

pub(super) async fn add_source(tx: &mut Tx, source: &Source) -> Result<(), CommitError> {
    let added = run!(
        tx tx, sources::SOURCE_ADD, source.id.as_str(), clean(&source.name), source.kind.word(),
        source.token_hash.as_str(), source.default_node.as_ref().map(NodeId::as_str), source.created_at.0,
        source.revoked_at.map(|at| at.0)
    );
    one(added.map_err(about(Thing::Source))?, Thing::Source)
}

pub(super) async fn revoke_source(tx: &mut Tx, source: &SourceId, at: Timestamp) -> Result<(), CommitError> {
    let revoked = run!(tx tx, sources::SOURCE_REVOKE, source.as_str(), at.0);
    one(revoked.map_err(about(Thing::Source))?, Thing::Source)
}
