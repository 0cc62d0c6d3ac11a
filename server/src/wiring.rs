//! The only place that names concrete types: which store, which engines, which vault, which clock.

use std::{io, path::Path, sync::Arc};

use quell_core::{
    Portal,
    portal::{GateSettings, Ports, Settings},
    ports::{Clock, VaultError},
};
use quell_domain::time::{HOUR, SECOND};
use quell_effects::{Argon2Hasher, Balancers, DockerEngines, FolderVault, KeyFile, SystemClock, WebauthnPasskeys};
use quell_store::{SqlStore, StoreError};
use secrecy::ExposeSecret as _;

use crate::{checkpoints::Checkpoints, config::Config, failure::Failure, verify::ChainVerifier};

/// The portal and what the edge needs besides it.
pub struct Wired {
    /// Use cases.
    pub portal: Arc<Portal>,
    /// For readiness and sessions.
    pub store: Arc<SqlStore>,
    /// Beside the database.
    pub checkpoints: Checkpoints,
}

/// Opens the data folder and the database, making them when there are none, and puts everything together. Writes nothing
/// into the database, and leaves the evidence folder alone: see [`make_evidence_folder`].
///
/// # Errors
/// Sentences about what cannot be opened.
pub async fn open(config: &Config) -> Result<Wired, Failure> {
    folder(&config.data)
        .map_err(|error| Failure::new(format!("The data folder {} cannot be used: {error}.", config.data.display())))?;
    let store = SqlStore::connect(config.database.expose_secret())
        .await
        .map_err(|error| Failure::new(format!("The database cannot be opened: {error}.")))?;
    let store = Arc::new(store);
    let vault =
        FolderVault::at(&config.evidence, config.reserve_bytes).map_err(|error| unusable_evidence(config, &error))?;
    let sealer = KeyFile::open(&config.key_file).map_err(|error| {
        Failure::new(format!("The key file {} cannot be used: {error}.", config.key_file.display()))
    })?;
    // Port 0 is any: which, is known only once something listens.
    let passkeys = WebauthnPasskeys::at(&config.origin(), config.public_url.is_none() && config.listen.port() == 0);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let checkpoints = Checkpoints::in_folder(&config.data);
    let ports = Ports {
        store: store.clone(),
        engines: Arc::new(DockerEngines::new(clock.clone())),
        gates: Arc::new(Balancers::new(clock.clone())),
        vault: Arc::new(vault),
        hasher: Arc::new(Argon2Hasher::new()?),
        sealer: Arc::new(sealer),
        passkeys: Arc::new(passkeys),
        verifier: Arc::new(ChainVerifier { checkpoints: checkpoints.clone(), clock: clock.clone() }),
        clock,
    };
    let settings = Settings {
        lease: config.lease_seconds * SECOND,
        watch_every: config.watch_seconds * SECOND,
        gates: GateSettings {
            allow: config.gates.allow.as_ref().map(|it| it.texts().join(", ")).unwrap_or_default(),
            inside: config.gates.inside,
            outside: config.gates.outside,
            every: config.gates.every_seconds * SECOND,
        },
        setup_valid_for: 24 * HOUR,
        max_item_bytes: config.max_item_bytes,
    };
    Ok(Wired { portal: Portal::new(ports, settings), store, checkpoints })
}

/// The same of a data folder and a database that are there already: a mistyped path makes neither.
///
/// # Errors
/// Sentences about what is missing or cannot be opened.
pub async fn open_existing(config: &Config) -> Result<Wired, Failure> {
    to_read(config).await?.close().await;
    must_be_folder(&config.data)?;
    open(config).await
}

/// Makes the folder that a portal keeps evidence in, and says early when it cannot be used.
///
/// # Errors
/// A sentence about why.
pub fn make_evidence_folder(config: &Config) -> Result<(), Failure> {
    folder(&config.evidence)
        .map_err(VaultError::from)
        .and_then(|()| FolderVault::open(&config.evidence, config.reserve_bytes))
        .map(drop)
        .map_err(|error| unusable_evidence(config, &error))
}

fn unusable_evidence(config: &Config, error: &VaultError) -> Failure {
    Failure::new(format!("The evidence folder {} cannot be used: {error}.", config.evidence.display()))
}

/// For commands that read what lies in the data folder.
///
/// # Errors
/// There is no such folder.
pub fn must_be_folder(data: &Path) -> Result<(), Failure> {
    if data.is_dir() {
        return Ok(());
    }
    Err(Failure::usage(vec![format!("There is no data folder at {}. Check --data.", data.display())]))
}

/// The database alone, as it lies there: nothing is made, and nothing can be changed through it.
///
/// # Errors
/// A sentence about why it cannot be opened.
pub async fn to_read(config: &Config) -> Result<SqlStore, Failure> {
    SqlStore::open_to_read(config.database.expose_secret()).await.map_err(|error| match error {
        StoreError::Missing(file) => {
            Failure::usage(vec![format!("There is no database at {}. Check --data and database.url.", file.display())])
        }
        error => Failure::new(format!("The database cannot be opened: {error}.")),
    })
}

impl Wired {
    /// Brings the database to this version.
    ///
    /// # Errors
    /// A sentence with the cause.
    pub async fn migrate(&self) -> Result<(), Failure> {
        self.store
            .migrate()
            .await
            .map_err(|error| Failure::new(format!("The database cannot be brought to this version: {error}.")))
    }
}

/// Makes a folder that only we can read.
fn folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o750).create(path)
}
