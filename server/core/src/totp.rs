//! Codes of an app (RFC 6238): six digits, thirty seconds, SHA-1, as every app knows them.
//!
//! Owns the computation. Which steps count is decided in the domain; who may try is decided in `usecase::proof`.

use quell_domain::{Timestamp, proof};
use totp_rs::{Builder, Secret, Totp};

/// Bytes of a secret, as RFC 4226 recommends.
const SECRET_LENGTH: usize = 20;

/// A new secret.
///
/// # Panics
/// When the operating system has no randomness: nothing safe can be done then.
#[must_use]
pub fn secret() -> Vec<u8> {
    let mut bytes = vec![0; SECRET_LENGTH];
    getrandom::fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}

/// A secret in the letters that apps take.
#[must_use]
pub fn letters(secret: &[u8]) -> String {
    Secret::from(secret.to_vec()).to_base32()
}

/// A secret from these letters.
#[must_use]
pub fn from_letters(letters: &str) -> Option<Vec<u8>> {
    Secret::try_from_base32(letters).ok().map(|secret| secret.as_bytes().to_vec())
}

/// All that an app needs, for a QR code. A sign-in name holds nothing that must be escaped in it.
#[must_use]
pub fn uri(secret: &[u8], login: &str) -> String {
    format!("otpauth://totp/Quell:{login}?secret={}&issuer=Quell", letters(secret))
}

/// The code of a step.
#[must_use]
pub fn code(secret: &[u8], step: i64) -> String {
    app(secret).generate(second(step)).to_string()
}

/// The step that a typed code is of, among those that count now. Compared in constant time.
#[must_use]
pub fn step_of(secret: &[u8], typed: &str, now: Timestamp, last_taken: i64) -> Option<i64> {
    let app = app(secret);
    proof::steps(now, last_taken).find(|step| app.check(typed, second(*step)).is_some())
}

fn app(secret: &[u8]) -> Totp {
    // Six digits, thirty seconds and SHA-1 are what it begins with.
    Builder::new().with_secret(secret.to_vec()).with_skew(0).build_noncompliant()
}

fn second(step: i64) -> u64 {
    u64::try_from(step * proof::STEP_SECONDS).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use quell_domain::time::SECOND;

    use super::*;

    /// RFC 6238, appendix B, SHA-1: of its eight digits the last six.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = b"12345678901234567890";
        for (second, wanted) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = second / proof::STEP_SECONDS;
            assert_eq!(code(secret, step), wanted);
            let now = Timestamp(second * SECOND);
            assert_eq!(step_of(secret, wanted, now, 0), Some(step));
            assert_eq!(step_of(secret, wanted, now, step), None, "it was taken");
            assert_eq!(step_of(secret, "000000", now, 0), None);
        }
    }

    #[test]
    fn a_secret_is_new_each_time_and_is_read_back() {
        let secret = secret();
        assert_eq!(secret.len(), 20);
        assert_ne!(secret, super::secret());
        assert_eq!(from_letters(&letters(&secret)), Some(secret.clone()));
        let uri = uri(&secret, "ann");
        assert!(uri.starts_with("otpauth://totp/Quell:ann?secret=") && uri.ends_with("&issuer=Quell"), "{uri}");
    }
}
