//! `/admin/nodes`: the machines whose engine Quell may ask, and what the engines said.

use leptos::prelude::*;
use quell_domain::{
    Timestamp,
    node::{Certificate, EngineFacts, Lasts, Node},
    policy::Can,
    text::visible,
    time::span,
    view::NodesPage,
};

use super::{
    fields::Form,
    frame::{Here, Page, framed},
};
use crate::{
    api,
    endpoints::{ACCEPT_ENGINE, ADD_NODE, CHECK_NODE, NODE_ACCESS, NODE_ADDRESSES, NODE_LABELS, REMOVE_NODE},
    flash::Flash,
    islands::LivePage,
    ui::{hidden, hostile_line, hostile_words, icon, icon_large, moment::long_moment, post_button},
};

/// The page.
pub fn page() -> impl IntoView {
    framed(Here::Nodes, |flash| async move {
        let nodes = api::nodes::list().await?;
        Ok(Page::new("Nodes", body(&nodes, &flash)).live())
    })
}

/// The page, as a pure function.
#[must_use]
pub fn body(page: &NodesPage, flash: &Flash) -> AnyView {
    let none = page.nodes.is_empty().then(|| {
        view! {
            <div class="card empty" id="none">
                {icon_large("node")}
                <h2>"No node yet"</h2>
                <p class="t2">"Without a node no alarm can be traced to a container, and nothing can be paused."</p>
            </div>
        }
    });
    let cards = page.nodes.iter().map(|node| card(node, flash, page.as_of)).collect::<Vec<_>>();
    view! {
        <div class="hd"><h1>"Nodes"</h1></div>
        <LivePage watch="nodes".to_owned() wait=false/>
        <div class="grid2 mt3"><div class="stack" data-live="nodes">{none}{cards}</div>{add(flash)}</div>
    }
    .into_any()
}

fn card(node: &Node, flash: &Flash, now: Timestamp) -> impl IntoView + use<> {
    let heading = format!("h-{}", node.id);
    let id = node.id.to_string();
    let may = Can { allowed: true, why_not: String::new() };
    let trouble = node.trouble.as_ref().map(|why| {
        view! { <div class="note bad">{icon("alert")}<span>"The last check failed: "{hostile_words(why)}</span></div> }
    });
    let ends = node.facts.iter().flat_map(|facts| &facts.certificates).filter_map(|one| ending(one, now));
    let warnings = node.facts.iter().flat_map(EngineFacts::warnings).map(|warning| {
        view! { <div class="note warn">{icon("alert")}<span>{hostile_words(&warning)}</span></div> }
    });
    view! {
        <section class="card" id=format!("n-{}", node.id) aria-labelledby=heading>
            <header>
                <h2 id=heading.clone() class="mono">{node.name.clone()}</h2>
                <span class="sp"></span>
                {post_button(CHECK_NODE.path, vec![("node", id.clone())], "btn sm", Some("undo"), "Check again", node.name.clone(), &may)}
                {post_button(REMOVE_NODE.path, vec![("node", id)], "btn sm", None, "Remove", node.name.clone(), &may)}
            </header>
            <div class="bd stack">
                {trouble}
                {node.stranger.as_ref().map(|other| stranger(node, other, &may))}
                {ends.collect::<Vec<_>>()}
                {warnings.collect::<Vec<_>>()}
                <dl class="kv">
                    <dt>"Endpoint"</dt><dd>{hostile_line(&node.access.to_string())}</dd>
                    {node.access.keys().into_iter().map(|(_, label, value)| view! { <dt>{label}</dt><dd>{hostile_line(value)}</dd> }).collect::<Vec<_>>()}
                    {node.facts.as_ref().map(facts)}
                    <dt>"Added"</dt><dd>{long_moment(node.created_at)}</dd>
                    <dt>"Addresses"</dt><dd>{reached_at(node)}</dd>
                    <dt>"Labels"</dt><dd>{if node.labels.is_empty() { "none".to_owned() } else { node.labels.join(", ") }}</dd>
                </dl>
                {addresses(node, flash)}
                {labels(node, flash)}
                {access(node, flash)}
            </div>
        </section>
    }
}

