//! Signing in, and the first admin.

use leptos::prelude::*;

use super::{
    fields::{Form, problem, said},
    frame::bare,
    param, query,
};
use crate::{
    endpoints::{SETUP, SIGN_IN},
    flash::{self, Flash},
    guard,
    ui::hidden,
};

/// `/login`
pub fn login() -> impl IntoView {
    let next = query("next");
    let page = async move {
        let flash = flash::take().await;
        bare("Sign in", sign_in(&flash, guard::own_path(&next).unwrap_or("/"))).into_any()
    };
    view! { <Suspense>{Suspend::new(page)}</Suspense> }
}

/// The form, as a pure function.
#[must_use]
pub fn sign_in(flash: &Flash, next: &str) -> AnyView {
    let form = Form::new(&SIGN_IN, flash);
    view! {
        <section class="card" aria-labelledby="h-login">
            <header><h1 id="h-login">"Sign in"</h1></header>
            <form class="bd stack" method="post" action=SIGN_IN.path>
                {said(flash)}
                {form.line("login", "Sign-in name", "text", "username", "")}
                {form.line("password", "Password", "password", "current-password", "")}
                {hidden("next", next.to_owned())}
                <button class="btn pri lg w" type="submit">"Sign in"</button>
            </form>
        </section>
        <p class="sm mut">"No account? An admin of this portal can give you one."</p>
    }
    .into_any()
}

/// `/setup/{token}`
pub fn setup() -> impl IntoView {
    let token = param("token");
    let page = async move {
        let flash = flash::take().await;
        bare("Set up", first_admin(&flash, &token)).into_any()
    };
    view! { <Suspense>{Suspend::new(page)}</Suspense> }
}

/// The form, as a pure function.
#[must_use]
pub fn first_admin(flash: &Flash, token: &str) -> AnyView {
    let form = Form::new(&SETUP, flash);
    view! {
        <section class="card" aria-labelledby="h-setup">
            <header><h1 id="h-setup">"Create the first admin"</h1></header>
            <form class="bd stack" method="post" action=SETUP.path>
                {flash.problem.as_ref().map(problem)}
                <p class="t2 sm">"This link works once. The admin adds nodes, alarm sources and people, and does not contain."</p>
                {form.line("name", "Your name", "text", "name", "As it shall stand in the audit trail.")}
                {form.line("login", "Sign-in name", "text", "username", "2 to 64 of a-z, 0-9, dot, dash, underscore.")}
                {form.line("password", "Password", "password", "new-password", "12 to 256 characters. A few random words work well.")}
                {hidden("token", token.to_owned())}
                <button class="btn pri lg w" type="submit">"Create admin"</button>
            </form>
        </section>
    }
    .into_any()
}
