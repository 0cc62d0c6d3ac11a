//! The browser's entry: brings the islands to life, nothing else.

#![forbid(unsafe_code)]
// A view is one nested type, as deep as the page; its layout is found by recursion.
#![recursion_limit = "512"]

// Keeps the islands' exported functions: without this the linker drops the crate.
#[allow(unused_imports, reason = "the import itself is what is needed")]
use quell_app::*;
use wasm_bindgen::prelude::wasm_bindgen;

/// Called once by the boot script, before it hands each island its element.
#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
