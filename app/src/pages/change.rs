//! `/admin/changes/{change}`: what one admin wants to change, and the decision of another.

use leptos::prelude::*;
use quell_domain::{change::ChangeState, time::span, view::ChangePage};

use super::{
    by_others::by_others,
    fields::Form,
    frame::{Here, Page, framed},
    param, playbooks,
    policy::rules::preview,
};
use crate::{
    api,
    endpoints::{DECIDE_CHANGE, WITHDRAW_CHANGE},
    flash::Flash,
    islands::LivePage,
    ui::{
        avatar, chips::change_chip, hidden, hostile, hostile_lines, hostile_words, icon, icon_small,
        moment::long_moment, post_button,
    },
};

/// The page.
pub fn page() -> impl IntoView {
    let change = param("change");
    framed(Here::Changes, move |flash| async move {
        let change = api::changes::show(change).await?;
        let title = change.change.change.label();
        Ok(Page::new(title, body(&change, &flash)).below("Changes", "/admin/changes", title).live())
    })
}

/// The page, as a pure function.
#[must_use]
pub fn body(page: &ChangePage, flash: &Flash) -> AnyView {
    let change = &page.change;
    let state = change.state_at(page.as_of);
    let waiting = state == ChangeState::Pending;
    let clock = waiting.then(|| {
        view! { <span class="sla ok">{icon_small("clock")}{format!("Expires in {}", span(change.expires_at.since(page.as_of).max(0)))}</span> }
    });
    let withdraw = page.can_withdraw.allowed.then(|| {
        let fields = vec![("change", change.id.to_string())];
        post_button(WITHDRAW_CHANGE.path, fields, "btn sm", Some("undo"), "Withdraw", String::new(), &page.can_withdraw)
    });
    let says = change
        .change
        .says()
        .into_iter()
        .map(|(name, value)| view! { <dt>{name}</dt><dd>{hostile(&value)}</dd> })
        .collect::<Vec<_>>();
    let says = (!says.is_empty()).then(|| view! { <dl class="kv">{says}</dl> });
    view! {
        <div class="hd"><h1>{change.change.label()}</h1><span data-live="state" data-waiting=waiting>{change_chip(state)}</span><span class="sp"></span>{clock}</div>
        <LivePage watch="changes".to_owned() wait=false/>
        <div class="grid2 mt4">
            <section class="card" aria-labelledby="h-ch">
                <header><h2 id="h-ch">"What changes"</h2><span class="sp"></span>{withdraw}</header>
                <div class="bd stack">
                    <p><b class="b">{hostile_words(&change.summary)}</b></p>
                    {says}
                    <div class="row1">
                        {avatar(&change.proposer_name)}
                        <p><b class="b">{hostile_words(&change.proposer_name)}</b><span class="t2">" proposed it "{long_moment(change.created_at)}" UTC"</span></p>
                    </div>
                </div>
            </section>
            <div class="stack">
                {waiting.then(|| decision(page, flash))}
                <div data-live="outcome">{outcome(page)}</div>
            </div>
        </div>
        {page.preview.as_ref().map(preview)}
        {page.playbooks.as_ref().map(playbooks::text::preview)}
    }
    .into_any()
}

fn decision(page: &ChangePage, flash: &Flash) -> AnyView {
    if !page.can_decide.allowed {
        return by_others(&page.can_decide, &page.deciders, "No other admin can sign in now.");
    }
    let form = Form::new(&DECIDE_CHANGE, flash);
    let choices = [
        ("approve", "Approve", "It is done at once."),
        ("refuse", "Refuse", "Nothing is changed. The proposal is over."),
    ];
    view! {
        <section class="card" aria-labelledby="h-dc">
            <header><h2 id="h-dc">"Your decision"</h2></header>
            <form class="bd stack" method="post" action=DECIDE_CHANGE.path>
                {hidden("change", page.change.id.to_string())}
                {form.decision("decision", &choices)}
                {form.line("reason", "Why", "text", "off", "Kept in the audit trail. Whoever proposed it reads it.")}
                <button class="btn pri lg w" type="submit">{icon("approve")}"Decide"</button>
            </form>
        </section>
    }
    .into_any()
}

fn outcome(page: &ChangePage) -> impl IntoView + use<> {
    let change = &page.change;
    change.decided_at.map(|at| {
        let who = if change.decider_name.is_empty() { "Quell".to_owned() } else { change.decider_name.clone() };
        view! {
            <section class="card" aria-labelledby="h-oc">
                <header><h2 id="h-oc">"Outcome"</h2></header>
                <div class="bd stack sm">
                    <p>{change_chip(change.state)}" "{hostile_words(&who)}" "{long_moment(at)}</p>
                    <p>"“"{hostile_lines(&change.reason)}"”"</p>
                </div>
            </section>
        }
    })
}
