//! `/admin/changes`: what waits for another admin, and what became of past changes.

use leptos::prelude::*;
use quell_domain::{Timestamp, change::Proposed, time::span, view::ChangesPage};

use super::frame::{Here, Page, framed};
use crate::{
    api,
    islands::LivePage,
    ui::{chips::change_chip, hostile_words, icon, icon_small, moment::long_moment},
};

/// The page.
pub fn page() -> impl IntoView {
    framed(Here::Changes, |_| async move {
        let changes = api::changes::list().await?;
        Ok(Page::new("Changes", body(&changes)).live())
    })
}

/// The page, as a pure function.
#[must_use]
pub fn body(page: &ChangesPage) -> AnyView {
    let mode = if page.set_up_mode {
        Some(
            "Set-up mode: there has never been a second admin, so changes are done at once and recorded as such. It ends for good with the second admin.",
        )
    } else if page.others == 0 {
        Some(
            "No other admin can sign in, so nobody can decide on your changes. Enable another one on the portal's machine: quell user enable.",
        )
    } else {
        None
    };
    let mode = mode.map(|words| view! { <div class="note warn mb3">{icon("alert")}<span>{words}</span></div> });
    let now = page.as_of;
    let waiting = page.pending.iter().map(|change| row(change, now)).collect::<Vec<_>>();
    let past = page.past.iter().map(|change| row(change, now)).collect::<Vec<_>>();
    view! {
        <div class="hd"><h1>"Changes"</h1></div>
        <p class="t2 mt1 mb3">"People, roles, nodes, the policy and the playbooks change only when a second admin agrees."</p>
        <LivePage watch="changes".to_owned() wait=false/>
        <div data-live="changes">
            {mode}
            <section class="card mb3" aria-labelledby="h-wt">
                <header><h2 id="h-wt">"Waiting for another admin"</h2><span class="mut sm num">{page.pending.len()}</span></header>
                {table("Changes that wait", "Nothing waits.", waiting)}
            </section>
            <section class="card" aria-labelledby="h-pa">
                <header><h2 id="h-pa">"Past changes"</h2><span class="mut sm">"Kept for ever, whatever came of them"</span></header>
                {table("Past changes, newest first", "There are none.", past)}
            </section>
        </div>
    }
    .into_any()
}

fn table(caption: &'static str, none: &'static str, rows: Vec<impl IntoView + 'static>) -> AnyView {
    if rows.is_empty() {
        return view! { <p class="bd t2 sm">{none}</p> }.into_any();
    }
    view! {
        <table class="tbl al">
            <caption class="vh">{caption}</caption>
            <thead><tr><th scope="col">"Change"</th><th scope="col">"Proposed by"</th><th scope="col">"State"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row(change: &Proposed, now: Timestamp) -> impl IntoView + use<> {
    let state = change.state_at(now);
    let left = (state == quell_domain::change::ChangeState::Pending).then(|| {
        view! { <span class="sla ok">{icon_small("clock")}{format!("{} left", span(change.expires_at.since(now).max(0)))}</span> }
    });
    view! {
        <tr>
            <td><a class="b" href=format!("/admin/changes/{}", change.id)>{hostile_words(&change.summary)}</a><div class="xs mut">{change.change.label()}</div></td>
            <td>{hostile_words(&change.proposer_name)}<div class="xs mut">{long_moment(change.created_at)}</div></td>
            <td>{change_chip(state)}" "{left}</td>
        </tr>
    }
}
