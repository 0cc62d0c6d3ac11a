//! Icons: one sprite file, whose address is known to the page and, through `<html data-icons>`, to the islands.

use leptos::prelude::*;

#[cfg(feature = "ssr")]
fn sprite() -> String {
    use_context::<crate::Assets>().unwrap_or_default().url("icons.svg")
}

#[cfg(not(feature = "ssr"))]
fn sprite() -> String {
    thread_local! {
        static SPRITE: String = document()
            .document_element()
            .and_then(|html| html.get_attribute("data-icons"))
            .unwrap_or_default();
    }
    SPRITE.with(Clone::clone)
}

fn drawn(name: &str, class: &'static str) -> impl IntoView + use<> {
    let href = format!("{}#{name}", sprite());
    view! { <svg class=class aria-hidden="true"><use href=href></use></svg> }
}

/// An icon of 16 px. Says nothing to a screen reader: the words beside it do.
pub fn icon(name: &str) -> impl IntoView + use<> {
    drawn(name, "i")
}

/// An icon of 14 px.
pub fn icon_small(name: &str) -> impl IntoView + use<> {
    drawn(name, "i s")
}

/// An icon of 20 px.
pub fn icon_large(name: &str) -> impl IntoView + use<> {
    drawn(name, "i l")
}
