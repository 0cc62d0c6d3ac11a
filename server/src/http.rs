//! The edge: routes, and the layers that every request passes on its way in and every answer on its way out.
//!
//! From outside in: client address → log line → headers and panics → cross-site check → [session → session age → gate →
//! form layer] → pages, server functions, streams. Intake, files and health checks have no session.
//! Must not know: rules. Whether somebody may do something is asked of the portal.

mod access;
mod assets;
mod client;
mod crash;
mod csrf;
mod download;
mod errors;
mod forms;
mod gate;
mod headers;
mod health;
mod intake;
mod listen;
mod live;
mod openapi;
mod pages;
mod redirect;
mod router;
pub mod routes;
mod session;
mod streams;
mod web;

pub use listen::{Places, serve};
pub use router::app;
