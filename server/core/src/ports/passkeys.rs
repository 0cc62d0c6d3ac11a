//! Passkeys (`WebAuthn`): challenges for the browser, and the check of what it answers. User verification is always asked
//! for. What is kept between challenge and answer is text that never leaves the server.

use quell_domain::ids::{Digest, PersonId};

/// Something a browser is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ceremony {
    /// For the browser: JSON as `PublicKeyCredential.parse…OptionsFromJSON` takes it.
    pub options: String,
    /// For the check of the answer.
    pub state: String,
}

/// A passkey as the check of an answer leaves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Digest of its id.
    pub handle: Digest,
    /// Its public key and standing, to be kept.
    pub data: Vec<u8>,
    /// How often it says it was used; 0 when it does not count.
    pub counter: i64,
}

/// Why there is nothing to go on with. The cause is for the log.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyError {
    /// The answer is not one to this challenge by one of these passkeys.
    #[error("{0}")]
    Wrong(String),
    /// Our fault.
    #[error("{0}")]
    Broken(String),
}

/// Makes and asks passkeys.
pub trait Passkeys: Send + Sync {
    /// Why they are not offered here; none when they are.
    fn why_not(&self) -> Option<String>;

    /// Asks for a new one. `known` are those that the person has.
    ///
    /// # Errors
    /// Broken.
    fn ask_new(&self, person: &PersonId, login: &str, name: &str, known: &[Vec<u8>]) -> Result<Ceremony, PasskeyError>;

    /// Checks the answer.
    ///
    /// # Errors
    /// Wrong, or broken.
    fn check_new(&self, state: &str, answer: &str) -> Result<Answered, PasskeyError>;

    /// Asks for a proof by one of these.
    ///
    /// # Errors
    /// Broken.
    fn ask_proof(&self, known: &[Vec<u8>]) -> Result<Ceremony, PasskeyError>;

    /// Checks the answer: the signature, who asked, that the person was verified, and the count.
    ///
    /// # Errors
    /// Wrong, or broken.
    fn check_proof(&self, state: &str, answer: &str, known: &[Vec<u8>]) -> Result<Answered, PasskeyError>;
}
