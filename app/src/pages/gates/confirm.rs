//! `/incidents/{number}/gates/{action}?balancer=…&gate=…`: the facts of a gate's change, what it will not stop, the
//! list of who may still connect, and the button that acts or asks.

use leptos::prelude::*;
use quell_domain::{
    action::{Action, Difference},
    gate::{self, BackEnd, How},
    text::{cut, visible},
    time::span,
    view::GateConfirmPage,
};

use super::{
    super::{
        asking,
        fields::Form,
        frame::{Here, Page, framed},
        number, param, query,
    },
    told::{self, back_ends, beside, list, rules},
};
use crate::{
    api,
    endpoints::REQUEST_GATE,
    flash::Flash,
    ui::{action_icon, hidden, hostile_line, hostile_words, icon, icon_large, icon_small, why_not},
};

/// The page.
pub fn page() -> impl IntoView {
    let (number, action, balancer, gate) = (number(), param("action"), query("balancer"), query("gate"));
    framed(Here::Incidents, move |flash| async move {
        let confirm = api::gates::confirm(number, balancer, gate, action).await?;
        let label = confirm.incident.label();
        Ok(Page::of_incident(&label, Some(button(confirm.action)), body(&confirm, &flash)))
    })
}

fn button(action: Action) -> &'static str {
    if action == Action::RestoreGate { "Restore gate" } else { "Restrict gate" }
}

fn in_short(action: Action) -> &'static str {
    if action == Action::RestoreGate {
        "What there was before is put back, exactly. The container gets traffic again."
    } else {
        "New connections are kept off. Nothing is done to the container. It can be restored, after another person agrees."
    }
}

/// The page, as a pure function.
#[must_use]
pub fn body(page: &GateConfirmPage, flash: &Flash) -> AnyView {
    let form = Form::new(&REQUEST_GATE, flash);
    let name = page.gate.as_ref().map_or(page.key.as_str(), |gate| gate.name.as_str());
    let note = |why: &String| view! { <div class="note warn">{icon("alert")}<span>{hostile_words(why)}</span></div> };
    view! {
        <section class="card sheet" aria-labelledby="dt">
            <div class="shd">
                <span class="lead">{icon_large(action_icon(page.action))}</span>
                <div>
                    <h1 id="dt">{button(page.action)}" "{hostile_words(name)}" of "{hostile_words(&page.balancer_name)}"?"</h1>
                    <p class="sm t2">{in_short(page.action)}</p>
                </div>
            </div>
            <form method="post" action=REQUEST_GATE.path>
                <div class="bd stack">
                    {changed(page, form)}
                    {page.conflict.then(|| conflict(page, form))}
                    {facts(page)}
                    {page.trouble.as_ref().map(note)}
                    {asking::already(page.open.as_ref(), page.can_break_glass)}
                    {page.warnings.iter().map(note).collect::<Vec<_>>()}
                    {page.can.allowed.then(|| wanted(page, form))}
                    {page.can.allowed.then(|| care(page, form))}
                    {sentences("flow", "What it does", &page.effects)}
                    {not_stopped(page)}
                    {back_ends(&page.back_ends, page.gate.as_ref())}
                    {sentences("eye", "How it will be proved", &page.probes)}
                    {sentences("undo", "How it is taken back", &page.undo)}
                </div>
                {buttons(page)}
            </form>
        </section>
    }
    .into_any()
}

fn sentences(mark: &'static str, heading: &'static str, points: &[String]) -> impl IntoView + use<> {
    let rows = points.iter().map(|point| view! { <li>{hostile_words(point)}</li> }).collect::<Vec<_>>();
    (!rows.is_empty())
        .then(|| view! { <div class="br"><h2>{icon_small(mark)}{heading}</h2><ul class="dots sm">{rows}</ul></div> })
}

