//! Offline verifier of the audit chain.
//!
//! Owns: the check of entries, head and checkpoints, and the words for what it finds.
//! Must not know: anything of the writer. It is made from `server/docs/audit-format.md` alone, so that one mistake cannot
//! sit in both; it depends on no other crate of ours.

#![forbid(unsafe_code)]

mod canonical;
mod chain;
mod clock;
mod export;
mod finding;

pub use chain::{Checkpoint, Row, Summary, Verifier};
pub use export::{read_checkpoints, verify_export};
pub use finding::{Finding, What, Witness};
