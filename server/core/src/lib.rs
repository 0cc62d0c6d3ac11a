//! The façade [`Portal`] with its use cases, the permission that each needs, and the ports to the outside world.
//!
//! Owns: the order of things: load → decide (in the domain) → changeset → commit; and the brackets around effects.
//! Must not know: SQL, HTTP, the engine's protocol, Leptos.

#![forbid(unsafe_code)]

mod checked;
pub mod failpoint;
pub mod grant;
pub mod ids;
pub mod intake;
pub mod mask;
pub mod portal;
pub mod ports;
pub mod shape;
pub mod totp;
pub mod usecase;
pub mod worker;

pub use grant::{Caller, Grant};
pub use portal::Portal;
