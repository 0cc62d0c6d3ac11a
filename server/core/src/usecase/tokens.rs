//! Tokens for people's scripts: making, listing and ending them, and who stands behind one that comes in.

use quell_domain::{
    Changeset, Code, Problem,
    audit::{Actor, ActorKind, Event, codes},
    changeset::Op,
    ids::{Digest, PersonId, TokenId},
    people::{self, Person},
    time::{DAY, MINUTE},
    token::{self, ApiToken},
    view::TokensPage,
};
use secrecy::SecretString;

use super::{proof::own, throttle::Limit};
use crate::{
    Portal,
    grant::{Grant, may},
    ids,
};

/// Good tokens that one person may have.
const MOST: usize = 50;
/// How long an ended token is still listed.
const LISTED: i64 = 30 * DAY;

/// What a person asks for.
pub struct NewToken {
    /// What they call it.
    pub name: String,
    /// A preset or words of permissions.
    pub scope: String,
    /// In how many days it expires; nothing for the usual number.
    pub days: String,
    /// Their password, once more.
    pub password: SecretString,
}

impl Portal {
    /// One's own tokens.
    ///
    /// # Errors
    /// Unavailable; forbidden for the local operator, who has none.
    pub async fn my_tokens(&self, grant: Grant<may::OwnAccount>) -> Result<TokensPage, Problem> {
        let now = self.now();
        let mut tokens = self.store.tokens_of(&own(&grant)?).await?;
        tokens.retain(|token| {
            let ended = token.revoked_at.unwrap_or(token.expires_at).min(token.expires_at);
            token.is_good(now) || now.since(ended) < LISTED
        });
        Ok(TokensPage { tokens, now })
    }

    /// Makes a token; its secret is returned once and kept nowhere.
    ///
    /// # Errors
    /// Invalid fields, a wrong password among them; throttled after too many of those.
    pub async fn create_token(
        &self,
        grant: Grant<may::OwnAccount>,
        new: NewToken,
    ) -> Result<(ApiToken, String), Problem> {
        let person = own(&grant)?;
        let name = people::parse_name(&new.name)?;
        let scopes = token::parse_scope(&new.scope, grant.roles())?;
        let days = token::parse_days(&new.days)?;
        let now = self.now();
        if self.store.tokens_of(&person).await?.iter().filter(|token| token.is_good(now)).count() >= MOST {
            return Err(Problem::conflict(format!("You have {MOST} tokens. Revoke one of them first.")));
        }
        let refused = Event::new(now, grant.actor(), codes::TOKEN_CREATED).target("person", &person);
        let account = self.current_account(&grant, "password", new.password, refused).await?;
        let secret = format!("{}{}", token::PREFIX, ids::secret());
        let made = ApiToken {
            id: TokenId::new(ids::mint()),
            person,
            name,
            scopes,
            created_at: now,
            expires_at: token::expiry(now, days),
            last_used_at: None,
            last_used_from: None,
            revoked_at: None,
        };
        let words = made.scopes.iter().map(|permission| permission.word()).collect::<Vec<_>>().join(" ");
        let event = Event::new(now, grant.actor(), codes::TOKEN_CREATED)
            .target("token", &made.id)
            .fact("name", made.name.clone())
            .fact("scopes", words)
            .fact("days", days);
        let changes = Changeset::new(event)
            .with(Op::ExpectPassword(account.id, account.password_hash))
            .with(Op::AddToken(made.clone(), Digest::of(secret.as_bytes())));
        self.commit(changes).await?;
        Ok((made, secret))
    }

    /// Refuses one of one's own tokens from now on.
    ///
    /// # Errors
    /// Not found; conflict when it is revoked already.
    pub async fn revoke_token(&self, grant: Grant<may::OwnAccount>, id: &TokenId) -> Result<(), Problem> {
        let tokens = self.store.tokens_of(&own(&grant)?).await?;
        self.revoke(grant.actor(), find(tokens, id)?).await
    }

