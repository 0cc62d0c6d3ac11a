//! `quell node`: machines with a container engine.

use clap::Subcommand;
use quell_core::{Caller, Grant, grant::may};
use quell_domain::{
    Timestamp,
    ids::EngineId,
    node::{AccessForm, EngineFacts, Node as NodeFacts},
};

use super::{Context, shown};
use crate::{failure::Failure, wiring::Wired};

/// Nodes and their engines.
#[derive(Subcommand)]
pub enum Node {
    /// Add a node and ask its engine about itself.
    Add {
        /// `unix:///var/run/docker.sock`, `tcp://node-1:2376` or `ssh://quell@node-1`.
        #[arg(long)]
        endpoint: String,
        /// For TCP: file of the CA that the engine's certificate comes from.
        #[arg(long, default_value = "")]
        ca: String,
        /// For TCP: file of the client certificate.
        #[arg(long, default_value = "")]
        certificate: String,
        /// For TCP and SSH: file of the private key.
        #[arg(long, default_value = "")]
        key: String,
        /// For SSH: the host's public key (`ssh-ed25519 AAAA…`), or a `known_hosts` file.
        #[arg(long, default_value = "")]
        host_key: String,
        /// What detectors call this machine; without it, the engine's own host name.
        #[arg(long, default_value = "")]
        name: String,
    },
    /// Say by which words the policy tells a node apart.
    Labels {
        /// The node's name.
        name: String,
        /// Lower-case words, separated by commas; empty takes all away.
        labels: String,
    },
    /// Say under which addresses a node's published ports are reached: gates are found by them.
    Addresses {
        /// The node's name.
        name: String,
        /// Addresses, separated by commas; empty takes all away.
        addresses: String,
    },
    /// Take another engine that answers for the node's own from now on. Look at both with `quell node check` first.
    Accept {
        /// The node's name.
        name: String,
        /// The id of the engine that answers.
        engine: String,
    },
    /// List nodes in use.
    List,
    /// Ask a node's engine about itself now.
    Check {
        /// The node's name.
        name: String,
    },
}

impl Node {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let wired = context.open().await?;
        match self {
            Self::Add { endpoint, ca, certificate, key, host_key, name } => {
                let access = AccessForm { endpoint, ca, certificate, key, host_key };
                let (node, _) = wired.portal.add_node(grant(&wired).await?, &name, &access).await?;
                print(&node, node.created_at);
            }
            Self::Labels { name, labels } => {
                let node = find(&wired, &name).await?;
                wired.portal.set_labels(grant(&wired).await?, node.id, &labels).await?;
                tell!("{}: {}", shown(&node.name), shown(&labels));
            }
            Self::Addresses { name, addresses } => {
                let node = find(&wired, &name).await?;
                wired.portal.set_addresses(grant(&wired).await?, node.id, &addresses).await?;
                tell!("{}: {}", shown(&node.name), shown(&addresses));
            }
            Self::Accept { name, engine } => {
                let node = find(&wired, &name).await?;
                let engine = EngineId::new(engine.trim());
                let node = wired.portal.accept_engine(grant(&wired).await?, node.id, engine).await?;
                print(&node, wired.portal.nodes(grant(&wired).await?).await?.as_of);
            }
            Self::List => {
                let page = wired.portal.nodes(grant(&wired).await?).await?;
                for node in &page.nodes {
                    print(node, page.as_of);
                }
            }
            Self::Check { name } => {
                let node = find(&wired, &name).await?;
                wired.portal.check_node(grant(&wired).await?, node.id).await?;
                let node = find(&wired, &name).await?;
                print(&node, wired.portal.nodes(grant(&wired).await?).await?.as_of);
                if let Some(trouble) = node.trouble {
                    return Err(Failure::new(shown(&trouble)));
                }
            }
        }
        Ok(())
    }
}

async fn grant(wired: &Wired) -> Result<Grant<may::ManageNodes>, Failure> {
    Ok(wired.portal.authorise(&Caller::Operator).await?)
}

/// A node by its name, without regard to case.
pub(super) async fn find(wired: &Wired, name: &str) -> Result<NodeFacts, Failure> {
    let page = wired.portal.nodes(grant(wired).await?).await?;
    page.nodes
        .into_iter()
        .find(|node| node.name.eq_ignore_ascii_case(name.trim()))
        .ok_or_else(|| Failure::new(format!("There is no node {}.", shown(name))))
}

fn print(node: &NodeFacts, now: Timestamp) {
    let state = match (&node.facts, &node.trouble) {
        (_, Some(trouble)) => shown(trouble),
        (Some(facts), None) => format!("engine {}, {}", shown(&facts.version), shown(&facts.storage_driver)),
        (None, None) => "not asked yet".to_owned(),
    };
    tell!("{}\t{}\t{state}", shown(&node.name), shown(&node.access.to_string()));
    let ends = node.facts.iter().flat_map(|facts| &facts.certificates).filter_map(|one| one.warning(now));
    for warning in node.facts.iter().flat_map(EngineFacts::warnings).chain(ends) {
        tell!("  warning: {}", shown(&warning));
    }
}
