//! `quell user`: people and their sign-in names, by whoever has a shell on the portal's machine.

use clap::Subcommand;
use quell_core::{Caller, Grant, grant::may, usecase::changes::Outcome};
use quell_domain::{ids::PersonId, people, policy::Role};

use super::{Context, shown};
use crate::{failure::Failure, wiring::Wired};

/// People and their roles.
#[derive(Subcommand)]
pub enum User {
    /// Add a person with a random password, printed once on the last line.
    Add {
        /// Sign-in name.
        #[arg(long)]
        login: String,
        /// The person's name.
        #[arg(long)]
        name: String,
        /// analyst, responder, approver, auditor or admin; may be given several times.
        #[arg(long = "role", required = true)]
        roles: Vec<String>,
    },
    /// List everybody.
    List,
    /// Refuse a person from their next request on.
    Disable {
        /// Sign-in name.
        login: String,
    },
    /// Let a person in again.
    Enable {
        /// Sign-in name.
        login: String,
    },
    /// Replace a person's roles.
    Roles {
        /// Sign-in name.
        login: String,
        /// The roles from now on; may be given several times.
        #[arg(long = "role", required = true)]
        roles: Vec<String>,
    },
    /// Give a person a new random password, printed once on the last line.
    ResetPassword {
        /// Sign-in name.
        login: String,
    },
    /// Take all second factors and recovery codes from a person who lost them.
    ResetFactors {
        /// Sign-in name.
        login: String,
    },
}

impl User {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let wired = context.open().await?;
        let portal = &wired.portal;
        match self {
            Self::Add { login, name, roles } => {
                let roles = people::parse_roles(&roles)?;
                let added = portal.create_person(grant(&wired).await?, &login, &name, roles).await?;
                tell!("{} can sign in as {}.", shown(&name), shown(&login));
                tell_password(added);
            }
            Self::List => {
                for (person, logins) in portal.people(grant(&wired).await?).await?.people {
                    let standing = if person.disabled_at.is_some() { "disabled" } else { "active" };
                    tell!("{}\t{}\t{}\t{standing}", logins.join(","), shown(&person.name), words(&person.roles));
                }
            }
            Self::Disable { login } => {
                let person = find(&wired, &login).await?;
                portal.disable_person(grant(&wired).await?, person).await?;
                tell!("{} is disabled.", shown(&login));
            }
            Self::Enable { login } => {
                let person = find(&wired, &login).await?;
                portal.enable_person(grant(&wired).await?, person).await?;
                tell!("{} is enabled.", shown(&login));
            }
            Self::Roles { login, roles } => {
                let roles = people::parse_roles(&roles)?;
                let person = find(&wired, &login).await?;
                let told = words(&roles);
                portal.set_roles(grant(&wired).await?, person, roles).await?;
                tell!("{} is now {told}.", shown(&login));
            }
            Self::ResetPassword { login } => {
                let person = find(&wired, &login).await?;
                tell_password(portal.reset_password(grant(&wired).await?, person).await?);
            }
            Self::ResetFactors { login } => {
                let person = find(&wired, &login).await?;
                portal.reset_factors(grant(&wired).await?, person).await?;
                tell!("{} has no second factor any more and is signed out everywhere.", shown(&login));
            }
        }
        Ok(())
    }
}

/// Whoever has a shell here needs nobody else: it is applied at once.
fn tell_password(outcome: Outcome) {
    match outcome {
        Outcome::Applied(Some(password)) => tell!("password: {password}"),
        Outcome::Applied(None) | Outcome::Waiting(_) => {}
    }
}

async fn grant(wired: &Wired) -> Result<Grant<may::ManagePeople>, Failure> {
    Ok(wired.portal.authorise(&Caller::Operator).await?)
}

async fn find(wired: &Wired, login: &str) -> Result<PersonId, Failure> {
    let wanted = login.trim().to_lowercase();
    let page = wired.portal.people(grant(wired).await?).await?;
    page.people
        .into_iter()
        .find(|(_, logins)| logins.contains(&wanted))
        .map(|(person, _)| person.id)
        .ok_or_else(|| Failure::new(format!("Nobody signs in as {}.", shown(login))))
}

fn words(roles: &[Role]) -> String {
    roles.iter().map(|role| role.word()).collect::<Vec<_>>().join(",")
}
