//! The identity service: accounts, projects, users, keys and tokens, and who calls.
//!
//! Must not know: load balancers.

pub mod accounts;
pub mod door;
pub mod login;
pub mod projects;
pub mod temporary;

pub use accounts::Accounts;
pub use door::{Caller, identify};
