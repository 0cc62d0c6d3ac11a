//! `/admin/policy`: who must agree to what, and how that came about.

pub mod draft;
pub mod rules;

use leptos::prelude::*;
use quell_domain::{
    policy::Policy,
    versions::{Published, compare},
    view::PolicyPage,
};

use self::rules::{diff, table};
use super::frame::{Here, Page, framed};
use crate::{
    api,
    islands::LivePage,
    ui::{hostile_words, icon, moment::long_moment},
};

/// The page.
pub fn page() -> impl IntoView {
    framed(Here::Policy, |_| async move {
        let policy = api::policy::show().await?;
        Ok(Page::new("Policy", body(&policy)).live())
    })
}

/// The page, as a pure function.
#[must_use]
pub fn body(page: &PolicyPage) -> AnyView {
    let today = page.versions.first().map(|published| {
        view! {
            <section class="card mt3" aria-labelledby="h-td">
                <header><h2 id="h-td">{format!("Version {}", published.body.version)}</h2><span class="mut sm">"In force. The first rule that fits counts."</span></header>
                {table("The rules in force", &published.body.rules)}
                <p class="bd sm t2">"What no rule names needs two approvals and the most care. Pausing may be free; resuming, reconnecting and killing always take a second person."</p>
            </section>
        }
    });
    let label = if page.has_draft { "Go on with your draft" } else { "Draft the next version" };
    let pending = page.pending.as_ref().map(|id| {
        let href = format!("/admin/changes/{id}");
        view! { <div class="note warn mt3">{icon("lock")}<span>"A new version waits for another admin. "<a href=href>"Look at it"</a></span></div> }
    });
    let older = page.versions.iter().skip(1).map(Some).chain([None]);
    let history = page.versions.iter().zip(older).map(|(this, before)| version(this, before)).collect::<Vec<_>>();
    view! {
        <div class="hd"><h1>"Policy"</h1><span class="sp"></span><a class="btn" href="/admin/policy/draft">{label}</a></div>
        <LivePage watch="policy".to_owned() wait=false/>
        <div data-live="policy">{pending}{today}</div>
        <section class="card mt4" aria-labelledby="h-hs">
            <header><h2 id="h-hs">"Versions"</h2><span class="mut sm">"Kept for ever"</span></header>
            <div class="bd stack" data-live="versions">{history}</div>
        </section>
    }
    .into_any()
}

fn version(this: &Published<Policy>, before: Option<&Published<Policy>>) -> impl IntoView + use<> {
    let changes = before.map(|before| diff(&compare(&before.body.rules, &this.body.rules)));
    let first = changes.is_none().then(|| table("The first rules", &this.body.rules));
    view! {
        <details class="more">
            <summary>
                <b class="b">{format!("Version {}", this.body.version)}</b>", proposed by "{hostile_words(&this.proposed_by)}
                ", published by "{hostile_words(&this.published_by)}" "{long_moment(this.at)}
            </summary>
            {changes}{first}
        </details>
    }
}
