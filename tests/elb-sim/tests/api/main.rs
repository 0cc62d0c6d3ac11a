//! The simulator as a client meets it: over the network, with requests that are signed here.
#![forbid(unsafe_code)]
// These are tests, also where no `#[test]` is near: a panic is how they fail.
#![allow(clippy::unwrap_used)]
#![allow(clippy::needless_pass_by_value, reason = "a body is written where it is sent, as `json!({…})`")]

mod access;
mod client;
mod control;
mod entries;
mod faults;
mod groups;
mod iam;
mod lists;
mod members;
mod program;
mod shared;
mod signature;
mod temporary;
mod vectors;

/// The project of the seed that is built in.
const PROJECT: &str = "0a6f1c2d3e4b4f5a8c9d0e1f2a3b4c5d";
/// Another project of the same account.
const LAB: &str = "1b7f2c3d4e5b4f6a9c0d1e2f3a4b5c6d";
/// A project of another account.
const FOREIGN: &str = "2c8f3d4e5f6b4a7b0c1d2e3f4a5b6c7d";
const WEB_LB: &str = "26403ec6-d537-4a31-a63e-294b44831734";
const HTTPS: &str = "d1ff2ba5-da7b-46c8-a7b0-c3a30fbc8f76";
const TCP_8443: &str = "1523cb54-c0a7-4dce-a385-28ca2f1841bb";
const SHARED_80: &str = "767d18a8-1b86-43fb-ad57-a33722f903f3";
const POOL_WEB: &str = "3b35b5c7-ccdb-43d7-afe8-31a66a8e0e82";
const POOL_CANARY: &str = "c47a1b5e-3a52-4d53-9b39-6f0d1f1f7a10";
const MEMBER: &str = "2bd962fa-3199-4253-abe3-18fd40147a52";
const OFFICE: &str = "190001ea-82f4-43b2-a778-01ee8e0aebab";
