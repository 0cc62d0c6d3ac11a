//! `/incidents/{number}/gates`: what lets traffic in to the container, who may connect, whom it hits, and who holds it.

pub mod confirm;
pub mod told;

use leptos::{either::Either, prelude::*};
use quell_domain::{
    action::Action,
    gate::{Door, Gate, HoldState},
    ids::{BalancerId, GateKey},
    policy::Can,
    text::percent,
    view::{GateRow, GatesPage, HoldRow},
};

use self::told::{back_ends, proof, rules};
use super::{
    frame::{Here, Page, framed},
    number,
};
use crate::{
    api,
    islands::LivePage,
    ui::{
        action_icon, chips::request_chip, hostile::known, hostile_line, hostile_words, icon, icon_large, icon_small,
        moment::long_moment, why_not,
    },
};

/// The page.
pub fn page() -> impl IntoView {
    let number = number();
    framed(Here::Incidents, move |_| async move {
        let gates = api::gates::show(number).await?;
        let label = gates.incident.label();
        Ok(Page::of_incident(&label, Some("Gates"), body(&gates)).live())
    })
}

/// The confirm page of changing a gate.
#[must_use]
pub fn confirm_path(number: i64, action: Action, balancer: &BalancerId, gate: &GateKey) -> String {
    let (balancer, gate) = (percent(balancer.as_str()), percent(gate.as_str()));
    format!("/incidents/{number}/gates/{}?balancer={balancer}&gate={gate}", action.word())
}

/// The page, as a pure function.
#[must_use]
pub fn body(page: &GatesPage) -> AnyView {
    let place = &page.incident.place;
    let cards = page.gates.iter().map(|row| card(page, row)).collect::<Vec<_>>();
    let silent = page.silent.iter().map(|(name, why)| {
        view! {
            <div class="note warn" id=format!("s-{}", percent(name))>
                {icon("alert")}
                <span>{hostile_words(name)}" could not be asked: "{hostile_words(why)}" Gates of it are not shown, and it is not known whether one leads here."</span>
            </div>
        }
    });
    view! {
        <div class="hd">
            <h1>"Gates in front of "{known(&place.container_name, "a container that is not known")}</h1>
            <span class="sp"></span>
            <a class="btn" href=page.incident.path()>"Back to the incident"</a>
        </div>
        <p class="t2">"A gate is a listener of a load balancer. Restricting one keeps new connections off; it does not touch what the container itself connects to."</p>
        <LivePage watch=format!("incident:{}", page.incident.id) wait=false/>
        <div class="grid2 mt3">
            <div class="stack" data-live="gates">
                {page.trouble.as_ref().map(|why| view! { <div class="note warn" id="trouble">{icon("alert")}<span>{hostile_words(why)}</span></div> })}
                {silent.collect::<Vec<_>>()}
                {page.gates.is_empty().then(|| none(page))}
                {cards}
            </div>
            <div class="stack" data-live="beside">{open(page)}{doors(&page.doors)}</div>
        </div>
    }
    .into_any()
}

/// Why there is no gate to show, and what helps.
fn none(page: &GatesPage) -> impl IntoView + use<> {
    let (words, link) = if page.balancers == 0 {
        ("No load balancer is registered, so no gate can be found.", true)
    } else if page.doors.is_empty() {
        ("It is not known where this container can be reached, so no gate can be found by it.", false)
    } else {
        ("No gate of a registered load balancer leads to this container.", false)
    };
    let link = link.then(
        || view! { <p class="sm">"An admin adds one under "<a href="/admin/balancers">"Load balancers"</a>"."</p> },
    );
    view! { <div class="card empty" id="none">{icon_large("swap")}<h2>"No gate"</h2><p class="t2">{words}</p>{link}</div> }
}

