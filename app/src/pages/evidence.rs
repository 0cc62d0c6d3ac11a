//! `/evidence/{item}`: one kept item with its hash and custody. What it holds is shown as text, never rendered.

use leptos::prelude::*;
use quell_domain::{
    evidence::{CustodyStep, Item, ItemKind, ItemState},
    ids::Digest,
    text::{self, bytes, visible},
    view::EvidencePage,
};

use super::{
    frame::{Here, Page, framed},
    param,
};
use crate::{
    api,
    islands::LivePage,
    ui::{hostile_line, hostile_words, icon, icon_small, moment::long_moment, why_not},
};

/// The page.
pub fn page() -> impl IntoView {
    let item = param("item");
    framed(Here::Incidents, move |_| async move {
        let evidence = api::evidence::show(item).await?;
        let label = evidence.incident.label();
        Ok(Page::of_incident(&label, Some(evidence.item.kind.label()), body(&evidence)).live())
    })
}

/// The page, as a pure function.
#[must_use]
pub fn body(page: &EvidencePage) -> AnyView {
    let item = &page.item;
    let altered = page.custody.iter().find(|step| step.sha256 != item.sha256);
    let (class, state) = match item.state {
        _ if altered.is_some_and(|step| step.sha256.is_none()) => ("chip st bad", "Missing"),
        _ if altered.is_some() => ("chip st bad", "Altered"),
        ItemState::Sealed => ("chip st ok", item.state.label()),
        ItemState::Partial => ("chip st amber", item.state.label()),
        _ => ("chip st bad", item.state.label()),
    };
    let download = if page.can_download.allowed && item.object.is_some() {
        view! { <a class="btn pri" href=format!("/evidence/{}/download", item.id) download="">{icon("down2")}"Download"</a> }.into_any()
    } else {
        why_not(&page.can_download).into_any()
    };
    let reason = (!item.reason.is_empty()).then(|| {
        view! { <div class="note warn mt3">{icon("alert")}<span>{hostile_words(&item.reason)}</span></div> }
    });
    let altered = altered.map(|step| {
        let gave = match step.sha256 {
            Some(_) => "The evidence store gave other bytes than those that were sealed",
            None => "The evidence store no longer held the bytes that were sealed",
        };
        view! {
            <div class="note bad mt3" role="alert">
                {icon("alert")}
                <span>{gave}", first on "{long_moment(step.at)}". Do not rely on this item: use a copy that was downloaded before, or collect it again."</span>
            </div>
        }
    });
    view! {
        <div class="hd">
            <h1>{item.kind.label()}</h1>
            <span class=class>{icon_small("shieldok")}{state}</span>
            <span class="sp"></span>
            {download}
        </div>
        <p class="t2">{item.kind.explains()}</p>
        {altered}
        {reason}
        <LivePage watch=format!("incident:{}", page.incident.id) wait=false/>
        <div class="grid2 mt4">
            <div class="stack">{preview(page)}{custody(&page.custody)}</div>
            {facts(page, item)}
        </div>
    }
    .into_any()
}

fn facts(page: &EvidencePage, item: &Item) -> impl IntoView + use<> {
    let hash = item.sha256.as_ref().map(|digest| {
        // Groups of four are set apart by style alone, so that a copy holds the hash without blanks.
        let groups = digest.as_str().as_bytes().chunks(4).map(|four| {
            view! { <span class="g4">{String::from_utf8_lossy(four).into_owned()}</span> }
        });
        view! { <dt>"SHA-256"</dt><dd class="mono hash">{groups.collect::<Vec<_>>()}</dd> }
    });
    view! {
        <section class="card" aria-labelledby="h-fa">
            <header><h2 id="h-fa">"Facts"</h2></header>
            <div class="bd">
                <dl class="kv">
                    <dt>"Container"</dt><dd>{hostile_line(&page.pack.facts.name)}</dd>
                    <dt>"Full id"</dt><dd class="mono">{page.pack.facts.container.to_string()}</dd>
                    <dt>"File"</dt><dd class="mono">{item.kind.file_name()}</dd>
                    <dt>"Size"</dt><dd class="num">{format!("{} ({} bytes)", bytes(item.size), item.size)}</dd>
                    {hash}
                    <dt>"Check"</dt><dd>{hostile_words(&item.check)}</dd>
                    <dt>"Method"</dt><dd>{hostile_words(&item.method)}</dd>
                    <dt>"Began"</dt><dd>{long_moment(item.started_at)}</dd>
                    <dt>"Ended"</dt><dd>{long_moment(item.ended_at)}</dd>
                    <dt>"Asked for by"</dt><dd>{hostile_words(&page.pack.requester_name)}</dd>
                </dl>
            </div>
        </section>
    }
}

fn preview(page: &EvidencePage) -> impl IntoView + use<> {
    (!page.preview.is_empty()).then(|| {
        // What the engine answers when no path differs.
        if page.item.kind == ItemKind::Diff && page.preview.trim() == "null" {
            return view! { <p class="card bd t2">"The engine names no path that differs from the image."</p> }.into_any();
        }
        let text = page.preview.lines().map(visible).collect::<Vec<_>>().join("\n");
        view! {
            <section class="card" aria-labelledby="h-pv">
                <header><h2 id="h-pv">"Preview"</h2><span class="mut sm">"Secrets are masked here and whole in the item"</span></header>
                <pre class="pv" tabindex="0" role="region" aria-label="Preview of the item"><bdi>{text}</bdi></pre>
            </section>
        }
        .into_any()
    })
}

fn custody(steps: &[CustodyStep]) -> impl IntoView + use<> {
    let rows = steps
        .iter()
        .map(|step| {
            let hash = step.sha256.as_ref().map_or("none", Digest::as_str).to_owned();
            let short = text::middle(&hash);
            view! {
                <tr>
                    <td>{long_moment(step.at)}</td>
                    <td>{step.what.clone()}</td>
                    <td>{hostile_words(&step.actor.name)}</td>
                    <td class="mono sm" title=hash>{short}</td>
                </tr>
            }
        })
        .collect::<Vec<_>>();
    let none = rows.is_empty().then(|| view! { <p class="bd t2 sm">"Nothing is kept, so there is no custody."</p> });
    let table = (!rows.is_empty()).then(|| view! {
        <table class="tbl al">
            <caption class="vh">"Custody of this item, oldest first"</caption>
            <thead><tr><th scope="col">"When, UTC"</th><th scope="col">"What"</th><th scope="col">"Who"</th><th scope="col">"Hash then"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    });
    view! {
        <section class="card" data-live="custody" aria-labelledby="h-cu">
            <header><h2 id="h-cu">"Custody"</h2></header>
            {table}
            {none}
        </section>
    }
}
