//! The façade: one concrete value that holds every port. Use cases are its methods, one file each under `usecase`.

use std::{marker::PhantomData, net::IpAddr, sync::Arc};

use quell_domain::{
    Changeset, Code, Problem, Timestamp,
    policy::{self, Role},
    view::Change,
};
use tokio::sync::{Notify, broadcast};

use crate::{
    grant::{Caller, Grant, Proves},
    intake::Intake,
    ports::{AuditVerifier, Clock, CommitError, Committed, Engines, Gates, Hasher, Passkeys, Sealer, Store, Vault},
    usecase::refusals::Refusals,
};

/// The ports, as the wiring hands them in.
pub struct Ports {
    /// Database.
    pub store: Arc<dyn Store>,
    /// Container engines.
    pub engines: Arc<dyn Engines>,
    /// Load balancers.
    pub gates: Arc<dyn Gates>,
    /// Evidence store.
    pub vault: Arc<dyn Vault>,
    /// Password hashing.
    pub hasher: Arc<dyn Hasher>,
    /// Secrets that are read again.
    pub sealer: Arc<dyn Sealer>,
    /// Passkeys.
    pub passkeys: Arc<dyn Passkeys>,
    /// Audit chain.
    pub verifier: Arc<dyn AuditVerifier>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// Settings that use cases need.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Microseconds a worker holds a job without a sign of life.
    pub lease: i64,
    /// Microseconds between two looks at what is contained.
    pub watch_every: i64,
    /// What is set about gates.
    pub gates: GateSettings,
    /// Microseconds a set-up link stays good.
    pub setup_valid_for: i64,
    /// Bytes kept of one item of evidence at most; a longer one is not kept.
    pub max_item_bytes: i64,
}

/// What is set about gates.
#[derive(Debug, Clone, Default)]
pub struct GateSettings {
    /// The addresses that a restricted gate lets in when nobody says otherwise, as they were written.
    pub allow: String,
    /// An address of ours that is on the list as a rule: a knock from there must get through.
    pub inside: Option<IpAddr>,
    /// An address of ours that is on no list: a knock from there must be refused.
    pub outside: Option<IpAddr>,
    /// Microseconds between two looks at each restricted gate.
    pub every: i64,
}

/// The portal.
pub struct Portal {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) engines: Arc<dyn Engines>,
    pub(crate) gates: Arc<dyn Gates>,
    pub(crate) vault: Arc<dyn Vault>,
    pub(crate) hasher: Arc<dyn Hasher>,
    pub(crate) sealer: Arc<dyn Sealer>,
    pub(crate) passkeys: Arc<dyn Passkeys>,
    pub(crate) verifier: Arc<dyn AuditVerifier>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) settings: Settings,
    pub(crate) intake: Intake,
    pub(crate) refusals: Refusals,
    /// Rings when there may be a job; the worker also looks by itself.
    pub(crate) jobs: Notify,
    /// Rings when there may be alarms without an incident.
    pub(crate) alarms: Notify,
    /// Rings when the audit trail grew.
    pub(crate) trail: Notify,
    changes: broadcast::Sender<Change>,
}

impl Portal {
    /// Puts the ports together.
    #[must_use]
    pub fn new(ports: Ports, settings: Settings) -> Arc<Self> {
        Arc::new(Self {
            store: ports.store,
            engines: ports.engines,
            gates: ports.gates,
            vault: ports.vault,
            hasher: ports.hasher,
            sealer: ports.sealer,
            passkeys: ports.passkeys,
            verifier: ports.verifier,
            clock: ports.clock,
            settings,
            intake: Intake::default(),
            refusals: Refusals::default(),
            jobs: Notify::new(),
            alarms: Notify::new(),
            trail: Notify::new(),
            changes: broadcast::channel(4096).0,
        })
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// What changes from here on; content-free.
    #[must_use]
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    /// Does anybody listen to changes?
    pub(crate) fn is_watched(&self) -> bool {
        self.changes.receiver_count() > 0
    }

    pub(crate) fn tell(&self, change: Change) {
        // Nobody listening is no error.
        let _ = self.changes.send(change);
    }

    /// The one door for permission: is this caller a person in good standing who may do what `P` names?
    /// A refusal is audited.
    ///
    /// # Errors
    /// Unauthenticated, or forbidden with who may instead.
    pub async fn authorise<P: Proves>(&self, caller: &Caller) -> Result<Grant<P>, Problem> {
        let (person, login, address, proof, token) = match caller {
            Caller::Operator => {
                return Ok(Grant {
                    person: None,
                    login: String::new(),
                    name: "local operator".to_owned(),
                    roles: Role::ALL.to_vec(),
                    address: None,
                    proof: None,
                    token: None,
                    permission: PhantomData,
                });
            }
            Caller::Anonymous { .. } => return Err(Problem::new(Code::Unauthenticated, "Please sign in.")),
            Caller::Session { account, login, password, address, proof, .. } => {
                match self.in_good_standing(account, password).await? {
                    Some(person) => {
                        let proof = self.kept_proof(&person.id, proof.as_ref()).await?;
                        (person, login.clone(), address.clone(), proof, None)
                    }
                    None => return Err(Problem::new(Code::Unauthenticated, "Please sign in.")),
                }
            }
            Caller::Token { hash, address } => {
                let (token, person) = self.token_holder(hash, address.as_deref()).await?;
                (person, String::new(), address.clone(), None, Some(token))
            }
        };
        let grant = Grant {
            person: Some(person.id),
            login,
            name: person.name,
            roles: person.roles,
            address,
            proof,
            token: token.as_ref().map(|token| token.name.clone()),
            permission: PhantomData,
        };
        let allowed = policy::decide(&grant.roles, P::PERMISSION)
            .and_then(|()| token.map_or(Ok(()), |token| token.decide(P::PERMISSION)));
        if let Err(why_not) = allowed {
            self.record_forbidden(grant.actor(), P::PERMISSION.word()).await?;
            return Err(Problem::forbidden(why_not));
        }
        Ok(grant)
    }

    /// Commits, rings the bells, and turns what went wrong into words for people.
    pub(crate) async fn commit(&self, changes: Changeset) -> Result<Committed, Problem> {
        Ok(self.try_commit(changes).await?)
    }

    /// Commits and rings the bells; for use cases that handle conflicts themselves.
    pub(crate) async fn try_commit(&self, changes: Changeset) -> Result<Committed, CommitError> {
        let committed = self.store.commit(changes).await?;
        self.jobs.notify_one();
        self.trail.notify_one();
        if !committed.new_alarms.is_empty() {
            self.alarms.notify_one();
        }
        Ok(committed)
    }
}