fn card(page: &GatesPage, row: &GateRow) -> impl IntoView + use<> {
    let id = format!("g-{}-{}", row.balancer, percent(row.key.as_str()));
    let heading = format!("h-{id}");
    let offer = |action, can| offered(page.incident.number, row, action, can);
    let requests = row.open.iter().map(|request| {
        view! { <li><a href=format!("/approvals/{}", request.id)>{request.action.label()}</a>" asked for by "{hostile_words(&request.requester_name)}" "{request_chip(request.action, request.state)}</li> }
    });
    let requests = requests.collect::<Vec<_>>();
    let requests = (!requests.is_empty()).then(|| view! { <ul class="sm">{requests}</ul> });
    let conflict = row.conflict.then(|| view! {
        <div class="note bad">{icon("alert")}<span>"It is not as Quell left it: somebody else changed it. Restoring asks what shall become of that."</span></div>
    });
    let not_stopped = row.not_stopped.iter().map(|point| view! { <li>{hostile_words(point)}</li> }).collect::<Vec<_>>();
    let not_stopped = (!not_stopped.is_empty()).then(|| {
        view! { <div class="br"><h3>{icon_small("alert")}"Not stopped"</h3><ul class="dots sm">{not_stopped}</ul></div> }
    });
    view! {
        <section class="card" id=id aria-labelledby=heading>
            <header><h2 id=heading.clone()>{hostile_words(&row.place)}</h2>{standing(row)}<span class="sp"></span></header>
            <div class="bd stack">
                {row.trouble.as_ref().map(|why| view! { <div class="note warn">{icon("alert")}<span>{hostile_words(why)}</span></div> })}
                {conflict}
                {row.holds.iter().map(hold).collect::<Vec<_>>()}
                {row.gate.as_ref().map(facts)}
                {back_ends(&row.back_ends, row.gate.as_ref())}
                {not_stopped}
                {requests}
                <div class="acts">
                    {offer(Action::RestrictGate, &row.restrict)}
                    {offer(Action::RestoreGate, &row.restore)}
                </div>
            </div>
        </section>
    }
}

/// The way to the confirm page, or why there is none.
fn offered(number: i64, row: &GateRow, action: Action, can: &Can) -> impl IntoView + use<> {
    let words = if action == Action::RestrictGate { "Restrict…" } else { "Restore…" };
    let about = view! { <span class="vh">" "{quell_domain::text::visible(&row.place)}</span> };
    let mark = icon(action_icon(action));
    if can.allowed {
        let href = confirm_path(number, action, &row.balancer, &row.key);
        let held = row.holds.iter().any(|it| it.mine && it.hold.state == HoldState::Held);
        let class = if action == Action::RestrictGate && !held { "btn pri" } else { "btn" };
        Either::Left(view! { <a class=class href=href>{mark}{words}{about}</a> })
    } else {
        let button = view! { <button type="button" class="btn" aria-disabled="true" title=can.why_not.clone()>{mark}{words}{about}</button> };
        Either::Right(view! { <div class="one">{button}{why_not(can)}</div> })
    }
}

/// In a word, where this incident's hold on it stands.
fn standing(row: &GateRow) -> impl IntoView + use<> {
    let mine = row.holds.iter().rev().find(|it| it.mine);
    let (class, mark, words) = match mine.map(|it| (it.hold.state, it.hold.unknown.is_some())) {
        _ if row.gate.is_none() => ("chip st amber", "help", "Cannot be read"),
        Some((_, true)) => ("chip st amber", "help", "Not known"),
        Some((state, _)) => match state {
            HoldState::Taking | HoldState::Releasing => ("chip st busy", "spin", state.label()),
            HoldState::Held => ("chip st ok", "shieldok", state.label()),
            HoldState::Lost => ("chip st bad", "x", state.label()),
            HoldState::Released | HoldState::Dropped => ("chip st done", "minus", state.label()),
        },
        None => ("chip st done", "minus", "Not restricted by this incident"),
    };
    view! { <span class=class>{icon_small(mark)}{words}</span> }
}

