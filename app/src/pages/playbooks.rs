//! `/admin/playbooks`: what incidents of each class go through, in which time, and how that came about.

pub mod draft;
pub mod text;

use leptos::prelude::*;
use quell_domain::{
    playbook::{Playbooks, label},
    versions::Published,
    view::{BookDiff, PlaybooksPage},
};

use self::text::{book, diff};
use super::{
    fields::Form,
    frame::{Here, Page, framed},
};
use crate::{
    api,
    endpoints::USE_PLAYBOOKS,
    flash::Flash,
    islands::LivePage,
    ui::{hidden, hostile_words, icon, moment::long_moment},
};

/// The page.
pub fn page() -> impl IntoView {
    framed(Here::Playbooks, |flash| async move {
        let playbooks = api::playbooks::show().await?;
        Ok(Page::new("Playbooks", body(&playbooks, &flash)).live())
    })
}

/// The page, as a pure function.
#[must_use]
pub fn body(page: &PlaybooksPage, flash: &Flash) -> AnyView {
    let today = page.versions.first().map(|published| {
        let books = published.body.books.iter().map(book).collect::<Vec<_>>();
        view! {
            <section class="mt3" aria-labelledby="h-td">
                <div class="row1"><h2 id="h-td">{format!("Version {}", published.body.version)}</h2><span class="mut sm">"New incidents follow it. Open ones keep theirs."</span></div>
                <div class="stack mt2">{books}</div>
            </section>
        }
    });
    let label = if page.has_draft { "Go on with your draft" } else { "Draft the next version" };
    let pending = page.pending.as_ref().map(|id| {
        let href = format!("/admin/changes/{id}");
        view! { <div class="note warn mt3">{icon("lock")}<span>"A new version waits for another admin. "<a href=href>"Look at it"</a></span></div> }
    });
    let version = page.versions.first().map(|published| published.body.version).unwrap_or_default();
    let older = page.versions.iter().skip(1).map(Some).chain([None]);
    let history = page.versions.iter().zip(older).map(|(this, before)| past(this, before)).collect::<Vec<_>>();
    view! {
        <div class="hd"><h1>"Playbooks"</h1><span class="sp"></span><a class="btn" href="/admin/playbooks/draft">{label}</a></div>
        <LivePage watch="playbooks".to_owned() wait=false/>
        <div data-live="playbooks">{pending}{today}</div>
        {(version > 1).then(|| moving(version, flash))}
        <section class="card mt4" aria-labelledby="h-hs">
            <header><h2 id="h-hs">"Versions"</h2><span class="mut sm">"Kept for ever"</span></header>
            <div class="bd stack" data-live="versions">{history}</div>
        </section>
    }
    .into_any()
}

/// Moves one incident to the newest version; responders have the same on the incident's page.
fn moving(version: i64, flash: &Flash) -> impl IntoView + use<> {
    let form = Form::new(&USE_PLAYBOOKS, flash);
    view! {
        <section class="card mt4" aria-labelledby="h-mv">
            <header><h2 id="h-mv">{format!("Use version {version} for an open incident")}</h2></header>
            <form class="bd stack" method="post" action=USE_PLAYBOOKS.path>
                {hidden("version", version.to_string())}
                {form.line("number", "Number of the incident", "text", "off", "12 for INC-12. Its steps and deadlines become those of this version.")}
                <div class="acts"><button class="btn" type="submit">{format!("Use version {version}")}</button></div>
            </form>
        </section>
    }
}

fn past(this: &Published<Playbooks>, before: Option<&Published<Playbooks>>) -> impl IntoView + use<> {
    let changes = before.map(|before| {
        BookDiff::all(&before.body, &this.body).iter().map(|it| diff(label(it.class), it)).collect::<Vec<_>>()
    });
    let first = changes.is_none().then(|| this.body.books.iter().map(book).collect::<Vec<_>>());
    view! {
        <details class="more">
            <summary>
                <b class="b">{format!("Version {}", this.body.version)}</b>", proposed by "{hostile_words(&this.proposed_by)}
                ", published by "{hostile_words(&this.published_by)}" "{long_moment(this.at)}
            </summary>
            <div class="stack mt2">{changes}{first}</div>
        </details>
    }
}
