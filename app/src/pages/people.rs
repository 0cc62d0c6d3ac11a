//! `/admin/people`: who may sign in and what they may do.

use leptos::prelude::*;
use quell_domain::{
    people::Person,
    policy::{Can, Permission, Role, decide},
    text::{count, visible},
    view::PeoplePage,
};

use super::{
    fields::Form,
    frame::{Here, Page, framed},
};
use crate::{
    api,
    endpoints::{CREATE_PERSON, DISABLE, ENABLE, RESET_FACTORS, RESET_PASSWORD, REVOKE_TOKENS, ROLES},
    flash::Flash,
    islands::LivePage,
    ui::{avatar, hidden, hostile_words, icon, moment::long_moment, post_button},
};

/// The page.
pub fn page() -> impl IntoView {
    framed(Here::People, |flash| async move {
        let people = api::people::list().await?;
        Ok(Page::new("People", body(&people, &flash)).live())
    })
}

/// The page, as a pure function.
#[must_use]
pub fn body(page: &PeoplePage, flash: &Flash) -> AnyView {
    let tokens = |person: &Person| page.tokens.iter().find(|(id, _)| *id == person.id).map_or(0, |(_, count)| *count);
    let rows = page.people.iter().map(|(person, logins)| row(person, logins, tokens(person))).collect::<Vec<_>>();
    view! {
        <div class="hd"><h1>"People"</h1></div>
        <LivePage watch="people".to_owned() wait=false/>
        <div class="grid2 mt3">
            <section class="card" aria-labelledby="h-pp">
                <header><h2 id="h-pp">"Everybody"</h2><span class="mut sm num" data-live="count">{page.people.len()}</span></header>
                <table class="tbl al">
                    <caption class="vh">"People, by name"</caption>
                    <thead><tr><th scope="col">"Person"</th><th scope="col">"Roles"</th><th scope="col">"Since"</th><th scope="col">"Account"</th></tr></thead>
                    <tbody data-live="people">{rows}</tbody>
                </table>
            </section>
            {create(flash)}
        </div>
    }
    .into_any()
}

fn row(person: &Person, logins: &[String], tokens: usize) -> impl IntoView + use<> {
    let id = person.id.to_string();
    let roles = person.roles.iter().map(|role| role.label()).collect::<Vec<_>>().join(", ");
    let roles = if roles.is_empty() { "No role".to_owned() } else { roles };
    let off = person.disabled_at.map(|_| view! { <span class="chip st done">"Disabled"</span> });
    let may = Can { allowed: true, why_not: String::new() };
    let about = visible(&person.name);
    let switch = if person.disabled_at.is_some() {
        post_button(ENABLE.path, vec![("person", id.clone())], "btn sm", None, "Enable", about.clone(), &may)
    } else {
        post_button(DISABLE.path, vec![("person", id.clone())], "btn sm", None, "Disable", about.clone(), &may)
    };
    let scripts = (tokens > 0).then(|| {
        let fields = vec![("person", id.clone())];
        let count = format!("{} for scripts", count(tokens, "token"));
        let end =
            post_button(REVOKE_TOKENS.path, fields, "btn sm", None, "Revoke", format!("{count} of {about}"), &may);
        view! { <div class="row1 mt2"><span class="sm mut">{count}</span>{end}</div> }
    });
    let factors = vec![("person", id.clone())];
    let lost = post_button(RESET_FACTORS.path, factors, "btn sm", None, "Reset second factors", about.clone(), &may);
    let reset = post_button(RESET_PASSWORD.path, vec![("person", id)], "btn sm", None, "Reset password", about, &may);
    view! {
        <tr id=format!("p-{}", person.id)>
            <td><span class="row1">{avatar(&person.name)}<span class="whole"><b class="b">{hostile_words(&person.name)}</b>" "{off}<span class="l2 mono blk">{logins.join(", ")}</span></span></span></td>
            <td><div class="whole">{roles}{change_roles(person)}</div></td>
            <td>{long_moment(person.created_at)}</td>
            <td><div class="acts">{switch}{reset}{lost}</div>{scripts}</td>
        </tr>
    }
}

fn change_roles(person: &Person) -> impl IntoView + use<> {
    view! {
        <details class="more">
            <summary>"Change roles"<span class="vh">{format!(" of {}", visible(&person.name))}</span></summary>
            <form class="stack mt2" method="post" action=ROLES.path>
                {hidden("person", person.id.to_string())}
                <fieldset class="field"><legend class="vh">{format!("Roles of {}", visible(&person.name))}</legend>{boxes(|role| person.roles.contains(&role), false)}</fieldset>
                <div class="acts"><button class="btn sm" type="submit">"Save roles"</button></div>
            </form>
        </details>
    }
}

/// One box for each role, with what it may do when `explained`; a box that is not ticked is not sent.
fn boxes(ticked: impl Fn(Role) -> bool, explained: bool) -> AnyView {
    let boxes = Role::ALL
        .iter()
        .map(|role| {
            let checked = ticked(*role);
            let may = explained.then(|| view! { <span class="xs mut blk">{may(*role)}</span> });
            view! { <label class="box"><input class="ck" type="checkbox" name=role.word() value="on" checked=checked/><span><b class="b">{role.label()}</b>{may}</span></label> }
        })
        .collect::<Vec<_>>();
    view! { <div class="boxes">{boxes}</div> }.into_any()
}

/// What a role may do, in words.
#[must_use]
pub fn may(role: Role) -> String {
    let words = Permission::ALL
        .iter()
        .filter(|permission| **permission != Permission::OwnAccount && decide(&[role], **permission).is_ok())
        .map(|permission| permission.label())
        .collect::<Vec<_>>()
        .join(", ");
    format!("May {words}")
}

fn create(flash: &Flash) -> impl IntoView + use<> {
    let form = Form::new(&CREATE_PERSON, flash);
    let remedy = form.remedy("roles").map(|remedy| view! { <p class="err" id="e-roles">{remedy}</p> });
    let ticked: Vec<Role> = Role::ALL.iter().copied().filter(|role| !form.value(role.word(), "").is_empty()).collect();
    view! {
        <section class="card" aria-labelledby="h-np">
            <header><h2 id="h-np">"Add a person"</h2></header>
            <form class="bd stack" method="post" action=CREATE_PERSON.path>
                {form.line("name", "Name", "text", "off", "As it shall stand in the audit trail.")}
                {form.line("login", "Sign-in name", "text", "off", "2 to 64 of a-z, 0-9, dot, dash, underscore.")}
                <fieldset class="field" id="f-roles"><legend>"Roles"</legend>{boxes(move |role| ticked.contains(&role), true)}{remedy}</fieldset>
                <p class="xs mut">"A random password is made when the person is added, and shown once: to you, or to the admin who approves it."</p>
                <div class="acts"><button class="btn pri" type="submit">{icon("plus")}"Add person"</button></div>
            </form>
        </section>
    }
}
