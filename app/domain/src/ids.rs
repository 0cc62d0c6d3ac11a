//! Names of things: newtypes so that a node's id can never be passed where a person's is meant.
//!
//! Ids of our own rows are `UUIDv7` texts minted on the server; ids of the outside world are checked here.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::error::Problem;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        // For fields that the browser does not read.
        #[cfg_attr(target_arch = "wasm32", derive(Default))]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps an id that was minted by us or read from our own store.
            #[must_use]
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The id as text, as it stands in the database and in URLs.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

ids! {
    /// One sign-in name; several may belong to one person.
    AccountId,
    /// One finding of one detector.
    AlarmId,
    /// A load balancer's interface that Quell may use.
    BalancerId,
    /// One change that a second admin decides on.
    ChangeId,
    /// One payload, or part of one, that could not be read as an alarm.
    DeadLetterId,
    /// One kept artefact.
    EvidenceId,
    /// One run of an action against the engine.
    ExecutionId,
    /// One second factor of a person.
    FactorId,
    /// One incident.
    IncidentId,
    /// One unit of background work.
    JobId,
    /// A machine with a container engine.
    NodeId,
    /// One collection of evidence, with all its items.
    PackId,
    /// A human being; approvals are compared by person, never by account.
    PersonId,
    /// One request to act.
    RequestId,
    /// One detector that may send alarms.
    SourceId,
    /// One person's decision on one request.
    VoteId,
    /// What a load balancer calls one of its listeners.
    GateKey,
    /// What the engine calls itself (`GET /info`, field `ID`).
    EngineId,
    /// One token of somebody's scripts; its id, not its secret.
    TokenId,
}

/// A container's full id: 64 lower-case hex digits. The only way an engine is ever addressed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(Default))]
#[serde(try_from = "String", into = "String")]
pub struct ContainerId(String);

impl ContainerId {
    /// Takes exactly 64 lower-case hex digits.
    ///
    /// # Errors
    /// [`Problem`] naming the field `container` for a name, a prefix or anything else: a name can be taken over
    /// by another container between a decision and its execution.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        if text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Problem::field("container", "Give the container's full id: 64 lower-case hex digits."))
        }
    }

    /// All 64 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first 12 digits, as engines and detectors show them. For people only.
    #[must_use]
    pub fn short(&self) -> &str {
        &self.0[..12]
    }
}

impl TryFrom<String> for ContainerId {
    type Error = Problem;
    fn try_from(text: String) -> Result<Self, Problem> {
        Self::parse(&text)
    }
}

impl From<ContainerId> for String {
    fn from(id: ContainerId) -> Self {
        id.0
    }
}

impl fmt::Display for ContainerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A SHA-256 as 64 lower-case hex digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(Default))]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    /// Hashes bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::from_bytes(Sha256::digest(bytes).into())
    }

    /// Takes a finished hash.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(hex::encode(bytes))
    }

    /// Wraps a digest read from our own store.
    #[must_use]
    pub fn from_hex(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// 64 hex digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_is_never_addressed_by_less_than_its_full_id() {
        assert!(ContainerId::parse(&"a".repeat(64)).is_ok());
        for bad in ["web", "3f9a2c71d0b4", "", "name/../x"] {
            assert_eq!(ContainerId::parse(bad).unwrap_err().fields[0].field, "container");
        }
        assert!(ContainerId::parse(&"A".repeat(64)).is_err());
        assert!(ContainerId::parse(&"a".repeat(65)).is_err());
    }
}
