//! The number of open incidents beside their link.

use leptos::prelude::*;

/// The number, which follows the queue on a page that is live.
#[island]
pub fn OpenCount(count: i64) -> impl IntoView {
    let shown = RwSignal::new(count);
    #[cfg(feature = "hydrate")]
    crate::live::follow(
        |change| change.kind == "queue",
        move || async move {
            shown.set(crate::api::me::show().await?.open_incidents.unwrap_or_default());
            Ok(())
        },
    );
    view! { <span class="n num">{move || shown.get()}<span class="vh">" open"</span></span> }
}