/// What a gate cannot stop, with what can.
fn not_stopped(page: &GateConfirmPage) -> impl IntoView + use<> {
    let rows = page.not_stopped.iter().map(|point| view! { <li>{hostile_words(point)}</li> }).collect::<Vec<_>>();
    let to = |action: Action| format!("{}/actions/{}", page.incident.path(), action.word());
    let offers = (page.action == Action::RestrictGate).then(|| {
        let held = &page.incident.measures;
        let disconnect = (!held.contains(&Action::Disconnect)).then(|| {
            view! { <a class="btn sm" href=to(Action::Disconnect)>{icon_small("cut")}"Disconnect networks…"</a> }
        });
        let pause = (!held.contains(&Action::Pause))
            .then(|| view! { <a class="btn sm" href=to(Action::Pause)>{icon_small("pause")}"Pause…"</a> });
        view! { <div class="acts mt2">{disconnect}{pause}</div> }
    });
    (!rows.is_empty()).then(|| {
        view! { <div class="br" id="not-stopped"><h2>{icon_small("alert")}"What it will not stop"</h2><ul class="dots sm">{rows}</ul>{offers}</div> }
    })
}

/// The listener, and its rules now and then, side by side.
fn facts(page: &GateConfirmPage) -> impl IntoView + use<> {
    let listener = page.gate.as_ref().map(|gate| {
        let port = (gate.port > 0).then(|| format!(" {}", gate.port));
        let addresses = if gate.addresses.is_empty() { "not told".to_owned() } else { gate.addresses.join(", ") };
        let rate = gate.rate.map_or_else(|| "not told".to_owned(), |rate| format!("{rate} a second"));
        let sessions = gate.sessions.map_or_else(|| "not told".to_owned(), |count| count.to_string());
        view! {
            <dl class="kv">
                <dt>"Listener"</dt><dd>{hostile_line(&gate.name)}", "{hostile_words(&gate.protocol)}{port}</dd>
                <dt>"Addresses"</dt><dd>{hostile_words(&addresses)}</dd>
                <dt>"Requests"</dt><dd class="num">{rate}</dd>
                <dt>"Connections"</dt><dd class="num">{sessions}</dd>
                <dt>"Container"</dt><dd>{hostile_line(&page.incident.place.container_name)}</dd>
            </dl>
        }
    });
    let then = match (&page.former, page.action) {
        (Some(former), Action::RestoreGate) => rules(&former.rules).into_any(),
        (None, Action::RestoreGate) => "Nothing is known of before.".into_any(),
        _ => "Only the addresses below, or, with the container's back end out of service, whoever may now.".into_any(),
    };
    let now = page.now.as_ref().map_or_else(|| "It cannot be read.".into_any(), |now| rules(now).into_any());
    let others = (!page.others.is_empty()).then(|| {
        let numbers = page
            .others
            .iter()
            .map(|number| view! { <a href=format!("/incidents/{number}")>{format!("INC-{number}")}</a>" " });
        let words = if page.action == Action::RestoreGate {
            "hold this gate too. It stays restricted until they let it go."
        } else {
            "hold this gate already. This incident joins them: the load balancer is not asked again."
        };
        view! { <div class="note">{icon("link")}<span>"Also "{numbers.collect::<Vec<_>>()}{words}</span></div> }
    });
    let age = page.gate.as_ref().map_or(0, |gate| page.as_of.since(gate.checked_at).max(0));
    view! {
        <div class="br">
            <h2>{icon_small("eye")}{format!("Checked {} ago", span(age))}</h2>
            {listener}
        </div>
        {others}
        {beside("May connect now", now, "May connect then", then)}
    }
}

/// What the page shows of a gate, a line for each fact: the form carries it, so that the page can say what changed.
fn seen(page: &GateConfirmPage) -> [String; 2] {
    let rules = page.now.as_ref().map(gate::told).unwrap_or_default();
    let back_ends = page.back_ends.iter().map(BackEnd::words).collect::<Vec<_>>().join(", ");
    [rules, back_ends].map(|words| cut(&visible(&words), 600))
}

/// What is no longer as it was when the form was opened.
fn changed(page: &GateConfirmPage, form: Form<'_>) -> impl IntoView + use<> {
    let typed = form.value("seen", "");
    let facts = ["May connect", "Back ends"].into_iter().zip(typed.lines()).zip(seen(page));
    let differences = facts.filter(|((_, before), now)| before != now).map(|((fact, before), after)| Difference {
        fact: fact.to_owned(),
        before: before.to_owned(),
        after,
    });
    let differences = differences.collect::<Vec<_>>();
    let then = "Nothing was done. To go on with the gate as it is now, press the button again.";
    told::changed("Changed since you opened this page", "When you opened it", &differences, then)
}

