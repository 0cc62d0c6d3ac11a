//! `/incidents/{number}/life/{step}`: the steps of an incident's life that are rarely taken, each on a page of its own:
//! what it will do, what stands in the way, and the form. None needs scripts.

pub mod card;
mod forms;

use leptos::prelude::*;
use quell_domain::{
    Problem,
    incident::Closing,
    policy::Can,
    view::{LifePage, LifeStep},
};

use super::{
    frame::{Here, Page, framed},
    number, param,
};
use crate::{
    api,
    flash::Flash,
    ui::{hidden, hostile_words, icon, icon_large, state, why_not},
};

/// The page.
pub fn page() -> impl IntoView {
    let (number, step) = (number(), param("step"));
    framed(Here::Incidents, move |flash| async move {
        let step = LifeStep::from_word(&step).ok_or_else(|| Problem::not_found("page"))?;
        let life = api::life::show(number).await?;
        let label = life.incident.label();
        Ok(Page::of_incident(&label, Some(step.label()), body(step, &life, &flash)))
    })
}

/// The page, as a pure function.
#[must_use]
pub fn body(step: LifeStep, page: &LifePage, flash: &Flash) -> AnyView {
    let inside = match step {
        LifeStep::HandOver => forms::hand_over(page, flash),
        LifeStep::Analysis => forms::analysis(page, flash),
        LifeStep::Merge => forms::merge(page, flash),
        LifeStep::Unmerge => forms::unmerge(page, flash),
        LifeStep::Close => forms::close(page, flash),
        LifeStep::Reopen => forms::reopen(page, flash),
    };
    view! {
        <section class="card sheet" aria-labelledby="h-life">
            <div class="shd">
                <span class="lead calm">{icon_large(mark(step))}</span>
                <div>
                    <h1 id="h-life">{verb(step)}" "{page.incident.label()}</h1>
                    <p class="sm t2">{hostile_words(&page.incident.title)}</p>
                    <p class="row1 mt1">{state(page.incident.state)}</p>
                </div>
            </div>
            {inside}
        </section>
    }
    .into_any()
}

fn verb(step: LifeStep) -> &'static str {
    match step {
        LifeStep::Analysis => "Analyse",
        step => step.label(),
    }
}

fn mark(step: LifeStep) -> &'static str {
    match step {
        LifeStep::HandOver => "user",
        LifeStep::Analysis => "micro",
        LifeStep::Merge => "link",
        LifeStep::Unmerge => "cut",
        LifeStep::Close => "check",
        LifeStep::Reopen => "undo",
    }
}

/// A form of this page: its fields, its one button, and the way back. Where the step may not be taken there is no form, and
/// the button says why.
fn sheet(page: &LifePage, path: &'static str, can: &Can, label: &'static str, fields: AnyView) -> AnyView {
    let (number, way_back) = (page.incident.number.to_string(), page.incident.path());
    if can.allowed {
        return view! {
            <form method="post" action=path>
                {hidden("number", number)}
                <div class="bd stack">{fields}</div>
                <div class="sft">
                    <div class="xs mut">"Kept in the timeline and in the audit trail."</div>
                    <span class="sp"></span>
                    <a class="btn lg" href=way_back>"Cancel"</a>
                    <button class="btn pri lg" type="submit">{label}</button>
                </div>
            </form>
        }
        .into_any();
    }
    view! {
        <div class="sft">
            <div>{why_not(can)}</div>
            <span class="sp"></span>
            <a class="btn lg" href=way_back>"Back"</a>
            <button class="btn pri lg" type="button" aria-disabled="true" title=can.why_not.clone()>{label}</button>
        </div>
    }
    .into_any()
}

/// Points in a box, or nothing.
fn told(class: &'static str, icon_name: &'static str, title: &'static str, points: Vec<AnyView>) -> Option<AnyView> {
    (!points.is_empty()).then(|| {
        view! {
            <div class=class>
                {icon(icon_name)}
                <div><b class="b">{title}</b><ul class="dots">{points}</ul></div>
            </div>
        }
        .into_any()
    })
}

/// What stands in the way, said before anybody presses the button, with the way to it.
fn hindrances(page: &LifePage) -> Option<AnyView> {
    let points = page.hindrances.iter().map(|hindrance| {
        let request = hindrance.request.as_ref();
        let request = request.map(|id| view! { " "<a href=format!("/approvals/{id}")>"See the request"</a> });
        let pack = hindrance.pack.as_ref();
        let pack =
            pack.map(|_| view! { " "<a href=format!("{}#evidence", page.incident.path())>"See the evidence"</a> });
        view! { <li>{hostile_words(&hindrance.words)}{request}{pack}</li> }.into_any()
    });
    told("note warn", "alert", "Stands in the way", points.collect())
}

/// What stays on the container when the incident is over.
fn stays(page: &LifePage) -> Option<AnyView> {
    let points = page.stays.iter().map(|point| view! { <li>{hostile_words(point)}</li> }.into_any());
    told("note warn", "alert", "Stays as it is", points.collect())
}

/// Was it merged into another incident?
fn is_merged(page: &LifePage) -> bool {
    page.incident.closing == Some(Closing::Merged)
}
