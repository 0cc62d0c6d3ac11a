//! `/incidents`: the queue, and below it what can be done to several incidents in one go.

use leptos::prelude::*;
use quell_domain::{
    bulk::{MOST, MOST_ISOLATED},
    policy::{Permission, decide},
    view::{BulkPage, Owner, QueuePage, QueueView},
};

use super::{
    bulk,
    fields::Form,
    frame::{Here, Page, framed},
    query,
};
use crate::{
    Assets, api,
    endpoints::BULK_TRIAGE,
    flash::Flash,
    islands::{QueueLive, carried::pack, queue::links},
    ui::{hidden, icon},
};

/// What the page shows besides the queue itself.
#[derive(Debug, Default)]
pub struct Besides {
    /// Who may own an incident.
    pub owners: Vec<Owner>,
    /// May the viewer isolate containers?
    pub contains: bool,
    /// What was just done to several incidents.
    pub done: Option<BulkPage>,
    /// Numbers that are ticked to begin with, or `all`.
    pub picked: String,
}

/// The page.
pub fn page() -> impl IntoView {
    let (view, class, q, after) = (query("view"), query("class"), query("q"), query("after"));
    let (done, picked) = (query("done"), query("pick"));
    framed(Here::Incidents, |flash| async move {
        let queue = api::incidents::queue(view, class, q, after).await?;
        let owners = if ticks(&queue) { api::bulk::owners().await?.owners } else { Vec::new() };
        let done = match done.parse() {
            // A number that means nothing is told nothing about.
            Ok(number) => api::bulk::show(number).await.ok(),
            Err(_) => None,
        };
        let contains = decide(&api::me::show().await?.roles, Permission::Contain).is_ok();
        let typed = flash.value(BULK_TRIAGE.path, "n");
        let picked = if typed.is_empty() { picked } else { typed };
        let besides = Besides { owners, contains, done, picked };
        Ok(Page::new("Incidents", body(&queue, &besides, &flash)).live())
    })
}

/// Are rows for ticking? Nothing is done to closed incidents in one go.
fn ticks(page: &QueuePage) -> bool {
    page.can_triage.allowed && page.filter.view != QueueView::Closed
}

/// The page, as a pure function.
#[must_use]
pub fn body(queue: &QueuePage, besides: &Besides, flash: &Flash) -> AnyView {
    let filter = queue.filter.clone();
    let class = filter.class.map(|class| hidden("class", class.word().to_owned()));
    let here = links::here(&filter);
    let done = besides.done.as_ref().map(|done| bulk::told(done, &here));
    view! {
        <div class="hd"><h1>"Incidents"</h1></div>
        {done}
        <div class=if ticks(queue) { "" } else { "noticks" }>
        <QueueLive page=pack(queue) picked=besides.picked.clone()>
            <form class="filters" method="get" action="/incidents" role="search">
                {hidden("view", filter.view.word().to_owned())}
                {class}
                <span class="inp">
                    {icon("search")}
                    <input size="28" type="search" name="q" aria-label="Filter incidents" placeholder="Container, node, image, title, number" maxlength="200" value=filter.text/>
                </span>
                <button class="btn" type="submit">{icon("filter")}"Filter"</button>
            </form>
        </QueueLive>
        </div>
        {ticks(queue).then(|| bar(&here, besides, flash))}
    }
    .into_any()
}

/// What can be done to the ticked incidents. The boxes are in the rows and belong to this form.
fn bar(here: &str, besides: &Besides, flash: &Flash) -> impl IntoView + use<> {
    let form = Form::new(&BULK_TRIAGE, flash);
    let chosen = form.value("to", "");
    let people = besides
        .owners
        .iter()
        .map(|owner| {
            let id = owner.id.to_string();
            let selected = id == chosen;
            view! { <option value=id selected=selected>{quell_domain::text::cut(&quell_domain::text::visible(&owner.name), 60)}</option> }
        })
        .collect::<Vec<_>>();
    let wrong = ["n", "to"].into_iter().filter_map(|name| form.remedy(name));
    let wrong = wrong.map(|remedy| view! { <p class="err">{remedy}</p> }).collect::<Vec<_>>();
    let isolate = besides.contains.then(|| {
        let limit = format!("At most {MOST_ISOLATED} containers at a time");
        view! {
            <button class="btn dan-o" type="submit" formmethod="get" formaction="/incidents/isolate" title=limit>{icon("cut")}"Isolate…"</button>
        }
    });
    let all = format!("{here}&pick=all");
    let limit = format!("At most {MOST} incidents at a time");
    let script = use_context::<Assets>().unwrap_or_default().url("select.js");
    view! {
        <form class="bulk" id="bulk" method="post" action=BULK_TRIAGE.path aria-label="Ticked incidents">
            {hidden("back", here.to_owned())}
            <output class="b num nw"></output>
            <noscript><span class="sm t2">"With the ticked incidents:"</span></noscript>
            {wrong}
            <button class="btn" type="submit" id="f-n" name="press" value="acknowledge" title=limit>{icon("check")}"Acknowledge"</button>
            <button class="btn" type="submit" name="press" value="mine">{icon("user")}"Assign to me"</button>
            <span class="row1">
                <select class="sel" id="f-to" name="to" aria-label="Assign to whom"><option value="">"Assign to…"</option>{people}</select>
                <button class="btn" type="submit" name="press" value="assign">"Assign"</button>
            </span>
            <button class="btn" type="submit" formmethod="get" formaction="/incidents/merge">{icon("link")}"Merge…"</button>
            {isolate}
            <button class="btn quiet" type="button" data-clear="">"Clear"</button>
            <noscript><a class="sm" href=all>"Select all shown"</a></noscript>
        </form>
        <script type="module" src=script></script>
    }
}
