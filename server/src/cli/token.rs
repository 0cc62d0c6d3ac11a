//! `quell token`: tokens of people's scripts, by whoever has a shell on the portal's machine. Made in a browser only.

use clap::Subcommand;
use quell_core::{Caller, Grant, grant::may};
use quell_domain::{ids::TokenId, token::ApiToken};

use super::{Context, shown};
use crate::{failure::Failure, wiring::Wired};

/// Tokens of people's scripts.
#[derive(Subcommand)]
pub enum Token {
    /// List everybody's tokens: id, sign-in names, name, permissions, standing, expiry, last use.
    List,
    /// Refuse a token from now on.
    Revoke {
        /// Its id, from the list.
        id: String,
    },
}

impl Token {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let wired = context.open().await?;
        match self {
            Self::List => list(&wired).await,
            Self::Revoke { id } => {
                wired.portal.revoke_any_token(grant(&wired).await?, &TokenId::new(id.trim())).await?;
                tell!("The token is refused from now on.");
                Ok(())
            }
        }
    }
}

async fn list(wired: &Wired) -> Result<(), Failure> {
    let people = wired.portal.people(grant(wired).await?).await?.people;
    for token in wired.portal.all_tokens(grant(wired).await?).await? {
        let logins = people.iter().find(|(person, _)| person.id == token.person).map(|(_, logins)| logins.join(","));
        let scopes = token.scopes.iter().map(|permission| permission.word()).collect::<Vec<_>>().join(",");
        let used = match (token.last_used_at, &token.last_used_from) {
            (Some(at), Some(from)) => format!("{} from {}", at.rfc3339(), shown(from)),
            (Some(at), None) => at.rfc3339(),
            (None, _) => "never used".to_owned(),
        };
        tell!(
            "{}\t{}\t{}\t{scopes}\t{}\t{}\t{used}",
            token.id,
            logins.unwrap_or_default(),
            shown(&token.name),
            standing(&token, wired),
            token.expires_at.rfc3339()
        );
    }
    Ok(())
}

fn standing(token: &ApiToken, wired: &Wired) -> &'static str {
    match token.revoked_at {
        Some(_) => "revoked",
        None if token.is_good(wired.portal.now()) => "active",
        None => "expired",
    }
}

async fn grant(wired: &Wired) -> Result<Grant<may::ManagePeople>, Failure> {
    Ok(wired.portal.authorise(&Caller::Operator).await?)
}
