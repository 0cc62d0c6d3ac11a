//! The binary `quell`: command line, configuration, http, loops and wiring.
//!
//! Owns: how the rooms are put together and reached. Must not know: SQL, the engine's protocol, how pages look.

#![forbid(unsafe_code)]

mod checkpoints;
mod cli;
mod config;
mod export;
mod failure;
mod http;
mod log;
mod verify;
mod wiring;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
