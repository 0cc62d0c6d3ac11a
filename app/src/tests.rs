//! Tests of the whole crate: the endpoint table is the truth, and hostile text stays text on whole pages.

mod endpoints;
pub mod fixtures;
mod help;
mod hostile;
mod skipped;