/// The addresses that gates are looked for by, besides those of containers.
fn reached_at(node: &Node) -> String {
    let mut all: Vec<String> = node.addresses.iter().chain(&node.access.address()).map(ToString::to_string).collect();
    all.dedup();
    if all.is_empty() {
        "none known: gates in front of published ports are not found".to_owned()
    } else {
        all.join(", ")
    }
}

/// By these words the policy tells nodes apart.
fn labels(node: &Node, flash: &Flash) -> impl IntoView + use<> {
    let form = Own { form: Form::new(&NODE_LABELS, flash), node };
    form.folded(
        NODE_LABELS.path,
        "Change labels",
        "Save labels",
        vec![("labels", "Labels, separated by commas", node.labels.join(", "))],
    )
}

/// Where its published ports are reached: gates are found by them.
fn addresses(node: &Node, flash: &Flash) -> impl IntoView + use<> {
    let form = Own { form: Form::new(&NODE_ADDRESSES, flash), node };
    let today = node.addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    form.folded(
        NODE_ADDRESSES.path,
        "Change addresses",
        "Save addresses",
        vec![("addresses", "Addresses under which its published ports are reached, separated by commas", today)],
    )
}

/// The way to the engine, all of it: what does not apply to it is empty.
fn access(node: &Node, flash: &Flash) -> impl IntoView + use<> {
    let form = Own { form: Form::new(&NODE_ACCESS, flash), node };
    let keys = node.access.keys();
    // What cannot be seen whole is not offered for sending again.
    let whole = |value: &str| Some(value.to_owned()).filter(|value| visible(value) == *value).unwrap_or_default();
    let now =
        |field| keys.iter().find(|(name, ..)| *name == field).map_or_else(String::new, |(.., value)| whole(value));
    form.folded(
        NODE_ACCESS.path,
        "Change how it is reached",
        "Save the way",
        vec![
            ("endpoint", "Engine's endpoint", whole(&node.access.to_string())),
            ("ca", "CA certificate file, for TCP", now("ca")),
            ("certificate", "Client certificate file, for TCP", now("certificate")),
            ("key", "Private key file, for TCP or SSH", now("key")),
            ("host_key", "Host key, for SSH", now("host_key")),
        ],
    )
}

/// A form that each node has: what was typed comes back in the one that it was typed in.
struct Own<'a> {
    form: Form<'a>,
    node: &'a Node,
}

impl Own<'_> {
    /// The form behind a line, with fields: name, label, value of today. Open when something in it is wrong.
    fn folded(
        &self,
        path: &'static str,
        summary: &'static str,
        button: &'static str,
        fields: Vec<(&'static str, &'static str, String)>,
    ) -> impl IntoView + use<> {
        let mine = self.form.value("node", "") == self.node.id.as_str();
        let open = mine && fields.iter().any(|(name, ..)| self.form.remedy(name).is_some());
        let fields = fields.into_iter().map(|(name, label, today)| self.line(mine, name, label, &today));
        view! {
            <details class="more" open=open>
                <summary>{summary}<span class="vh">{format!(" of {}", self.node.name)}</span></summary>
                <form class="stack mt2" method="post" action=path>
                    {hidden("node", self.node.id.to_string())}
                    {fields.collect::<Vec<_>>()}
                    <div class="acts"><button class="btn sm" type="submit">{button}</button></div>
                </form>
            </details>
        }
    }

    fn line(&self, mine: bool, name: &'static str, label: &'static str, today: &str) -> impl IntoView + use<> {
        let value = if mine { self.form.value(name, today) } else { today.to_owned() };
        let remedy = self.form.remedy(name).filter(|_| mine);
        let id = format!("{name}-{}", self.node.id);
        let error = format!("e-{id}");
        let described = remedy.is_some().then(|| error.clone());
        let wrong = remedy.is_some().then_some("true");
        view! {
            <div class="field">
                <label for=id.clone()>{label}</label>
                <input type="text" id=id name=name value=value autocomplete="off" aria-describedby=described aria-invalid=wrong/>
                {remedy.map(|remedy| view! { <p class="err" id=error>{remedy}</p> })}
            </div>
        }
    }
}

