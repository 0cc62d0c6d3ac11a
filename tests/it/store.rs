//! The store, on both databases: whatever is promised for one is promised for the other.

mod actions;
mod alarms;
mod append_only;
mod audit;
pub mod backend;
mod changes;
mod evidence;
mod factors;
pub mod gates;
mod incidents;
mod jobs;
mod open;
mod people;
mod places;
mod plans;
mod prepare;
mod queue;
mod races;
mod schema;
mod sessions;
mod tokens;
mod watch;
pub mod world;
