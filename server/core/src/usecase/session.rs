//! Signing in and out, and the one-time set-up of the first admin.

use quell_domain::{
    Changeset, Code, Problem,
    audit::{Actor, ActorKind, Event, EventOutcome, codes},
    changeset::Op,
    ids::{AccountId, Digest, PersonId},
    people::{self, Account, Person},
    policy::Role,
    time::SECOND,
    view::Me,
};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    Portal,
    grant::{Caller, Grant, may},
    ids,
    ports::CommitError,
};

/// Who has just signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The person.
    pub person: PersonId,
    /// The account used.
    pub account: AccountId,
    /// Its sign-in name.
    pub login: String,
}

/// Failures that are free, under one key, before each further one costs waiting time.
const FREE_PER_ACCOUNT: i64 = 5;
/// As above, for all accounts from one address.
const FREE_PER_ADDRESS: i64 = 30;
/// The longest wait, seconds.
const LONGEST_WAIT: i64 = 15 * 60;

impl Portal {
    /// Makes a set-up link's token while nobody exists; an older link stops working. Needs no permission: only
    /// whoever starts the portal sees the answer.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn offer_setup(&self) -> Result<Option<String>, Problem> {
        if self.store.person_count().await.map_err(|e| self.broken(&e))? > 0 {
            return Ok(None);
        }
        let token = ids::secret();
        let now = self.now();
        let changes = Changeset::new(Event::new(now, Actor::operator(), codes::SETUP_OPENED)).with(Op::OfferSetup {
            token: Digest::of(token.as_bytes()),
            expires_at: now.plus(self.settings.setup_valid_for),
        });
        self.commit(changes).await?;
        Ok(Some(token))
    }

    /// Creates the first admin with the set-up link's token.
    ///
    /// # Errors
    /// Invalid fields; conflict when the link is used, expired or replaced.
    pub async fn setup(
        &self,
        token: &str,
        login: &str,
        name: &str,
        password: SecretString,
        address: Option<String>,
    ) -> Result<SignedIn, Problem> {
        let login = people::parse_login(login)?;
        let name = people::parse_name(name)?;
        people::check_password(password.expose_secret(), &login)?;
        // Hashing is dear: strangers get none of it once the portal is set up, and little before.
        if self.store.person_count().await.map_err(|e| self.broken(&e))? > 0 {
            return Err(link_used());
        }
        let key = format!("setup:{}", address.as_deref().unwrap_or_default());
        self.must_not_wait(&key, FREE_PER_ACCOUNT).await?;
        let password_hash = self.hasher.hash(password).await?;
        let now = self.now();
        let person = Person {
            id: PersonId::new(ids::mint()),
            name: name.clone(),
            roles: vec![Role::Admin],
            disabled_at: None,
            created_at: now,
        };
        let account =
            Account { id: AccountId::new(ids::mint()), person: person.id.clone(), login: login.clone(), password_hash };
        let signed_in = SignedIn { person: person.id.clone(), account: account.id.clone(), login: login.clone() };
        let actor = Actor { kind: ActorKind::Person, id: person.id.to_string(), name, address };
        let event = Event::new(now, actor, codes::SETUP_DONE).target("person", &person.id).fact("login", login);
        let changes = Changeset::new(event)
            .with(Op::UseSetup { token: Digest::of(token.as_bytes()), now })
            .with(Op::AddPerson(person, account));
        match self.try_commit(changes).await {
            Ok(_) => Ok(signed_in),
            Err(CommitError::Conflict(_)) => {
                self.store.count_failure(&key, now).await.map_err(|e| self.broken(&e))?;
                Err(link_used())
            }
            Err(error) => Err(self.refused(&error)),
        }
    }

    /// Checks a password. Unknown names, wrong passwords and disabled people get the same answer after the same work.
    ///
    /// # Errors
    /// Unauthenticated; throttled after too many failures of this account from this address, or from this address.
    pub async fn sign_in(
        &self,
        login: &str,
        password: SecretString,
        address: Option<String>,
    ) -> Result<SignedIn, Problem> {
        let login = login.trim().to_lowercase();
        if login.is_empty() || password.expose_secret().is_empty() {
            return Err(Problem::field("password", "Give your sign-in name and your password."));
        }
        let from = address.clone().unwrap_or_default();
        let keys = [
            (format!("account:{}:{from}", quell_domain::text::cut(&login, 64)), FREE_PER_ACCOUNT),
            (format!("address:{from}"), FREE_PER_ADDRESS),
        ];
        for (key, free) in &keys {
            self.must_not_wait(key, *free).await?;
        }
        let found = self.store.account_by_login(&login).await.map_err(|e| self.broken(&e))?;
        let phc = found.as_ref().map(|(account, _)| account.password_hash.clone());
        let right = self.hasher.verify(password, phc).await?;
        let now = self.now();
        match found {
            Some((account, person)) if right && person.disabled_at.is_none() => {
                let actor = Actor { kind: ActorKind::Person, id: person.id.to_string(), name: person.name, address };
                let event =
                    Event::new(now, actor, codes::SIGN_IN).target("person", &person.id).fact("login", login.clone());
                self.commit(Changeset::new(event)).await?;
                self.store.forget_failures(&keys[0].0).await.map_err(|e| self.broken(&e))?;
                Ok(SignedIn { person: person.id, account: account.id, login })
            }
            _ => {
                for (key, _) in &keys {
                    self.store.count_failure(key, now).await.map_err(|e| self.broken(&e))?;
                }
                let event = Event::new(now, Actor::anonymous(address), codes::SIGN_IN)
                    .outcome(EventOutcome::Denied)
                    .fact("login", quell_domain::text::cut(&login, 64));
                self.commit(Changeset::new(event)).await?;
                Err(Problem::new(Code::Unauthenticated, "The sign-in name or the password is wrong."))
            }
        }
    }

    async fn must_not_wait(&self, key: &str, free: i64) -> Result<(), Problem> {
        let throttle = self.store.throttle(key).await.map_err(|e| self.broken(&e))?;
        let over = throttle.failures - free;
        if over < 0 {
            return Ok(());
        }
        let wait = 2i64.saturating_pow(u32::try_from(over.min(30)).unwrap_or(30)).min(LONGEST_WAIT) * SECOND;
        let left = throttle.last_at.saturating_add(wait) - self.now().0;
        if left <= 0 {
            return Ok(());
        }
        Err(Problem::new(
            Code::Throttled,
            format!("Too many failed tries. Wait {} and try again.", quell_domain::time::span(left + SECOND)),
        ))
    }

    /// Records that somebody signed out. The session itself is the edge's to destroy.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn sign_out(&self, caller: &Caller) -> Result<(), Problem> {
        let Ok(grant) = self.authorise::<may::OwnAccount>(caller).await else { return Ok(()) };
        self.commit(Changeset::new(Event::new(self.now(), grant.actor(), codes::SIGN_OUT))).await.map(drop)
    }

    /// Is this caller signed in and in good standing? For page gates and live streams; leaves no trace.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn standing(&self, caller: &Caller) -> Result<bool, Problem> {
        match caller {
            Caller::Operator => Ok(true),
            Caller::Anonymous { .. } => Ok(false),
            Caller::Session { person, .. } => {
                let found = self.store.person(person).await.map_err(|e| self.broken(&e))?;
                Ok(found.is_some_and(|person| person.disabled_at.is_none()))
            }
        }
    }

    /// Who is looking, for the frame around every page.
    ///
    /// # Errors
    /// Unavailable; forbidden for the local operator, who has no page.
    pub async fn me(&self, grant: Grant<may::OwnAccount>) -> Result<Me, Problem> {
        let id = grant.person().cloned().ok_or_else(|| Problem::forbidden("The local operator has no account."))?;
        let reads =
            quell_domain::policy::decide(grant.roles(), quell_domain::policy::Permission::ReadIncidents).is_ok();
        let open_incidents = if reads {
            let counters = self.store.counters(&id, self.now()).await.map_err(|e| self.broken(&e))?;
            Some(counters.need_containment)
        } else {
            None
        };
        Ok(Me {
            id,
            name: grant.name.clone(),
            login: grant.login.clone(),
            roles: grant.roles().to_vec(),
            open_incidents,
        })
    }

    /// Changes one's own password; every session of the person ends, this one too.
    ///
    /// # Errors
    /// Invalid fields; forbidden when the current password is wrong.
    pub async fn change_password(
        &self,
        grant: Grant<may::OwnAccount>,
        current: SecretString,
        new: SecretString,
    ) -> Result<(), Problem> {
        let found = self.store.account_by_login(&grant.login).await.map_err(|e| self.broken(&e))?;
        let (account, person) = found.ok_or_else(|| Problem::not_found("account"))?;
        let key = format!("password:{}", account.id);
        self.must_not_wait(&key, FREE_PER_ACCOUNT).await?;
        if !self.hasher.verify(current, Some(account.password_hash)).await? {
            self.store.count_failure(&key, self.now()).await.map_err(|e| self.broken(&e))?;
            let event = Event::new(self.now(), grant.actor(), codes::PASSWORD_RESET)
                .outcome(EventOutcome::Denied)
                .target("person", &person.id);
            self.commit(Changeset::new(event)).await?;
            return Err(Problem::field("current", "This is not your current password."));
        }
        people::check_password(new.expose_secret(), &grant.login)
            .map_err(|problem| Problem::field("new", problem.fields[0].remedy.clone()))?;
        let hash = self.hasher.hash(new).await?;
        let event = Event::new(self.now(), grant.actor(), codes::PASSWORD_RESET).target("person", &person.id);
        self.commit(Changeset::new(event).with(Op::SetPassword(account.id, hash))).await?;
        self.store.end_sessions(&person.id).await.map_err(|e| self.broken(&e))
    }
}

fn link_used() -> Problem {
    Problem::conflict("This set-up link was used or has expired. Restart the portal to get a new one.")
}
