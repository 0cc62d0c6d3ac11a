//! What the pages that ask for a measure say alike, for one container, for several and for a gate: the reason, the care
//! that the tier asks for, break-glass, what is needed of others, and that the same is asked for already.

use leptos::prelude::*;
use quell_domain::{
    ids::{ContainerId, RequestId},
    policy::Requirement,
    time::span,
};

use super::fields::Form;
use crate::{api::actions::PRESETS, ui::icon};

/// The reason: one of a few where the tier asks for little care, else in words.
pub fn reason(form: Form<'_>, tier: u8) -> impl IntoView + use<> {
    let quick = tier < 2;
    let presets =
        quick.then(|| form.radios("preset", "Reason, kept in the audit trail", "pre mt1", PRESETS[0].0, PRESETS));
    let detail = if quick {
        form.lines("f-detail", "detail", "Detail, optional", "", 2)
    } else {
        form.lines(
            "f-detail",
            "detail",
            "Reason, kept in the audit trail",
            "Whoever approves it, or reads the record later, goes by this.",
            3,
        )
    };
    view! { {presets}{detail} }
}

/// The tick where users may notice; `words` say what was read.
pub fn impact(form: Form<'_>, tier: u8, words: &'static str) -> Option<AnyView> {
    (tier >= 2).then(|| form.tick("accepts_impact", words))
}

/// The end of the container's id, to be typed, where the tier asks for it; `why` says why it does.
pub fn typed(form: Form<'_>, tier: u8, container: Option<&ContainerId>, why: &'static str) -> impl IntoView + use<> {
    container.filter(|_| tier >= 3).map(|id| {
        let last = id.as_str()[id.as_str().len() - 4..].to_owned();
        view! {
            <p class="sm">"The last 4 characters of the container's id are "<code>{last}</code>"."</p>
            {form.line("typed", "Type them here", "text", "off", why)}
        }
    })
}

/// The way without approvals, where it is offered.
pub fn glass(form: Form<'_>, offered: bool) -> impl IntoView + use<> {
    offered.then(|| view! {
        <details class="br">
            <summary class="sm">"Nobody can approve in time?"</summary>
            <p class="sm">"Break-glass runs it at once, on your word alone. Every approver is told, and another person must review it before the incident can be closed."</p>
            {form.tick("break_glass", "Break glass: run it without approval")}
        </details>
    })
}

/// What is needed of others; nothing where it runs at once.
pub fn approvals(needs: &Requirement) -> impl IntoView + use<> {
    (needs.approvals > 0).then(|| {
        let more = match needs.approvals {
            1 => "approval of another person".to_owned(),
            many => format!("approvals of {many} other people"),
        };
        view! { <span>{format!("Needs the {more}, within {}. ", span(needs.valid_for))}</span> }
    })
}

/// The request that is open already, if one is; with what breaking glass does to it, where that is offered.
pub fn already(request: Option<&RequestId>, can_break_glass: bool) -> impl IntoView + use<> {
    let glass = can_break_glass.then_some(" Break-glass takes its place, unless it runs already.");
    request.map(|request| view! {
        <div class="note wait">{icon("lock")}<span>"The same is asked for already: "<a href=format!("/approvals/{request}")>"see the request"</a>". Asking again adds nothing."{glass}</span></div>
    })
}
