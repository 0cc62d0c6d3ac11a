//! Secrets that must be read again later: sealed with a key that is not in the database.

/// It cannot be sealed, or is not what was sealed: changed, of another key, or about something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sealed secret cannot be opened with this portal's key")]
pub struct SealError;

/// Seals and opens. `about` is sealed with it: what was sealed about one thing cannot be passed off as about another.
pub trait Sealer: Send + Sync {
    /// Seals.
    ///
    /// # Errors
    /// There is no randomness.
    fn seal(&self, plain: &[u8], about: &str) -> Result<Vec<u8>, SealError>;

    /// Opens.
    ///
    /// # Errors
    /// It is not what was sealed.
    fn open(&self, sealed: &[u8], about: &str) -> Result<Vec<u8>, SealError>;
}
