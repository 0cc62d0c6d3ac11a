//! Signing in and out, and the one-time set-up of the first admin.

use quell_domain::{
    Changeset, Code, Problem,
    action::ActionRequest,
    audit::{Actor, ActorKind, Event, EventOutcome, codes},
    changeset::Op,
    ids::{AccountId, Digest, PersonId},
    people::{self, Account, Person},
    policy::{self, Permission, Role},
    view::{Me, QueueView},
};
use secrecy::{ExposeSecret, SecretString};

use super::{count, proof::own, throttle::Limit};
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
    /// Digest of the password hash that was checked: once the account has another one, a session begun with this one is
    /// worth nothing, whenever it was written.
    pub password: Digest,
}

impl SignedIn {
    fn with(account: &Account) -> Self {
        Self {
            person: account.person.clone(),
            account: account.id.clone(),
            login: account.login.clone(),
            password: Digest::of(account.password_hash.as_bytes()),
        }
    }
}

impl Portal {
    /// Makes a set-up link's token while there is no admin who can sign in; an older link stops working. Needs no permission: only
    /// whoever starts the portal sees the answer.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn offer_setup(&self) -> Result<Option<String>, Problem> {
        if self.store.admin_count().await? > 0 {
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
        let token = Digest::of(token.as_bytes());
        self.must_be_offered(&token, &login, address.as_deref()).await?;
        // Dear, so strangers get none of it.
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
        let signed_in = SignedIn::with(&account);
        let actor = Actor { kind: ActorKind::Person, id: person.id.to_string(), name, address };
        let event = Event::new(now, actor, codes::SETUP_DONE).target("person", &person.id).fact("login", login);
        let changes = Changeset::new(event).with(Op::UseSetup { token, now }).with(Op::AddPerson(person, account));
        match self.try_commit(changes).await {
            Ok(_) => Ok(signed_in),
            Err(CommitError::Conflict(_)) => Err(link_used()),
            Err(error) => Err(error.into()),
        }
    }

    /// Refuses a set-up token that is not good, counted and recorded. The commit decides in the end; this keeps
    /// strangers from costing anything before it.
    async fn must_be_offered(&self, token: &Digest, login: &str, address: Option<&str>) -> Result<(), Problem> {
        let actor = Actor::anonymous(address.map(str::to_owned));
        if self.store.admin_count().await? == 0 {
            let limit = [Limit::of_setup(address)];
            self.count_tries(&limit, actor.clone(), "set-up", login).await?;
            if self.store.is_setup_offered(token, self.now()).await? {
                return self.forget_tries(&limit[0]).await;
            }
        }
        self.record_refused(Event::new(self.now(), actor, codes::SETUP_REFUSED).fact("login", login)).await?;
        Err(link_used())
    }

