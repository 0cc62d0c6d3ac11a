//! The playbook: steps that are done in one line, the current one open with its one button, later ones folded.

use leptos::{either::Either, prelude::*};
use quell_domain::{
    incident::IncidentState,
    playbook::{Step, StepState},
    view::{IncidentPage, StepRow},
};

use crate::{
    endpoints,
    ui::{hostile_line, hostile_words, icon, icon_small, post_button, why_not},
};

/// All steps.
pub fn playbook(page: &IncidentPage) -> impl IntoView + use<> {
    let done = page.steps.iter().filter(|row| row.state == StepState::Done).count();
    let steps = page.steps.iter().enumerate().map(|(at, step)| row(page, at + 1, step)).collect::<Vec<_>>();
    view! {
        <section class="card" aria-labelledby="h-pb">
            <header>
                <h2 id="h-pb">"Playbook"</h2>
                <span class="sp"></span>
                <span class="sm t2 num">{format!("{done} of {}", page.steps.len())}</span>
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
        StepState::Done => Either::Left(view! { {icon_small("check")}<span class="vh">"Done"</span> }),
        _ => Either::Right(number),
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

/// What the step offers now; later steps only what may be done before its turn.
fn body(page: &IncidentPage, row: &StepRow) -> impl IntoView + use<> {
    let open = page.incident.state != IncidentState::Closed;
    let now = |step| row.step == step && row.state == StepState::Current;
    let later = |step| row.step == step && row.state == StepState::Later && open;
    let early_pause = later(Step::Contain) && page.can.pause.allowed && page.incident.target_node().is_some();
    let early_collect = later(Step::Evidence) && page.can.collect.allowed;
    view! {
        {now(Step::Acknowledge).then(|| acknowledge(page))}
        {now(Step::Verdict).then(|| verdict(page))}
        {now(Step::Contain).then(|| contain(page))}
        {early_pause.then(|| pause(page, "btn sm mt2"))}
        {now(Step::Evidence).then(|| collect(page, "btn pri lg"))}
        {early_collect.then(|| collect(page, "btn sm"))}
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
    let link = page
        .can
        .triage
        .allowed
        .then(|| view! { <a class="btn pri lg" href="#verdict">{icon("flag")}"Give the verdict"</a> });
    view! { <div class="acts mt2">{link}</div>{why_not(&page.can.triage)} }
}

/// What a pause is about, and the way to its confirm page.
fn contain(page: &IncidentPage) -> impl IntoView + use<> {
    let place = &page.incident.place;
    let short =
        place.container.as_ref().map(|id| view! { <span class="mono mut">{format!(" ({})", id.short())}</span> });
    let button = if page.incident.target_node().is_some() {
        Either::Left(pause(page, "btn dan lg"))
    } else {
        Either::Right(view! { <a class="btn pri lg" href="#choose">"Choose container…"</a> })
    };
    let approval = page.can.pause.allowed.then(|| {
        view! { <p class="xs mut mt2">"No approval needed: a pause deletes nothing and keeps the memory. The next page shows the facts first."</p> }
    });
    view! {
        <div class="br">
            <h4>{icon_small("eye")}"What this will affect"</h4>
            <dl class="kv">
                <dt>"Container"</dt><dd>{hostile_line(&place.container_name)}{short}</dd>
                <dt>"Image"</dt><dd>{hostile_line(&place.image)}</dd>
                <dt>"Node"</dt><dd>{hostile_line(&place.node_name)}</dd>
                <dt>"Reversible"</dt><dd>"Yes: it can be resumed after another person agrees. Memory is kept, but clients and connections may give up meanwhile"</dd>
            </dl>
        </div>
        <div class="acts">{button}</div>
        {why_not(&page.can.pause)}
        {approval}
    }
}

/// The way to the confirm page of a pause.
pub fn pause(page: &IncidentPage, class: &'static str) -> impl IntoView + use<> {
    if page.can.pause.allowed {
        let href = format!("{}/actions/pause", page.incident.path());
        Either::Left(view! { <a class=class href=href>{icon("pause")}"Pause container…"</a> })
    } else {
        Either::Right(view! {
            <button type="button" class=class aria-disabled="true" title=page.can.pause.why_not.clone()>
                {icon("pause")}"Pause container…"
            </button>
        })
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
