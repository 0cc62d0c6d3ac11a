//! `/approvals`: what waits for another person, and requests of every outcome.

use leptos::prelude::*;
use quell_domain::{
    Timestamp,
    time::span,
    view::{ApprovalsPage, RequestLine},
};

use super::{
    frame::{Here, Page, framed},
    query,
};
use crate::{
    api,
    islands::LivePage,
    ui::{chips::request_chip, hostile_line, hostile_words, icon_small, moment::long_moment, severity, why_not},
};

/// The page.
pub fn page() -> impl IntoView {
    let before = query("before");
    framed(Here::Approvals, move |_| async move {
        let approvals = api::approvals::list(before).await?;
        Ok(Page::new("Approvals", body(&approvals)).live())
    })
}

/// The page, as a pure function.
#[must_use]
pub fn body(page: &ApprovalsPage) -> AnyView {
    let now = page.as_of;
    let review = (!page.to_review.is_empty()).then(|| {
        let rows = page.to_review.iter().map(|line| row(line, now)).collect::<Vec<_>>();
        view! {
            <section class="card mb3" aria-labelledby="h-rv">
                <header><h2 id="h-rv">"To review"</h2><span class="mut sm">"Done without approval. The incident cannot be closed before another person has looked."</span></header>
                {table("Requests to review", rows)}
            </section>
        }
    });
    let waiting = page.waiting.iter().map(|line| row(line, now)).collect::<Vec<_>>();
    let waiting = if waiting.is_empty() {
        view! { <p class="bd t2 sm">"Nothing waits for a decision."</p> }.into_any()
    } else {
        table("Requests that wait", waiting).into_any()
    };
    let past = page.past.iter().map(|line| row(line, now)).collect::<Vec<_>>();
    let past = if past.is_empty() {
        view! { <p class="bd t2 sm">"Nobody has asked for anything yet."</p> }.into_any()
    } else {
        table("Requests, newest first", past).into_any()
    };
    let older = page.past.last().filter(|_| page.older).map(|line| {
        let href = format!("/approvals?before={}.{}", line.request.created_at.0, line.request.id);
        view! { <p class="bd"><a class="btn sm" href=href>"Older"</a></p> }
    });
    view! {
        <div class="hd"><h1>"Approvals"</h1><span class="sp"></span></div>
        <p class="t2 mb3">"Dangerous actions wait here for another person. Nobody can approve what they asked for."</p>
        {why_not(&page.can)}
        <LivePage watch="incident approvals".to_owned() wait=false/>
        <div data-live="approvals">
            {review}
            <section class="card mb3" aria-labelledby="h-wt">
                <header><h2 id="h-wt">"Waiting for a decision"</h2><span class="mut sm num">{page.waiting.len()}</span></header>
                {waiting}
            </section>
            <section class="card" aria-labelledby="h-all">
                <header><h2 id="h-all">"All requests"</h2><span class="mut sm">"Kept for ever, whatever came of them"</span></header>
                {past}
                {older}
            </section>
        </div>
    }
    .into_any()
}

fn table(caption: &'static str, rows: Vec<impl IntoView + 'static>) -> impl IntoView {
    view! {
        <table class="tbl al">
            <caption class="vh">{caption}</caption>
            <thead>
                <tr><th scope="col">"Request"</th><th scope="col">"Incident"</th><th scope="col">"Asked by"</th><th scope="col">"State"</th></tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

fn row(line: &RequestLine, now: Timestamp) -> impl IntoView + use<> {
    let request = &line.request;
    let left = request.expires_at.since(now);
    let until = (request.state == quell_domain::action::RequestState::AwaitingApproval).then(|| {
        let count = format!("{} of {}", line.approvals, request.needs.approvals);
        let class = if left < 5 * quell_domain::time::MINUTE { "sla warn" } else { "sla ok" };
        view! { <span class="sm num">{count}</span>" "<span class=class>{icon_small("clock")}{format!("{} left", span(left.max(0)))}</span> }
    });
    let glass =
        request.break_glass.then(|| view! { <span class="chip st bad">{icon_small("alert")}"Break-glass"</span> });
    view! {
        <tr>
            <td>
                <a class="b" href=format!("/approvals/{}", request.id)>{request.action.label()}" "{hostile_line(&request.object())}</a>
                <div class="xs mut">{hostile_line(&line.node_name)}</div>
            </td>
            <td><a href=format!("/incidents/{}", line.number)>{format!("INC-{}", line.number)}</a>" "{severity(line.severity)}<div class="xs mut">{hostile_words(&line.title)}</div></td>
            <td>{hostile_words(&request.requester_name)}<div class="xs mut">{long_moment(request.created_at)}</div></td>
            <td>{request_chip(request.action, request.state)}" "{glass}{until}</td>
        </tr>
    }
}
