//! `/incidents/{number}/actions/{action}`: the facts, the reason, and the button that acts (ux, section 3.6, tier 1).

use leptos::prelude::*;
use quell_domain::{
    action::{Container, Difference, RunState},
    text::middle,
    time::span,
    view::ConfirmPage,
};

use super::{
    fields::Form,
    frame::{Here, Page, framed},
    number, param,
};
use crate::{
    api::{self, actions::PRESETS},
    endpoints::REQUEST,
    flash::Flash,
    islands::carried::pack,
    ui::{hidden, hostile, hostile_line, hostile_words, icon, icon_large, icon_small, moment::engine_moment, why_not},
};

/// The page.
pub fn page() -> impl IntoView {
    let (number, action) = (number(), param("action"));
    framed(Here::Incidents, move |flash| async move {
        let confirm = api::actions::confirm(number, action, flash.value(REQUEST.path, "seen")).await?;
        let label = confirm.incident.label();
        Ok(Page::of_incident(&label, Some("Pause container"), body(&confirm, &flash)))
    })
}

/// The page, as a pure function.
#[must_use]
pub fn body(page: &ConfirmPage, flash: &Flash) -> AnyView {
    let place = &page.incident.place;
    let trouble = page.trouble.as_ref().map(|why| {
        view! { <div class="note warn">{icon("alert")}<span>{hostile_words(why)}</span></div> }
    });
    let warnings = page.warnings.iter().map(|warning| {
        view! { <div class="note warn">{icon("alert")}<span>{hostile_words(warning)}</span></div> }
    });
    let thawed = thawed(page).then(|| {
        view! { <div class="note warn">{icon("alert")}<span>"The incident says contained, but the container runs: it was resumed or started again outside of Quell."</span></div> }
    });
    let effects = page.effects.iter().map(|effect| view! { <li>{effect.clone()}</li> }).collect::<Vec<_>>();
    let effects = (!effects.is_empty()).then(|| view! {
        <div class="br"><h2>{icon_small("flow")}"What a pause does and does not stop"</h2><ul class="dots sm">{effects}</ul></div>
    });
    view! {
        <section class="card sheet" aria-labelledby="dt">
            <div class="shd">
                <span class="lead">{icon_large("pause")}</span>
                <div>
                    <h1 id="dt">"Pause "{hostile_words(&place.container_name)}" on "{hostile_words(&place.node_name)}"?"</h1>
                    <p class="sm t2">"All processes stop where they are. Memory is kept. Nothing is deleted. Quell does not offer to resume it: that is done on the node."</p>
                </div>
            </div>
            <form method="post" action=REQUEST.path>
                <div class="bd stack">
                    {(!page.changed.is_empty()).then(|| changed(&page.changed))}
                    {page.container.as_ref().map(|container| facts(page, container))}
                    {trouble}
                    {thawed}
                    {warnings.collect::<Vec<_>>()}
                    {reason(page, flash)}
                    {effects}
                    {page.container.as_ref().map(more)}
                </div>
                {buttons(page)}
            </form>
        </section>
    }
    .into_any()
}

/// Does the incident say contained of a container that runs?
fn thawed(page: &ConfirmPage) -> bool {
    page.incident.contained_at.is_some()
        && page.container.as_ref().is_some_and(|container| container.state == RunState::Running)
}

/// What is no longer as it was when the form was opened.
fn changed(differences: &[Difference]) -> impl IntoView + use<> {
    let rows = differences
        .iter()
        .map(|difference| view! {
            <tr>
                <th scope="row">{difference.fact.clone()}<span class="chg">{icon_small("alert")}"Changed"</span></th>
                <td>{engine_moment(&difference.before)}</td>
                <td>{engine_moment(&difference.after)}</td>
            </tr>
        })
        .collect::<Vec<_>>();
    view! {
        <div class="br diff" id="changed">
            <h2>{icon_small("alert")}"Changed since you opened this page"</h2>
            <table class="tbl">
                <caption class="vh">"Facts of the container that changed"</caption>
                <thead><tr><th scope="col">"Fact"</th><th scope="col">"When you opened it"</th><th scope="col">"Now"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
            <p class="xs t2">"All other facts that a pause is bound to are the same. To pause the container as it is now, press the button again."</p>
        </div>
    }
}

