//! Passwords: argon2id on a bounded number of blocking threads, behind a bounded queue.
//!
//! Each hash takes 19 MiB: without bounds, sign-in would be a way to exhaust memory.

use std::{fmt, sync::Arc};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use async_trait::async_trait;
use quell_core::ports::Hasher;
use quell_domain::{Code, Problem};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{Semaphore, TryAcquireError};

/// Memory per hash in KiB, rounds, lanes: a row of the OWASP password storage cheat sheet.
const COST: (u32, u32, u32) = (19 * 1_024, 2, 1);
/// Hashes at a time.
const RUNNING: usize = 2;
/// Hashes that may wait for their turn.
const WAITING: usize = 32;

/// The portal's password hashing.
pub struct Argon2Hasher {
    running: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
    argon2: Argon2<'static>,
    /// Checked when there is no such account, so that unknown names take as long as known ones.
    dummy: String,
}

impl fmt::Debug for Argon2Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Argon2Hasher").finish_non_exhaustive()
    }
}

impl Argon2Hasher {
    /// Makes the hasher and its dummy hash; takes as long as one hash.
    ///
    /// # Errors
    /// Internal when the machine gives no randomness or no memory.
    pub fn new() -> Result<Self, Problem> {
        let (memory, rounds, lanes) = COST;
        let params = Params::new(memory, rounds, lanes, None).map_err(|cause| broken(&cause))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let dummy = hash(&argon2, "no account has this password").map_err(|cause| broken(&cause))?;
        Ok(Self {
            running: Arc::new(Semaphore::new(RUNNING)),
            admitted: Arc::new(Semaphore::new(RUNNING + WAITING)),
            argon2,
            dummy,
        })
    }

    /// Runs work on a blocking thread when its turn comes, or says that too many wait.
    async fn bounded<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'static>) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(|cause| match cause {
            TryAcquireError::NoPermits => Problem::new(
                Code::Unavailable,
                "Too many people are signing in at the moment. Try again in a few seconds.",
            ),
            TryAcquireError::Closed => broken(&cause),
        })?;
        let running = Arc::clone(&self.running).acquire_owned().await.map_err(|cause| broken(&cause))?;
        let argon2 = self.argon2.clone();
        tokio::task::spawn_blocking(move || {
            // Held by the thread: a caller that goes away does not make room for another hash before this one ends.
            let _held = (admitted, running);
            work(&argon2)
        })
        .await
        .map_err(|cause| broken(&cause))
    }
}

#[async_trait]
impl Hasher for Argon2Hasher {
    async fn hash(&self, password: SecretString) -> Result<String, Problem> {
        self.bounded(move |argon2| hash(argon2, password.expose_secret())).await?.map_err(|cause| broken(&cause))
    }

    async fn verify(&self, password: SecretString, phc: Option<String>) -> Result<bool, Problem> {
        let known = phc.is_some();
        let phc = phc.unwrap_or_else(|| self.dummy.clone());
        let same = self
            .bounded(move |argon2| match PasswordHash::new(&phc) {
                Ok(parsed) => argon2.verify_password(password.expose_secret().as_bytes(), &parsed).is_ok(),
                Err(cause) => {
                    tracing::error!(%cause, "a kept password hash cannot be read");
                    false
                }
            })
            .await?;
        Ok(same && known)
    }
}

fn hash(argon2: &Argon2<'_>, password: &str) -> Result<String, argon2::password_hash::Error> {
    let hash: PasswordHash = argon2.hash_password(password.as_bytes())?;
    Ok(hash.to_string())
}

fn broken(cause: &dyn fmt::Display) -> Problem {
    tracing::error!(%cause, "password hashing failed");
    Problem::new(Code::Internal, "The password could not be checked. The log says why.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    #[tokio::test]
    async fn only_the_right_password_passes() {
        let hasher = Argon2Hasher::new().expect("a hasher");
        let phc = hasher.hash(secret("correct horse")).await.expect("a hash");
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert_ne!(phc, hasher.hash(secret("correct horse")).await.expect("a hash"), "the salt is new each time");
        assert!(hasher.verify(secret("correct horse"), Some(phc.clone())).await.expect("checked"));
        for wrong in ["correct horse ", "", "Correct horse"] {
            assert!(!hasher.verify(secret(wrong), Some(phc.clone())).await.expect("checked"));
        }
    }

    #[tokio::test]
    async fn no_account_means_no_even_with_the_dummys_password() {
        let hasher = Argon2Hasher::new().expect("a hasher");
        assert!(!hasher.verify(secret("no account has this password"), None).await.expect("checked"));
        assert!(!hasher.verify(secret("x"), Some("not a hash".to_owned())).await.expect("checked"));
    }

    #[tokio::test]
    async fn the_queue_is_bounded() {
        let hasher = Argon2Hasher::new().expect("a hasher");
        let all = (0..RUNNING + WAITING + 6).map(|_| hasher.verify(secret("x"), None));
        let (done, refused): (Vec<_>, Vec<_>) =
            futures::future::join_all(all).await.into_iter().partition(Result::is_ok);
        assert_eq!((done.len(), refused.len()), (RUNNING + WAITING, 6));
        assert!(refused.into_iter().all(|answer| answer.is_err_and(|problem| problem.code == Code::Unavailable)));
        assert!(hasher.verify(secret("x"), None).await.is_ok(), "the queue empties");
    }
}
