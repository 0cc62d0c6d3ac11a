//! Password hashing: slow on purpose, so bounded.

use async_trait::async_trait;
use quell_domain::Problem;
use secrecy::SecretString;

/// Hashes and checks passwords on a bounded pool of blocking threads.
#[async_trait]
pub trait Hasher: Send + Sync {
    /// A PHC string (argon2id).
    ///
    /// # Errors
    /// Unavailable when too many hashes are waiting.
    async fn hash(&self, password: SecretString) -> Result<String, Problem>;

    /// Is it the password of this PHC string? With none, an equal amount of work is done and the answer is no, so that
    /// unknown names cannot be told by time.
    ///
    /// # Errors
    /// Unavailable when too many hashes are waiting.
    async fn verify(&self, password: SecretString, phc: Option<String>) -> Result<bool, Problem>;
}