    /// Checks a password. Unknown names, wrong passwords and disabled people get the same answer after the same work.
    ///
    /// # Errors
    /// Unauthenticated; throttled after too many tries, see [`super::throttle`].
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
        let made = self.count_sign_in(&login, address.as_deref()).await?;
        let found = self.store.account_by_login(&login).await?;
        let phc = found.as_ref().map(|(account, _)| account.password_hash.clone());
        let right = match self.hasher.verify(password, phc).await {
            Ok(right) => right,
            Err(problem) => {
                self.give_back_sign_in(&made).await?;
                return Err(problem);
            }
        };
        if let Some((account, person)) = found
            && right
            && self.let_in(&account, &person, address.clone()).await?
        {
            self.forgive_sign_in(&made).await?;
            return Ok(SignedIn::with(&account));
        }
        let event = Event::new(self.now(), Actor::anonymous(address), codes::SIGN_IN)
            .outcome(EventOutcome::Denied)
            .fact("login", quell_domain::text::cut(&login, 64));
        self.commit(Changeset::new(event)).await?;
        Err(Problem::new(Code::Unauthenticated, "The sign-in name or the password is wrong."))
    }

    /// Records a sign-in, unless the person was disabled or got another password, also while this one was checked.
    async fn let_in(&self, account: &Account, person: &Person, address: Option<String>) -> Result<bool, Problem> {
        let actor = Actor { kind: ActorKind::Person, id: person.id.to_string(), name: person.name.clone(), address };
        let event = Event::new(self.now(), actor, codes::SIGN_IN)
            .target("person", &person.id)
            .fact("login", account.login.clone());
        let expected = Op::ExpectPassword(account.id.clone(), account.password_hash.clone());
        match self.try_commit(Changeset::new(event).with(expected)).await {
            Ok(_) => Ok(true),
            Err(CommitError::Conflict(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
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
        Ok(matches!(caller, Caller::Operator) || self.holder(caller).await?.is_some())
    }

    /// The person behind a session or a token in good standing; leaves no trace unless a token is refused.
    ///
    /// # Errors
    /// Unavailable; unauthenticated or throttled when a token is not good.
    pub async fn holder(&self, caller: &Caller) -> Result<Option<PersonId>, Problem> {
        let person = match caller {
            Caller::Operator | Caller::Anonymous { .. } => None,
            Caller::Session { account, password, .. } => self.in_good_standing(account, password).await?,
            Caller::Token { hash, address } => Some(self.token_holder(hash, address.as_deref()).await?.1),
        };
        Ok(person.map(|person| person.id))
    }

    /// The person behind a session, while they are enabled and the account's password is the one it was begun with.
    pub(crate) async fn in_good_standing(
        &self,
        account: &AccountId,
        password: &Digest,
    ) -> Result<Option<Person>, Problem> {
        let found = self.store.account(account).await?;
        Ok(found
            .filter(|(account, _)| Digest::of(account.password_hash.as_bytes()) == *password)
            .map(|(_, person)| person)
            .filter(|person| person.disabled_at.is_none()))
    }

    /// Who is looking, for the frame around every page.
    ///
    /// # Errors
    /// Unavailable; forbidden for the local operator, who has no page.
    pub async fn me(&self, grant: Grant<may::OwnAccount>) -> Result<Me, Problem> {
        let id = own(&grant)?;
        let may = |permission| policy::decide(grant.roles(), permission).is_ok();
        let need_action = if may(Permission::ReadIncidents) {
            let counters = self.store.counters(&id, QueueView::NeedsAction, self.now()).await?;
            Some(counters.need_action)
        } else {
            None
        };
        let (to_decide, to_review) = if may(Permission::Decide) {
            let others = |requests: Vec<ActionRequest>| {
                count(requests.into_iter().filter(|request| request.requester != id).count())
            };
            (Some(others(self.store.waiting_requests().await?)), others(self.store.requests_to_review().await?))
        } else {
            (None, 0)
        };
        let changes = match may(Permission::ManagePolicy) {
            true => Some(self.changes_to_decide(&id).await?),
            false => None,
        };
        let (name, login, roles) = (grant.name.clone(), grant.login.clone(), grant.roles().to_vec());
        Ok(Me { id, name, login, roles, need_action, to_decide, to_review, changes })
    }

    /// Changes one's own password; every session and token of the person ends, this session too.
    ///
    /// # Errors
    /// Invalid fields; forbidden when the current password is wrong.
    pub async fn change_password(
        &self,
        grant: Grant<may::OwnAccount>,
        current: SecretString,
        new: SecretString,
    ) -> Result<(), Problem> {
        let now = self.now();
        let event = Event::new(now, grant.actor(), codes::PASSWORD_RESET);
        let event = event.target("person", grant.person().map_or("", PersonId::as_str));
        let account = self.current_account(&grant, "current", current, event.clone()).await?;
        people::check_password(new.expose_secret(), &grant.login)?;
        let hash = self.hasher.hash(new).await?;
        let changes = Changeset::new(event)
            .with(Op::ExpectPassword(account.id.clone(), account.password_hash))
            .with(Op::EndTokens(account.person, now))
            .with(Op::SetPassword(account.id, hash));
        self.commit(changes).await.map(drop)
    }

    /// The account that a person is signed in with, once they typed its password into `field` again. A wrong one is
    /// counted, and `wanted`, which is what they wanted to do, is recorded as refused.
    pub(crate) async fn current_account(
        &self,
        grant: &Grant<may::OwnAccount>,
        field: &str,
        password: SecretString,
        wanted: Event,
    ) -> Result<Account, Problem> {
        let found = self.store.account_by_login(&grant.login).await?;
        let (account, _) = found.ok_or_else(|| Problem::not_found("account"))?;
        let limit = [Limit::of_password(account.id.as_str())];
        self.count_tries(&limit, grant.actor(), "current password", &grant.login).await?;
        if !self.hasher.verify(password, Some(account.password_hash.clone())).await? {
            self.commit(Changeset::new(wanted.outcome(EventOutcome::Denied))).await?;
            return Err(Problem::field(field, "This is not your current password."));
        }
        self.forget_tries(&limit[0]).await?;
        Ok(account)
    }
}

fn link_used() -> Problem {
    Problem::conflict(
        "This set-up link was used or has expired. While there is no admin, a restart of the portal gives a new one; an admin can also be added with: quell user add --role admin.",
    )
}
