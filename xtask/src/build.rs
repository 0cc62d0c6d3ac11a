//! `build`: the browser part (WASM, glue, style) into `<target>/site`, then the binary.
//!
//! Owns the order of the steps; how each is done is in `build/`. Work whose inputs did not change is skipped.

mod css;
mod site;
mod wasm;

use std::path::Path;

pub use site::{ASSETS, PKG};

use crate::{setup, sh};

/// How the binary is optimised. The WASM is always optimised for size: its debug form is too large to be useful.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Quick to build.
    Debug,
    /// For production and for measuring.
    Release,
}

/// Builds everything that `quell serve` needs, on a machine that has nothing yet.
pub fn run(profile: Profile) -> sh::Result<()> {
    setup::run(setup::Need::Build)?;
    site()?;
    let mut cargo = sh::cargo();
    cargo.arg("build");
    match profile {
        // All crates in one command, as the tests ask for them: asked for alone, the server would get dependencies with
        // fewer features, and a person who tries the demo and then the tests would compile nearly everything twice.
        Profile::Debug => cargo.args(native()),
        Profile::Release => cargo.args(["-p", "quell-server", "--release"]),
    };
    sh::run(&mut cargo)
}

/// Every crate that is built for this machine. `frontend` is not here: it must never be built with the `ssr` feature.
pub const NATIVE: [&str; 11] = [
    "quell-domain",
    "quell-intake",
    "quell-core",
    "quell-store",
    "quell-effects",
    "quell-verify",
    "quell-app",
    "quell-server",
    "quell-tests",
    "quell-elb-sim",
    "xtask",
];

/// These as cargo takes them.
pub fn native() -> impl Iterator<Item = &'static str> {
    NATIVE.iter().flat_map(|name| ["-p", name])
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
