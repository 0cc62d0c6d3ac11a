//! `/audit`: every step by whom, and whether the chain holds.

use leptos::prelude::*;
use quell_domain::{
    audit::EventOutcome,
    view::{AuditFilter, AuditPage, EventRow},
};

use super::{
    frame::{Here, Page, framed},
    query,
};
use crate::{
    api,
    endpoints::VERIFY,
    islands::LivePage,
    ui::{chips::outcome_chip, hostile_words, icon, moment::long_moment},
};

/// The page.
pub fn page() -> impl IntoView {
    let (actor, code, incident) = (query("actor"), query("code"), query("incident"));
    let (outcome, before) = (query("outcome"), query("before"));
    framed(Here::Audit, move |_| async move {
        let audit = api::audit::list(actor, code, incident, outcome, before).await?;
        // Older pages are history: nothing is added to them.
        Ok(Page { live: audit.filter.before.is_none(), ..Page::new("Audit trail", body(&audit)) })
    })
}

/// The page, as a pure function.
#[must_use]
pub fn body(page: &AuditPage) -> AnyView {
    let rows = page.rows.iter().map(row).collect::<Vec<_>>();
    let none = rows.is_empty().then(|| view! { <p class="bd t2">"No entry matches this filter."</p> });
    let older = page.next.map(|before| view! { <a class="btn" href=older(&page.filter, before)>"Older entries"</a> });
    view! {
        <div class="hd">
            <h1>"Audit trail"</h1>
            <span class="sp"></span>
            <a class="btn" href="/audit/export" download="">{icon("down2")}"Export"</a>
            <form method="post" action=VERIFY.path><button class="btn pri" type="submit">{icon("shieldok")}"Verify"</button></form>
        </div>
        <p class="sm t2">
            {format!("{} entries. Hash of the last: ", page.entries)}<span class="mono wrap-any">{page.head.to_string()}</span>
        </p>
        {filters(&page.filter)}
        {page.filter.before.is_none().then(|| view! { <LivePage watch="audit".to_owned() wait=true/> })}
        <div class="card">
            <table class="tbl al au">
                <caption class="vh">"Entries of the audit trail, newest first"</caption>
                <thead>
                    <tr>
                        <th scope="col">"No."</th><th scope="col">"When, UTC"</th><th scope="col">"Who"</th>
                        <th scope="col">"What"</th><th scope="col">"Incident"</th><th scope="col">"Outcome"</th>
                    </tr>
                </thead>
                <tbody data-live="entries">{rows}</tbody>
            </table>
            {none}
        </div>
        <div class="foot"><span class="sp"></span>{older}</div>
    }
    .into_any()
}

fn row(event: &EventRow) -> impl IntoView + use<> {
    let address =
        event.actor.address.clone().map(|address| view! { <div class="xs mut mono wrap-any">{address}</div> });
    let incident =
        event.incident.map(|number| view! { <a href=format!("/incidents/{number}")>{format!("INC-{number}")}</a> });
    let text =
        (!event.text.is_empty()).then(|| view! { <div class="sm t2 wrap-any">{hostile_words(&event.text)}</div> });
    view! {
        <tr id=format!("e-{}", event.seq)>
            <td class="num mut">{event.seq}</td>
            <td>{long_moment(event.at)}</td>
            <td><div>{hostile_words(&event.actor.name)}</div>{address}</td>
            <td><b class="b">{event.label.clone()}</b>" "<span class="mono xs mut">{event.code.clone()}</span>{text}</td>
            <td class="num">{incident}</td>
            <td>{outcome_chip(event.outcome)}</td>
        </tr>
    }
}

fn filters(filter: &AuditFilter) -> impl IntoView + use<> {
    let outcomes = EventOutcome::ALL
        .iter()
        .map(|outcome| {
            let selected = filter.outcome == Some(*outcome);
            view! { <option value=outcome.word() selected=selected>{outcome.label()}</option> }
        })
        .collect::<Vec<_>>();
    let incident = filter.incident.map(|number| number.to_string()).unwrap_or_default();
    let clear = (*filter != AuditFilter::default()).then(|| view! { <a href="/audit">"Remove the filter"</a> });
    view! {
        <form class="filters" method="get" action="/audit" role="search">
            <span class="inp"><input size="16" name="actor" aria-label="Who" placeholder="Who" value=filter.actor.clone()/></span>
            <span class="inp"><input size="20" name="code" aria-label="Code begins with" placeholder="Code, e.g. action." value=filter.code.clone()/></span>
            <span class="inp"><input size="10" name="incident" aria-label="Incident number" placeholder="Incident" value=incident/></span>
            <select class="sel" name="outcome" aria-label="Outcome"><option value="">"Any outcome"</option>{outcomes}</select>
            <button class="btn" type="submit">{icon("filter")}"Filter"</button>
            {clear}
        </form>
    }
}

fn older(filter: &AuditFilter, before: i64) -> String {
    let plain =
        |text: &str| text.chars().filter(|c| c.is_ascii_alphanumeric() || "._-".contains(*c)).collect::<String>();
    format!(
        "/audit?actor={}&code={}&incident={}&outcome={}&before={before}",
        plain(&filter.actor),
        plain(&filter.code),
        filter.incident.map(|number| number.to_string()).unwrap_or_default(),
        filter.outcome.map(EventOutcome::word).unwrap_or_default(),
    )
}
