//! The portal's use cases in this process, on a real database: a clock that stands still, passwords that cost nothing, and
//! every hash counted.

mod balancers;
mod bulk;
mod changes;
mod forbidden;
mod guessing;
mod last_admin;
mod proof;
mod reset;
mod setup;
mod tokens;

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::stream::BoxStream;
use quell_core::{
    Caller, Grant, Portal,
    grant::Proves,
    portal::{GateSettings, Ports, Settings},
    ports::{AuditRow, AuditVerifier, Clock, Gates, Hasher, ReadError},
    usecase::changes::Outcome,
};
use quell_domain::{
    Problem, Timestamp,
    changeset::Op,
    ids::{Digest, FactorId},
    people::{Account, Person},
    policy::Role,
    proof::{Factor, FactorKind, KeptFactor, Proof, ProofMethod},
    time::{HOUR, MINUTE, SECOND},
    view::AuditVerdict,
};
use quell_effects::{Balancers, DockerEngines, FolderVault, KeyFile, WebauthnPasskeys};
use secrecy::{ExposeSecret as _, SecretString};
use tempfile::TempDir;
use tokio::sync::Mutex;

use crate::store::{
    backend::Backend,
    world::{NOW, change, person},
};

/// Nothing here takes this long on the slowest machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A portal on a database, and what it was made of.
pub struct House {
    pub portal: Arc<Portal>,
    pub hasher: Arc<Plain>,
    pub clock: Arc<Hands>,
    _vault: TempDir,
}

impl House {
    pub fn on(backend: &Backend) -> Self {
        Self::before(backend, |clock| Arc::new(Balancers::new(clock)))
    }

    /// With load balancers of one's own.
    pub fn before(backend: &Backend, gates: impl FnOnce(Arc<Hands>) -> Arc<dyn Gates>) -> Self {
        let vault = tempfile::tempdir().unwrap();
        let hasher = Arc::new(Plain::default());
        let clock = Arc::new(Hands(AtomicI64::new(NOW.0)));
        let ports = Ports {
            store: Arc::new(backend.store.clone()),
            engines: Arc::new(DockerEngines::new(clock.clone())),
            gates: gates(clock.clone()),
            vault: Arc::new(FolderVault::open(vault.path(), 0).unwrap()),
            hasher: hasher.clone(),
            sealer: Arc::new(KeyFile::open(&vault.path().join("secrets.key")).unwrap()),
            passkeys: Arc::new(WebauthnPasskeys::at("http://localhost:8080", false)),
            verifier: Arc::new(NoVerifier),
            clock: clock.clone(),
        };
        let settings = Settings {
            lease: MINUTE,
            watch_every: 5 * SECOND,
            gates: GateSettings { every: MINUTE, ..GateSettings::default() },
            setup_valid_for: 24 * HOUR,
            max_item_bytes: i64::MAX,
        };
        Self { portal: Portal::new(ports, settings), hasher, clock, _vault: vault }
    }

    /// Tries to sign in; the person's password is `right`.
    pub async fn try_in(&self, login: &str, password: &str, address: &str) -> Result<(), Problem> {
        self.portal.sign_in(login, password.into(), Some(address.to_owned())).await.map(drop)
    }
}

/// Somebody with the password `right`.
pub async fn add(backend: &Backend, login: &str, roles: &[Role]) -> (Person, Account) {
    let (mut person, mut account) = person(login);
    person.roles = roles.to_vec();
    account.password_hash = "right".to_owned();
    backend.done(change(Op::AddPerson(person.clone(), account.clone()))).await;
    (person, account)
}

/// A browser in which this person signed in with the password they have.
pub fn session(who: &(Person, Account)) -> Caller {
    proven(who, None)
}

/// The same, with a proof.
pub fn proven((person, account): &(Person, Account), proof: Option<Proof>) -> Caller {
    Caller::Session {
        person: person.id.clone(),
        account: account.id.clone(),
        login: account.login.clone(),
        password: Digest::of(account.password_hash.as_bytes()),
        address: Some("10.9.9.9".to_owned()),
        proof,
    }
}

/// A proof that this person may.
pub async fn grant<P: Proves>(house: &House, who: &(Person, Account)) -> Grant<P> {
    house.portal.authorise(&session(who)).await.unwrap()
}

/// Gives a person a code app; [`just_proved`] then stands on it.
pub async fn add_factor(backend: &Backend, (person, _): &(Person, Account)) {
    let factor = Factor {
        id: FactorId::new(format!("app-{}", person.id)),
        person: person.id.clone(),
        kind: FactorKind::Totp,
        name: "phone".to_owned(),
        added_at: NOW,
        last_used_at: None,
    };
    let kept = KeptFactor { factor, data: vec![1], handle: None, counter: 0 };
    backend.done(change(Op::AddFactor(kept))).await;
}

/// As [`session`], of somebody who has proved a moment ago that it is them.
pub fn just_proved(house: &House, who: &(Person, Account)) -> Caller {
    let by = format!("app-{}", who.0.id);
    proven(who, Some(Proof { at: house.portal.now(), method: ProofMethod::Totp, by }))
}

/// What is shown once of a change that was done at once.
pub fn secret(outcome: Outcome) -> String {
    match outcome {
        Outcome::Applied(Some(secret)) => secret,
        other => panic!("a secret was expected: {other:?}"),
    }
}

/// Entries of one kind in the trail, as they are hashed.
pub async fn told(backend: &Backend, code: &str) -> Vec<String> {
    let text = if backend.is_sqlite() { "CAST(canonical AS TEXT)" } else { "CONVERT_FROM(canonical, 'UTF8')" };
    backend.texts(&format!("SELECT {text} FROM audit_event WHERE code = '{code}' ORDER BY seq")).await
}

/// Keeps passwords as they are and counts what would have cost a hash.
#[derive(Default)]
pub struct Plain {
    pub hashed: AtomicUsize,
    pub verified: AtomicUsize,
    /// While a test holds it, passwords are being checked and no answer comes.
    pub busy: Mutex<()>,
}

impl Plain {
    pub fn verified(&self) -> usize {
        self.verified.load(Ordering::SeqCst)
    }
}

#[async_trait::async_trait]
impl Hasher for Plain {
    async fn hash(&self, password: SecretString) -> Result<String, Problem> {
        self.hashed.fetch_add(1, Ordering::SeqCst);
        Ok(password.expose_secret().to_owned())
    }

    async fn verify(&self, password: SecretString, phc: Option<String>) -> Result<bool, Problem> {
        self.verified.fetch_add(1, Ordering::SeqCst);
        // Others come in between, as with a real hash.
        tokio::task::yield_now().await;
        drop(self.busy.lock().await);
        Ok(phc.is_some_and(|phc| phc == password.expose_secret()))
    }
}

/// A clock that is moved by hand.
pub struct Hands(AtomicI64);

impl Hands {
    pub fn pass(&self, micros: i64) {
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

struct NoVerifier;

#[async_trait::async_trait]
impl AuditVerifier for NoVerifier {
    async fn verify(
        &self,
        _: BoxStream<'static, Result<AuditRow, ReadError>>,
        _: (i64, Digest),
    ) -> Result<AuditVerdict, ReadError> {
        panic!("nothing here asks it")
    }
}
