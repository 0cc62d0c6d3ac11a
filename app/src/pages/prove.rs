//! `/me/prove`: showing once more that it is you, before something that needs it.

use leptos::prelude::*;
use quell_domain::view::{Me, ProvePage};

use super::{
    fields::Form,
    frame::{Here, Page, framed},
    query,
};
use crate::{
    Assets, api,
    endpoints::{PROVE, PROVE_BY_PASSKEY},
    flash::Flash,
    guard,
    ui::{hidden, icon},
};

/// The page.
pub fn page() -> impl IntoView {
    let next = query("next");
    framed(Here::Me, |flash| async move {
        let (me, prove) = (api::me::show().await?, api::proof::show().await?);
        let next = guard::own_path(&next).unwrap_or("/me");
        let title = "Prove that it is you";
        Ok(Page::new(title, body(&me, &prove, next, &flash)).below("Your account", "/me", title))
    })
}

/// The page, as a pure function.
#[must_use]
pub fn body(me: &Me, page: &ProvePage, next: &str, flash: &Flash) -> AnyView {
    let nothing = (!page.code && page.passkey.is_none()).then(|| {
        view! {
            <div class="note warn">
                {icon("alert")}
                <span>"You have no second factor that can be used here. "<a href="/me">"Add one on your account page"</a>", then come back."</span>
            </div>
        }
    });
    view! {
        <div class="hd"><h1>"Prove that it is you"</h1></div>
        <div class="stack slip mt3">
            <p class="t2">"This needs a proof that is at most five minutes old. What you typed before is kept, and nothing was done yet."</p>
            {nothing}
            {page.code.then(|| by_code(me, next, flash))}
            {page.passkey.as_ref().map(|options| by_passkey(options, next))}
            {(!page.why_no_passkey.is_empty()).then(|| view! { <p class="sm mut">{page.why_no_passkey.clone()}</p> })}
        </div>
    }
    .into_any()
}

fn by_code(me: &Me, next: &str, flash: &Flash) -> impl IntoView + use<> {
    let form = Form::new(&PROVE, flash);
    view! {
        <section class="card" aria-labelledby="h-code">
            <header><h2 id="h-code">"With your password and a code"</h2></header>
            <form class="bd stack" method="post" action=PROVE.path>
                <input type="text" class="vh" tabindex="-1" aria-hidden="true" autocomplete="username" value=me.login.clone() readonly=true/>
                {form.line("password", "Password", "password", "current-password", "")}
                {form.line("passcode", "Code", "text", "one-time-code", "The six digits of your app, or a recovery code.")}
                {hidden("next", next.to_owned())}
                <div class="acts"><button class="btn pri" type="submit">"Prove it"</button></div>
            </form>
        </section>
    }
}

fn by_passkey(options: &str, next: &str) -> impl IntoView + use<> {
    view! {
        <section class="card" aria-labelledby="h-pk">
            <header><h2 id="h-pk">"With a passkey"</h2></header>
            <form class="bd stack" method="post" action=PROVE_BY_PASSKEY.path data-passkey="get" data-options=options.to_owned()>
                {hidden("credential", String::new())}
                {hidden("next", next.to_owned())}
                {passkey_button("Use a passkey")}
            </form>
        </section>
    }
}

/// The button of a form that needs the browser's passkeys: it appears when the script is there that asks for them.
pub fn passkey_button(label: &'static str) -> impl IntoView {
    let script = use_context::<Assets>().unwrap_or_default().url("passkeys.js");
    view! {
        <p class="sm mut" role="status" data-said="">"Passkeys need scripts, which are off in this browser."</p>
        <div class="acts" hidden=true><button class="btn pri" type="submit">{icon("key")}{label}</button></div>
        <script type="module" src=script></script>
    }
}
