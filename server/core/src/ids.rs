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
