//! What tests that need more than one room are built from: a database, an engine, the portal's process, a browser.
//!
//! Owns how these are started, watched and removed again. Knows the portal only from outside: command line, HTTP and pages.
//! Everything here panics with the reason when it cannot be had: a test that cannot run has failed, it is not skipped.
#![forbid(unsafe_code)]
// These are tests, although no `#[test]` is near: a panic is how they fail.
#![allow(clippy::unwrap_used)]

pub mod browser;
pub mod certificates;
pub mod client;
pub mod engine;
pub mod fixtures;
pub mod haproxy;
pub mod haproxy_lines;
pub mod ping;
pub mod poll;
pub mod portal;
pub mod postgres;
pub mod proxy;
pub mod rootfs;
pub mod sshd;
pub mod tied;

pub use browser::{Browser, Scripts};
pub use certificates::Certificates;
pub use client::{Client, Page};
pub use engine::Engine;
pub use haproxy::Haproxy;
pub use poll::{look_for, wait_blocking, wait_for};
pub use portal::{Portal, PortalBuilder};
pub use proxy::{Behaviour, Proxy};
pub use sshd::Sshd;
