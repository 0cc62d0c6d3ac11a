//! `quell config`.

use clap::Subcommand;

use super::Context;
use crate::{config::Overrides, failure::Failure};

/// The configuration.
#[derive(Subcommand)]
pub enum Config {
    /// Check everything, and print what is in force with secrets masked.
    Check,
}

impl Config {
    pub(super) fn run(self, context: &Context) -> Result<(), Failure> {
        let Self::Check = self;
        for line in context.load(&Overrides::default())?.lines() {
            tell!("{line}");
        }
        tell!("The configuration is good.");
        Ok(())
    }
}
