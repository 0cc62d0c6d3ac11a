//! Playbooks for reading: their steps and targets, and how two versions differ. What the team wrote is shown as text.

use leptos::prelude::*;
use quell_domain::{
    playbook::{Playbook, PlaybookStep, Target, label},
    time::{MINUTE, span},
    versions::Compared,
    view::{BookDiff, PlaybooksPreview},
};

use crate::{pages::drafts::mark, ui::hostile_words};

/// A playbook, with its steps and targets.
pub fn book(book: &Playbook) -> impl IntoView + use<> {
    let label = book.label();
    let steps = book.steps.iter().zip(1..).map(|(step, number)| {
        view! { <tr><td class="num mut" data-l="Step">{number}</td>{step_cells(step)}</tr> }
    });
    let targets = book.targets.iter().map(|target| view! { <tr>{target_cells(target)}</tr> });
    view! {
        <section class="card">
            <header><h3>{label}</h3></header>
            {steps_table(format!("Steps: {label}"), "Step", steps.collect::<Vec<_>>())}
            {targets_table(format!("Time targets: {label}"), None, targets.collect::<Vec<_>>())}
        </section>
    }
}

/// How the playbook of one class differs.
pub fn diff(label: &'static str, diff: &BookDiff) -> impl IntoView + use<> {
    let rows = diff.steps.iter().map(|line| view! { <tr><td>{mark(line.mark)}</td>{step_cells(&line.row)}</tr> });
    let rows = rows.collect::<Vec<_>>();
    let changed = diff.targets.iter().any(Compared::differs);
    let targets = changed.then(|| {
        let rows =
            diff.targets.iter().map(|line| view! { <tr><td>{mark(line.mark)}</td>{target_cells(&line.row)}</tr> });
        targets_table(format!("Time targets of both versions: {label}"), Some("Change"), rows.collect::<Vec<_>>())
    });
    let moved = match diff.own {
        (false, true) => Some("New: until now this class followed the playbook for every class."),
        (true, false) => Some("Removed: this class will follow the playbook for every class."),
        _ => None,
    };
    view! {
        <section class="card">
            <header><h3>{label}</h3>{moved.map(|words| view! { <span class="sm">{words}</span> })}</header>
            {steps_table(format!("Steps of both versions: {label}"), "Change", rows)}
            {targets}
        </section>
    }
}

/// What new playbooks change, and for whom.
pub fn preview(page: &PlaybooksPreview) -> impl IntoView + use<> {
    let diffs = page.books.iter().map(|it| {
        let label = label(it.class);
        let count = match it.open {
            0 => "No open incident follows the playbook of today for this.".to_owned(),
            1 => "1 open incident follows the playbook of today for this, and keeps it.".to_owned(),
            open => format!("{open} open incidents follow the playbook of today for this, and keep it."),
        };
        view! { {diff(label, it)}<p class="sm t2">{count}</p> }
    });
    let diffs = diffs.collect::<Vec<_>>();
    let none = diffs.is_empty().then(|| view! { <p class="sm t2">"Nothing changes."</p> });
    let open = match page.open {
        1 => "1 open incident keeps the version that it follows".to_owned(),
        open => format!("{open} open incidents keep the version that they follow"),
    };
    view! {
        <section class="mt4" aria-labelledby="h-df">
            <h2 id="h-df">"Against the playbooks of today"</h2>
            <p class="sm t2">{open}"; whoever works on one can move it. Incidents that are opened later follow the new version."</p>
            <div class="stack mt2">{none}{diffs}</div>
        </section>
    }
}

fn steps_table(caption: String, first: &'static str, rows: Vec<impl IntoView + 'static>) -> impl IntoView {
    view! {
        <table class="tbl al">
            <caption class="vh">{caption}</caption>
            <thead><tr>
                <th scope="col">{first}</th><th scope="col">"Title"</th><th scope="col">"Kind"</th>
                <th scope="col">"Guidance"</th><th scope="col">"May be left out"</th>
            </tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

fn step_cells(step: &PlaybookStep) -> impl IntoView + use<> {
    let kind = if step.measures.is_empty() {
        step.kind.label().to_owned()
    } else {
        let measures: Vec<String> = step.measures.iter().map(|action| action.label().to_lowercase()).collect();
        format!("{}: {}", step.kind.label(), measures.join(", or "))
    };
    view! {
        <td class="b" data-l="Title">{hostile_words(&step.title)}</td><td data-l="Kind">{kind}</td>
        <td data-l="Guidance">{hostile_words(&step.guidance)}</td>
        <td data-l="May be left out">{if step.skippable { "yes, with a reason" } else { "no" }}</td>
    }
}

fn targets_table(caption: String, first: Option<&'static str>, rows: Vec<impl IntoView + 'static>) -> impl IntoView {
    view! {
        <table class="tbl al">
            <caption class="vh">{caption}</caption>
            <thead><tr>
                {first.map(|first| view! { <th scope="col">{first}</th> })}
                <th scope="col">"Severity"</th><th scope="col">"Acknowledge within"</th>
                <th scope="col">"Contain within"</th><th scope="col">"Restore within"</th>
            </tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

fn target_cells(target: &Target) -> impl IntoView + use<> {
    let words = |minutes: i64| span(minutes * MINUTE);
    view! {
        <td class="b" data-l="Severity">{target.severity.label()}</td>
        <td class="num" data-l="Acknowledge within">{words(target.acknowledge)}</td>
        <td class="num" data-l="Contain within">{words(target.contain)}</td>
        <td class="num" data-l="Restore within">{words(target.recover)}</td>
    }
}
