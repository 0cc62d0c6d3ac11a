//! TCP with TLS 1.3 and certificates on both sides. The engine's certificate must come from the given CA and be for the
//! name that was connected to: no other roots, no exception.

use std::{
    io,
    sync::{Arc, OnceLock},
};

use quell_core::ports::EngineError;
use quell_domain::{
    Timestamp,
    node::{Certificate, CertificateOf},
    time::SECOND,
};
use rustls::{
    AlertDescription as Alert, CertificateError as Bad, ClientConfig, Error, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem, pem::PemObject as _},
};
use secrecy::ExposeSecret as _;
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{barred, net};
use crate::{
    cause::of_tls,
    files::{read, read_private},
};

/// A way over TLS.
pub(super) struct Tls {
    pub host: String,
    pub port: u16,
    pub ca: String,
    pub certificate: String,
    pub key: String,
    /// The certificates of the first connection.
    pub seen: OnceLock<Vec<Certificate>>,
}

impl Tls {
    pub(super) async fn connect(&self, now: Timestamp) -> Result<TlsStream<TcpStream>, EngineError> {
        let (config, mut certificates) = self.config(now)?;
        let name = ServerName::try_from(self.host.clone())
            .map_err(|cause| barred("endpoint", "The machine's name cannot stand in a certificate.", cause))?;
        let stream = net::connect(&self.host, self.port).await?;
        let stream =
            TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(|cause| meaning(&cause))?;
        if let Some(theirs) = stream.get_ref().1.peer_certificates().and_then(<[_]>::first) {
            certificates.extend(until(theirs).map(|until| Certificate { of: CertificateOf::Engine, until }));
        }
        let _ = self.seen.set(certificates);
        Ok(stream)
    }

    fn config(&self, now: Timestamp) -> Result<(ClientConfig, Vec<Certificate>), EngineError> {
        let roots = certificates("ca", "CA certificate", &self.ca)?;
        let ours = certificates("certificate", "client certificate", &self.certificate)?;
        let mut valid = Vec::new();
        valid.extend(roots.iter().filter_map(until).min().map(|until| Certificate { of: CertificateOf::Ca, until }));
        if let Some(until) = ours.first().and_then(until) {
            if until < now {
                let words = format!("The client certificate expired at {} UTC.", until.date_clock());
                return Err(barred("certificate", words, &self.certificate));
            }
            valid.push(Certificate { of: CertificateOf::Client, until });
        }
        let mut store = RootCertStore::empty();
        for root in roots {
            store.add(root).map_err(|cause| barred("ca", "The CA certificate cannot be used.", cause))?;
        }
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(|cause| barred("endpoint", "TLS cannot be used.", cause))?
            .with_root_certificates(store)
            .with_client_auth_cert(ours, self.private_key()?)
            .map_err(|cause| match cause {
                Error::InconsistentKeys(_) => {
                    barred("key", "The private key does not belong to the client certificate.", cause)
                }
                cause => barred("key", "The private key cannot be used.", cause),
            })?;
        Ok((config, valid))
    }

    fn private_key(&self) -> Result<PrivateKeyDer<'static>, EngineError> {
        let text = read_private("key", "private key", &self.key)?;
        PrivateKeyDer::from_pem_slice(text.expose_secret().as_bytes()).map_err(|cause| match cause {
            pem::Error::NoItemsFound if text.expose_secret().contains("ENCRYPTED") => {
                barred("key", "The private key has a passphrase, which Quell cannot give. Use one without.", cause)
            }
            // What is wrong stays unsaid: it would be a line of the key.
            _ => barred("key", "The private key file holds no private key in PEM form.", "not a key"),
        })
    }
}

fn certificates(field: &'static str, what: &str, path: &str) -> Result<Vec<CertificateDer<'static>>, EngineError> {
    let text = read(field, what, path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(barred(field, format!("The {what} file holds no certificate in PEM form."), path)),
    }
}

/// The last moment of a certificate.
fn until(der: &CertificateDer<'_>) -> Option<Timestamp> {
    let (_, certificate) = x509_parser::parse_x509_certificate(der).ok()?;
    certificate.validity().not_after.timestamp().checked_mul(SECOND).map(Timestamp)
}

/// Why there was no handshake.
fn meaning(error: &io::Error) -> EngineError {
    match of_tls(error) {
        Some(cause) => refusal(cause)
            .unwrap_or_else(|| barred("endpoint", "What answers there does not speak TLS 1.3 as it should.", cause)),
        None => barred("endpoint", "The connection was closed before the engine showed its certificate.", error),
    }
}

/// With TLS 1.3 an engine looks at our certificate after we think that all is well. Its refusal then stands where the
/// answer should be, and nothing was done.
pub(super) fn refused_later(error: &hyper::Error) -> Option<EngineError> {
    of_tls(error).and_then(refusal)
}

fn refusal(cause: &Error) -> Option<EngineError> {
    let (field, words) = match cause {
        Error::InvalidCertificate(bad) => match bad {
            Bad::UnknownIssuer | Bad::BadSignature => ("ca", "The engine's certificate does not come from this CA."),
            Bad::Expired | Bad::ExpiredContext { .. } => ("endpoint", "The engine's certificate has expired."),
            Bad::NotValidYet | Bad::NotValidYetContext { .. } => {
                ("endpoint", "The engine's certificate is not valid yet.")
            }
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => {
                ("endpoint", "The engine's certificate is not for this name or address.")
            }
            _ => ("endpoint", "The engine's certificate is not acceptable."),
        },
        Error::AlertReceived(
            Alert::CertificateRequired
            | Alert::BadCertificate
            | Alert::UnknownCA
            | Alert::CertificateExpired
            | Alert::CertificateRevoked
            | Alert::CertificateUnknown
            | Alert::UnsupportedCertificate
            | Alert::AccessDenied
            | Alert::DecryptError,
        ) => ("certificate", "The engine does not accept the client certificate."),
        Error::AlertReceived(Alert::ProtocolVersion) => ("endpoint", "The engine does not speak TLS 1.3."),
        _ => return None,
    };
    Some(barred(field, words, cause))
}
