//! The forms of an incident that people type into: verdict and note. They stand still while the page around them lives.

use leptos::prelude::*;
use quell_domain::{
    incident::{IncidentState, Verdict},
    view::IncidentPage,
};

use super::fields::Form;
use crate::{
    endpoints::{NOTE, VERDICT},
    flash::Flash,
    ui::{hidden, icon, why_not},
};

/// The verdict; nothing when there is one or the incident is closed.
pub fn verdict(page: &IncidentPage, flash: &Flash) -> Option<AnyView> {
    (is_open(page) && page.incident.verdict.is_none()).then(|| verdict_form(page, flash).into_any())
}

/// A note; nothing for a closed incident.
pub fn note(page: &IncidentPage, flash: &Flash) -> Option<AnyView> {
    is_open(page).then(|| note_form(page, flash).into_any())
}

fn is_open(page: &IncidentPage) -> bool {
    page.incident.state != IncidentState::Closed
}

fn verdict_form(page: &IncidentPage, flash: &Flash) -> impl IntoView + use<> {
    let form = Form::new(&VERDICT, flash);
    let choices: Vec<(&str, &str)> = Verdict::ALL.iter().map(|verdict| (verdict.word(), verdict.label())).collect();
    let left = page.incident.left_in_place();
    let inside = if page.can.triage.allowed {
        view! {
            <form class="bd stack" method="post" action=VERDICT.path>
                {hidden("number", page.incident.number.to_string())}
                {(!left.is_empty()).then(|| view! { <p class="sm t2">"A verdict that closes the incident leaves things as they are. "{left.join(" ")}</p> })}
                {form.radios("verdict", "Is it an intrusion?", "rad", "", &choices)}
                {form.lines("f-reason", "reason", "Why", "Needed when it is not an intrusion. Anything but confirmed closes the incident.", 2)}
                <div class="acts"><button class="btn pri" type="submit">{icon("flag")}"Give verdict"</button></div>
            </form>
        }
        .into_any()
    } else {
        view! { <div class="bd">{why_not(&page.can.triage)}</div> }.into_any()
    };
    view! {
        <section class="card" id="verdict" aria-labelledby="h-vd">
            <header><h2 id="h-vd">"Verdict"</h2></header>
            {inside}
        </section>
    }
}

fn note_form(page: &IncidentPage, flash: &Flash) -> impl IntoView + use<> {
    let form = Form::new(&NOTE, flash);
    let inside = if page.can.triage.allowed {
        view! {
            <form class="bd stack" method="post" action=NOTE.path>
                {hidden("number", page.incident.number.to_string())}
                {form.lines("f-text", "text", "Note for the timeline", "Everybody who sees the incident sees it. It cannot be changed later.", 3)}
                <div class="acts"><button class="btn" type="submit">{icon("note")}"Add note"</button></div>
            </form>
        }
        .into_any()
    } else {
        view! { <div class="bd">{why_not(&page.can.triage)}</div> }.into_any()
    };
    view! {
        <section class="card" id="note" aria-labelledby="h-nt">
            <header><h2 id="h-nt">"Note"</h2></header>
            {inside}
        </section>
    }
}
