//! The playbook: steps that are done in one line, the current one open with its one button, later ones folded.

use leptos::prelude::*;
use quell_domain::{
    incident::IncidentState,
    playbook::{Step, StepState, progress},
    view::{IncidentPage, StepRow},
};

use crate::{
    endpoints,
    ui::{hostile_line, hostile_words, icon, icon_small, post_button, why_not},
};

/// All steps.
pub fn playbook(page: &IncidentPage) -> impl IntoView + use<> {
    let done = progress(&page.incident);
    let steps = page.steps.iter().enumerate().map(|(at, step)| row(page, at + 1, step)).collect::<Vec<_>>();
    view! {
        <section class="card" aria-labelledby="h-pb">
            <header>
                <h2 id="h-pb">"Playbook"</h2>
                <span class="sp"></span>
                <span class="sm t2 num">{format!("{} of {}", done.done, done.of)}</span>
            </header>
            <ol class="pb">{steps}</ol>
        </section>
    }
}

fn row(page: &IncidentPage, number: usize, row: &StepRow) -> impl IntoView + use<> {
    let class = match row.state {
        StepState::Done => "dn",
        StepState::Current => "now",
        StepState::Later => "",
    };
    let mark = match row.state {
        StepState::Done => view! { {icon_small("check")}<span class="vh">"Done"</span> }.into_any(),
        _ => view! { {number} }.into_any(),
    };
    let current = row.state == StepState::Current;
    view! {
        <li class=class aria-current=current.then_some("step")>
            <span class="mk">{mark}</span>
            <div>
                <h3>{row.step.label()}</h3>
                <p class="sm t2">{hostile_words(&row.result)}</p>
                {body(page, row)}
            </div>
        </li>
    }
}

fn body(page: &IncidentPage, row: &StepRow) -> AnyView {
    let closed = page.incident.state == IncidentState::Closed;
    match (row.step, row.state) {
        (_, StepState::Later) if closed => ().into_any(),
        (Step::Acknowledge, StepState::Current) => acknowledge(page).into_any(),
        (Step::Verdict, StepState::Current) => verdict(page).into_any(),
        (Step::Contain, StepState::Current) => contain(page).into_any(),
        (Step::Contain, StepState::Later) => {
            (page.can.pause.allowed && page.incident.target_node().is_some()).then(|| pause(page, "btn sm mt2")).into_any()
        }
        (Step::Evidence, StepState::Current) => collect(page, "btn pri lg").into_any(),
        (Step::Evidence, StepState::Later) => page.can.collect.allowed.then(|| collect(page, "btn sm mt2")).into_any(),
        _ => ().into_any(),
    }
}

fn acknowledge(page: &IncidentPage) -> impl IntoView + use<> {
    let fields = vec![("number", page.incident.number.to_string())];
    view! {
        <div class="acts mt2">
            {post_button(endpoints::ACKNOWLEDGE.path, fields, "btn pri lg", Some("check"), "Acknowledge", String::new(), &page.can.acknowledge)}
        </div>
        {why_not(&page.can.acknowledge)}
    }
}

fn verdict(page: &IncidentPage) -> impl IntoView + use<> {
    let link = page.can.triage.allowed.then(|| view! { <a class="btn pri lg" href="#verdict">{icon("flag")}"Give the verdict"</a> });
    view! { <div class="acts mt2">{link}</div>{why_not(&page.can.triage)} }
}

/// What a pause is about, and the way to its confirm page.
fn contain(page: &IncidentPage) -> impl IntoView + use<> {
    let place = &page.incident.place;
    let short = place.container.as_ref().map(|id| view! { <span class="mono mut">{format!(" ({})", id.short())}</span> });
    let button = if page.incident.target_node().is_some() {
        pause(page, "btn dan lg").into_any()
    } else {
        view! { <a class="btn pri lg" href=format!("{}/container", page.incident.path())>"Choose container…"</a> }.into_any()
    };
    let approval = page.can.pause.allowed.then(|| {
        view! { <p class="xs mut mt2">"No approval needed: a pause can be undone at once. The next page shows the facts first."</p> }
    });
    view! {
        <div class="br">
            <h4>{icon_small("eye")}"What this will affect"</h4>
            <dl class="kv">
                <dt>"Container"</dt><dd>{hostile_line(&place.container_name)}{short}</dd>
                <dt>"Image"</dt><dd>{hostile_line(&place.image)}</dd>
                <dt>"Node"</dt><dd>{hostile_line(&place.node_name)}</dd>
                <dt>"Reversible"</dt><dd>"Yes: nothing is stopped or deleted, memory is kept"</dd>
            </dl>
        </div>
        <div class="acts">{button}</div>
        {why_not(&page.can.pause)}
        {approval}
    }
}

fn pause(page: &IncidentPage, class: &'static str) -> AnyView {
    if page.can.pause.allowed {
        view! { <a class=class href=format!("{}/actions/pause", page.incident.path())>{icon("pause")}"Pause container…"</a> }
            .into_any()
    } else {
        view! {
            <button type="button" class=class aria-disabled="true" title=page.can.pause.why_not.clone()>
                {icon("pause")}"Pause container…"
            </button>
        }
        .into_any()
    }
}

fn collect(page: &IncidentPage, class: &'static str) -> impl IntoView + use<> {
    let fields = vec![("number", page.incident.number.to_string()), ("kind", String::new())];
    view! {
        <div class="acts mt2">
            {post_button(endpoints::COLLECT.path, fields, class, Some("archive"), "Retain evidence", String::new(), &page.can.collect)}
        </div>
        {why_not(&page.can.collect)}
    }
}
