//! `/admin/playbooks/draft`: the next version, one playbook at a time. Every button sends the whole form, so that nothing
//! typed is lost.

use leptos::prelude::*;
use quell_domain::{
    alarm::{AlarmClass, Severity},
    playbook::{DraftBook, DraftStep, DraftTarget, LONGEST_DRAFT, Step},
    view::PlaybooksDraftPage,
};

use super::text::preview;
use crate::{
    api,
    endpoints::SAVE_BOOK,
    flash::Flash,
    pages::{
        fields::Form,
        frame::{Here, Page, framed},
        query,
    },
    ui::{hidden, icon, text_area::text_area},
};

/// What a contain step may offer, in which order.
const MEASURES: [(&str, &str); 4] = [
    ("pause disconnect", "Pause, or disconnect networks"),
    ("disconnect pause", "Disconnect networks, or pause"),
    ("pause", "Pause only"),
    ("disconnect", "Disconnect networks only"),
];

/// The page.
pub fn page() -> impl IntoView {
    let class = query("class");
    framed(Here::Playbooks, move |flash| async move {
        let draft = api::playbooks::draft(class).await?;
        let crumbs = vec![("Playbooks".to_owned(), Some("/admin/playbooks".to_owned())), ("Draft".to_owned(), None)];
        Ok(Page { crumbs, ..Page::new("Draft of the playbooks", body(&draft, &flash)) })
    })
}

/// The page, as a pure function.
#[must_use]
pub fn body(page: &PlaybooksDraftPage, flash: &Flash) -> AnyView {
    let Some(book) = page.books.get(page.shown) else { return ().into_any() };
    let tabs = page.books.iter().enumerate().map(|(at, other)| {
        let href = format!("/admin/playbooks/draft?class={}", other.class);
        view! { <a href=href aria-current=(at == page.shown).then_some("page")>{other.label()}</a> }
    });
    let wrong = page.problem.as_ref().and_then(|problem| problem.fields.first());
    let wrong = wrong.map(|field| {
        view! { <div class="note bad" id=format!("f-{}", field.field)>{icon("alert")}<span>{field.remedy.clone()}</span></div> }
    });
    let press = |value: &'static str, class: &'static str, label: &'static str| {
        view! { <button class=class type="submit" name="press" value=value>{label}</button> }
    };
    let count = book.steps.len();
    let steps = book.steps.iter().enumerate().map(|(at, row)| step(at, row, count)).collect::<Vec<_>>();
    let severities = Severity::ALL.iter().rev().zip(&book.targets).enumerate();
    let targets = severities.map(|(at, (severity, row))| target(at, *severity, row)).collect::<Vec<_>>();
    view! {
        <div class="hd"><h1>"Draft of the playbooks"</h1><span class="mut sm">{format!("Follows version {}.", page.base)}</span></div>
        <nav class="tabs sub mt3" aria-label="Playbooks">{tabs.collect::<Vec<_>>()}</nav>
        <form class="stack mt3" method="post" action=SAVE_BOOK.path>
            {hidden("class", book.class.clone())}
            <div class="acts">
                {press("preview", "btn", "Keep and preview")}
                {(count < LONGEST_DRAFT).then(|| press("add", "btn", "Add a step"))}
                {press("propose", "btn pri", "Propose to another admin")}
                <span class="sp"></span>
                {(!book.class.is_empty()).then(|| press("drop_book", "btn quiet", "Remove this playbook"))}
                {page.is_kept.then(|| press("drop", "btn quiet", "Forget the draft"))}
            </div>
            {wrong}
            {steps}
            <section class="card" aria-labelledby="h-tg">
                <header><h2 id="h-tg">"Time targets"</h2><span class="mut sm">"Minutes from the first alarm"</span></header>
                <div class="bd stack">{targets}</div>
            </section>
            {another(page, flash)}
        </form>
        {page.preview.as_ref().map(preview)}
    }
    .into_any()
}

