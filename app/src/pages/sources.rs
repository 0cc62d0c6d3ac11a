//! `/admin/sources`: detectors with their tokens, and what they sent that could not be read.

use leptos::prelude::*;
use quell_domain::{
    policy::Can,
    source::SourceKind,
    text::bytes,
    view::{SourceRow, SourcesPage},
};

use super::{
    fields::Form,
    frame::{Here, Page, framed},
    query,
};
use crate::{
    api,
    endpoints::{ADD_SOURCE, REVOKE_SOURCE},
    flash::Flash,
    islands::LivePage,
    ui::{hostile, hostile_line, hostile_words, icon, icon_large, moment::long_moment, post_button},
};

/// The page.
pub fn page() -> impl IntoView {
    let before = query("before");
    framed(Here::Sources, move |flash| async move {
        let sources = api::sources::list(before).await?;
        // Older letters are history: nothing is added to them.
        Ok(Page { live: sources.before.is_none(), ..Page::new("Alarm sources", body(&sources, &flash)) })
    })
}

/// The page, as a pure function.
#[must_use]
pub fn body(page: &SourcesPage, flash: &Flash) -> AnyView {
    view! {
        <div class="hd"><h1>"Alarm sources"</h1></div>
        {page.before.is_none().then(|| view! { <LivePage watch="sources nodes".to_owned() wait=false/> })}
        <div class="grid2 mt3"><div class="stack" data-live="sources">{sources(page)}{letters(page)}</div>{add(page, flash)}</div>
    }
    .into_any()
}

fn sources(page: &SourcesPage) -> AnyView {
    if page.sources.is_empty() {
        return view! {
            <div class="card empty" id="none">
                {icon_large("bell")}
                <h2>"No alarm source yet"</h2>
                <p class="t2">"Add one, and give its address to the detector."</p>
            </div>
        }
        .into_any();
    }
    let rows = page.sources.iter().map(row).collect::<Vec<_>>();
    view! {
        <section class="card" id="sources" aria-labelledby="h-so">
            <header><h2 id="h-so">"Sources"</h2><span class="mut sm num">{page.sources.len()}</span></header>
            <table class="tbl al">
                <caption class="vh">"Alarm sources, by name"</caption>
                <thead><tr><th scope="col">"Source"</th><th scope="col">"Stands for node"</th><th scope="col">"Last alarm, UTC"</th><th scope="col">"Token"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </section>
    }
    .into_any()
}

fn row(row: &SourceRow) -> impl IntoView + use<> {
    let source = &row.source;
    let node = if row.node_name.is_empty() {
        view! { <span class="mut">"none"</span> }.into_any()
    } else {
        hostile_line(&row.node_name).into_any()
    };
    let last = match row.last_alarm_at {
        Some(at) => long_moment(at).into_any(),
        None => view! { <span class="mut">"never"</span> }.into_any(),
    };
    let sensor = row.sensor.as_ref().map(|(at, words)| {
        view! { <div class="l2">"Sensor, "{long_moment(*at)}": "<span class="wrap-any">{hostile_words(words)}</span></div> }
    });
    let token = match source.revoked_at {
        Some(at) => view! { <span class="chip st done">"Revoked"</span>" "{long_moment(at)} }.into_any(),
        None => {
            let may = Can { allowed: true, why_not: String::new() };
            post_button(
                REVOKE_SOURCE.path,
                vec![("source", source.id.to_string())],
                "btn sm",
                None,
                "Revoke",
                source.name.clone(),
                &may,
            )
            .into_any()
        }
    };
    view! {
        <tr>
            <td><b class="b">{hostile_words(&source.name)}</b><span class="l2 blk">{source.kind.label()}</span></td>
            <td>{node}</td>
            <td>{last}{sensor}</td>
            <td>{token}</td>
        </tr>
    }
}

fn letters(page: &SourcesPage) -> impl IntoView + use<> {
    let rows = page
        .dead_letters
        .iter()
        .map(|letter| view! {
            <li>
                <div class="ln"><span class="nm">{hostile_words(&letter.source_name)}</span><span class="sp"></span>{long_moment(letter.received_at)}</div>
                <p class="sm">{hostile_words(&letter.reason)}</p>
                <div class="sm">{hostile(&letter.preview)}</div>
                <a class="btn sm" href=format!("/dead-letters/{}/download", letter.id) download="">{icon("down2")}{format!("Download {}", bytes(letter.size))}</a>
            </li>
        })
        .collect::<Vec<_>>();
    let none = rows.is_empty().then(|| {
        let words =
            if page.before.is_some() { "There are no older ones." } else { "Everything that came could be read." };
        view! { <p class="bd t2 sm">{words}</p> }
    });
    let newest = page.before.is_some().then(|| view! { <a class="btn" href="/admin/sources#letters">"Newest"</a> });
    let older = page.next.as_ref().map(|place| {
        view! { <a class="btn" href=format!("/admin/sources?before={place}#letters")>"Older ones"</a> }
    });
    view! {
        <section class="card" id="letters" aria-labelledby="h-dl">
            <header><h2 id="h-dl">"Not readable"</h2><span class="mut sm">"Kept byte for byte; of one request at most 100 parts, and how many more there were"</span></header>
            {none}
            <ul class="ev">{rows}</ul>
            <div class="foot">{newest}<span class="sp"></span>{older}</div>
        </section>
    }
}

fn add(page: &SourcesPage, flash: &Flash) -> impl IntoView + use<> {
    let form = Form::new(&ADD_SOURCE, flash);
    let kinds = SourceKind::ALL.iter().map(|kind| (kind.word().to_owned(), kind.label().to_owned())).collect();
    let mut nodes = vec![(String::new(), "None: alarms name their node".to_owned())];
    nodes.extend(page.nodes.iter().cloned());
    view! {
        <section class="card" aria-labelledby="h-as">
            <header><h2 id="h-as">"Add an alarm source"</h2></header>
            <form class="bd stack" method="post" action=ADD_SOURCE.path>
                {form.line("name", "Name", "text", "off", "")}
                {form.select("kind", "What it sends", "", kinds)}
                {form.select("node", "Stands for node", "For a detector that watches one machine and does not name it.", nodes)}
                <p class="xs mut">"Its address with a secret token is shown once, after this."</p>
                <div class="acts"><button class="btn pri" type="submit">{icon("plus")}"Add source"</button></div>
            </form>
        </section>
    }
}
