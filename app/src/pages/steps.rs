//! `/incidents/{number}/playbook`: the text of the version that an incident follows, leaving steps out, saying that the
//! service is restored, and moving the incident to the newest version. None of it needs scripts.

use leptos::prelude::*;
use quell_domain::{
    playbook::{Due, StepState},
    time::span,
    view::{IncidentPlaybookPage, StepRow},
};

use super::{
    fields::Form,
    frame::{Here, Page, framed},
    number,
    playbooks::text::{book, diff},
};
use crate::{
    api,
    endpoints::{RESTORED, SKIP, TAKE_BACK, USE_PLAYBOOKS},
    flash::Flash,
    islands::LivePage,
    ui::{hidden, hostile_words, icon, icon_small, moment::long_moment, moment::target_words, post_button, why_not},
};

/// The page.
pub fn page() -> impl IntoView {
    let number = number();
    framed(Here::Incidents, move |flash| async move {
        let steps = api::playbooks::steps(number).await?;
        let label = steps.incident.label();
        Ok(Page::of_incident(&label, Some("Playbook"), body(&steps, &flash)).live())
    })
}

/// The page, as a pure function.
#[must_use]
pub fn body(page: &IncidentPlaybookPage, flash: &Flash) -> AnyView {
    let incident = &page.incident;
    let version = incident.course.version;
    let published = page.published.as_ref().map(|(by, at)| {
        view! { <span class="mut sm">"published by "{hostile_words(by)}" "{long_moment(*at)}</span> }
    });
    let rows = page.steps.iter().zip(1..).map(|(row, number)| stands(row, number)).collect::<Vec<_>>();
    let clocks = page.dues.iter().map(|due| clock(page, due)).collect::<Vec<_>>();
    view! {
        <div class="hd">
            <h1>{format!("Playbook of {}", incident.label())}</h1><span class="b num">{format!("Version {version}")}</span>{published}
            <span class="sp"></span><a class="btn" href=incident.path()>"Back to the incident"</a>
        </div>
        <LivePage watch=format!("incident:{} playbooks", incident.id) wait=false/>
        <div class="grid2 mt3">
            <div class="stack">
                <section class="card" aria-labelledby="h-st" data-live="steps">
                    <header><h2 id="h-st">"Where it stands"</h2></header>
                    <ol class="pb">{rows}</ol>
                </section>
            </div>
            <div class="stack">
                <section class="card" aria-labelledby="h-ck" data-live="clocks">
                    <header><h2 id="h-ck">"Clocks"</h2><span class="mut sm">"From the first alarm"</span></header>
                    <dl class="kv bd">{clocks}</dl>
                </section>
                {newer(page)}
                {skipping(page, flash)}
                {restoring(page, flash)}
            </div>
        </div>
        <section class="mt4" aria-labelledby="h-tx">
            <h2 id="h-tx">{format!("The text of version {version}")}</h2>
            <div class="mt2">{book(&page.book)}</div>
        </section>
    }
    .into_any()
}

fn stands(row: &StepRow, number: usize) -> impl IntoView + use<> {
    let class = match row.state {
        StepState::Done | StepState::Skipped => "dn",
        StepState::Current => "now",
        StepState::Later => "",
    };
    let mark = match row.state {
        StepState::Done => icon_small("check").into_any(),
        StepState::Skipped => icon_small("minus").into_any(),
        StepState::Current | StepState::Later => number.into_any(),
    };
    view! {
        <li class=class aria-current=(row.state == StepState::Current).then_some("step")>
            <span class="mk">{mark}<span class="vh">{row.state.label()}</span></span>
            <div><h3>{hostile_words(&row.title)}</h3><p class="sm t2">{hostile_words(&row.result)}</p></div>
        </li>
    }
}

fn clock(page: &IncidentPlaybookPage, due: &Due) -> impl IntoView + use<> {
    let (class, mark, words) = target_words(due, page.as_of);
    view! {
        <dt>{due.goal.label()}</dt>
        <dd class="row1"><span class=class>{icon_small(mark)}<span class="num">{words}</span></span><span class="mut sm">{format!("target {}", span(due.by.since(due.from)))}</span></dd>
    }
}

