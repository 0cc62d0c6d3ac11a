//! The use cases, one file each: load, decide, changeset, commit.

pub mod actions;
pub mod audit;
pub mod evidence;
pub mod incidents;
pub mod nodes;
pub mod people;
pub(crate) mod refusals;
pub mod session;
pub mod sources;
mod still_open;
mod throttle;
mod timeline;
pub mod tokens;
pub mod triage;
