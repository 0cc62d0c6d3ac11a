//! The playbook: steps that are over in one line, the current one open with what can be done, later ones with what they
//! need; and the clocks. All words come with the page's data.

use leptos::{either::Either, prelude::*};
use quell_domain::{
    Timestamp,
    playbook::{Due, Offer, Step, StepState},
    policy::Can,
    time::span,
    view::{IncidentPage, StepRow},
};

use crate::{
    endpoints,
    ui::{action_icon, hostile_line, hostile_words, icon, icon_small, post_button, target, why_not},
};

/// All steps and clocks.
pub fn playbook(page: &IncidentPage, now: Signal<Timestamp>) -> impl IntoView + use<> {
    let over = page.steps.iter().filter(|row| matches!(row.state, StepState::Done | StepState::Skipped)).count();
    let steps = page.steps.iter().enumerate().map(|(at, step)| row(page, at + 1, step)).collect::<Vec<_>>();
    let clocks = page.dues.iter().map(|due| clock(*due, now)).collect::<Vec<_>>();
    view! {
        <section class="card" aria-labelledby="h-pb">
            <header>
                <h2 id="h-pb">"Playbook"</h2>
                <a class="sm" href=format!("{}/playbook", page.incident.path())>{format!("version {}", page.playbook)}</a>
                <span class="sp"></span>
                <span class="sm t2 num">{format!("{over} of {}", page.steps.len())}</span>
            </header>
            <ol class="pb">{steps}</ol>
            <dl class="kv clocks" aria-label="Clocks">{clocks}</dl>
        </section>
    }
}

/// One clock: target, and what is left or how long it took.
fn clock(due: Due, now: Signal<Timestamp>) -> impl IntoView + use<> {
    view! {
        <dt>{due.goal.label()}</dt>
        <dd class="row1">{target(due, now)}<span class="mut sm">{format!("target {}", span(due.by.since(due.from)))}</span></dd>
    }
}

fn row(page: &IncidentPage, number: usize, row: &StepRow) -> impl IntoView + use<> {
    let (class, mark) = match row.state {
        StepState::Done => ("dn", "check"),
        StepState::Skipped => ("dn", "minus"),
        StepState::Current => ("now", ""),
        StepState::Later => ("", ""),
    };
    let mark = match mark {
        "" => Either::Right(number),
        mark => Either::Left(view! { {icon_small(mark)}<span class="vh">{row.state.label()}</span> }),
    };
    let current = row.state == StepState::Current;
    let guidance = (!row.guidance.is_empty()).then(|| view! { <p class="sm t2">{hostile_words(&row.guidance)}</p> });
    let about = row
        .about
        .iter()
        .map(|(name, words)| view! { <dt>{name.clone()}</dt><dd>{hostile_line(words)}</dd> })
        .collect::<Vec<_>>();
    let about = (!about.is_empty()).then(|| {
        view! { <div class="br"><h4>{icon_small("eye")}"What this will affect"</h4><dl class="kv">{about}</dl></div> }
    });
    let offers = row.offers.iter().enumerate().map(|(at, (offer, can))| button(page, offer, can, current && at == 0));
    let offers = offers.collect::<Vec<_>>();
    let why = row.offers.first().map(|(_, can)| why_not(can));
    let skip = (current && row.skippable).then(|| {
        view! { <a class="sm" href=format!("{}/playbook#skip", page.incident.path())>"Leave it out…"</a> }
    });
    view! {
        <li class=class aria-current=current.then_some("step")>
            <span class="mk">{mark}</span>
            <div>
                <h3>{hostile_words(&row.title)}</h3>
                <p class="sm t2">{hostile_words(&row.result)}</p>
                {guidance}
                {about}
                <div class="acts mt2">{offers}{skip}</div>
                {why}
            </div>
        </li>
    }
}

/// The way to do a step: a form where it is done at once, a link where it is not.
fn button(page: &IncidentPage, offer: &Offer, can: &Can, first: bool) -> impl IntoView + use<> {
    let (class, mark) = match (offer.step, offer.action) {
        (Step::Contain, Some(action)) => (if first { "btn dan lg" } else { "btn sm" }, action_icon(action)),
        (step, _) => {
            (if first { "btn pri lg" } else { "btn sm" }, if step == Step::Evidence { "archive" } else { "check" })
        }
    };
    if offer.href.is_empty() {
        let mut fields = vec![("number", page.incident.number.to_string())];
        let endpoint = if offer.step == Step::Evidence {
            fields.push(("kind", String::new()));
            &endpoints::COLLECT
        } else {
            &endpoints::ACKNOWLEDGE
        };
        return Either::Left(post_button(
            endpoint.path,
            fields,
            class,
            Some(mark),
            offer.step_words(),
            String::new(),
            can,
        ));
    }
    Either::Right(link(&offer.href, &offer.label, class, mark, can))
}

/// A link that looks like a button; when it is not allowed it says so and leads nowhere.
fn link(href: &str, label: &str, class: &'static str, mark: &'static str, can: &Can) -> impl IntoView + use<> {
    let label = label.to_owned();
    if can.allowed {
        Either::Left(view! { <a class=class href=href.to_owned()>{icon(mark)}{label}</a> })
    } else {
        Either::Right(
            view! { <button type="button" class=class aria-disabled="true" title=can.why_not.clone()>{icon(mark)}{label}</button> },
        )
    }
}
