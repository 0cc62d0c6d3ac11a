//! The part of the account page about second factors.

use leptos::prelude::*;
use quell_domain::{
    policy::Can,
    proof::Factor,
    text::{count, visible},
    view::FactorsPage,
};

use crate::{
    endpoints::{MAKE_RECOVERY, REMOVE_FACTOR, RENAME_FACTOR},
    ui::{
        hidden, hostile_words, icon,
        moment::{long_moment, moment},
        post_button, why_not,
    },
};

/// Second factors, what can be added, and recovery codes.
#[must_use]
pub fn section(page: &FactorsPage) -> AnyView {
    let rows = page.factors.iter().map(row).collect::<Vec<_>>();
    let list = if rows.is_empty() {
        view! { <p class="t2 sm">"None. Whoever knows your password is you. Some actions need a fresh proof with a second factor, so add one before you need it."</p> }.into_any()
    } else {
        view! { <div class="stack">{rows}</div> }.into_any()
    };
    let proved = page.proved_until.map(|until| {
        view! { <p class="xs mut">"You have proved that it is you. This holds until "{moment(until)}"."</p> }
    });
    view! {
        <section class="card" aria-labelledby="h-2f">
            <header><h2 id="h-2f">"Second factors"</h2></header>
            <div class="bd stack">
                {list}
                <div class="acts">
                    {link("/me/code-app", "Add a code app", &page.add)}
                    {link("/me/passkey", "Add a passkey", &page.passkey)}
                </div>
                {why_not(if page.add.allowed { &page.passkey } else { &page.add })}
                {proved}
            </div>
        </section>
        {recovery(page)}
    }
    .into_any()
}

fn link(path: &'static str, label: &'static str, can: &Can) -> AnyView {
    if can.allowed {
        view! { <a class="btn" href=path>{icon("plus")}{label}</a> }.into_any()
    } else {
        let why = can.why_not.clone();
        view! { <button type="button" class="btn" aria-disabled="true" title=why>{icon("plus")}{label}</button> }
            .into_any()
    }
}

fn row(factor: &Factor) -> impl IntoView + use<> {
    let (id, about) = (factor.id.to_string(), visible(&factor.name));
    let field = format!("f-name-{id}");
    let may = Can { allowed: true, why_not: String::new() };
    let used = factor.last_used_at.map(|at| view! { ", last used "{long_moment(at)} });
    view! {
        <div>
            <div class="row1">
                <b class="b">{hostile_words(&factor.name)}</b>
                <span class="sp"></span>
                {post_button(REMOVE_FACTOR.path, vec![("factor", id.clone())], "btn sm", None, "Remove", about.clone(), &may)}
            </div>
            <p class="xs mut">{factor.kind.label()}", added "{long_moment(factor.added_at)}{used}</p>
            <details class="more">
                <summary>"Rename"<span class="vh">{format!(" {about}")}</span></summary>
                <form class="stack mt2" method="post" action=RENAME_FACTOR.path>
                    {hidden("factor", id)}
                    <div class="field">
                        <label for=field.clone()>"New name"</label>
                        <input type="text" id=field name="name" value=factor.name.clone() autocomplete="off"/>
                    </div>
                    <div class="acts"><button class="btn sm" type="submit">"Save name"</button></div>
                </form>
            </details>
        </div>
    }
}

fn recovery(page: &FactorsPage) -> impl IntoView + use<> {
    let can =
        Can::from_decision(if page.factors.is_empty() { Err("Add a second factor first.".to_owned()) } else { Ok(()) });
    let left = match page.recovery_left {
        0 => "You have no recovery codes.".to_owned(),
        left => format!("You have {} left.", count(left, "recovery code")),
    };
    let make =
        post_button(MAKE_RECOVERY.path, Vec::new(), "btn", Some("key"), "Make recovery codes", String::new(), &can);
    view! {
        <section class="card" aria-labelledby="h-rc">
            <header><h2 id="h-rc">"Recovery codes"</h2></header>
            <div class="bd stack">
                <p class="t2 sm">{left}" They stand in for a second factor that is lost or not at hand. Each works once."</p>
                <div class="acts">{make}</div>
                {why_not(&can)}
            </div>
        </section>
    }
}
