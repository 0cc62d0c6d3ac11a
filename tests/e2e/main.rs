//! Browser tests: the real program, a real container engine, a real headless Chromium.
//!
//! Owns what a person sees and clicks. What needs no browser is tested in `it`.
#![forbid(unsafe_code)]
// Helpers of tests fail by panicking.
#![allow(clippy::unwrap_used)]

mod accessible;
mod axe;
mod bulk;
mod cdp;
mod decide;
mod gates;
mod hostile;
mod job;
mod life;
mod live;
mod midway;
mod night;
mod proof;
mod screenshots;
mod stage;
mod stale;
mod tab;
mod tokens;
mod wire;
