//! Certificates for one engine and one client, made new for each test.

use std::{
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose as Purpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};

/// A folder of PEM files: `ca.pem`, and what was made with that CA.
#[derive(Debug)]
pub struct Certificates {
    folder: tempfile::TempDir,
    issuer: Issuer<'static, KeyPair>,
}

impl Certificates {
    /// A CA with `engine.pem` and `engine.key` for 127.0.0.1, and `client.pem` with `client.key`.
    pub fn make() -> Self {
        let folder = tempfile::Builder::new().prefix("quell-crt-").tempdir().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, "CA of a test");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().unwrap();
        std::fs::write(folder.path().join("ca.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
        let made = Self { folder, issuer: Issuer::new(params, key) };
        made.issue("engine", "127.0.0.1", Purpose::ServerAuth, 2090);
        made.issue("client", "quell", Purpose::ClientAuth, 2090);
        made
    }

    /// `{file}.pem` and `{file}.key` for a name or address, to the end of a year.
    pub fn issue(&self, file: &str, name: &str, purpose: Purpose, until: i32) {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.extended_key_usages = vec![purpose];
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(until, 12, 31);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        std::fs::write(self.path(&format!("{file}.pem")), certificate.pem()).unwrap();
        private(&self.path(&format!("{file}.key")), &key.serialize_pem());
    }

    /// A file's path.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Writes a file that its owner alone may read.
pub fn private(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}
