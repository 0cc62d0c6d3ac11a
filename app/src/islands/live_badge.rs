//! The word in the top bar that says whether the page is live. One status region per page.

use leptos::prelude::*;
use quell_domain::Timestamp;

use super::clock::Clock;
use crate::ui::{icon_small, moment::clock as hours};

/// How fresh the page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Liveness {
    /// No live stream: scripts are off, or not running yet.
    Off,
    /// Changes arrive.
    Live,
    /// The stream broke a moment ago.
    Reconnecting,
    /// No sign of life for 30 seconds, since this moment.
    Stale(Timestamp),
    /// The session ended.
    SignedOut,
}

/// Says whether the page is live, and what time it is on the portal.
#[island]
pub fn LiveBadge(as_of: Timestamp) -> impl IntoView {
    let clock = Clock::at(as_of);
    #[cfg(feature = "hydrate")]
    let liveness: Signal<Liveness> = crate::live::liveness(clock.now());
    #[cfg(not(feature = "hydrate"))]
    let liveness: Signal<Liveness> = Signal::derive(|| Liveness::Off);
    view! {
        <span class=move || match liveness.get() {
            Liveness::Live => "live on",
            Liveness::Off => "live",
            _ => "live amber",
        }>
            {icon_small("disc")}
            <span role="status">{move || words(liveness.get())}</span>
            {move || way_out(liveness.get()).map(|(href, words)| view! { <a href=href>{words}</a> })}
        </span>
        <span class="live num clock">{move || format!("{} UTC", hours(clock.now().get()))}</span>
    }
}

/// Where a reader goes who does not get changes by themselves.
fn way_out(liveness: Liveness) -> Option<(&'static str, &'static str)> {
    match liveness {
        Liveness::Live | Liveness::Reconnecting => None,
        Liveness::SignedOut => Some(("/login", "Sign in")),
        Liveness::Off | Liveness::Stale(_) => Some(("", "Refresh")),
    }
}

fn words(liveness: Liveness) -> String {
    match liveness {
        Liveness::Off => "Live updates are off.".to_owned(),
        Liveness::Live => "Live".to_owned(),
        Liveness::Reconnecting => "Reconnecting".to_owned(),
        Liveness::Stale(since) => format!("Not live since {}. Actions check again before they run.", hours(since)),
        Liveness::SignedOut => "You are signed out.".to_owned(),
    }
}
