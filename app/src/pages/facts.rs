//! The table that sets what was asked for beside what would run now.

use leptos::prelude::*;
use quell_domain::{
    action::{ContainerFacts, RequestState},
    view::ApprovalPage,
};

use crate::ui::{hostile, hostile_line, icon_small};

/// When requested, and if approved now. On a phone only what changed stands out; the rest folds.
pub fn compared(page: &ApprovalPage) -> impl IntoView + use<> {
    let asked = &page.request.facts_asked;
    let now = page.container.as_ref().map_or(&page.request.facts, |container| &container.facts);
    let pairs = rows(asked).into_iter().zip(rows(now));
    let mut same = Vec::new();
    let rows = pairs
        .map(|((fact, before), (_, after))| {
            let equal = before == after;
            same.extend(equal.then(|| view! { <dt>{fact}</dt><dd>{hostile(&after)}</dd> }));
            row(fact, &before, &after, equal)
        })
        .collect::<Vec<_>>();
    let changes = page.changed_since_asked.len();
    let changed = (changes > 0).then(|| {
        let words = if changes == 1 {
            "1 change since the request".to_owned()
        } else {
            format!("{changes} changes since the request")
        };
        view! { <span class="chip med">{icon_small("sm")}{words}</span> }
    });
    let summary = match changed.is_some() {
        true => format!("{} other facts are the same as requested", same.len()),
        false => format!("All {} facts are the same as requested", same.len()),
    };
    let networks = page
        .request
        .parameters
        .networks
        .iter()
        .map(|network| view! { <li>{hostile_line(&network.name)}</li> })
        .collect::<Vec<_>>();
    let networks = (!networks.is_empty())
        .then(|| view! { <div class="bd sm"><b class="b">"Networks"</b><ul class="dots">{networks}</ul></div> });
    let second =
        if page.request.state == RequestState::AwaitingApproval { "If approved now" } else { "As it was bound" };
    view! {
        <section class="card" aria-labelledby="h-df">
            <header><h2 id="h-df">"Asked for, and what would run"</h2><span class="sp"></span>{changed}</header>
            <table class="tbl two">
                <caption class="vh">"Facts of the container, when requested and now"</caption>
                <thead><tr><th scope="col">"Field"</th><th scope="col">{format!("When requested, {}", page.request.created_at.clock())}</th><th scope="col">{second}</th><th scope="col" class="c5">"Compared"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
            <details class="narrow bd sm">
                <summary>{summary}</summary>
                <dl class="kv mt2">{same}</dl>
            </details>
            {networks}
        </section>
    }
}

fn row(fact: &'static str, before: &str, after: &str, equal: bool) -> impl IntoView + use<> {
    let (class, mark) = if equal {
        ("eq", view! { <span class="row1">{icon_small("check")}"Same"</span> }.into_any())
    } else {
        ("chg", view! { <span class="row1 b">{icon_small("alert")}"Changed"</span> }.into_any())
    };
    // Whoever approves signs all of it, so nothing of it is out of reach: what is long folds.
    let (before, after) = if equal {
        (hostile(before).into_any(), hostile(after).into_any())
    } else {
        (view! { <del>{hostile(before)}</del> }.into_any(), view! { <ins>{hostile(after)}</ins> }.into_any())
    };
    view! {
        <tr class=class><th scope="row">{fact}</th><td data-l="Requested">{before}</td><td data-l="Now">{after}</td><td class="same c5">{mark}</td></tr>
    }
}

fn rows(facts: &ContainerFacts) -> Vec<(&'static str, String)> {
    vec![
        ("Name", facts.name.clone()),
        ("Container id", facts.container.to_string()),
        ("Image", facts.image.clone()),
        ("Image digest", facts.image_id.clone()),
        ("Engine", facts.engine_id.to_string()),
        ("Created", facts.created.clone()),
        ("Started", facts.started_at.clone()),
        ("Restarts", facts.restart_count.to_string()),
        ("Mounts", if facts.mounts.is_empty() { "None".to_owned() } else { facts.mounts.join(", ") }),
    ]
}
