//! Action requests with how they ended, and what is known about the container.

use leptos::{either::Either, prelude::*};
use quell_domain::{
    action::{Action, ContainerFacts, RequestState},
    policy::Can,
    view::{IncidentPage, RequestRow},
};

use crate::ui::{
    action_icon, chips::request_chip, hostile::known, hostile_line, hostile_words, icon_small, moment,
    moment::engine_words,
};

/// The requests; nothing when there are none.
pub fn requests(page: &IncidentPage) -> impl IntoView + use<> {
    (!page.requests.is_empty()).then(|| {
        let rows = page.requests.iter().map(request).collect::<Vec<_>>();
        view! {
            <section class="card" id="actions" aria-labelledby="h-ac">
                <header><h2 id="h-ac">"Actions"</h2><span class="mut sm num">{page.requests.len()}</span></header>
                <ul class="ev">{rows}</ul>
            </section>
        }
    })
}

fn request(row: &RequestRow) -> impl IntoView + use<> {
    let request = &row.request;
    // What came last is in the request: what the engine answered may not be what it said when asked again.
    let answer = row.execution.as_ref().map_or("", |run| run.detail.as_str());
    let detail = if request.detail.is_empty() { answer } else { &request.detail };
    let words = match (request.state, detail) {
        (RequestState::Unknown, "") => {
            "Nobody heard the engine's answer. Quell is reading the container's real state.".to_owned()
        }
        (RequestState::Running, "") => "The engine is asked.".to_owned(),
        (RequestState::Verified, _) if !request.action.is_of_gate() => "It was read back and is so.".to_owned(),
        (RequestState::Approved, "") => "A worker will take it at once.".to_owned(),
        (_, detail) => detail.to_owned(),
    };
    let ended = row.execution.as_ref().and_then(|run| run.concluded_at).map(|at| view! { ", concluded "{moment(at)} });
    view! {
        <li>
            <div class="ln">
                <a class="nm" href=format!("/approvals/{}", request.id)>{request.action.label()}" "{hostile_line(&request.name)}</a>
                <span class="sp"></span>
                {request_chip(request.action, request.state)}
            </div>
            <p class="sm">{hostile_words(&words)}</p>
            <p class="xs mut">
                "Requested "{moment(request.created_at)}{ended}" by "{hostile_words(&request.requester_name)}". “"
                {hostile_words(&request.reason)}"”"
            </p>
        </li>
    }
}

/// Facts of the container: where it was found and how, and what the engine said when it was last asked.
pub fn container(page: &IncidentPage) -> impl IntoView + use<> {
    let place = &page.incident.place;
    let id = place.container.as_ref().map(ToString::to_string).unwrap_or_default();
    view! {
        <section class="card" aria-labelledby="h-ct">
            <header><h2 id="h-ct">"Container"</h2><span class="mut sm">{place.method.label()}</span></header>
            <div class="bd">
                <dl class="kv">
                    <dt>"Name"</dt><dd>{known(&place.container_name, "not known")}</dd>
                    <dt>"Full id"</dt><dd>{known(&id, "not known")}</dd>
                    <dt>"Image"</dt><dd>{known(&place.image, "not known")}</dd>
                    <dt>"Image digest"</dt><dd>{known(&place.image_id, "not known")}</dd>
                    <dt>"Node"</dt><dd>{known(&place.node_name, "not known")}</dd>
                    <dt>"Found by"</dt><dd>{hostile_words(&place.reason)}</dd>
                    {page.facts.as_ref().map(more)}
                </dl>
                <div class="acts mt2">{page.can.actions.iter().map(|(action, can)| offered(page, *action, can)).collect::<Vec<_>>()}</div>
            </div>
        </section>
    }
}

/// An engine's moment. As a plain line: another kind of part would make the download larger.
fn written(moment: &str) -> impl IntoView + use<> {
    hostile_line(&engine_words(moment).unwrap_or_else(|| moment.to_owned()))
}

/// The way to an action's confirm page, or why there is none.
fn offered(page: &IncidentPage, action: Action, can: &Can) -> impl IntoView + use<> {
    let mark = icon_small(action_icon(action));
    if can.allowed {
        let href = format!("{}/actions/{}", page.incident.path(), action.word());
        Either::Left(view! { <a class="btn sm" href=href>{mark}{action.label()}"…"</a> })
    } else {
        Either::Right(
            view! { <button type="button" class="btn sm" aria-disabled="true" title=can.why_not.clone()>{mark}{action.label()}"…"</button> },
        )
    }
}

fn more(facts: &ContainerFacts) -> impl IntoView + use<> {
    let mounts = facts.mounts.iter().map(|mount| view! { <li>{hostile_line(mount)}</li> }).collect::<Vec<_>>();
    let none = mounts.is_empty().then_some("None");
    view! {
        <dt>"Created"</dt><dd>{written(&facts.created)}</dd>
        <dt>"Started"</dt><dd>{written(&facts.started_at)}</dd>
        <dt>"Restarts"</dt><dd class="num">{facts.restart_count}</dd>
        <dt>"Mounts"</dt><dd>{none}<ul>{mounts}</ul></dd>
    }
}
