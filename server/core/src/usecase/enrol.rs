//! Adding a second factor to one's own: begun with the password, and with a fresh proof when there is one already; finished
//! by showing that it works. So a stolen session, even with the password, adds none to what its owner has.

use quell_domain::{
    Changeset, Code, Problem,
    audit::{Event, EventOutcome, codes},
    changeset::Op,
    ids::{FactorId, PersonId},
    people::Account,
    proof::{self, Factor, FactorKind, KeptFactor, Proof, ProofMethod},
    view::{CodeAppPage, PasskeyPage},
};
use secrecy::SecretString;

use super::{
    factors::has_room,
    proof::{Pending, about, data_of_passkeys, own, passkeys_broken},
    throttle::Limit,
};
use crate::{
    Portal,
    grant::{Grant, may},
    ids,
    ports::{CommitError, PasskeyError, unavailable},
    totp,
};

/// What adding a factor begins with.
struct Begun {
    account: Account,
    known: Vec<KeptFactor>,
    proved: bool,
    name: String,
}

impl Portal {
    /// Begins to add a code app: makes its secret, which waits sealed in the session until a code shows that it arrived.
    ///
    /// # Errors
    /// Invalid fields; step-up when there is a factor already; throttled.
    pub async fn begin_code_app(
        &self,
        grant: Grant<may::OwnAccount>,
        current: SecretString,
        name: &str,
    ) -> Result<Pending, Problem> {
        let begun = self.begin_factor(&grant, current, name, FactorKind::Totp).await?;
        let sealed = self.sealer.seal(&totp::secret(), &about(&begun.account.person));
        let sealed = sealed.map_err(|error| unavailable("nothing can be sealed", &error))?;
        Ok(Pending { begun_at: self.now(), proved: begun.proved, name: begun.name, what: hex::encode(sealed) })
    }

    /// The secret of the code app that is being added; none when none is, or it took too long.
    ///
    /// # Errors
    /// Unavailable when the secret cannot be read.
    pub fn code_app(
        &self,
        grant: &Grant<may::OwnAccount>,
        pending: Option<Pending>,
    ) -> Result<Option<CodeAppPage>, Problem> {
        let Some(pending) = pending.filter(|pending| pending.in_time(self.now()).is_ok()) else { return Ok(None) };
        let (pending, secret) = self.begun_code_app(grant, Some(pending))?;
        Ok(Some(CodeAppPage {
            name: pending.name,
            secret: totp::letters(&secret),
            uri: totp::uri(&secret, &grant.login),
        }))
    }

    /// Adds the code app, once it shows the right code. That is also a proof.
    ///
    /// # Errors
    /// Invalid when the code is wrong; conflict.
    pub async fn add_code_app(
        &self,
        grant: Grant<may::OwnAccount>,
        pending: Option<Pending>,
        passcode: &str,
    ) -> Result<Proof, Problem> {
        let (pending, secret) = self.begun_code_app(&grant, pending)?;
        let person = own(&grant)?;
        let code = match proof::Passcode::parse(passcode) {
            Some(proof::Passcode::Totp(code)) => code,
            _ => return Err(Problem::field("passcode", "Give the six digits that the app shows now.")),
        };
        let step = totp::step_of(&secret, &code, self.now(), 0).ok_or_else(|| {
            Problem::field(
                "passcode",
                "This is not the code of now. If it is the one that the app shows, the clock of the device may be wrong.",
            )
        })?;
        let sealed = hex::decode(&pending.what).unwrap_or_default();
        let kept = KeptFactor {
            factor: self.new_factor(person, FactorKind::Totp, pending.name.clone()),
            data: sealed,
            handle: None,
            counter: step,
        };
        self.add_factor(&grant, kept, pending.proved, ProofMethod::Totp).await
    }

    /// Begins to add a passkey; what the browser is asked waits in the session, with what its answer is checked by.
    ///
    /// # Errors
    /// Invalid fields; step-up when there is a factor already; conflict where passkeys are not offered; throttled.
    pub async fn begin_passkey(
        &self,
        grant: Grant<may::OwnAccount>,
        current: SecretString,
        name: &str,
    ) -> Result<(Pending, PasskeyPage), Problem> {
        if let Some(why_not) = self.passkeys.why_not() {
            return Err(Problem::conflict(why_not));
        }
        let Begun { account, known, proved, name } =
            self.begin_factor(&grant, current, name, FactorKind::Passkey).await?;
        let ceremony = self
            .passkeys
            .ask_new(&account.person, &account.login, &grant.name, &data_of_passkeys(&known))
            .map_err(|e| passkeys_broken(&e))?;
        let page = PasskeyPage { name: name.clone(), options: ceremony.options };
        Ok((Pending { begun_at: self.now(), proved, name, what: ceremony.state }, page))
    }

