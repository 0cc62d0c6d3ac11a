//! `test`: the whole suite, in an order that fails early. Knows the list of crates and nothing of their tests.

use std::time::Instant;

use crate::{
    build::{self, native},
    check, setup, sh,
};

/// Runs every step; stops at the first that fails and names it.
pub fn run() -> sh::Result<()> {
    let started = Instant::now();
    step("setup", || setup::run(setup::Need::Tests))?;
    step("format", || sh::run(sh::cargo().args(["fmt", "--all", "--", "--check"])))?;
    step("check", check::run)?;
    step("lints, this machine", || {
        sh::run(sh::cargo().arg("clippy").args(native()).args(["--all-targets", "--", "-D", "warnings"]))
    })?;
    step("lints, browser", || {
        let target = ["--target", "wasm32-unknown-unknown", "--profile", "wasm-release"];
        sh::run(sh::cargo().args(["clippy", "-p", "quell-frontend"]).args(target).args(["--", "-D", "warnings"]))
    })?;
    step("build", || build::run(build::Profile::Debug))?;
    step("download sizes", check::sizes)?;
    step("tests", || {
        let target = sh::target_dir()?;
        sh::run(
            sh::cargo()
                .arg("test")
                .args(native())
                // There are no examples in the documentation to run; without this their empty summaries come last.
                .arg("--all-targets")
                .env("QUELL_BIN", target.join("debug/quell"))
                .env("QUELL_SITE", target.join("site")),
        )
    })?;
    println!("\ntest: everything passed in {} s", started.elapsed().as_secs());
    Ok(())
}

fn step(name: &str, work: impl FnOnce() -> sh::Result<()>) -> sh::Result<()> {
    println!("\n=== {name}");
    let started = Instant::now();
    let outcome = work();
    let seconds = started.elapsed().as_secs_f32();
    match outcome {
        Ok(()) => {
            println!("=== {name}: passed in {seconds:.1} s");
            Ok(())
        }
        Err(reason) => Err(format!("step \"{name}\" failed after {seconds:.1} s: {reason}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_crate_of_the_workspace_is_tested_here_or_is_the_browser_part() {
        let metadata = sh::metadata().unwrap();
        let mut found: Vec<&str> =
            metadata["packages"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
        found.retain(|name| *name != "quell-frontend");
        found.sort_unstable();
        let mut listed = build::NATIVE.to_vec();
        listed.sort_unstable();
        assert_eq!(found, listed);
    }

    #[test]
    fn a_failed_step_is_named() {
        let error = step("one", || Err("broken".into())).unwrap_err();
        assert!(error.contains("step \"one\" failed") && error.ends_with("broken"), "{error}");
    }
}