    /// Everybody's tokens, newest first.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn all_tokens(&self, _grant: Grant<may::ManagePeople>) -> Result<Vec<ApiToken>, Problem> {
        Ok(self.store.tokens().await?)
    }

    /// Refuses anybody's token from now on.
    ///
    /// # Errors
    /// Not found; conflict when it is revoked already.
    pub async fn revoke_any_token(&self, grant: Grant<may::ManagePeople>, id: &TokenId) -> Result<(), Problem> {
        self.revoke(grant.actor(), find(self.store.tokens().await?, id)?).await
    }

    /// Refuses every token of a person from now on.
    ///
    /// # Errors
    /// Not found.
    pub async fn revoke_tokens_of(&self, grant: Grant<may::ManagePeople>, id: &PersonId) -> Result<(), Problem> {
        let person = self.store.person(id).await?.ok_or_else(|| Problem::not_found("person"))?;
        let now = self.now();
        let event =
            Event::new(now, grant.actor(), codes::TOKEN_REVOKED).target("person", id).fact("whose", person.name);
        self.commit(Changeset::new(event).with(Op::EndTokens(id.clone(), now))).await.map(drop)
    }

    async fn revoke(&self, actor: Actor, token: ApiToken) -> Result<(), Problem> {
        let now = self.now();
        let event = Event::new(now, actor, codes::TOKEN_REVOKED).target("token", &token.id).fact("name", token.name);
        self.commit(Changeset::new(event).with(Op::RevokeToken(token.id, now))).await.map(drop)
    }

    /// The token whose secret has this hash and its person, when both are good. That it was used is noted.
    ///
    /// Secrets are too long to be guessed: what is slowed down is the noise. Good tokens are not held up by it.
    pub(crate) async fn token_holder(
        &self,
        hash: &Digest,
        address: Option<&str>,
    ) -> Result<(ApiToken, Person), Problem> {
        let now = self.now();
        let Some((token, person)) = self.store.token_by_hash(hash).await? else {
            let nobody = Actor::anonymous(address.map(str::to_owned));
            self.count_tries(&[Limit::of_token(address)], nobody.clone(), "token", "").await?;
            self.record_refused(Event::new(now, nobody, codes::TOKEN_REFUSED).fact("why", "unknown")).await?;
            return Err(refused("This token is not known."));
        };
        let why = if token.revoked_at.is_some() {
            "This token was revoked."
        } else if !token.is_good(now) {
            "This token has expired."
        } else if person.disabled_at.is_some() {
            "The person behind this token can no longer sign in."
        } else {
            self.note_use(&token, address).await;
            return Ok((token, person));
        };
        let actor = Actor {
            kind: ActorKind::Person,
            id: person.id.to_string(),
            name: person.name,
            address: Some(by_token(address, &token.name)),
        };
        let event = Event::new(now, actor, codes::TOKEN_REFUSED).target("token", &token.id).fact("why", why);
        self.record_refused_of(event, token.id.as_str()).await?;
        Err(refused(why))
    }

    /// At most once a minute. A token works on a full disk as well: that its use cannot be noted is in the log.
    async fn note_use(&self, token: &ApiToken, address: Option<&str>) {
        let now = self.now();
        let is_noted = token.last_used_at.is_some_and(|at| (0..MINUTE).contains(&now.since(at)));
        if !is_noted && let Err(error) = self.store.token_used(&token.id, address, now).await {
            tracing::warn!(%error, "the use of a token cannot be noted");
        }
    }
}

/// Where somebody who came by token comes from, for the audit trail.
pub(crate) fn by_token(address: Option<&str>, name: &str) -> String {
    format!("{} by token {name}", address.unwrap_or("unknown"))
}

fn find(tokens: Vec<ApiToken>, id: &TokenId) -> Result<ApiToken, Problem> {
    tokens.into_iter().find(|token| token.id == *id).ok_or_else(|| Problem::not_found("token"))
}

fn refused(why: &str) -> Problem {
    Problem::new(Code::Unauthenticated, format!("{why} Make another on the portal's page Tokens."))
}