/// The way to the newest version, with what that would change.
fn newer(page: &IncidentPlaybookPage) -> Option<AnyView> {
    (page.newest != page.incident.course.version).then(|| {
        let label = format!("Use version {}", page.newest);
        let change = match &page.change {
            Some(change) => diff("What changes for this incident", change).into_any(),
            None => view! { <p class="sm t2">"Steps and targets for this incident are the same."</p> }.into_any(),
        };
        let fields = vec![("number", page.incident.number.to_string()), ("version", page.newest.to_string())];
        view! {
            <section class="card" aria-labelledby="h-nv">
                <header><h2 id="h-nv">{format!("Version {} is the newest", page.newest)}</h2></header>
                <div class="bd stack">
                    <p class="sm t2">"An incident keeps the version under which it was opened, until somebody moves it."</p>
                    {post_button(USE_PLAYBOOKS.path, fields, "btn", Some("flow"), "Use the newest version", label, &page.can_move)}
                    {why_not(&page.can_move)}
                </div>
                {change}
            </section>
        }
        .into_any()
    })
}

/// Steps that may be left out, and those that were.
fn skipping(page: &IncidentPlaybookPage, flash: &Flash) -> Option<AnyView> {
    let skippable: Vec<&StepRow> = page.steps.iter().filter(|row| row.skippable).collect();
    let skipped: Vec<&StepRow> = page.steps.iter().filter(|row| row.state == StepState::Skipped).collect();
    let open = page.incident.closed_at.is_none();
    (open && !(skippable.is_empty() && skipped.is_empty())).then(|| {
        let number = page.incident.number.to_string();
        let back = skipped.iter().map(|row| {
            let fields = vec![("number", number.clone()), ("step", row.step.word().to_owned())];
            let about = quell_domain::text::visible(&row.title);
            view! {
                <div class="row1"><span class="sm">{hostile_words(&row.title)}</span><span class="sp"></span>
                    {post_button(TAKE_BACK.path, fields, "btn sm", Some("undo"), "Do it after all", about, &page.can_triage)}</div>
            }
        });
        let back = back.collect::<Vec<_>>();
        let form = (!skippable.is_empty() && page.can_triage.allowed).then(|| {
            let form = Form::new(&SKIP, flash);
            let titles: Vec<(&str, String)> =
                skippable.iter().map(|row| (row.step.word(), quell_domain::text::visible(&row.title))).collect();
            let choices: Vec<(&str, &str)> = titles.iter().map(|(word, title)| (*word, title.as_str())).collect();
            let first = choices.first().map_or("", |(word, _)| *word);
            view! {
                <form class="stack" method="post" action=SKIP.path>
                    {hidden("number", number.clone())}
                    {form.radios("step", "Which step is not needed?", "rad", if choices.len() == 1 { first } else { "" }, &choices)}
                    {form.lines("f-reason", "reason", "Why", "Kept in the timeline and in the audit trail. It can be taken back.", 2)}
                    <div class="acts"><button class="btn" type="submit">{icon("minus")}"Leave it out"</button></div>
                </form>
            }
        });
        view! {
            <section class="card" id="skip" aria-labelledby="h-sk">
                <header><h2 id="h-sk">"Leave a step out"</h2></header>
                <div class="bd stack">{back}{form}{why_not(&page.can_triage)}</div>
            </section>
        }
        .into_any()
    })
}

/// For when the service works again in another way than by releasing this container.
fn restoring(page: &IncidentPlaybookPage, flash: &Flash) -> Option<AnyView> {
    let open = page.incident.closed_at.is_none() && page.incident.course.restored_at.is_none();
    open.then(|| {
        let form = Form::new(&RESTORED, flash);
        let inside = page.can_triage.allowed.then(|| {
            view! {
                <form class="stack" method="post" action=RESTORED.path>
                    {hidden("number", page.incident.number.to_string())}
                    {form.lines("f-restored", "reason", "What serves in its place", "Releasing the containment counts by itself.", 2)}
                    <div class="acts"><button class="btn" type="submit">{icon("check")}"The service is restored"</button></div>
                </form>
            }
        });
        view! {
            <section class="card" id="restored" aria-labelledby="h-rs">
                <header><h2 id="h-rs">"Service restored"</h2></header>
                <div class="bd stack">{inside}{why_not(&page.can_triage)}</div>
            </section>
        }
        .into_any()
    })
}
