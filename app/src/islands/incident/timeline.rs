//! The timeline: who did what and when, newest first.

use leptos::{either::Either, prelude::*};
use quell_domain::{
    audit::{EventOutcome, codes},
    view::{EventRow, IncidentPage},
};

use crate::ui::{hostile::hostile_lines, hostile_words, icon_small, moment};

/// The card.
pub fn timeline(page: &IncidentPage) -> impl IntoView + use<> {
    let rows = page.timeline.iter().filter(|event| is_key(event)).map(row).collect::<Vec<_>>();
    let (shown, all) = (rows.len(), page.timeline.len());
    let which = if page.older_events { "The newest" } else { "All" };
    let rest = (shown < all).then(|| {
        let rows = page.timeline.iter().map(row).collect::<Vec<_>>();
        view! { <details class="more"><summary>{format!("{which} {all} events")}</summary><ol class="tl">{rows}</ol></details> }
    });
    view! {
        <section class="card" id="tl" aria-labelledby="h-tl">
            <header><h2 id="h-tl">"Timeline"</h2><span class="sp"></span><span class="xs mut">"UTC, newest first"</span></header>
            <ol class="tl">{rows}</ol>
            {rest}
            {page.older_events.then(|| older(page))}
        </section>
    }
}

/// Says that there is more, and where.
fn older(page: &IncidentPage) -> impl IntoView + use<> {
    let place = if page.can.read_audit.allowed {
        let trail = format!("/audit?incident={}", page.incident.number);
        Either::Left(view! { <a href=trail>"All events of this incident in the audit trail"</a> })
    } else {
        Either::Right("Older ones are in the audit trail, which auditors can read.")
    };
    view! { <p class="bd sm">{format!("These are the newest {} events. ", page.timeline.len())}{place}</p> }
}

/// The steps in between, which a reader needs only when something went wrong, fold away when nothing did.
fn is_key(event: &EventRow) -> bool {
    let between = [
        codes::ACTION_CONSUMED,
        codes::ACTION_ATTEMPTED,
        codes::ACTION_CONCLUDED,
        codes::EVIDENCE_ATTEMPTED,
        codes::EVIDENCE_CONCLUDED,
    ];
    !between.contains(&event.code.as_str()) || !matches!(event.outcome, EventOutcome::Ok | EventOutcome::Attempted)
}

fn row(event: &EventRow) -> impl IntoView + use<> {
    let (icon, class) = mark(event);
    let outcome = match event.outcome {
        EventOutcome::Ok | EventOutcome::Attempted => None,
        EventOutcome::Denied => Some(" (refused)"),
        EventOutcome::Failed => Some(" (failed)"),
        EventOutcome::Unknown => Some(" (outcome unknown)"),
    };
    let text = (!event.text.is_empty()).then(|| view! { ": "{hostile_lines(&event.text)} });
    view! {
        <li>
            {moment(event.at)}
            <span class=class>{icon_small(icon)}</span>
            <p><b>{event.label.clone()}</b>{outcome}" by "{hostile_words(&event.actor.name)}{text}</p>
        </li>
    }
}

fn mark(event: &EventRow) -> (&'static str, &'static str) {
    if matches!(event.outcome, EventOutcome::Denied | EventOutcome::Failed) {
        return ("x", "dot c");
    }
    match event.code.as_str() {
        codes::INCIDENT_OPENED => ("flag", "dot c"),
        codes::ALARMS_JOINED | codes::ALARMS_RECEIVED => ("bell", "dot h"),
        codes::ACTION_VERIFIED => ("shieldok", "dot o"),
        codes::ACTION_REQUESTED | codes::ACTION_CONSUMED | codes::ACTION_ATTEMPTED | codes::ACTION_CONCLUDED => {
            ("pause", "dot")
        }
        codes::EVIDENCE_CONCLUDED | codes::EVIDENCE_DONE => ("archive", "dot o"),
        code if code.starts_with("evidence.") => ("archive", "dot"),
        codes::NOTE => ("note", "dot"),
        codes::VERDICT => ("flag", "dot w"),
        codes::ASSIGNED => ("user", "dot"),
        codes::CONTAINER_CHOSEN => ("box", "dot w"),
        _ => ("check", "dot"),
    }
}
