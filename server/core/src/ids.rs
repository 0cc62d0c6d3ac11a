//! New ids and secrets.

use uuid::Uuid;

/// A new `UUIDv7` as text: sorts by time.
#[must_use]
pub fn mint() -> String {
    Uuid::now_v7().to_string()
}

/// A new secret of 256 bits from the operating system, as 64 hex digits.
///
/// # Panics
/// When the operating system has no randomness: nothing safe can be done then.
#[must_use]
pub fn secret() -> String {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).expect("the operating system gives randomness");
    hex::encode(bytes)
}

/// A new password of 100 random bits in groups that can be read aloud: `k7fw-…`.
///
/// # Panics
/// As [`secret`].
#[must_use]
pub fn password() -> String {
    letters(20).chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// A new recovery code of 120 random bits, in groups: `k7fwab-…`.
///
/// # Panics
/// As [`secret`].
#[must_use]
pub fn recovery_code() -> String {
    letters(24).chunks(6).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// Letters and digits that nobody mistakes for each other, five random bits each.
fn letters(count: usize) -> Vec<char> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = vec![0u8; count];
    getrandom::fill(&mut bytes).expect("the operating system gives randomness");
    bytes.iter().map(|b| char::from(LETTERS[usize::from(b & 31)])).collect()
}
