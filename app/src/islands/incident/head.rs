//! The incident's header: how bad, what, how far, how long, whose; and what the viewer must know first.

use leptos::{either::Either, prelude::*};
use quell_domain::{Timestamp, incident::IncidentState, view::IncidentPage};

use crate::{
    endpoints,
    ui::{avatar, hostile_words, icon, post_button, severity, state, target, unknown},
};

/// Severity, title, state, clock and owner.
pub fn head(page: &IncidentPage, now: Signal<Timestamp>) -> impl IntoView + use<> {
    let incident = &page.incident;
    let closed = incident.state == IncidentState::Closed;
    let owner = if page.owner_name.is_empty() {
        Either::Left(view! { <span class="row1 sm mut">{avatar("")}"Unassigned"</span> })
    } else {
        let name = &page.owner_name;
        Either::Right(
            view! { <span class="row1 sm t2">{avatar(name)}{hostile_words(name)}" "<span class="mut">"owner"</span></span> },
        )
    };
    let assign = (!page.mine && !closed).then(|| {
        post_button(
            endpoints::ASSIGN.path,
            vec![("number", incident.number.to_string())],
            "btn",
            Some("user"),
            "Assign to me",
            String::new(),
            &page.can.triage,
        )
    });
    let note = (!closed && page.can.triage.allowed)
        .then(|| view! { <a class="btn" href="#note">{icon("note")}"Add note"</a> });
    view! {
        <div class="hd">
            {severity(incident.severity)}
            <h1>{hostile_words(&incident.title)}</h1>
            {state(incident.state)}
            {page.unknown.then(unknown)}
            <span class="row1">
                {target(page.due, now)}<span class="sm t2">{page.due.goal.label()}</span>
            </span>
            <span class="sp"></span>
            {owner}
            {note}
            {assign}
        </div>
    }
}

/// What stands in the way, and what is still open.
pub fn notices(page: &IncidentPage) -> impl IntoView + use<> {
    let incident = &page.incident;
    let open = incident.state != IncidentState::Closed;
    let unsure = (open && incident.target_node().is_none()).then(|| {
        let why = if incident.place.reason.is_empty() {
            "No container was found that fits the alarms.".to_owned()
        } else {
            incident.place.reason.clone()
        };
        view! {
            <div class="note warn mt3">
                {icon("alert")}
                <span>
                    <b class="b">"It is not sure which container this is about. "</b>
                    {hostile_words(&why)}
                    " Nothing can be done to a container before a person chooses it."
                </span>
                <span class="sp"></span>
                {page.can.triage.allowed.then(|| view! { <a class="btn sm" href="#choose">"Choose container…"</a> })}
            </div>
        }
    });
    let still_open = (!page.still_open.is_empty()).then(|| {
        let points = page.still_open.iter().map(|point| view! { <li>{hostile_words(point)}</li> }).collect::<Vec<_>>();
        view! {
            <div class="note warn mt3">
                {icon("alert")}
                <div><b class="b">"Still open"</b><ul class="dots">{points}</ul>{open.then(|| related(page))}</div>
            </div>
        }
    });
    // Why it is over says more than the verdict, which stands in the playbook.
    let said = match (incident.closing, incident.verdict) {
        (Some(closing), _) => Some(("check", closing.label(), &incident.closing_reason)),
        (None, Some(verdict)) => Some(("flag", verdict.label(), &incident.verdict_reason)),
        (None, None) => None,
    };
    let verdict = said.map(|(icon_name, label, reason)| {
        let reason = (!reason.is_empty()).then(|| view! { <span>" “"{hostile_words(reason)}"”"</span> });
        view! {
            <div class="note plain mt3">
                {icon(icon_name)}
                <span><b class="b">{label}"."</b>{reason}</span>
                {(!open).then(|| related(page))}
            </div>
        }
    });
    view! { {unsure}{still_open}{verdict} }
}

/// The ways to the incidents that this one leads to.
fn related(page: &IncidentPage) -> impl IntoView + use<> {
    page.related
        .iter()
        .map(|number| view! { <a class="btn sm" href=format!("/incidents/{number}")>{format!("Go to INC-{number}")}</a> })
        .collect::<Vec<_>>()
}
