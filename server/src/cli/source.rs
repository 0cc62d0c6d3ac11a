//! `quell source`: detectors and their tokens.

use clap::Subcommand;
use quell_core::{Caller, Grant, grant::may};
use quell_domain::source::SourceKind;

use super::{Context, node, shown};
use crate::{config::Overrides, failure::Failure, wiring::Wired};

/// Alarm sources.
#[derive(Subcommand)]
pub enum Source {
    /// Add a source; its address with the token is printed once on the last line.
    Add {
        /// A name for people.
        #[arg(long)]
        name: String,
        /// falco, falcosidekick or quell.
        #[arg(long)]
        kind: String,
        /// The node it stands for when its alarms name none that is known.
        #[arg(long)]
        node: Option<String>,
    },
    /// List all sources.
    List,
    /// Refuse a source's token from now on.
    Revoke {
        /// The source's name.
        name: String,
    },
}

impl Source {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let wired = context.open().await?;
        match self {
            Self::Add { name, kind, node } => {
                let kind = SourceKind::from_word(&kind)
                    .ok_or_else(|| Failure::usage(vec!["--kind: use falco, falcosidekick or quell.".to_owned()]))?;
                let default_node = match node {
                    Some(name) => Some(node::find(&wired, &name).await?.id),
                    None => None,
                };
                let origin = context.load(&Overrides::default())?.origin();
                let path = wired.portal.add_source(grant(&wired).await?, &name, kind, default_node).await?;
                tell!("Source {} added. The address below holds its token and is not shown again.", shown(&name));
                tell!("url: {origin}{path}");
            }
            Self::List => {
                for row in wired.portal.sources(grant(&wired).await?, None).await?.sources {
                    let standing = if row.source.revoked_at.is_some() { "revoked" } else { "active" };
                    let last = row.last_alarm_at.map_or_else(|| "no alarm yet".to_owned(), |at| at.rfc3339());
                    tell!("{}\t{}\t{standing}\t{last}", shown(&row.source.name), row.source.kind.word());
                }
            }
            Self::Revoke { name } => {
                let page = wired.portal.sources(grant(&wired).await?, None).await?;
                let row = page
                    .sources
                    .into_iter()
                    .find(|row| row.source.name == name && row.source.revoked_at.is_none())
                    .ok_or_else(|| Failure::new(format!("There is no active source {}.", shown(&name))))?;
                wired.portal.revoke_source(grant(&wired).await?, row.source.id).await?;
                tell!("Source {} is refused from now on.", shown(&name));
            }
        }
        Ok(())
    }
}

async fn grant(wired: &Wired) -> Result<Grant<may::ManageSources>, Failure> {
    Ok(wired.portal.authorise(&Caller::Operator).await?)
}
