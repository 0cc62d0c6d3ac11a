//! How long a request may still be decided.

use leptos::prelude::*;
use quell_domain::{
    Timestamp,
    time::{MINUTE, span},
};

use super::clock::Clock;
use crate::ui::icon_small;

/// Counts down to `until` from `as_of`, the portal's time; warns when five minutes are left (ux, section 3.7).
#[island]
pub fn Countdown(until: Timestamp, as_of: Timestamp) -> impl IntoView {
    let now = Clock::at(as_of).now();
    let left = move || until.since(now.get());
    let class = move || match left() {
        ..MINUTE => "sla warn last",
        left if left < 5 * MINUTE => "sla warn",
        _ => "sla ok",
    };
    let words = move || match left() {
        ..=0 => "The time is over: nothing runs".to_owned(),
        left => format!("Expires in {}", span(left)),
    };
    view! { <span class=class>{icon_small("clock")}<span class="num">{words}</span></span> }
}