/// The classes that have no playbook of their own yet.
fn another(page: &PlaybooksDraftPage, flash: &Flash) -> Option<AnyView> {
    let free =
        AlarmClass::ALL.iter().filter(|class| page.books.iter().all(|book: &DraftBook| book.class != class.word()));
    let mut choices = vec![(String::new(), "Choose a class".to_owned())];
    choices.extend(free.map(|class| (class.word().to_owned(), class.label().to_owned())));
    (choices.len() > 1).then(|| {
        let form = Form::new(&SAVE_BOOK, flash);
        view! {
            <section class="card" aria-labelledby="h-an">
                <header><h2 id="h-an">"A playbook for one class"</h2></header>
                <div class="bd stack">
                    {form.select("add", "Alarm class", "It begins as a copy of the one for every class.", choices)}
                    <div class="acts"><button class="btn" type="submit" name="press" value="add_book">"Add a playbook"</button></div>
                </div>
            </section>
        }
        .into_any()
    })
}

fn step(at: usize, row: &DraftStep, count: usize) -> impl IntoView + use<> {
    let number = at + 1;
    let name = move |field: &str| format!("steps[{at}][{field}]");
    let id = move |field: &str| format!("s{at}-{field}");
    let button = move |what: &'static str, label: &'static str, on: bool| {
        on.then(|| {
            view! { <button class="btn sm" type="submit" name="press" value=format!("{what}-{at}")>{label}<span class="vh">{format!(" step {number}")}</span></button> }
        })
    };
    let choice = move |field: &'static str, label: &'static str, value: &str, choices: Vec<(String, String)>| {
        let known = choices.iter().any(|(word, _)| word == value);
        let odd =
            (!known).then(|| (value.to_owned(), if value.is_empty() { "Choose".to_owned() } else { value.to_owned() }));
        let options = odd.into_iter().chain(choices).map(|(word, label)| {
            let selected = word == value;
            view! { <option value=word selected=selected>{label}</option> }
        });
        view! {
            <div class="field"><label for=id(field)>{label}</label>
                <select class="sel" id=id(field) name=name(field)>{options.collect::<Vec<_>>()}</select></div>
        }
    };
    let pairs =
        |all: &[(&str, &str)]| all.iter().map(|(word, label)| ((*word).to_owned(), (*label).to_owned())).collect();
    let kinds = Step::ALL.iter().map(|kind| (kind.word().to_owned(), kind.label().to_owned())).collect();
    let contains = row.kind.is_empty() || row.kind == Step::Contain.word();
    let measures = contains.then(|| choice("measures", "Contain with", &row.measures, pairs(&MEASURES)));
    view! {
        <section class="card" aria-labelledby=format!("h-s{at}")>
            <header>
                <h2 id=format!("h-s{at}")>{format!("Step {number}")}</h2><span class="sp"></span>
                {button("up", "Up", at > 0)}{button("down", "Down", number < count)}{button("remove", "Remove", true)}
            </header>
            <div class="bd stack">
                <div class="fields">
                    {choice("kind", "Kind", &row.kind, kinds)}
                    <div class="field"><label for=id("title")>"Title"</label>
                        <input type="text" id=id("title") name=name("title") size="36" value=row.title.clone() autocomplete="off"/></div>
                    {measures}
                </div>
                <div class="field"><label for=id("guidance")>"Guidance, at most 300 characters"</label>
                    {text_area(id("guidance"), name("guidance"), &row.guidance, 2, None, false)}</div>
                <label class="row1 sm"><input class="ck" type="checkbox" name=name("skippable") value="on" checked=!row.skippable.is_empty()/><span>"May be left out, with a reason"</span></label>
            </div>
        </section>
    }
}

fn target(at: usize, severity: Severity, row: &DraftTarget) -> impl IntoView + use<> {
    let line = move |field: &'static str, label: &'static str, value: &str| {
        let id = format!("t{at}-{field}");
        view! {
            <div class="field"><label for=id.clone()>{label}</label>
                <input type="text" inputmode="numeric" id=id name=format!("targets[{at}][{field}]") size="6" value=value.to_owned() autocomplete="off"/></div>
        }
    };
    view! {
        <fieldset class="field">
            <legend>{severity.label()}</legend>
            <div class="fields">
                {line("acknowledge", "Acknowledge", &row.acknowledge)}
                {line("contain", "Contain", &row.contain)}
                {line("recover", "Restore", &row.recover)}
            </div>
        </fieldset>
    }
}
