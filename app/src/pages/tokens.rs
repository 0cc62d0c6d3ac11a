//! `/me/tokens`: tokens for one's own scripts.

use leptos::prelude::*;
use quell_domain::{
    policy::{Can, Permission},
    text::visible,
    token::{self, ApiToken, Preset, labels},
    view::TokensPage,
};

use super::{
    fields::Form,
    frame::{Here, Page, framed},
};
use crate::{
    api,
    endpoints::{CREATE_TOKEN, REVOKE_TOKEN},
    flash::Flash,
    ui::{hostile_words, icon, icon_large, moment::long_moment, post_button},
};

/// The page.
pub fn page() -> impl IntoView {
    framed(Here::Me, |flash| async move {
        let tokens = api::tokens::list().await?;
        let title = "Tokens for scripts";
        Ok(Page::new(title, body(&tokens, &flash)).below("Your account", "/me", title))
    })
}

/// The card on the account page that leads here.
pub fn card() -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="h-tk">
            <header><h2 id="h-tk">"Tokens for scripts"</h2></header>
            <div class="bd stack">
                <p class="sm t2">"A script of yours calls the portal with a token, in your name. It never decides on requests and never manages anything."</p>
                <div class="acts"><a class="btn" href="/me/tokens">{icon("key")}"Tokens"</a><a class="btn" href="/help/api">"How to call the portal"</a></div>
            </div>
        </section>
    }
}

/// The page, as a pure function.
#[must_use]
pub fn body(page: &TokensPage, flash: &Flash) -> AnyView {
    view! {
        <div class="hd"><h1>"Tokens for scripts"</h1><span class="sp"></span><a class="btn" href="/help/api">"How to call the portal"</a></div>
        <div class="grid2 mt3">{list(page)}{create(flash)}</div>
    }
    .into_any()
}

fn list(page: &TokensPage) -> AnyView {
    if page.tokens.is_empty() {
        return view! {
            <div class="card empty">
                {icon_large("key")}
                <h2>"No token yet"</h2>
                <p class="t2">"Make one for each script, so that you can revoke one without the others."</p>
            </div>
        }
        .into_any();
    }
    let rows = page.tokens.iter().map(|token| row(token, page)).collect::<Vec<_>>();
    view! {
        <section class="card" aria-labelledby="h-tl">
            <header><h2 id="h-tl">"Your tokens"</h2></header>
            <table class="tbl al">
                <caption class="vh">"Your tokens, the newest first; those that ended are listed for 30 days"</caption>
                <thead><tr><th scope="col">"Token"</th><th scope="col">"Expires, UTC"</th><th scope="col">"Last used, UTC"</th><th scope="col">"Standing"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </section>
    }
    .into_any()
}

fn row(token: &ApiToken, page: &TokensPage) -> impl IntoView + use<> {
    let used = match token.last_used_at {
        Some(at) => {
            let from = token.last_used_from.clone();
            view! { {long_moment(at)}{from.map(|from| view! { <span class="l2 mono blk">{from}</span> })} }.into_any()
        }
        None => view! { <span class="mut">"never"</span> }.into_any(),
    };
    let standing = if let Some(at) = token.revoked_at {
        view! { <span class="chip st done">"Revoked"</span>" "{long_moment(at)} }.into_any()
    } else if token.is_good(page.now) {
        let may = Can { allowed: true, why_not: String::new() };
        let id = vec![("id", token.id.to_string())];
        post_button(REVOKE_TOKEN.path, id, "btn sm", None, "Revoke", visible(&token.name), &may).into_any()
    } else {
        view! { <span class="chip st done">"Expired"</span> }.into_any()
    };
    view! {
        <tr>
            <td><b class="b">{hostile_words(&token.name)}</b><div class="xs mut">{format!("May {}. Made ", labels(&token.scopes))}{long_moment(token.created_at)}"."</div></td>
            <td>{long_moment(token.expires_at)}</td>
            <td>{used}</td>
            <td>{standing}</td>
        </tr>
    }
}

fn create(flash: &Flash) -> impl IntoView + use<> {
    let form = Form::new(&CREATE_TOKEN, flash);
    let days = (form.value("days", &token::DAYS.to_string()), form.remedy("days"));
    let wrong = days.1.map(|remedy| view! { <p class="err" id="e-days">{remedy}</p> });
    view! {
        <section class="card" aria-labelledby="h-tn">
            <header><h2 id="h-tn">"Make a token"</h2></header>
            <form class="bd stack" method="post" action=CREATE_TOKEN.path>
                {form.line("name", "Name", "text", "off", "What it is for. It stands in the audit trail beside your name.")}
                {scopes(form)}
                <div class="field">
                    <label for="f-days">"Days until it expires"</label>
                    <input type="number" id="f-days" name="days" min="1" max=token::MOST_DAYS.to_string() value=days.0 autocomplete="off" aria-describedby="h-days" aria-invalid=wrong.is_some().then_some("true")/>
                    <p class="hint" id="h-days">{format!("At most {}.", token::MOST_DAYS)}</p>
                    {wrong}
                </div>
                {form.line("password", "Your password", "password", "current-password", "A session left open must not be enough to make one.")}
                <p class="xs mut">"The token is shown once, after this. It ends with your password, too."</p>
                <div class="acts"><button class="btn pri" type="submit">{icon("plus")}"Make token"</button></div>
            </form>
        </section>
    }
}

/// What a token may do: a preset, or one thing only. Any other choice is for whoever calls the endpoint themselves.
fn scopes(form: Form<'_>) -> AnyView {
    let one = |permission: Permission, label| (permission.word(), label, permission.label().to_owned());
    let chosen = form.value("scope", Preset::Read.word());
    let choices = Preset::ALL
        .iter()
        .map(|preset| (preset.word(), preset.label(), labels(preset.permissions())))
        .chain([one(Permission::ReadIncidents, "Incidents only"), one(Permission::ReadAudit, "Audit trail only")])
        .map(|(word, label, may)| {
            let checked = word == chosen;
            view! { <label class="box"><input class="ck" type="radio" name="scope" value=word checked=checked/><span><b class="b">{label}</b><span class="xs mut blk">{format!("May {may}")}</span></span></label> }
        })
        .collect::<Vec<_>>();
    let remedy = form.remedy("scope");
    let described = if remedy.is_some() { "h-scope e-scope" } else { "h-scope" };
    let wrong = remedy.map(|remedy| view! { <p class="err" id="e-scope">{remedy}</p> });
    view! {
        <fieldset class="field" id="f-scope" aria-describedby=described>
            <legend>"What it may do"</legend>
            <div class="boxes">{choices}</div>
            <p class="hint" id="h-scope">"What your roles do not allow is left out."</p>
            {wrong}
        </fieldset>
    }
    .into_any()
}
