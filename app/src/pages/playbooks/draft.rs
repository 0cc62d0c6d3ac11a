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
        drafts::{self, press},
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
        let page = Page::new("Draft of the playbooks", body(&draft, &flash));
        Ok(page.below("Playbooks", "/admin/playbooks", "Draft"))
    })
}

/// The page, as a pure function.
#[must_use]
pub fn body(page: &PlaybooksDraftPage, flash: &Flash) -> AnyView {
    let Some(book) = page.books.get(page.shown) else { return ().into_any() };
    let tabs = page.books.iter().enumerate().map(|(at, other)| {
        let href = address(other);
        view! { <a href=href aria-current=(at == page.shown).then_some("page")>{other.label()}</a> }
    });
    let wrong = Wrong::of(page);
    let count = book.steps.len();
    let fresh = book.steps.iter().position(|row| *row == DraftStep::blank());
    let steps = book.steps.iter().enumerate().map(|(at, row)| {
        let said = wrong.as_ref().filter(|wrong| wrong.is_in(&Part::Step(at))).map(Wrong::said);
        step(at, row, count, fresh == Some(at), said)
    });
    let steps = steps.collect::<Vec<_>>();
    let add = (count < LONGEST_DRAFT).then(|| view! { <div class="acts">{press("add", "btn", "Add a step")}</div> });
    let own = (!book.class.is_empty()).then(|| press("drop_book", "btn quiet", "Remove this playbook").into_any());
    let general = wrong.as_ref().filter(|wrong| wrong.is_in(&Part::Whole)).map(Wrong::said);
    view! {
        <div class="hd"><h1>"Draft of the playbooks"</h1><span class="mut sm">{format!("Follows version {}.", page.base)}</span></div>
        <nav class="tabs sub mt3" aria-label="Playbooks">{tabs.collect::<Vec<_>>()}</nav>
        <form class="stack mt3" method="post" action=SAVE_BOOK.path>
            {hidden("class", book.class.clone())}
            {drafts::head(page.preview.is_some(), page.is_kept, own)}
            {general}
            {steps}
            {add}
            {targets(book, wrong.as_ref().filter(|wrong| wrong.is_in(&Part::Targets)).map(Wrong::said))}
            {another(page, flash)}
            {page.preview.as_ref().map(preview)}
            {drafts::foot()}
        </form>
    }
    .into_any()
}

fn address(book: &DraftBook) -> String {
    format!("/admin/playbooks/draft?class={}", book.class)
}

/// A part of the page.
#[derive(PartialEq, Eq)]
enum Part {
    /// A step, counted from 0.
    Step(usize),
    /// The time targets.
    Targets,
    /// The playbook, or another one.
    Whole,
}

/// What is wrong with the draft, and where on the page that is said: where it can be mended, or with the way there.
struct Wrong {
    field: String,
    remedy: String,
    /// The address of the playbook that it is about, when that is not the one on the page.
    elsewhere: Option<String>,
    part: Part,
}

impl Wrong {
    /// Its words begin with the playbook, and then the step.
    fn of(page: &PlaybooksDraftPage) -> Option<Self> {
        let wrong = page.problem.as_ref()?.fields.first()?;
        let about = page.books.iter().enumerate().find_map(|(at, book)| {
            let rest = wrong.remedy.strip_prefix(book.label())?.strip_prefix(": ")?;
            Some((at, book, rest))
        });
        let elsewhere = about.filter(|(at, ..)| *at != page.shown).map(|(_, book, _)| address(book));
        let step = about.and_then(|(.., rest)| rest.strip_prefix("step ")?.split(':').next()?.parse::<usize>().ok());
        let part = match step {
            _ if elsewhere.is_some() => Part::Whole,
            Some(number) => Part::Step(number.saturating_sub(1)),
            None if wrong.field == "targets" => Part::Targets,
            None => Part::Whole,
        };
        Some(Self { field: wrong.field.clone(), remedy: wrong.remedy.clone(), elsewhere, part })
    }

    fn is_in(&self, part: &Part) -> bool {
        self.part == *part
    }

    fn said(&self) -> AnyView {
        let there = self.elsewhere.as_ref().map(|path| {
            view! { <span class="sp"></span><a class="btn sm" href=format!("{path}#f-{}", self.field)>"Go to this playbook"</a> }
        });
        view! {
            <div class="note bad" id=format!("f-{}", self.field)>{icon("alert")}<span>{self.remedy.clone()}</span>{there}</div>
        }
        .into_any()
    }
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

/// A row of the form; a `fresh` one is where somebody goes on typing.
fn step(at: usize, row: &DraftStep, count: usize, fresh: bool, wrong: Option<AnyView>) -> impl IntoView + use<> {
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
        let next = fresh && field == "kind";
        view! {
            <div class="field"><label for=id(field)>{label}</label>
                <select class="sel" id=id(field) name=name(field) autofocus=next>{options.collect::<Vec<_>>()}</select></div>
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
                {wrong}
                <div class="fields">
                    {choice("kind", "Kind", &row.kind, kinds)}
                    <div class="field grow"><label for=id("title")>"Title"</label>
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

/// The targets of each severity, the worst first.
fn targets(book: &DraftBook, wrong: Option<AnyView>) -> impl IntoView + use<> {
    let severities = Severity::ALL.iter().rev().zip(&book.targets).enumerate();
    let rows = severities.map(|(at, (severity, row))| target(at, *severity, row)).collect::<Vec<_>>();
    view! {
        <section class="card" aria-labelledby="h-tg">
            <header><h2 id="h-tg">"Time targets"</h2><span class="mut sm">"Minutes from the first alarm"</span></header>
            {wrong.map(|wrong| view! { <div class="bd">{wrong}</div> })}
            <table class="tbl al">
                <caption class="vh">"Time targets in minutes, by severity"</caption>
                <thead><tr>
                    <th scope="col">"Severity"</th><th scope="col">"Acknowledge within"</th>
                    <th scope="col">"Contain within"</th><th scope="col">"Restore within"</th>
                </tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </section>
    }
}

fn target(at: usize, severity: Severity, row: &DraftTarget) -> impl IntoView + use<> {
    let cell = move |field: &'static str, label: &'static str, value: &str| {
        let about = format!("{}: {} within, minutes", severity.label(), label.to_lowercase());
        view! {
            <td data-l=format!("{label} within")><div class="field">
                <input type="text" inputmode="numeric" name=format!("targets[{at}][{field}]") value=value.to_owned() autocomplete="off" aria-label=about/>
            </div></td>
        }
    };
    view! {
        <tr>
            <td class="b" data-l="Severity">{severity.label()}</td>
            {cell("acknowledge", "Acknowledge", &row.acknowledge)}
            {cell("contain", "Contain", &row.contain)}
            {cell("recover", "Restore", &row.recover)}
        </tr>
    }
}
