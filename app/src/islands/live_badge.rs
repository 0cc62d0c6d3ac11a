//! The words in the top bar that say whether the page is live. One status region per page.

use leptos::prelude::*;
use quell_domain::Timestamp;

use super::clock::Clock;
use crate::{
    liveness::Liveness,
    ui::{icon_small, moment::clock as hours},
};

/// Says what time it is on the portal and, on a page that follows changes, whether they arrive.
#[island]
pub fn LiveBadge(as_of: Timestamp, follows: bool) -> impl IntoView {
    let clock = Clock::at(as_of);
    view! {
        {follows.then(|| badge(clock))}
        <span class="live num clock">{move || format!("{} UTC", hours(clock.now().get()))}</span>
    }
}

fn badge(clock: Clock) -> impl IntoView {
    #[cfg(feature = "hydrate")]
    let liveness: Signal<Liveness> = crate::live::liveness(clock.now());
    #[cfg(not(feature = "hydrate"))]
    let liveness: Signal<Liveness> = {
        let _ = clock;
        Signal::derive(|| Liveness::Off)
    };
    view! {
        <span class=move || match liveness.get() {
            Liveness::Live => "live on",
            Liveness::Off => "live",
            _ => "live amber",
        }>
            {icon_small("disc")}
            <span role="status">{move || liveness.get().words()}</span>
            {move || liveness.get().way_out().map(|(href, words)| view! { <a href=href>{words}</a> })}
        </span>
    }
}