/// Somebody else changed the gate: what it should be, what it is, and what shall become of it.
fn conflict(page: &GateConfirmPage, form: Form<'_>) -> impl IntoView + use<> {
    let ours = page.mine.as_ref().and_then(|hold| hold.allow.as_ref()).map(|allow| allow.texts());
    let left = match ours {
        Some(entries) => view! { "Only these may connect."{list(&entries)} }.into_any(),
        None => "The container's back end out of service.".into_any(),
    };
    let now = page.now.as_ref().map_or_else(|| "It cannot be read.".into_any(), |now| rules(now).into_any());
    let choice = page.can.allowed.then(|| {
        view! {
            {form.tick("over", "Replace it: put back what there was before Quell")}
            {form.tick("leave", "Leave it as it is: send nothing, and let the gate go")}
        }
    });
    view! {
        <div class="br diff" id="conflict">
            <h2>{icon_small("alert")}"Somebody else changed this gate"</h2>
            {beside("As Quell left it", left, "As it is now", now)}
            <p class="sm t2">"Nothing is overwritten without a word: say what shall become of it."</p>
            {choice}
        </div>
    }
}

/// How to restrict, whom to let in, and whether connections that stand are ended.
fn wanted(page: &GateConfirmPage, form: Form<'_>) -> impl IntoView + use<> {
    (page.action == Action::RestrictGate).then(|| {
        let theirs = page.their_list.as_ref().map(|allow| {
            view! { <p class="sm">"Another incident holds this gate with this list, which must be the same:"{list(&allow.texts())}</p> }
        });
        let first = page.their_list.as_ref().map_or_else(|| page.prefilled.clone(), |allow| allow.texts().join("\n"));
        let hint = "Addresses and networks, IPv4 and IPv6, parted by commas, blanks or lines; 300 at most.";
        let own = page.back_ends.iter().any(|it| it.own).then(|| {
            let choices = [
                (How::List.word(), "Only chosen addresses may connect"),
                (How::Member.word(), "Take only this container out of service (weight 0)"),
            ];
            form.radios("how", "How", "pre", How::List.word(), &choices)
        });
        let cut = if page.can_cut {
            form.tick("cut", "Also end the connections to the container that stand")
        } else {
            view! { <p class="sm t2">"This load balancer cannot end connections that stand. Disconnecting the container's networks does."</p> }.into_any()
        };
        view! { {own}{theirs}{form.list("allow", "Who may still connect", hint, &first)}{cut} }
    })
}

/// The reason, and what the tier asks for besides.
fn care(page: &GateConfirmPage, form: Form<'_>) -> impl IntoView + use<> {
    let tier = page.needs.tier.max(page.action.least_tier());
    let id = page.incident.place.container.as_ref();
    let read = match page.action {
        Action::RestoreGate => "I have read what it does",
        _ => "I have read whom it hits and what it will not stop",
    };
    view! {
        {hidden("number", page.incident.number.to_string())}
        {hidden("balancer", page.balancer.to_string())}
        {hidden("gate", page.key.to_string())}
        {hidden("action", page.action.word().to_owned())}
        {hidden("seen", seen(page).join("\n"))}
        {hidden("fingerprint", page.fingerprint.as_ref().map(ToString::to_string).unwrap_or_default())}
        {asking::reason(form, tier)}
        {asking::typed(form, tier, id, "Your policy asks for it.")}
        {asking::impact(form, tier, read)}
        {asking::glass(form, page.can_break_glass)}
    }
}

fn buttons(page: &GateConfirmPage) -> impl IntoView + use<> {
    let asks = page.needs.approvals > 0;
    let words = if asks { "Ask for approval" } else { button(page.action) };
    let mark = action_icon(page.action);
    let act = if page.can.allowed {
        view! { <button class="btn dan lg" type="submit">{icon(mark)}{words}</button> }.into_any()
    } else {
        view! { <button class="btn dan lg" type="button" aria-disabled="true" title=page.can.why_not.clone()>{icon(mark)}{words}</button> }
            .into_any()
    };
    view! {
        <div class="sft">
            <div class="xs mut">{asking::approvals(&page.needs)}{format!("Recorded as {}", visible(&page.recorded_as))}{why_not(&page.can)}</div>
            <span class="sp"></span>
            <a class="btn lg" href=format!("{}/gates", page.incident.path())>"Cancel"</a>
            {act}
        </div>
    }
}
