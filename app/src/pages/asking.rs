//! What the pages that ask for a measure say alike, for one container and for several: the reason, the tick, and that the
//! same is asked for already.

use leptos::prelude::*;
use quell_domain::ids::RequestId;

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

/// The tick where users may notice.
pub fn impact(form: Form<'_>, tier: u8) -> Option<AnyView> {
    (tier >= 2).then(|| form.tick("accepts_impact", "I have read what it does and does not do"))
}

/// The request that is open already, if one is; with what breaking glass does to it, where that is offered.
pub fn already(request: Option<&RequestId>, can_break_glass: bool) -> impl IntoView + use<> {
    let glass = can_break_glass.then_some(" Break-glass takes its place, unless it runs already.");
    request.map(|request| view! {
        <div class="note wait">{icon("lock")}<span>"The same is asked for already: "<a href=format!("/approvals/{request}")>"see the request"</a>". Asking again adds nothing."{glass}</span></div>
    })
}
