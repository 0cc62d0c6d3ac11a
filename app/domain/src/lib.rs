//! The rules of Quell, as plain types and pure functions.
//!
//! Owns: the words (alarm, incident, action request, execution, evidence, audit event), their state machines,
//! who may do what, and what a [`changeset::Changeset`] may hold.
//! Must not know: I/O, the clock, randomness, SQL, HTTP or Leptos. Time and ids come in as arguments.
//! Used by the server and by the WASM part, so it stays small: a field that no live panel shows is not read there
//! (`skip_deserializing` on `wasm32`), which keeps its reader out of the download.

#![forbid(unsafe_code)]

pub mod action;
pub mod alarm;
pub mod approval;
pub mod audit;
pub mod bulk;
pub mod change;
pub mod changeset;
pub mod error;
pub mod evidence;
pub mod execution;
pub mod gate;
pub mod ids;
pub mod incident;
pub mod job;
pub mod node;
pub mod people;
pub mod picture;
pub mod playbook;
pub mod policy;
pub mod proof;
pub mod source;
pub mod text;
pub mod time;
pub mod token;
pub mod versions;
pub mod view;

pub use changeset::Changeset;
pub use error::{Code, Problem};
pub use time::Timestamp;
