//! `/me/code-app` and `/me/passkey`: adding a second factor, in two steps each.

use leptos::prelude::*;
use quell_domain::view::{CodeAppPage, Me, PasskeyPage};

use super::{
    fields::Form,
    frame::{Here, Page, framed},
    prove::passkey_button,
};
use crate::{
    api,
    endpoints::{ADD_CODE_APP, ADD_PASSKEY, BEGIN_CODE_APP, BEGIN_PASSKEY, Endpoint},
    flash::Flash,
    ui::{hidden, hostile_words, qr::qr},
};

/// The page of a code app.
pub fn code_app() -> impl IntoView {
    framed(Here::Me, |flash| async move {
        let (me, begun) = (api::me::show().await?, api::enrol::code_app().await?);
        Ok(below_me("Add a code app", code_app_body(&me, begun.as_ref(), &flash)))
    })
}

/// The page of a passkey.
pub fn passkey() -> impl IntoView {
    framed(Here::Me, |flash| async move {
        let (me, begun) = (api::me::show().await?, api::enrol::passkey().await?);
        Ok(below_me("Add a passkey", passkey_body(&me, begun.as_ref(), &flash)))
    })
}

fn below_me(title: &str, body: AnyView) -> Page {
    Page::new(title, body).below("Your account", "/me", title)
}

/// The page, as a pure function.
#[must_use]
pub fn code_app_body(me: &Me, begun: Option<&CodeAppPage>, flash: &Flash) -> AnyView {
    let step = match begun {
        None => begin(
            me,
            &BEGIN_CODE_APP,
            "A code app shows six digits that change every 30 seconds. Any app for one-time codes will do.",
            flash,
        )
        .into_any(),
        Some(begun) => confirm(begun, flash).into_any(),
    };
    view! { <div class="hd"><h1>"Add a code app"</h1></div><div class="stack slip mt3">{step}</div> }.into_any()
}

/// The page, as a pure function.
#[must_use]
pub fn passkey_body(me: &Me, begun: Option<&PasskeyPage>, flash: &Flash) -> AnyView {
    let step = match begun {
        None => begin(me, &BEGIN_PASSKEY, "A passkey is a key that a device or a password manager keeps for this portal. It is used with your fingerprint, your face or a PIN.", flash).into_any(),
        Some(begun) => make(begun).into_any(),
    };
    view! { <div class="hd"><h1>"Add a passkey"</h1></div><div class="stack slip mt3">{step}</div> }.into_any()
}

fn begin(me: &Me, endpoint: &'static Endpoint, what: &'static str, flash: &Flash) -> impl IntoView + use<> {
    let form = Form::new(endpoint, flash);
    view! {
        <section class="card" aria-labelledby="h-begin">
            <header><h2 id="h-begin">"First, your password"</h2></header>
            <form class="bd stack" method="post" action=endpoint.path>
                <p class="t2 sm">{what}</p>
                <input type="text" class="vh" tabindex="-1" aria-hidden="true" autocomplete="username" value=me.login.clone() readonly=true/>
                {form.line("name", "Name", "text", "off", "So that you know it again, for example the device it is on.")}
                {form.line("current", "Password", "password", "current-password", "")}
                <div class="acts"><button class="btn pri" type="submit">"Go on"</button><a class="btn" href="/me">"Cancel"</a></div>
            </form>
        </section>
    }
}

fn confirm(begun: &CodeAppPage, flash: &Flash) -> impl IntoView + use<> {
    let form = Form::new(&ADD_CODE_APP, flash);
    // In groups, for typing it into an app without a camera.
    let letters: Vec<char> = begun.secret.chars().collect();
    let secret = letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ");
    view! {
        <section class="card" aria-labelledby="h-scan">
            <header><h2 id="h-scan">"Give the secret to "{hostile_words(&begun.name)}</h2></header>
            <form class="bd stack" method="post" action=ADD_CODE_APP.path>
                <p class="t2 sm">"Scan this with the app, or type the letters into it."</p>
                {qr(&begun.uri, "QR code of the secret")}
                <p class="once"><code>{secret}</code></p>
                {form.line("passcode", "The code that the app shows now", "text", "one-time-code", "The app counts only after this.")}
                <div class="acts"><button class="btn pri" type="submit">"Add code app"</button><a class="btn" href="/me">"Cancel"</a></div>
            </form>
        </section>
    }
}

fn make(begun: &PasskeyPage) -> impl IntoView + use<> {
    view! {
        <section class="card" aria-labelledby="h-make">
            <header><h2 id="h-make">"Make the passkey "{hostile_words(&begun.name)}</h2></header>
            <form class="bd stack" method="post" action=ADD_PASSKEY.path data-passkey="create" data-options=begun.options.clone()>
                <p class="t2 sm">"Your browser asks where to keep it."</p>
                {hidden("credential", String::new())}
                {passkey_button("Make passkey")}
                <div class="acts"><a class="btn" href="/me">"Cancel"</a></div>
            </form>
        </section>
    }
}
