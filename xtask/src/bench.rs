//! `bench`: builds for production and runs the measurements of `tests/bench`. Knows none of them.

use std::path::Path;

use crate::{build, check, setup, sh};

/// Measures everything, or only what is named; prints one table, then the download sizes.
pub fn run(names: &[&str]) -> sh::Result<()> {
    setup::run(setup::Need::Bench)?;
    build::site()?;
    sh::run(sh::cargo().args(["build", "--release", "-p", "quell-server", "-p", "quell-tests", "--bins"]))?;
    let target = sh::target_dir()?;
    let mut bench = std::process::Command::new(target.join("release/bench"));
    bench.args(names).env("QUELL_BIN", target.join("release/quell")).env("QUELL_SITE", target.join("site"));
    // What is measured is durable writing; `/tmp` may be memory.
    if std::env::var_os("TMPDIR").is_none() && Path::new("/var/tmp").is_dir() {
        bench.env("TMPDIR", "/var/tmp");
    }
    sh::run(&mut bench)?;
    check::sizes()
}