fn hold(row: &HoldRow) -> impl IntoView + use<> {
    let hold = &row.hold;
    let whose = if row.mine {
        Either::Left("This incident")
    } else {
        Either::Right(view! { <a href=format!("/incidents/{}", row.number)>{format!("INC-{}", row.number)}</a> })
    };
    let allow = hold
        .allow
        .as_ref()
        .map(|allow| view! { <p class="sm">"May still connect: "{hostile_words(&allow.texts().join(", "))}</p> });
    let proof = row.mine.then(|| proof(hold));
    let cut = match hold.cut {
        Some(true) => "Connections that stood were ended.",
        Some(false) => "Connections that stood could not be ended.",
        None => "Connections that stood were left.",
    };
    view! {
        <div class="br">
            <h3>{icon_small("lock")}{whose}": "{hold.state.label()}" since "{long_moment(hold.since)}" UTC"</h3>
            <p class="sm">{hold.how.label()}". "{cut}</p>
            {allow}
            {proof}
        </div>
    }
}

fn facts(gate: &Gate) -> impl IntoView + use<> {
    let at = gate.addresses.iter().map(|at| view! { <li>{hostile_line(at)}</li> }).collect::<Vec<_>>();
    let at = (!at.is_empty()).then(|| view! { <dt>"Addresses"</dt><dd><ul>{at}</ul></dd> });
    let public = gate.public.map(|yes| if yes { "reached from the Internet" } else { "inside only" });
    let port = (gate.port > 0).then(|| format!(" {}", gate.port));
    let rate =
        gate.rate.map(|rate| if rate == 1 { " request or new connection" } else { " requests or new connections" });
    let told = |number: Option<u64>| number.map_or_else(|| "not told".to_owned(), |number| number.to_string());
    view! {
        <dl class="kv">
            <dt>"Listener"</dt><dd>{hostile_line(&gate.name)}", "{hostile_words(&gate.protocol)}{port}{public.map(|words| format!(", {words}"))}</dd>
            {at}
            <dt>"May connect"</dt><dd>{rules(&gate.rules)}</dd>
            <dt>"Each second"</dt><dd class="num">{told(gate.rate)}{rate}</dd>
            <dt>"Connections"</dt><dd class="num">{told(gate.sessions)}</dd>
            <dt>"Asked"</dt><dd>{long_moment(gate.checked_at)}" UTC"</dd>
        </dl>
        {gate.locked.as_ref().map(|why| view! { <div class="note warn">{icon("lock")}<span>"It cannot be changed now: "{hostile_words(why)}</span></div> })}
    }
}

/// What containment so far does not stop, and what would.
fn open(page: &GatesPage) -> impl IntoView + use<> {
    let points = page.still_open.iter().map(|point| view! { <li>{hostile_words(point)}</li> }).collect::<Vec<_>>();
    (!points.is_empty()).then(|| {
        view! {
            <section class="card" id="open" aria-labelledby="h-op">
                <header><h2 id="h-op">"Still open"</h2></header>
                <div class="bd stack"><ul class="dots sm">{points}</ul>{egress(page.incident.number)}</div>
            </section>
        }
    })
}

/// What a gate cannot do is done to the container itself.
fn egress(number: i64) -> impl IntoView + use<> {
    let to = |action: Action| format!("/incidents/{number}/actions/{}", action.word());
    view! {
        <div class="acts">
            <a class="btn sm" href=to(Action::Disconnect)>{icon_small("cut")}"Disconnect networks…"</a>
            <a class="btn sm" href=to(Action::Pause)>{icon_small("pause")}"Pause…"</a>
        </div>
    }
}

/// What gates were looked for by.
fn doors(doors: &[Door]) -> impl IntoView + use<> {
    let rows = doors.iter().map(|door| {
        let port = door.port.map_or_else(|| "any port".to_owned(), |port| format!("port {port}"));
        view! { <li><span class="mono">{door.address.to_string()}</span>", "{port}</li> }
    });
    let rows = rows.collect::<Vec<_>>();
    let none = rows.is_empty().then_some("Nothing: the engine tells no address of it.");
    view! {
        <section class="card" id="doors" aria-labelledby="h-do">
            <header><h2 id="h-do">"Looked for by"</h2><span class="mut sm">{doors.len()}</span></header>
            <div class="bd sm">{none}<ul class="dots">{rows}</ul></div>
        </section>
    }
}
