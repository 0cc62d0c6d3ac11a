//! SSH to the engine's Unix socket: one forwarded stream a request, over one session for each call of the port. No
//! command is ever run there, and no password, agent or configuration of the machine's is used.
//!
//! The host's key is compared before we say who we are. A session asks for `direct-streamlocal` and for nothing else, and
//! refuses whatever the host wants to open towards us.

use std::{borrow::Cow, sync::Arc};

use quell_core::ports::EngineError;
use russh::{
    AlgorithmKind, ChannelStream, Error, Preferred,
    client::{self, AuthResult, Config, Handle, Msg},
    keys::{
        Error as KeyError, PrivateKeyWithHashAlg, PublicKey, PublicKeyBase64 as _, PublicKeyOrCertificate,
        decode_secret_key, known_hosts,
    },
};
use secrecy::ExposeSecret as _;
use tokio::sync::OnceCell;

use super::{barred, net};
use crate::files::{read, read_private};

/// A way over SSH.
pub(super) struct Ssh {
    pub user: String,
    pub host: String,
    pub port: u16,
    pub socket: String,
    pub key: String,
    pub host_key: String,
    /// Ends with this value and the streams that were opened in it.
    pub session: OnceCell<Handle<Pinned>>,
}

/// The keys that the host may show.
pub(super) struct Pinned(Vec<PublicKey>);

impl client::Handler for Pinned {
    type Error = Error;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, Error> {
        // Certificates are never asked for.
        let shown = shown.public_key();
        Ok(self.0.iter().any(|pinned| pinned.key_data() == shown.key_data()))
    }
}

impl Ssh {
    /// A stream to the engine's socket.
    pub(super) async fn open(&self) -> Result<ChannelStream<Msg>, EngineError> {
        let session = self.session.get_or_try_init(|| self.sign_in()).await?;
        let channel = session.channel_open_direct_streamlocal(&self.socket).await.map_err(|cause| {
            // Servers do not say which of these it is.
            let words = match cause {
                Error::ChannelOpenFailure(_) => {
                    "The machine lets us in, but not to the engine's socket: it is not there, not open to this user, or \
                     not allowed to this key."
                }
                _ => "The machine ended the connection when it was asked for the engine's socket.",
            };
            barred("endpoint", words, cause)
        })?;
        Ok(channel.into_stream())
    }

    async fn sign_in(&self) -> Result<Handle<Pinned>, EngineError> {
        let pinned = self.pinned()?;
        let key = self.private_key()?;
        // Only the kinds that are pinned: a host with several keys shows the right one then.
        let kinds = pinned.iter().map(PublicKey::algorithm).collect();
        let preferred = Preferred { key: Cow::Owned(kinds), ..Preferred::default() };
        let config = Config { preferred, nodelay: true, ..Config::default() };
        let stream = net::connect(&self.host, self.port).await?;
        let mut session =
            client::connect_stream(Arc::new(config), stream, Pinned(pinned)).await.map_err(|cause| meaning(&cause))?;
        match session.authenticate_publickey(&self.user, key).await {
            Ok(AuthResult::Success) => Ok(session),
            Ok(AuthResult::Failure { partial_success: true, .. }) => {
                Err(barred("key", "The machine asks for more than a key.", "partial success"))
            }
            Ok(AuthResult::Failure { .. }) => {
                Err(barred("key", "The machine knows no such user with this private key.", "not authenticated"))
            }
            Err(cause) => {
                Err(barred("key", "The machine ended the connection when it saw the user and the key.", cause))
            }
        }
    }

    fn private_key(&self) -> Result<PrivateKeyWithHashAlg, EngineError> {
        let text = read_private("key", "private key", &self.key)?;
        let key = decode_secret_key(text.expose_secret(), None).map_err(|cause| match cause {
            KeyError::KeyIsEncrypted => {
                barred("key", "The private key has a passphrase, which Quell cannot give. Use one without.", cause)
            }
            // What is wrong stays unsaid: it would be a part of the key.
            _ => barred("key", "The private key file holds no key that can be used (ed25519 or ECDSA).", "not a key"),
        })?;
        if key.algorithm().is_rsa() {
            return Err(barred("key", "RSA keys are not used. Make an ed25519 key.", "an RSA key"));
        }
        Ok(PrivateKeyWithHashAlg::new(Arc::new(key), None))
    }

    /// The pinned key, or those that the file lists for this host.
    fn pinned(&self) -> Result<Vec<PublicKey>, EngineError> {
        const FIELD: &str = "host_key";
        if !self.host_key.starts_with('/') {
            let key = PublicKey::from_openssh(&self.host_key)
                .map_err(|cause| barred(FIELD, "The pinned host key is no whole public key.", cause))?;
            return Ok(vec![key]);
        }
        let text = read(FIELD, "known_hosts", &self.host_key)?;
        let mut keys: Vec<PublicKey> = known_hosts::known_host_keys_path(&self.host, self.port, &self.host_key)
            .map_err(|cause| barred(FIELD, "The known_hosts file cannot be understood.", cause))?
            .into_iter()
            .map(|(_, key)| key)
            .collect();
        // The library passes over lines with a marker.
        let revoked: Vec<&str> = text.lines().filter(|line| line.starts_with("@revoked")).collect();
        keys.retain(|key| {
            let words = key.public_key_base64();
            !key.algorithm().is_rsa() && !revoked.iter().any(|line| line.contains(&words))
        });
        if keys.is_empty() {
            let words = "The known_hosts file lists no ed25519 or ECDSA key for this machine and port.";
            return Err(barred(FIELD, words, &self.host_key));
        }
        Ok(keys)
    }
}

/// Why no session began.
fn meaning(error: &Error) -> EngineError {
    let (field, words) = match error {
        Error::UnknownKey => (
            "host_key",
            "The machine shows another key than the pinned one. It was not told who we are. \
             Find out why before you pin another.",
        ),
        Error::NoCommonAlgo { kind: AlgorithmKind::Key, .. } => {
            ("host_key", "The machine has no key of the pinned kind.")
        }
        Error::WrongServerSig => ("host_key", "The machine does not hold the key that it shows."),
        Error::NoCommonAlgo { .. } => ("endpoint", "The machine speaks no SSH that is safe enough."),
        _ => ("endpoint", "What answers there does not speak SSH."),
    };
    barred(field, words, error)
}