/// The certificate ends soon, or has ended.
fn ending(certificate: &Certificate, now: Timestamp) -> Option<impl IntoView + use<>> {
    let words = certificate.warning(now)?;
    let class = if certificate.lasts(now) == Lasts::Expired { "note bad" } else { "note warn" };
    Some(view! { <div class=class>{icon("alert")}<span>{words}</span></div> })
}

/// Another engine answers: both, side by side, and the way to accept it.
fn stranger(node: &Node, other: &EngineFacts, may: &Can) -> impl IntoView + use<> {
    let line = |facts: &EngineFacts| {
        let (id, host) = (hostile_line(facts.engine_id.as_str()), hostile_line(&facts.hostname));
        view! { {id}" on "{host}", version "{hostile_words(&facts.version)} }
    };
    let fields = vec![("node", node.id.to_string()), ("engine", other.engine_id.to_string())];
    view! {
        <div class="stack">
            <dl class="kv">
                <dt>"Engine until now"</dt><dd>{node.facts.as_ref().map(line)}</dd>
                <dt>"Engine that answers"</dt><dd>{line(other)}</dd>
            </dl>
            <p class="sm t2">"Nothing is read from it and nothing is done on it. Accept it only when you know why it is another: a machine set up anew, an emptied data folder. Otherwise somebody may have put it there."</p>
            <div class="acts">{post_button(ACCEPT_ENGINE.path, fields, "btn", Some("check"), "Accept this engine", node.name.clone(), may)}</div>
        </div>
    }
}

fn facts(facts: &EngineFacts) -> impl IntoView + use<> {
    let sign = if facts.clock_offset < 0 { "behind" } else { "ahead of" };
    view! {
        <dt>"Host name"</dt><dd>{hostile_line(&facts.hostname)}</dd>
        <dt>"Engine"</dt><dd>{hostile_line(&format!("{} (API {})", facts.version, facts.api_version))}</dd>
        <dt>"Engine id"</dt><dd>{hostile_line(facts.engine_id.as_str())}</dd>
        <dt>"System"</dt><dd>{hostile_line(&facts.system)}</dd>
        <dt>"Storage driver"</dt><dd>{hostile_line(&facts.storage_driver)}</dd>
        <dt>"cgroup version"</dt><dd>{hostile_line(&facts.cgroup_version)}</dd>
        <dt>"live-restore"</dt><dd>{if facts.live_restore { "on" } else { "off" }}</dd>
        <dt>"Clock"</dt><dd>{format!("{} {sign} the portal's", span(facts.clock_offset))}</dd>
        {facts.certificates.iter().map(|one| view! { <dt>{one.of.label()}</dt><dd>"until "{long_moment(one.until)}</dd> }).collect::<Vec<_>>()}
        <dt>"Asked"</dt><dd>{long_moment(facts.checked_at)}</dd>
    }
}

fn add(flash: &Flash) -> impl IntoView + use<> {
    let form = Form::new(&ADD_NODE, flash);
    view! {
        <section class="card" aria-labelledby="h-an">
            <header><h2 id="h-an">"Add a node"</h2></header>
            <form class="bd stack" method="post" action=ADD_NODE.path>
                {form.line("endpoint", "Engine's endpoint", "text", "off", "unix:///var/run/docker.sock, tcp://node-1:2376 or ssh://quell@node-1. Quell asks it at once.")}
                {form.line("name", "Name, optional", "text", "off", "What detectors call this machine. Empty: the engine's own host name.")}
                {form.line("ca", "CA certificate file, for TCP", "text", "off", "Whole path on the portal's machine. The engine's certificate must come from this CA.")}
                {form.line("certificate", "Client certificate file, for TCP", "text", "off", "Whole path on the portal's machine.")}
                {form.line("key", "Private key file, for TCP or SSH", "text", "off", "Whole path on the portal's machine; nobody but its owner may read it.")}
                {form.line("host_key", "Host key, for SSH", "text", "off", "The machine's public key, ssh-ed25519 AAAA…, or the path of a known_hosts file.")}
                <p class="xs mut">"Whoever may use an engine is root on its node. Quell pauses, reads and exports; it never runs a command there. Of the files it keeps the paths only."</p>
                <div class="acts"><button class="btn pri" type="submit">{icon("plus")}"Add node"</button></div>
            </form>
        </section>
    }
}
