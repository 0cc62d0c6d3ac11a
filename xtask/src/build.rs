//! `build`: the browser part (WASM, glue, style) into `<target>/site`, then the binary.
//!
//! Owns the order of the steps; how each is done is in `build/`. Work whose inputs did not change is skipped.

mod css;
mod site;
mod wasm;

use std::path::Path;

pub use site::{ASSETS, PKG};

use crate::sh;

/// How the binary is optimised. The WASM is always optimised for size: its debug form is too large to be useful.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Quick to build.
    Debug,
    /// For production and for measuring.
    Release,
}

/// Builds everything that `quell serve` needs.
pub fn run(profile: Profile) -> sh::Result<()> {
    site()?;
    let mut cargo = sh::cargo();
    cargo.args(["build", "-p", "quell-server"]);
    if profile == Profile::Release {
        cargo.arg("--release");
    }
    sh::run(&mut cargo)
}

/// Builds the browser part.
pub fn site() -> sh::Result<()> {
    let target = sh::target_dir()?;
    let module = wasm::compile(&target)?;
    let sources = site::Sources::read(&sh::root(), module)?;
    let folder = target.join("site");
    if site::is_current(&folder, &sources.fingerprint()) {
        println!("build: {} is up to date", folder.display());
        return Ok(());
    }
    write_site(&folder, &sources)
}

fn write_site(folder: &Path, sources: &site::Sources) -> sh::Result<()> {
    let bound = wasm::bind(&sources.wasm, folder)?;
    let files = site::assemble(sources, &bound)?;
    site::write(folder, &files, &sources.fingerprint())?;
    println!("build: {} files in {}", files.len(), folder.display());
    Ok(())
}
