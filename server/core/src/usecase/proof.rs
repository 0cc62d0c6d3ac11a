//! Step-up: a person shows once more that it is them, with password and code or with a passkey.
//!
//! Owns the order: counted before it is looked at, used up in the commit that records it, refused with one sentence.
//! The session that remembers the proof is the edge's.

use quell_domain::{
    Changeset, Code, Problem, Timestamp,
    audit::{Event, EventOutcome, codes},
    changeset::Op,
    ids::{Digest, PersonId},
    people::Account,
    proof::{self, ANSWER_WITHIN, FactorKind, KeptFactor, Passcode, Proof, ProofMethod},
    view::ProvePage,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::throttle::Limit;
use crate::{
    Portal,
    grant::{Grant, may},
    ports::{CommitError, PasskeyError, unavailable},
    totp,
};

/// What waits in the session for a browser's answer. It is taken out by the answer, and good for a few minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    pub(super) begun_at: Timestamp,
    /// Was it begun with a fresh proof?
    pub(super) proved: bool,
    /// What the new factor shall be called; empty for a challenge.
    pub(super) name: String,
    /// A sealed secret, or what the passkeys' check needs.
    pub(super) what: String,
}

impl Pending {
    /// Unless it waited too long.
    pub(super) fn in_time(&self, now: Timestamp) -> Result<(), Problem> {
        let late = !(-ANSWER_WITHIN..ANSWER_WITHIN).contains(&now.since(self.begun_at));
        if late { Err(Problem::conflict("That took too long. Begin again.")) } else { Ok(()) }
    }
}

/// What a right answer uses up.
struct Used {
    method: ProofMethod,
    by: String,
    name: String,
    op: Op,
}

impl Portal {
    /// The proof, if it is fresh and what it was given by is still there.
    pub(crate) async fn kept_proof(&self, person: &PersonId, proof: Option<&Proof>) -> Result<Option<Proof>, Problem> {
        match proof.filter(|proof| proof.is_fresh(self.now())) {
            Some(proof) if self.store.is_proof_kept(person, &proof.by).await? => Ok(Some(proof.clone())),
            _ => Ok(None),
        }
    }