    /// Adds the passkey that a browser made. That is also a proof.
    ///
    /// # Errors
    /// Invalid when it is not an answer to what was asked; conflict.
    pub async fn add_passkey(
        &self,
        grant: Grant<may::OwnAccount>,
        pending: Option<Pending>,
        answer: &str,
    ) -> Result<Proof, Problem> {
        let pending = pending.ok_or_else(not_begun)?;
        pending.in_time(self.now())?;
        let person = own(&grant)?;
        let answered = self.passkeys.check_new(&pending.what, answer).map_err(|error| match error {
            PasskeyError::Wrong(cause) => {
                tracing::info!(cause, "a new passkey was refused");
                Problem::new(Code::Invalid, "This passkey cannot be used. Begin again, or use another device.")
            }
            error => passkeys_broken(&error),
        })?;
        let kept = KeptFactor {
            factor: self.new_factor(person, FactorKind::Passkey, pending.name.clone()),
            data: answered.data,
            handle: Some(answered.handle),
            counter: answered.counter,
        };
        self.add_factor(&grant, kept, pending.proved, ProofMethod::Passkey).await
    }

    /// What both kinds begin with: name, room, fresh proof when it is not the first, password.
    async fn begin_factor(
        &self,
        grant: &Grant<may::OwnAccount>,
        current: SecretString,
        name: &str,
        kind: FactorKind,
    ) -> Result<Begun, Problem> {
        let name = proof::parse_factor_name(name)?;
        let account = self.own_account(grant).await?;
        let known = self.store.factors_of(&account.person).await?;
        has_room(&known)?;
        let proved = !known.is_empty();
        if proved {
            grant.fresh(self.now())?;
        }
        let event = Event::new(self.now(), grant.actor(), codes::FACTOR_BEGUN)
            .target("person", &account.person)
            .fact("kind", kind.word())
            .fact("factor", name.clone());
        let limit = [Limit::of_password(account.id.as_str())];
        self.count_tries(&limit, grant.actor(), "current password", &grant.login).await?;
        if !self.hasher.verify(current, Some(account.password_hash.clone())).await? {
            self.commit(Changeset::new(event.outcome(EventOutcome::Denied))).await?;
            return Err(Problem::field("current", "This is not your current password."));
        }
        self.forget_tries(&limit[0]).await?;
        self.commit(Changeset::new(event)).await?;
        Ok(Begun { account, known, proved, name })
    }

    fn begun_code_app(
        &self,
        grant: &Grant<may::OwnAccount>,
        pending: Option<Pending>,
    ) -> Result<(Pending, Vec<u8>), Problem> {
        let pending = pending.ok_or_else(not_begun)?;
        pending.in_time(self.now())?;
        let secret = self.opened(&hex::decode(&pending.what).unwrap_or_default(), &about(&own(grant)?))?;
        Ok((pending, secret))
    }

    fn new_factor(&self, person: PersonId, kind: FactorKind, name: String) -> Factor {
        Factor {
            id: FactorId::new(ids::mint()),
            person,
            kind,
            name,
            added_at: self.now(),
            last_used_at: Some(self.now()),
        }
    }

    /// The commit that adds. When it was begun without a proof it must still be the first: another may have been added
    /// meanwhile.
    async fn add_factor(
        &self,
        grant: &Grant<may::OwnAccount>,
        kept: KeptFactor,
        proved: bool,
        method: ProofMethod,
    ) -> Result<Proof, Problem> {
        let Factor { id, person, kind, name, .. } = kept.factor.clone();
        has_room(&self.store.factors_of(&person).await?)?;
        let event = |code| Event::new(self.now(), grant.actor(), code).target("person", &person);
        let mut changes =
            Changeset::new(event(codes::FACTOR_ADDED).fact("kind", kind.word()).fact("factor", name.clone()))
                .and_event(event(codes::PROOF_GIVEN).fact("method", method.word()).fact("factor", name));
        if !proved {
            changes = changes.with(Op::ExpectNoFactor(person.clone()));
        }
        match self.try_commit(changes.with(Op::AddFactor(kept))).await {
            Ok(_) => Ok(Proof { at: self.now(), method, by: id.to_string() }),
            Err(CommitError::Duplicate(_)) => Err(Problem::conflict("This passkey is in use already.")),
            Err(error) => Err(error.into()),
        }
    }
}

fn not_begun() -> Problem {
    Problem::conflict("Nothing is being added. Begin on your account page.")
}
