//! From the frontend crate to a module and its JavaScript glue.
//!
//! `wasm-bindgen` is used as a library pinned to the version in the lock file, so the two can never differ.

use std::{path::Path, process::Command};

use wasm_bindgen_cli_support::Bindgen;

use crate::sh;

/// What wasm-bindgen made.
pub struct Bound {
    /// The glue, an ES module; it names the module `quell_bg.wasm`.
    pub js: String,
    /// The module.
    pub wasm: Vec<u8>,
}

/// Compiles the frontend crate; gives the raw module.
pub fn compile(target: &Path) -> sh::Result<Vec<u8>> {
    let words = ["build", "-p", "quell-frontend", "--target", "wasm32-unknown-unknown", "--profile", "wasm-release"];
    sh::run(sh::cargo().args(words))?;
    sh::read(&target.join("wasm32-unknown-unknown/wasm-release/quell_frontend.wasm"))
}

/// Makes the glue, and shrinks the module when `wasm-opt` is on `PATH`.
pub fn bind(raw: &[u8], site: &Path) -> sh::Result<Bound> {
    let mut bindgen = Bindgen::new();
    bindgen.input_bytes("quell", raw.to_vec());
    let mut output = bindgen
        .web(true)
        .map(|bindgen| bindgen.typescript(false).remove_name_section(true).remove_producers_section(true))
        .and_then(Bindgen::generate_output)
        .map_err(|error| format!("wasm-bindgen: {error:#}"))?;
    // The map has an empty entry for every crate that only could have had one.
    if output.snippets().values().any(|of_crate| !of_crate.is_empty()) || !output.local_modules().is_empty() {
        // Each would be one more file that the page must be allowed to load; nothing of ours needs one.
        return Err("wasm-bindgen: the module asks for JavaScript snippets, which the site does not serve".into());
    }
    let js = output.js().to_owned();
    let wasm = shrink(output.wasm_mut().emit_wasm(), site)?;
    Ok(Bound { js, wasm })
}

/// True when the modules made on this machine are shrunk; part of the fingerprint.
pub fn can_shrink() -> bool {
    sh::on_path("wasm-opt").is_some()
}

fn shrink(wasm: Vec<u8>, site: &Path) -> sh::Result<Vec<u8>> {
    if !can_shrink() {
        return Ok(wasm);
    }
    sh::make_dir(site)?;
    let (before, after) = (site.join("before.wasm"), site.join("after.wasm"));
    sh::write(&before, &wasm)?;
    sh::run(Command::new("wasm-opt").arg("-Oz").arg("--all-features").arg(&before).arg("-o").arg(&after))?;
    sh::read(&after)
}