    /// What the person can prove with, and a challenge for their passkeys, to be kept in the session.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn ask_proof(&self, grant: Grant<may::OwnAccount>) -> Result<(ProvePage, Option<Pending>), Problem> {
        let person = own(&grant)?;
        let factors = self.store.factors_of(&person).await?;
        let recovery = self.store.recovery_left(&person).await? > 0;
        let passkeys = data_of_passkeys(&factors);
        let why_no_passkey = self.passkeys.why_not().filter(|_| !passkeys.is_empty());
        let ceremony = if passkeys.is_empty() || why_no_passkey.is_some() {
            None
        } else {
            Some(self.passkeys.ask_proof(&passkeys).map_err(|e| passkeys_broken(&e))?)
        };
        let page = ProvePage {
            code: recovery || passkeys.len() < factors.len(),
            passkey: ceremony.as_ref().map(|ceremony| ceremony.options.clone()),
            why_no_passkey: why_no_passkey.unwrap_or_default(),
        };
        let pending = ceremony.map(|ceremony| Pending {
            begun_at: self.now(),
            proved: false,
            name: String::new(),
            what: ceremony.state,
        });
        Ok((page, pending))
    }

    /// Takes password and code, of an app or of the recovery set.
    ///
    /// # Errors
    /// Invalid, with the same words whatever was wrong; throttled.
    pub async fn prove(
        &self,
        grant: Grant<may::OwnAccount>,
        password: SecretString,
        passcode: SecretString,
    ) -> Result<Proof, Problem> {
        let account = self.own_account(&grant).await?;
        let limits = Limit::of_codes(account.person.as_str(), grant.address.as_deref());
        self.count_proof(&grant, &account.person, &limits).await?;
        let right = match self.hasher.verify(password, Some(account.password_hash.clone())).await {
            Ok(right) => right,
            Err(problem) => {
                self.give_back(&limits).await?;
                return Err(problem);
            }
        };
        let used = match Passcode::parse(passcode.expose_secret()) {
            Some(Passcode::Totp(code)) => self.of_app(&account.person, &code).await?,
            Some(Passcode::Recovery(code)) => Some(self.of_recovery(&account.person, &code)),
            None => None,
        };
        self.conclude_proof(&grant, &account, &limits, used.filter(|_| right)).await
    }

    /// Takes a passkey's answer to the challenge that waited in the session.
    ///
    /// # Errors
    /// Invalid, with the same words whatever was wrong; conflict when it took too long; throttled.
    pub async fn prove_by_passkey(
        &self,
        grant: Grant<may::OwnAccount>,
        pending: Option<Pending>,
        answer: &str,
    ) -> Result<Proof, Problem> {
        let account = self.own_account(&grant).await?;
        let pending = pending.ok_or_else(|| Problem::conflict("This page is out of date. Use the passkey again."))?;
        pending.in_time(self.now())?;
        let limits = Limit::of_passkeys(account.person.as_str(), grant.address.as_deref());
        self.count_proof(&grant, &account.person, &limits).await?;
        let factors = self.store.factors_of(&account.person).await?;
        let used = match self.passkeys.check_proof(&pending.what, answer, &data_of_passkeys(&factors)) {
            Ok(answered) => {
                factors.into_iter().find(|kept| kept.handle.as_ref() == Some(&answered.handle)).map(|kept| Used {
                    method: ProofMethod::Passkey,
                    by: kept.factor.id.to_string(),
                    name: kept.factor.name,
                    op: Op::UsePasskey {
                        factor: kept.factor.id,
                        data: answered.data,
                        counter: answered.counter,
                        challenge: Digest::of(pending.what.as_bytes()),
                        at: self.now(),
                    },
                })
            }
            Err(PasskeyError::Wrong(cause)) => {
                tracing::info!(cause, "a passkey's answer was refused");
                None
            }
            Err(error) => return Err(passkeys_broken(&error)),
        };
        self.conclude_proof(&grant, &account, &limits, used).await
    }

    /// The person's own account, which must be the one the session was begun with.
    pub(super) async fn own_account(&self, grant: &Grant<may::OwnAccount>) -> Result<Account, Problem> {
        let person = own(grant)?;
        let found = self.store.account_by_login(&grant.login).await?;
        let mine = found.map(|(account, _)| account).filter(|account| account.person == person);
        mine.ok_or_else(|| Problem::not_found("account"))
    }

    async fn count_proof(
        &self,
        grant: &Grant<may::OwnAccount>,
        person: &PersonId,
        limits: &[Limit],
    ) -> Result<(), Problem> {
        let refusal = Event::new(self.now(), grant.actor(), codes::PROOF_THROTTLED).target("person", person);
        self.count_tries_or(limits, refusal).await
    }

    async fn of_app(&self, person: &PersonId, code: &str) -> Result<Option<Used>, Problem> {
        for kept in self.store.factors_of(person).await? {
            if kept.factor.kind != FactorKind::Totp {
                continue;
            }
            let secret = self.opened(&kept.data, &about(person))?;
            if let Some(step) = totp::step_of(&secret, code, self.now(), kept.counter) {
                return Ok(Some(Used {
                    method: ProofMethod::Totp,
                    by: kept.factor.id.to_string(),
                    name: kept.factor.name,
                    op: Op::UseTotp { factor: kept.factor.id, step, at: self.now() },
                }));
            }
        }
        Ok(None)
    }

    fn of_recovery(&self, person: &PersonId, code: &str) -> Used {
        let digest = proof::recovery_digest(person, code);
        Used {
            method: ProofMethod::Recovery,
            by: digest.to_string(),
            name: String::new(),
            op: Op::UseRecovery { person: person.clone(), code: digest, at: self.now() },
        }
    }

    /// Uses up what is right and records the proof; the commit decides between answers given at the same time.
    async fn conclude_proof(
        &self,
        grant: &Grant<may::OwnAccount>,
        account: &Account,
        limits: &[Limit],
        used: Option<Used>,
    ) -> Result<Proof, Problem> {
        let now = self.now();
        let event = |code| Event::new(now, grant.actor(), code).target("person", &account.person);
        if let Some(Used { method, by, name, op }) = used {
            let given = event(codes::PROOF_GIVEN).fact("method", method.word()).fact("factor", name);
            let mut changes = Changeset::new(given);
            if method == ProofMethod::Recovery {
                changes = changes.and_event(event(codes::RECOVERY_USED));
            }
            let expected = Op::ExpectPassword(account.id.clone(), account.password_hash.clone());
            match self.try_commit(changes.with(expected).with(op)).await {
                Ok(_) => {
                    self.give_back(limits).await?;
                    self.forget_tries(&limits[0]).await?;
                    return Ok(Proof { at: now, method, by });
                }
                Err(CommitError::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.commit(Changeset::new(event(codes::PROOF_REFUSED).outcome(EventOutcome::Denied))).await?;
        Err(Problem::new(
            Code::Invalid,
            "This did not prove that it is you. The password, the code or the passkey is wrong, or the code was used before. A new code comes every 30 seconds.",
        ))
    }

    pub(super) fn opened(&self, sealed: &[u8], about: &str) -> Result<Vec<u8>, Problem> {
        self.sealer.open(sealed, about).map_err(|error| unavailable("a kept secret cannot be read", &error))
    }
}

pub(super) fn passkeys_broken(error: &PasskeyError) -> Problem {
    unavailable("passkeys cannot be used at the moment", error)
}

/// What a code app's secret is sealed with.
pub(super) fn about(person: &PersonId) -> String {
    format!("code app of {person}")
}

pub(super) fn own(grant: &Grant<may::OwnAccount>) -> Result<PersonId, Problem> {
    grant.person().cloned().ok_or_else(|| Problem::forbidden("The local operator has no account."))
}

pub(super) fn data_of_passkeys(factors: &[KeptFactor]) -> Vec<Vec<u8>> {
    let passkeys = factors.iter().filter(|kept| kept.factor.kind == FactorKind::Passkey);
    passkeys.map(|kept| kept.data.clone()).collect()
}
