//! What a confirm page says of a container: the few facts that a person must have seen, and all others below.

use leptos::prelude::*;
use quell_domain::{
    action::{Action, Container, RunState},
    text::middle,
    time::span,
    view::ConfirmPage,
};

use crate::ui::{hostile, hostile_line, hostile_words, icon_small, moment::engine_moment};

/// What a person must have seen before they act: few lines, so that the reason stands on a phone's first screen.
pub fn few(page: &ConfirmPage, container: &Container) -> impl IntoView + use<> {
    let facts = &container.facts;
    let age = page.as_of.since(container.checked_at).max(0);
    let frozen = match (page.action, container.state) {
        (Action::Pause, RunState::Paused) => " are frozen",
        (Action::Pause, _) => " will be frozen",
        (Action::Kill, _) => " will end",
        _ => "",
    };
    let processes =
        container.processes.map(|count| view! { <span class="num">{format!(", {count} processes")}{frozen}</span> });
    let networks = matches!(page.action, Action::Disconnect | Action::Reconnect).then(|| {
        let names = page.networks.iter().map(|network| network.name.as_str()).collect::<Vec<_>>().join(", ");
        let words = if page.action == Action::Disconnect { "Networks to take" } else { "Networks to give back" };
        view! { <dt>{words}</dt><dd>{hostile_line(if names.is_empty() { "None" } else { &names })}</dd> }
    });
    view! {
        <div class="br">
            <h2>{icon_small("eye")}{format!("Checked {} ago", span(age))}</h2>
            <dl class="kv">
                <dt>"Container"</dt><dd>{hostile_line(&facts.name)}<span class="mono">{format!(" · {}", facts.container.short())}</span></dd>
                <dt>"Image"</dt><dd>{hostile_line(&facts.image)}<span class="mono" title=facts.image_id.clone()>{format!(" · {}", middle(&facts.image_id))}</span></dd>
                <dt>"Node"</dt><dd>{hostile_line(&page.incident.place.node_name)}</dd>
                <dt>"State"</dt><dd>{container.state.label()}{processes}</dd>
                {networks}
                {container.privileged.then(|| view! { <dt>"Privileged"</dt><dd>"Yes: it may already have reached the node"</dd> })}
            </dl>
        </div>
    }
}

/// All other facts.
pub fn more(page: &ConfirmPage, container: &Container) -> impl IntoView + use<> {
    let facts = &container.facts;
    let shared = if container.shared_namespaces.is_empty() {
        "No other container or the node shares its namespaces".to_owned()
    } else {
        format!("Shares {}", container.shared_namespaces.join(", "))
    };
    let restarts =
        container.restarts_itself().then_some(": when it ends, or the engine restarts, the engine may start it again");
    let live_restore = if container.live_restore {
        "On: a restart of the engine leaves a paused container paused"
    } else {
        "Off: a restart of the engine thaws a paused container"
    };
    let undo = page.action.undo().map_or("Nothing takes it back", |undo| match undo {
        Action::Unpause => "By resuming it, after another person agrees. Clients and connections may give up meanwhile",
        Action::Reconnect => "By reconnecting it, after another person agrees. Broken connections do not come back",
        Action::Pause => "By pausing it again",
        Action::Disconnect => "By disconnecting it again",
        Action::RestoreGate => "By restoring the gate, after another person agrees",
        Action::RestrictGate => "By restricting the gate again",
        Action::Kill => "",
    });
    let networks = container.attachments.iter().map(|network| network.name.as_str()).collect::<Vec<_>>().join(", ");
    let networks = match networks.as_str() {
        "" if container.host_network => "The node's own".to_owned(),
        "" => "None".to_owned(),
        _ => networks,
    };
    let mounts = facts.mounts.iter().map(|mount| view! { <li>{hostile_line(mount)}</li> }).collect::<Vec<_>>();
    let mounts = (!mounts.is_empty()).then(|| view! { <dt>"Mounts"</dt><dd><ul>{mounts}</ul></dd> });
    view! {
        <div class="br">
            <h2>{icon_small("eye")}"More about the container"</h2>
            <dl class="kv">
                <dt>"Command"</dt><dd>{hostile(&container.command)}</dd>
                <dt>"Started"</dt><dd>{engine_moment(&facts.started_at)}<span class="num">{format!(", {} restarts", facts.restart_count)}</span></dd>
                <dt>"Undo"</dt><dd>{undo}</dd>
                <dt>"live-restore"</dt><dd>{live_restore}</dd>
                <dt>"Restart policy"</dt><dd>{hostile_words(&container.restart_policy)}{restarts}</dd>
                <dt>"Networks"</dt><dd>{hostile_line(&networks)}</dd>
                <dt>"Also affected"</dt><dd>{hostile_words(&shared)}</dd>
                {mounts}
            </dl>
        </div>
    }
}
