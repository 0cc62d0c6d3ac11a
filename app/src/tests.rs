//! Tests of the whole crate: the endpoint table is the truth, hostile text stays text on whole pages, and pages offer what
//! fits.

mod endpoints;
pub mod fixtures;
mod gates;
mod help;
mod hostile;
mod offers;
mod picture;
mod skipped;

use leptos::prelude::*;

/// A page or a part of one as a browser gets it.
fn rendered(view: impl FnOnce() -> AnyView) -> String {
    let context = std::sync::Arc::new(hydration_context::SsrSharedContext::new_islands());
    Owner::new_root(Some(context)).with(|| view().to_html())
}
