//! Points in time, sizes, and the clock to a target.
//!
//! Writes moments itself, for the same result as the domain does (a test compares): the general formatter of dates and of
//! fractions would be a tenth of what the browser has to load.

use leptos::{either::Either, prelude::*};
use quell_domain::{
    Timestamp,
    playbook::Due,
    time::{MINUTE, SECOND, span},
};

/// `2026-11-24` and `14:06:30`, UTC.
fn parts(at: Timestamp) -> (String, String) {
    let seconds = at.0.div_euclid(SECOND);
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Days since 1970 as a date of the Gregorian calendar, counted in eras of 400 years from 1 March of year 0.
    let shifted = days + 719_468;
    let (era, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (format!("{year:04}-{month:02}-{day:02}"), format!("{:02}:{:02}:{:02}", rest / 3_600, rest / 60 % 60, rest % 60))
}

/// `14:06:30`, UTC.
#[must_use]
pub fn clock(at: Timestamp) -> String {
    parts(at).1
}

/// `2026-11-24 14:06:30`, UTC.
#[must_use]
pub fn date_clock(at: Timestamp) -> String {
    let (date, clock) = parts(at);
    format!("{date} {clock}")
}

fn machine(at: Timestamp) -> String {
    let (date, clock) = parts(at);
    format!("{date}T{clock}.{:06}Z", at.0.rem_euclid(SECOND))
}

/// `14:06:30` with the whole moment in its tip. All times are UTC.
pub fn moment(at: Timestamp) -> impl IntoView + use<> {
    view! { <time class="num" datetime=machine(at) title=format!("{} UTC", date_clock(at))>{clock(at)}</time> }
}

/// `2026-11-24 14:06:30`.
pub fn long_moment(at: Timestamp) -> impl IntoView + use<> {
    view! { <time class="num nw" datetime=machine(at) title="UTC">{date_clock(at)}</time> }
}

/// A moment as an engine writes it: like ours when it is in UTC, else as it is. Engines are asked, not believed.
pub fn engine_moment(written: &str) -> impl IntoView + use<> {
    match engine_words(written) {
        Some(words) => {
            Either::Left(view! { <time class="num nw" datetime=written.to_owned() title="UTC">{words}</time> })
        }
        None => Either::Right(super::hostile_line(written)),
    }
}

/// The same in a word; none when it is not in UTC.
#[must_use]
pub fn engine_words(written: &str) -> Option<String> {
    let shaped = written.ends_with('Z') && written.bytes().all(|b| b.is_ascii_digit() || b"-:.TZ".contains(&b));
    let (date, clock) = (written.get(..10)?, written.get(11..19)?);
    shaped.then(|| format!("{date} {clock}"))
}

/// How an incident stands against a time target: class, icon and words. Red only past the target; the last minute is
/// heavier, and nothing blinks.
#[must_use]
pub fn target_words(due: &Due, now: Timestamp) -> (&'static str, &'static str, String) {
    let left = due.by.since(now);
    match due.met {
        Some(at) if at <= due.by => ("sla ok", "check", format!("Met · {}", span(at.since(due.from)))),
        Some(at) => ("sla ok", "minus", format!("Late · {}", span(at.since(due.from)))),
        None if due.off => ("sla ok", "minus", "No longer counts".to_owned()),
        None if left < 0 => ("sla bad", "alert", format!("{} past target", span(left))),
        None if left < MINUTE => ("sla warn last", "clock", format!("{} left", span(left))),
        None if left < 8 * MINUTE => ("sla warn", "clock", format!("{} left", span(left))),
        None => ("sla ok", "clock", format!("{} left", span(left))),
    }
}

/// The clock to a time target, at a moment that may move.
pub fn target(due: Due, now: Signal<Timestamp>) -> impl IntoView + use<> {
    let words = move || target_words(&due, now.get());
    view! {
        <span class=move || words().0>
            {move || super::icon_small(words().1)}
            <span class="num">{move || words().2}</span>
        </span>
    }
}

#[cfg(test)]
mod tests {
    use quell_domain::playbook::Goal;

    use super::*;

    #[test]
    fn a_target_is_met_missed_or_ahead() {
        let by = Timestamp(15 * MINUTE);
        let due = Due { goal: Goal::Contain, from: Timestamp(0), by, met: None, off: false };
        let met = |minutes: i64| target_words(&Due { met: Some(Timestamp(minutes * MINUTE)), ..due }, by).2;
        assert_eq!((met(11), met(16)), ("Met · 11:00".to_owned(), "Late · 16:00".to_owned()));
        let at = |left: i64| target_words(&due, by.plus(-left * SECOND));
        assert_eq!(at(420), ("sla warn", "clock", "7:00 left".to_owned()));
        assert_eq!(at(60).0, "sla warn");
        assert_eq!(at(59), ("sla warn last", "clock", "59 s left".to_owned()));
        assert_eq!(at(0).0, "sla warn last", "on time to the last second");
        assert_eq!(at(-120), ("sla bad", "alert", "2:00 past target".to_owned()));
        assert_eq!(target_words(&Due { off: true, ..due }, by).2, "No longer counts");
    }

    #[test]
    fn what_an_engine_writes_reads_like_ours() {
        assert_eq!(engine_words("2026-11-24T14:06:30.123456789Z").as_deref(), Some("2026-11-24 14:06:30"));
        assert_eq!(engine_words("2026-11-24T14:06:30Z").as_deref(), Some("2026-11-24 14:06:30"));
        for other in ["", "Z", "2026-11-24T14:06:30+02:00", "2026-11-24T14:06:<b>Z", "yesterday, at noonZ"] {
            assert_eq!(engine_words(other), None, "{other}");
        }
    }

    #[test]
    fn moments_read_as_the_domain_writes_them() {
        let day = 86_400 * SECOND;
        for at in [0, 1, -1, 951_782_400 * SECOND, 1_795_528_692_123_456, 59 * day, 60 * day, -day, 20_000 * day - 1] {
            let at = Timestamp(at);
            assert_eq!(date_clock(at), at.date_clock());
            assert_eq!(clock(at), at.clock());
            assert_eq!(machine(at), at.rfc3339());
        }
    }
}
