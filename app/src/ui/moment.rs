//! Points in time and the clock to a target.

use leptos::prelude::*;
use quell_domain::{
    Timestamp,
    time::{MINUTE, span},
};

/// `14:06:30` with the whole moment in its tip. All times are UTC.
pub fn moment(at: Timestamp) -> impl IntoView + use<> {
    view! { <time class="num" datetime=at.rfc3339() title=format!("{} UTC", at.date_clock())>{at.clock()}</time> }
}

/// `2026-11-24 14:06:30`.
pub fn long_moment(at: Timestamp) -> impl IntoView + use<> {
    view! { <time class="num nw" datetime=at.rfc3339() title="UTC">{at.date_clock()}</time> }
}

/// How an incident stands against its target for containment: class, icon and words.
#[must_use]
pub fn target_words(
    first: Timestamp,
    by: Timestamp,
    contained: Option<Timestamp>,
    closed: bool,
    now: Timestamp,
) -> (&'static str, &'static str, String) {
    match contained {
        Some(at) if at <= by => ("sla ok", "check", format!("Met · {}", span(at.since(first)))),
        Some(at) => ("sla ok", "minus", format!("Late · {}", span(at.since(first)))),
        None if closed => ("sla ok", "minus", "Closed".to_owned()),
        None => {
            let left = by.since(now);
            match left {
                left if left < 0 => ("sla bad", "alert", format!("{} over", span(left))),
                left if left < 2 * MINUTE => ("sla bad last", "clock", format!("{} left", span(left))),
                left if left < 8 * MINUTE => ("sla warn", "clock", format!("{} left", span(left))),
                left => ("sla ok", "clock", format!("{} left", span(left))),
            }
        }
    }
}

/// The clock of an incident to its target, at a moment that may move.
pub fn target(
    first: Timestamp,
    by: Timestamp,
    contained: Option<Timestamp>,
    closed: bool,
    now: Signal<Timestamp>,
) -> impl IntoView + use<> {
    let words = move || target_words(first, by, contained, closed, now.get());
    view! {
        <span class=move || words().0>
            {move || super::icon_small(words().1)}
            <span class="num">{move || words().2}</span>
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_met_missed_or_ahead() {
        let first = Timestamp(0);
        let by = Timestamp(15 * MINUTE);
        let words = |contained, now: i64| target_words(first, by, contained, false, Timestamp(now * MINUTE)).2;
        assert_eq!(words(Some(Timestamp(11 * MINUTE)), 40), "Met · 11:00");
        assert_eq!(words(Some(Timestamp(16 * MINUTE)), 40), "Late · 16:00");
        assert_eq!(words(None, 8), "7:00 left");
        assert_eq!(words(None, 17), "2:00 over");
    }
}
