//! What a person sees: pages, islands and small parts, and the server functions that they call.
//!
//! Owns: HTML, the words on the pages, the live panels, and who is asking (`guard`).
//! Must not know: SQL, the engine, rules (those are in `quell-domain`), or how the answer leaves the house.
//! Pages run on the server only; the browser gets the islands and nothing else.

#![forbid(unsafe_code)]
// A view is one nested type, as deep as the page; its layout is found by recursion.
#![recursion_limit = "512"]

pub mod api;
pub mod endpoints;
pub mod error;
pub mod islands;
#[cfg(feature = "hydrate")]
pub mod live;
pub mod liveness;
pub mod ui;

#[cfg(feature = "ssr")]
pub mod assets;
#[cfg(feature = "ssr")]
pub mod bearer;
#[cfg(feature = "ssr")]
pub mod flash;
#[cfg(feature = "ssr")]
pub mod guard;
#[cfg(feature = "ssr")]
pub mod help;
#[cfg(feature = "ssr")]
pub mod openapi;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod secrets;
#[cfg(feature = "ssr")]
pub mod shell;
#[cfg(feature = "ssr")]
pub mod slips;

#[cfg(feature = "ssr")]
pub use assets::Assets;
#[cfg(feature = "ssr")]
pub use guard::Origin;
#[cfg(feature = "ssr")]
pub use pages::{App, home};
#[cfg(feature = "ssr")]
pub use secrets::Secrets;
#[cfg(feature = "ssr")]
pub use shell::shell;
#[cfg(feature = "ssr")]
pub use slips::Slips;

#[cfg(all(test, feature = "ssr"))]
mod tests;
