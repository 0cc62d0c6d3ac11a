//! The ports: what the use cases need from the outside world, in their own words.

mod audit;
mod engine;
mod error;
mod gate;
mod hasher;
mod passkeys;
mod sealer;
mod store;
mod vault;

use quell_domain::Timestamp;

pub use audit::AuditVerifier;
pub use engine::{ContainerBrief, EngineError, Engines, Shape, StateMark, Stream};
pub(crate) use error::unavailable;
pub use error::{CommitError, ReadError, Thing};
pub use gate::{Done, GateError, Gates, Knock};
pub use hasher::Hasher;
pub use passkeys::{Answered, Ceremony, PasskeyError, Passkeys};
pub use sealer::{SealError, Sealer};
pub use store::{AuditRow, Bookkeeping, Committed, Reads, Store, Throttle};
pub use vault::{ByteStream, Sealed, Sink, Vault, VaultError};

/// The one clock. Nothing else asks for the time.
pub trait Clock: Send + Sync {
    /// Now, UTC.
    fn now(&self) -> Timestamp;
}
