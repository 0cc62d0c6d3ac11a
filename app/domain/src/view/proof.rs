//! Second factors and the fresh proof.

use serde::{Deserialize, Serialize};

use crate::{policy::Can, proof::Factor, time::Timestamp};

/// One's own second factors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactorsPage {
    /// Oldest first.
    pub factors: Vec<Factor>,
    /// Unused recovery codes.
    pub recovery_left: i64,
    /// Can another factor be added?
    pub add: Can,
    /// Can a passkey be added?
    pub passkey: Can,
    /// Until when this session's proof is fresh, if it is.
    pub proved_until: Option<Timestamp>,
}

/// What a person can prove with. A challenge for the passkeys comes with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvePage {
    /// Is there a code app or a recovery code?
    pub code: bool,
    /// What the browser asks the passkeys with; none when there are none, or they are not offered.
    pub passkey: Option<String>,
    /// Why passkeys are not offered although there are some; else empty.
    pub why_no_passkey: String,
}

/// A code app that is being added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeAppPage {
    /// As its owner calls it.
    pub name: String,
    /// The secret in the letters that apps take.
    pub secret: String,
    /// The same with everything around it, for the QR code.
    pub uri: String,
}

/// A passkey that is being made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyPage {
    /// As its owner calls it.
    pub name: String,
    /// What the browser makes it with.
    pub options: String,
}
