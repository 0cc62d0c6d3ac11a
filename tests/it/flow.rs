//! The whole portal process, driven over HTTP as people and detectors do, against a real container engine.
//!
//! Every test has its own portal with its own data, and a recording proxy between it and the one engine they share.

mod actions;
mod another_engine;
mod approvals;
mod bulk;
mod contention;
mod correlation;
mod download;
mod evidence;
mod faults;
pub(crate) mod gates;
mod hammered;
mod interleaved;
pub(crate) mod ledger;
mod life;
mod main_job;
mod merging;
mod playbooks;
mod policy;
mod recreated;
pub(crate) mod stage;
mod store_full;
mod timeline;
mod watched;
