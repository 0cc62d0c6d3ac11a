//! The use cases, one file each: load, decide, changeset, commit.

pub mod actions;
pub mod approvals;
pub mod audit;
pub mod balancers;
pub mod bulk;
pub mod changes;
pub mod enrol;
pub mod evidence;
pub mod factors;
pub mod gates;
pub mod incidents;
pub mod life;
pub mod merge;
pub mod nodes;
pub mod owners;
pub mod people;
pub mod playbooks;
pub mod policy;
pub mod proof;
pub(crate) mod refusals;
pub mod session;
pub mod sources;
mod still_open;
mod throttle;
mod timeline;
pub mod tokens;
pub mod triage;
mod versions;

/// How many, as pages and statements take it.
fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
