//! `/help/api`: how programs call the portal, made from the table of endpoints.

use leptos::prelude::*;

use super::frame::{Here, Page, framed};
use crate::{
    endpoints::{Endpoint, Method},
    guard,
    help::{self, Kind, PLAIN, Plain},
    openapi::{FAILURES, name},
};

/// The page.
pub fn page() -> impl IntoView {
    framed(Here::Nowhere, |_| async move { Ok(Page::new("Calling the portal", body(&guard::whole("")))) })
}

/// The page, as a pure function.
#[must_use]
pub fn body(origin: &str) -> AnyView {
    let areas = help::areas()
        .into_iter()
        .map(|(area, endpoints)| {
            let parts = endpoints.into_iter().map(|endpoint| one(endpoint, origin)).collect::<Vec<_>>();
            section(area, parts)
        })
        .collect::<Vec<_>>();
    let files = section("files", PLAIN.iter().map(|plain| file(plain, origin)).collect());
    let failures = FAILURES
        .iter()
        .map(|(code, words)| view! { <dt class="mono">{format!("{} {}", code.status(), name(*code))}</dt><dd>{*words}</dd> })
        .collect::<Vec<_>>();
    let export = format!("export QUELL_TOKEN='{}…'", quell_domain::token::PREFIX);
    view! {
        <div class="hd"><h1>"Calling the portal"</h1><span class="sp"></span><a class="btn" href="/api/v1/openapi.json" download="quell-openapi.json">"OpenAPI document"</a></div>
        <section class="card mt3" aria-labelledby="h-how">
            <header><h2 id="h-how">"How"</h2></header>
            <div class="bd stack">
                <p>"A script calls the portal with a token, in the name of the person who made it. Make one on "<a href="/me/tokens">"Tokens for scripts"</a>", and keep it where only the script can read it:"</p>
                <p class="once sm"><code>{export}</code></p>
                <p>"Reads are GET with their fields in the query. Changes are POST with their fields as a form; each field once, and no others. Answers are JSON. A change answers with "<code>"notice"</code>", which says what was done, and "<code>"path"</code>", the page that shows it."</p>
                <p>"What a token may not call needs a person. Those lines take the cookie that signing in wrote to the file "<code>"quell.cookies"</code>"."</p>
                <p>"Capital words behind a dollar sign are for you to set: ids come from the lists."</p>
            </div>
        </section>
        <section class="card mt3" aria-labelledby="h-err">
            <header><h2 id="h-err">"When something does not work"</h2></header>
            <div class="bd stack">
                <p>"The status says what kind of problem it is, and the answer is a problem: "<code>"code"</code>", "<code>"message"</code>" for a person, "<code>"fields"</code>" with what is wrong with each, and "<code>"correlation_id"</code>" when the portal's log says more."</p>
                <dl class="kv">{failures}</dl>
            </div>
        </section>
        {areas}
        {files}
    }
    .into_any()
}

fn section(area: &'static str, parts: Vec<AnyView>) -> AnyView {
    let id = format!("a-{area}");
    let label = id.clone();
    view! {
        <section class="card mt3" aria-labelledby=label>
            <header><h2 id=id>{title(area)}</h2></header>
            <div class="bd stack">{parts}</div>
        </section>
    }
    .into_any()
}

/// `people` as a heading.
fn title(area: &str) -> String {
    let words = area.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}

fn one(endpoint: &'static Endpoint, origin: &str) -> AnyView {
    let method = if endpoint.method == Method::Get { "GET" } else { "POST" };
    let fields = endpoint
        .fields
        .iter()
        .filter_map(|name| help::field(endpoint, name).map(|field| (*name, field)))
        .map(|(name, field)| {
            let kind = match field.kind {
                Kind::Text => String::new(),
                Kind::Number => " A number.".to_owned(),
                Kind::Tick => " on, or left out.".to_owned(),
                // The audit trail's codes would fill the page.
                Kind::OneOf(words) if words().len() > 12 => format!(" Like {}.", words()[..3].join(", ")),
                Kind::OneOf(words) => format!(" One of {}.", words().join(", ")),
            };
            let optional =
                help::is_optional(endpoint, name).then(|| view! { <span class="mut">" May be left out."</span> });
            view! { <dt class="mono">{name}</dt><dd>{field.what}{kind}{optional}</dd> }
        })
        .collect::<Vec<_>>();
    let fields = (!fields.is_empty()).then(|| view! { <dl class="kv">{fields}</dl> });
    let what = help::said(endpoint).map_or("", |said| said.what);
    let who = help::who(endpoint.permission, help::is_open(endpoint));
    part(method, endpoint.path, what, who, help::takes_token(endpoint), fields.into_any(), help::curl(endpoint, origin))
}

fn file(plain: &'static Plain, origin: &str) -> AnyView {
    let token = plain.permission.is_none_or(quell_domain::token::may_carry);
    let parts =
        plain.part.map(|(name, what)| view! { <dl class="kv"><dt class="mono">{name}</dt><dd>{what}</dd></dl> });
    let who = help::who(plain.permission, false);
    part("GET", plain.path, plain.what, who, token, parts.into_any(), help::curl_plain(plain, origin))
}

fn part(
    method: &'static str,
    path: &'static str,
    what: &'static str,
    who: String,
    token: bool,
    fields: AnyView,
    curl: String,
) -> AnyView {
    let token = if token { "A token may call it." } else { "Not by token." };
    view! {
        <div>
            <h3 class="mono wrap-any">{method}" "{path}</h3>
            <p>{what}</p>
            <p class="xs mut">{who}". "{token}</p>
            <div class="mt2">{fields}</div>
            <p class="once sm mt2"><code>{curl}</code></p>
        </div>
    }
    .into_any()
}
