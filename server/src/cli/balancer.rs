//! `quell balancer`: load balancers whose gates Quell may restrict.

use clap::{Args, Subcommand};
use quell_core::{Caller, Grant, grant::may};
use quell_domain::gate::{self, BalancerForm};

use super::{Context, shown};
use crate::{failure::Failure, wiring::Wired};

/// Load balancers and their gates.
#[derive(Subcommand)]
pub enum Balancer {
    /// Add a load balancer and ask its interface about itself.
    Add {
        /// What people call it.
        name: String,
        #[command(flatten)]
        way: Way,
    },
    /// Reach a load balancer in another way.
    Access {
        /// Its name.
        name: String,
        #[command(flatten)]
        way: Way,
    },
    /// List load balancers in use.
    List,
    /// Ask a load balancer's interface about itself now.
    Check {
        /// Its name.
        name: String,
    },
    /// Stop using a load balancer. What is recorded about it stays.
    Remove {
        /// Its name.
        name: String,
    },
}

/// How its interface is reached. Secrets are never given here: only the file or variable that holds them.
#[derive(Args)]
pub struct Way {
    /// `haproxy` or `elb`.
    #[arg(long)]
    kind: String,
    /// For haproxy: path of its socket, `master:` before it when it is the master's.
    #[arg(long, default_value = "")]
    socket: String,
    /// For haproxy, once for each front end: `shop = shop_be @ /etc/haproxy/quell/shop.map on 203.0.113.5:80`.
    #[arg(long)]
    route: Vec<String>,
    /// For elb: base address of its interface.
    #[arg(long, default_value = "")]
    elb_base: String,
    /// For elb with a password: base address of IAM.
    #[arg(long, default_value = "")]
    iam_base: String,
    /// For elb: the project's id.
    #[arg(long, default_value = "")]
    project: String,
    /// For elb: file that holds the credentials, or `env:NAME`.
    #[arg(long, default_value = "")]
    credentials: String,
    /// For elb: `v3`, or `v2` for classic shared load balancers.
    #[arg(long, default_value = "")]
    generation: String,
    /// For elb: file of the CA that its certificate must come from.
    #[arg(long, default_value = "")]
    ca: String,
}

impl Way {
    fn form(self) -> BalancerForm {
        BalancerForm {
            kind: self.kind,
            socket: self.socket,
            routes: self.route.join("\n"),
            elb_base: self.elb_base,
            iam_base: self.iam_base,
            project: self.project,
            credentials: self.credentials,
            generation: self.generation,
            ca: self.ca,
        }
    }
}

impl Balancer {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let wired = context.open().await?;
        match self {
            Self::Add { name, way } => {
                let (balancer, _) = wired.portal.add_balancer(grant(&wired).await?, &name, &way.form()).await?;
                print(&balancer);
            }
            Self::Access { name, way } => {
                let balancer = find(&wired, &name).await?;
                wired.portal.set_balancer_access(grant(&wired).await?, balancer.id, &way.form()).await?;
                print(&find(&wired, &name).await?);
            }
            Self::List => {
                for balancer in &wired.portal.balancers(grant(&wired).await?).await?.balancers {
                    print(balancer);
                }
            }
            Self::Check { name } => {
                let balancer = find(&wired, &name).await?;
                wired.portal.check_balancer(grant(&wired).await?, balancer.id).await?;
                let balancer = find(&wired, &name).await?;
                print(&balancer);
                if let Some(trouble) = balancer.trouble {
                    return Err(Failure::new(shown(&trouble)));
                }
            }
            Self::Remove { name } => {
                let balancer = find(&wired, &name).await?;
                wired.portal.remove_balancer(grant(&wired).await?, balancer.id).await?;
                tell!("{} is no longer used.", shown(&balancer.name));
            }
        }
        Ok(())
    }
}

async fn grant(wired: &Wired) -> Result<Grant<may::ManageGates>, Failure> {
    Ok(wired.portal.authorise(&Caller::Operator).await?)
}

/// A load balancer by its name, without regard to case.
async fn find(wired: &Wired, name: &str) -> Result<gate::Balancer, Failure> {
    let page = wired.portal.balancers(grant(wired).await?).await?;
    page.balancers
        .into_iter()
        .find(|balancer| balancer.name.eq_ignore_ascii_case(name.trim()))
        .ok_or_else(|| Failure::new(format!("There is no load balancer {}.", shown(name))))
}

fn print(balancer: &gate::Balancer) {
    let state = match (&balancer.facts, &balancer.trouble) {
        (_, Some(trouble)) => shown(trouble),
        (Some(facts), None) => shown(&facts.version),
        (None, None) => "not asked yet".to_owned(),
    };
    tell!("{}\t{}\t{state}", shown(&balancer.name), shown(&balancer.access.to_string()));
    if let Some(facts) = &balancer.facts {
        for gate in &facts.gates {
            tell!("  gate: {}", shown(gate));
        }
        for warning in &facts.warnings {
            tell!("  warning: {}", shown(warning));
        }
    }
}
