//! Tests that need more than one room, without a browser.
#![forbid(unsafe_code)]
// Helpers of tests fail by panicking.
#![allow(clippy::unwrap_used)]

mod cli;
mod crash;
mod demo;
mod doors;
mod engine;
mod engine_evidence;
mod engine_far;
mod flow;
mod gate;
mod http;
mod intake_http;
mod store;
mod support_smoke;
mod vault;