/// What a person must have seen before they act: few lines, so that the reason stands on a phone's first screen.
fn facts(page: &ConfirmPage, container: &Container) -> impl IntoView + use<> {
    let facts = &container.facts;
    let age = page.as_of.since(container.checked_at).max(0);
    let frozen = if container.state == RunState::Paused { " are frozen" } else { " will be frozen" };
    let processes =
        container.processes.map(|count| view! { <span class="num">{format!(", {count} processes")}{frozen}</span> });
    view! {
        <div class="br">
            <h2>{icon_small("eye")}{format!("Checked {} ago", span(age))}</h2>
            <dl class="kv">
                <dt>"Container"</dt><dd>{hostile_line(&facts.name)}<span class="mono">{format!(" · {}", facts.container.short())}</span></dd>
                <dt>"Image"</dt><dd>{hostile_line(&facts.image)}<span class="mono" title=facts.image_id.clone()>{format!(" · {}", middle(&facts.image_id))}</span></dd>
                <dt>"Node"</dt><dd>{hostile_line(&page.incident.place.node_name)}</dd>
                <dt>"State"</dt><dd>{container.state.label()}{processes}</dd>
                {container.privileged.then(|| view! { <dt>"Privileged"</dt><dd>"Yes: it may already have reached the node"</dd> })}
            </dl>
        </div>
    }
}

/// All other facts.
fn more(container: &Container) -> impl IntoView + use<> {
    let facts = &container.facts;
    let shared = if container.shared_namespaces.is_empty() {
        "No other container or the node shares its namespaces".to_owned()
    } else {
        format!("Shares {}", container.shared_namespaces.join(", "))
    };
    let restarts = (container.restart_policy != "no")
        .then_some(": when it is killed, or the engine restarts, it may run again and is no longer paused");
    let live_restore = if container.live_restore {
        "On: a restart of the engine leaves a paused container paused"
    } else {
        "Off: a restart of the engine thaws a paused container"
    };
    let networks = if container.networks.is_empty() { "None".to_owned() } else { container.networks.join(", ") };
    let mounts = facts.mounts.iter().map(|mount| view! { <li>{hostile_line(mount)}</li> }).collect::<Vec<_>>();
    let mounts = (!mounts.is_empty()).then(|| view! { <dt>"Mounts"</dt><dd><ul>{mounts}</ul></dd> });
    view! {
        <div class="br">
            <h2>{icon_small("eye")}"More about the container"</h2>
            <dl class="kv">
                <dt>"Command"</dt><dd>{hostile(&container.command)}</dd>
                <dt>"Started"</dt><dd>{engine_moment(&facts.started_at)}<span class="num">{format!(", {} restarts", facts.restart_count)}</span></dd>
                <dt>"Reversible"</dt><dd>"On the node only (docker unpause). Memory is kept; clients and connections may give up meanwhile"</dd>
                <dt>"live-restore"</dt><dd>{live_restore}</dd>
                <dt>"Restart policy"</dt><dd>{hostile_words(&container.restart_policy)}{restarts}</dd>
                <dt>"Networks"</dt><dd>{hostile_line(&networks)}</dd>
                <dt>"Also affected"</dt><dd>{hostile_words(&shared)}</dd>
                {mounts}
            </dl>
        </div>
    }
}

fn reason(page: &ConfirmPage, flash: &Flash) -> impl IntoView + use<> {
    let form = Form::new(&REQUEST, flash);
    page.can.allowed.then(|| {
        view! {
            {hidden("number", page.incident.number.to_string())}
            {hidden("action", "pause".to_owned())}
            {hidden("fingerprint", page.fingerprint.as_ref().map(ToString::to_string).unwrap_or_default())}
            {hidden("seen", page.container.as_ref().map(|container| pack(&container.seen())).unwrap_or_default())}
            {form.radios("preset", "Reason, kept in the audit trail", "pre mt1", PRESETS[0].0, PRESETS)}
            {form.lines("f-detail", "detail", "Detail, optional", "", 2)}
        }
    })
}

fn buttons(page: &ConfirmPage) -> impl IntoView + use<> {
    let act = if page.can.allowed {
        view! { <button class="btn dan lg" type="submit">{icon("pause")}"Pause container"</button> }.into_any()
    } else {
        view! {
            <button class="btn dan lg" type="button" aria-disabled="true" title=page.can.why_not.clone()>{icon("pause")}"Pause container"</button>
        }
        .into_any()
    };
    let approvals = (page.approvals_needed > 0).then(|| {
        view! { <span class="xs mut">{format!("Runs after {} more approvals. ", page.approvals_needed)}</span> }
    });
    view! {
        <div class="sft">
            <div class="xs mut">{approvals}{format!("Recorded as {}", quell_domain::text::visible(&page.recorded_as))}{why_not(&page.can)}</div>
            <span class="sp"></span>
            <a class="btn lg" href=page.incident.path()>"Cancel"</a>
            {act}
        </div>
    }
}
