//! `bench`: starts the bench program of the tests crate, optimised. Knows nothing of what it measures.

use crate::{build, sh};

/// Builds the release binary and runs the bench with the words given.
pub fn run(words: &[&str]) -> sh::Result<()> {
    if !sh::root().join("tests/bench").is_dir() {
        return Err("there is no bench yet".into());
    }
    build::run(build::Profile::Release)?;
    let target = sh::target_dir()?;
    sh::run(
        sh::cargo()
            .args(["run", "--release", "-p", "quell-tests", "--bin", "bench", "--"])
            .args(words)
            .env("QUELL_BIN", target.join("release/quell"))
            .env("QUELL_SITE", target.join("site")),
    )
}
