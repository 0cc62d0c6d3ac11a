//! TCP with certificates on both sides.

use std::{os::unix::fs::PermissionsExt as _, process::Command, sync::Arc};

use quell_domain::{
    node::{AccessForm, CertificateOf},
    time::DAY,
};
use quell_tests::{Certificates, Engine, portal::free_port};
use rcgen::ExtendedKeyUsagePurpose as Purpose;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
};

use super::{bar, works};

fn form(port: u16, certificates: &Certificates) -> AccessForm {
    let file = |name: &str| certificates.path(name).display().to_string();
    AccessForm {
        endpoint: format!("tcp://127.0.0.1:{port}"),
        ca: file("ca.pem"),
        certificate: file("client.pem"),
        key: file("client.key"),
        host_key: String::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_is_used_over_tls_and_by_nobody_else() {
    let (port, certificates) = (free_port(), Certificates::make());
    let engine = Engine::start_tls(port, &certificates).await;
    let right = form(port, &certificates);
    let node = works(&engine, &right, "over-tls").await;
    let valid = node.facts.expect("facts").certificates;
    assert_eq!(
        valid.iter().map(|one| one.of).collect::<Vec<_>>(),
        [CertificateOf::Ca, CertificateOf::Client, CertificateOf::Engine]
    );
    let until = valid[2].until;
    assert!(until.rfc3339().starts_with("2090-12-31"), "{until}");
    assert_eq!(valid[2].warning(until.plus(-31 * DAY)), None);
    assert!(valid[2].warning(until.plus(-29 * DAY)).is_some_and(|words| words.contains("expires in 29 days")));
    assert!(valid[2].warning(until.plus(2 * DAY)).is_some_and(|words| words.contains("expired 2 days ago")));

    // The engine refuses who shows no certificate.
    let url = format!("https://127.0.0.1:{port}/info");
    let bare = Command::new("curl").args(["-s", "--cacert", &right.ca, &url]).output().expect("curl");
    assert!(!bare.status.success() && bare.stdout.is_empty());

    let other = Certificates::make();
    let wrong_ca = AccessForm { ca: form(port, &other).ca, ..right.clone() };
    assert_eq!(bar(&wrong_ca).await, ("ca", "The engine's certificate does not come from this CA.".to_owned()));
    let refused = AccessForm { ca: right.ca.clone(), ..form(port, &other) };
    for _ in 0..20 {
        let said = bar(&refused).await;
        assert_eq!(said, ("certificate", "The engine does not accept the client certificate.".to_owned()));
    }
    let misnamed = AccessForm { endpoint: format!("tcp://localhost:{port}"), ..right };
    let (field, words) = bar(&misnamed).await;
    assert_eq!((field, words.as_str()), ("endpoint", "The engine's certificate is not for this name or address."));
}

#[tokio::test]
async fn each_file_is_named_when_it_does_not_serve() {
    let certificates = Certificates::make();
    let right = form(free_port(), &certificates);
    let file = |name: &str| certificates.path(name).display().to_string();
    let none = file("none.pem");
    for (field, form) in [
        ("ca", AccessForm { ca: none.clone(), ..right.clone() }),
        ("certificate", AccessForm { certificate: none.clone(), ..right.clone() }),
        ("key", AccessForm { key: none, ..right.clone() }),
    ] {
        let (named, words) = bar(&form).await;
        assert_eq!(named, field);
        assert!(words.ends_with("cannot be opened: there is no such file."), "{words}");
    }
    let key_as_certificate = AccessForm { certificate: file("client.key"), ..right.clone() };
    assert_eq!(bar(&key_as_certificate).await.0, "certificate");
    let certificate_as_key = AccessForm { key: file("ca.pem"), ..right.clone() };
    assert!(bar(&certificate_as_key).await.1.contains("others"), "anybody may read it");
    let strange_key = AccessForm { key: file("engine.key"), ..right.clone() };
    assert_eq!(
        bar(&strange_key).await,
        ("key", "The private key does not belong to the client certificate.".to_owned())
    );
    certificates.issue("old", "quell", Purpose::ClientAuth, 2020);
    let old = AccessForm { certificate: file("old.pem"), key: file("old.key"), ..right.clone() };
    let (field, words) = bar(&old).await;
    assert_eq!((field, words.contains("expired at 2020-12-31")), ("certificate", true), "{words}");
    std::fs::set_permissions(&right.key, std::fs::Permissions::from_mode(0o644)).expect("changed");
    assert_eq!(bar(&right).await.0, "key");
    assert!(bar(&right).await.1.contains("chmod 600"));
}

#[tokio::test]
async fn an_engine_whose_certificate_has_expired_is_not_used() {
    let certificates = Certificates::make();
    certificates.issue("late", "127.0.0.1", Purpose::ServerAuth, 2020);
    let chain = vec![CertificateDer::from_pem_file(certificates.path("late.pem")).expect("a certificate")];
    let key = PrivateKeyDer::from_pem_file(certificates.path("late.key")).expect("a key");
    let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    let config = config.with_no_client_auth().with_single_cert(chain, key).expect("a configuration");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = TlsAcceptor::from(Arc::new(config.clone())).accept(stream).await;
        }
    });
    let said = bar(&form(port, &certificates)).await;
    assert_eq!(said, ("endpoint", "The engine's certificate has expired.".to_owned()));
}
