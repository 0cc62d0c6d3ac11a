//! The number of incidents that need action, beside their link.

use leptos::prelude::*;

/// The number, which follows the queue on a page that is live.
#[island]
pub fn OpenCount(count: i64) -> impl IntoView {
    let shown = RwSignal::new(count);
    #[cfg(feature = "hydrate")]
    crate::live::follow(
        |change| change.kind == "queue",
        move || async move {
            shown.set(crate::api::me::show().await?.need_action.unwrap_or_default());
            Ok(())
        },
    );
    view! { <span class="n num">{move || shown.get()}<span class="vh">" need action"</span></span> }
}
