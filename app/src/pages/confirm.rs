//! `/incidents/{number}/actions/{action}`: the facts, the reason, and the button that acts or asks (ux, section 3.6).

use leptos::prelude::*;
use quell_domain::{
    action::{Action, Difference, RunState},
    view::ConfirmPage,
};

use super::{
    asking, container_facts,
    fields::Form,
    frame::{Here, Page, framed},
    number, param,
};
use crate::{
    api,
    endpoints::REQUEST,
    flash::Flash,
    islands::carried::pack,
    ui::{action_icon, hidden, hostile_words, icon, icon_large, icon_small, moment::engine_moment, why_not},
};

/// The page.
pub fn page() -> impl IntoView {
    let (number, action) = (number(), param("action"));
    framed(Here::Incidents, move |flash| async move {
        let confirm = api::actions::confirm(number, action, flash.value(REQUEST.path, "seen")).await?;
        let label = confirm.incident.label();
        Ok(Page::of_incident(&label, Some(button(confirm.action)), body(&confirm, &flash)))
    })
}

/// Verb and object, as they stand on the button.
fn button(action: Action) -> &'static str {
    match action {
        Action::Pause => "Pause container",
        Action::Unpause => "Resume container",
        Action::Disconnect => "Disconnect networks",
        Action::Reconnect => "Reconnect networks",
        Action::Kill => "Kill container",
        Action::RestrictGate => "Restrict gate",
        Action::RestoreGate => "Restore gate",
    }
}

/// What stands between the action and the container in the question.
fn joint(action: Action) -> &'static str {
    if matches!(action, Action::Disconnect | Action::Reconnect) { " of " } else { " " }
}

/// What it is in a sentence, and whether it can be taken back.
fn in_short(action: Action) -> &'static str {
    match action {
        Action::Pause => {
            "All processes stop where they are. Memory is kept. Nothing is deleted. It can be resumed, after another person agrees."
        }
        Action::Unpause => "All processes run on where they stood, the attacker's too.",
        Action::Disconnect => {
            "It reaches nothing and nothing reaches it. Its processes run on. The networks can be given back, after another person agrees."
        }
        Action::Reconnect => "The container gets back the networks that Quell took.",
        Action::RestrictGate => "Only chosen addresses get through. It can be restored, after another person agrees.",
        Action::RestoreGate => "The gate lets in whom it let in before.",
        Action::Kill => "This cannot be undone. Memory, open files and connections that are not in evidence are lost.",
    }
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
        view! { <div class="note warn">{icon("alert")}<span>"The incident says paused, but the container runs: it was resumed or started again outside of Quell."</span></div> }
    });
    let effects = page.effects.iter().map(|effect| view! { <li>{effect.clone()}</li> }).collect::<Vec<_>>();
    view! {
        <section class="card sheet" aria-labelledby="dt">
            <div class="shd">
                <span class="lead">{icon_large(action_icon(page.action))}</span>
                <div>
                    <h1 id="dt">{page.action.label()}{joint(page.action)}{hostile_words(&place.container_name)}" on "{hostile_words(&place.node_name)}"?"</h1>
                    <p class="sm t2">{in_short(page.action)}</p>
                </div>
            </div>
            <form method="post" action=REQUEST.path>
                <div class="bd stack">
                    {(!page.changed.is_empty()).then(|| changed(&page.changed))}
                    {page.container.as_ref().map(|container| container_facts::few(page, container))}
                    {trouble}
                    {thawed}
                    {asking::already(page.open.as_ref(), page.can_break_glass)}
                    {warnings.collect::<Vec<_>>()}
                    {care(page, flash)}
                    <div class="br"><h2>{icon_small("flow")}"What it does and does not do"</h2><ul class="dots sm">{effects}</ul></div>
                    {page.container.as_ref().map(|container| container_facts::more(page, container))}
                </div>
                {buttons(page)}
            </form>
        </section>
    }
    .into_any()
}

/// Does the incident say paused of a container that runs?
fn thawed(page: &ConfirmPage) -> bool {
    page.action == Action::Pause
        && page.incident.measures.contains(&Action::Pause)
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
            <p class="xs t2">"All other facts that it is bound to are the same. To go on with the container as it is now, press the button again."</p>
        </div>
    }
}

/// The reason, and what the tier asks for besides.
fn care(page: &ConfirmPage, flash: &Flash) -> impl IntoView + use<> {
    let form = Form::new(&REQUEST, flash);
    let tier = page.needs.tier.max(page.action.least_tier());
    let id = page.container.as_ref().map(|container| &container.facts.container);
    page.can.allowed.then(|| {
        view! {
            {hidden("number", page.incident.number.to_string())}
            {hidden("action", page.action.word().to_owned())}
            {hidden("fingerprint", page.fingerprint.as_ref().map(ToString::to_string).unwrap_or_default())}
            {hidden("seen", page.container.as_ref().map(|container| pack(&container.seen())).unwrap_or_default())}
            {asking::reason(form, tier)}
            {asking::typed(form, tier, id, "Asked only for what cannot be undone.")}
            {asking::impact(form, tier, "I have read what it does and does not do")}
            {asking::glass(form, page.can_break_glass)}
        }
    })
}

fn buttons(page: &ConfirmPage) -> impl IntoView + use<> {
    let asks = page.needs.approvals > 0;
    let words = if asks { "Ask for approval" } else { button(page.action) };
    let mark = action_icon(page.action);
    let act = if page.can.allowed {
        view! { <button class="btn dan lg" type="submit">{icon(mark)}{words}</button> }.into_any()
    } else {
        view! {
            <button class="btn dan lg" type="button" aria-disabled="true" title=page.can.why_not.clone()>{icon(mark)}{words}</button>
        }
        .into_any()
    };
    view! {
        <div class="sft">
            <div class="xs mut">{asking::approvals(&page.needs)}{format!("Recorded as {}", quell_domain::text::visible(&page.recorded_as))}{why_not(&page.can)}</div>
            <span class="sp"></span>
            <a class="btn lg" href=page.incident.path()>"Cancel"</a>
            {act}
        </div>
    }
}
