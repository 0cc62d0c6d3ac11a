//! `/me`: one's own account.

use leptos::prelude::*;
use quell_domain::view::{FactorsPage, Me};

use super::{
    factors,
    fields::Form,
    frame::{Here, Page, framed},
    people::may,
    tokens,
};
use crate::{
    api,
    endpoints::{PASSWORD, SIGN_OUT, THEME},
    flash::Flash,
    guard,
    ui::{hidden, hostile_words},
};

/// The page.
pub fn page() -> impl IntoView {
    framed(Here::Me, |flash| async move {
        let me = api::me::show().await?;
        let factors = api::factors::list().await?;
        let theme = guard::theme();
        Ok(Page::new("Your account", body(&me, &factors, theme, &flash)))
    })
}

/// The page, as a pure function.
#[must_use]
pub fn body(me: &Me, factors: &FactorsPage, theme: &'static str, flash: &Flash) -> AnyView {
    let roles =
        me.roles.iter().map(|role| view! { <dt>{role.label()}</dt><dd>{may(*role)}"."</dd> }).collect::<Vec<_>>();
    let themes = Form::new(&THEME, flash);
    let form = Form::new(&PASSWORD, flash);
    let chosen = if theme.is_empty() { "auto" } else { theme };
    view! {
        <div class="hd">
            <h1>"Your account"</h1>
            <span class="sp"></span>
            <form method="post" action=SIGN_OUT.path><button class="btn" type="submit">"Sign out"</button></form>
        </div>
        <div class="grid2 mt3">
            <div class="stack">
                <section class="card" aria-labelledby="h-me">
                    <header><h2 id="h-me">"You"</h2></header>
                    <dl class="bd kv"><dt>"Name"</dt><dd>{hostile_words(&me.name)}</dd><dt>"Sign-in name"</dt><dd class="mono">{me.login.clone()}</dd>{roles}</dl>
                </section>
                {factors::section(factors)}
            </div>
            <div class="stack">
                <section class="card" aria-labelledby="h-pw">
                    <header><h2 id="h-pw">"Change your password"</h2></header>
                    <form class="bd stack" method="post" action=PASSWORD.path>
                        <input type="text" class="vh" tabindex="-1" aria-hidden="true" autocomplete="username" value=me.login.clone() readonly=true/>
                        {form.line("current", "Current password", "password", "current-password", "")}
                        {form.line("password", "New password", "password", "new-password", "12 to 256 characters. You are signed out everywhere, and your tokens end.")}
                        <div class="acts"><button class="btn pri" type="submit">"Change password"</button></div>
                    </form>
                </section>
                <section class="card" aria-labelledby="h-th">
                    <header><h2 id="h-th">"Looks"</h2></header>
                    <form class="bd stack" method="post" action=THEME.path>
                        {themes.radios("theme", "Theme of this browser", "pre mt1", chosen, &[("auto", "As the system"), ("light", "Light"), ("dark", "Dark")])}
                        {hidden("back", "/me".to_owned())}
                        <div class="acts"><button class="btn" type="submit">"Save"</button></div>
                    </form>
                </section>
                {tokens::card()}
            </div>
        </div>
    }
    .into_any()
}
