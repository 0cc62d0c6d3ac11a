//! `quell node`: machines with a container engine.

use clap::Subcommand;
use quell_core::{Caller, Grant, grant::may};
use quell_domain::node::Node as NodeFacts;

use super::{Context, shown};
use crate::{failure::Failure, wiring::Wired};

/// Nodes and their engines.
#[derive(Subcommand)]
pub enum Node {
    /// Add a node and ask its engine about itself.
    Add {
        /// The engine's Unix socket, for example `unix:///var/run/docker.sock`.
        #[arg(long)]
        endpoint: String,
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
            Self::Add { endpoint, name } => {
                let (node, _) = wired.portal.add_node(grant(&wired).await?, &name, &endpoint).await?;
                print(&node);
            }
            Self::Labels { name, labels } => {
                let node = find(&wired, &name).await?;
                wired.portal.set_labels(grant(&wired).await?, node.id, &labels).await?;
                tell!("{}: {}", shown(&node.name), shown(&labels));
            }
            Self::List => {
                for node in wired.portal.nodes(grant(&wired).await?).await?.nodes {
                    print(&node);
                }
            }
            Self::Check { name } => {
                let node = find(&wired, &name).await?;
                wired.portal.check_node(grant(&wired).await?, node.id).await?;
                let node = find(&wired, &name).await?;
                print(&node);
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

fn print(node: &NodeFacts) {
    let state = match (&node.facts, &node.trouble) {
        (_, Some(trouble)) => shown(trouble),
        (Some(facts), None) => format!("engine {}, {}", shown(&facts.version), shown(&facts.storage_driver)),
        (None, None) => "not asked yet".to_owned(),
    };
    tell!("{}\t{}\t{state}", shown(&node.name), shown(&node.endpoint));
    for warning in node.facts.iter().flat_map(quell_domain::node::EngineFacts::warnings) {
        tell!("  warning: {}", shown(&warning));
    }
}
