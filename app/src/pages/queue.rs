//! `/incidents`: the queue, and below it what can be done to several incidents in one go.

use leptos::prelude::*;
use quell_domain::{
    bulk::{MOST, MOST_ISOLATED},
    policy::{Permission, decide},
    text,
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
    /// Who else may own an incident.
    pub others: Vec<Owner>,
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
        let me = api::me::show().await?;
        let owners = if ticks(&queue) { api::bulk::owners().await?.owners } else { Vec::new() };
        // The viewer has a button of their own.
        let others = owners.into_iter().filter(|owner| owner.id != me.id).collect();
        let done = match done.parse() {
            // A number that means nothing is told nothing about.
            Ok(number) => api::bulk::show(number).await.ok(),
            Err(_) => None,
        };
        let contains = decide(&me.roles, Permission::Contain).is_ok();
        let typed = flash.value(BULK_TRIAGE.path, "n");
        let picked = if typed.is_empty() { picked } else { typed };
        let besides = Besides { others, contains, done, picked };
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
    // Said above the rows, whose boxes the style marks: they belong to the live list.
    let unticked = Form::new(&BULK_TRIAGE, flash).remedy("n");
    let marks = match (ticks(queue), &unticked) {
        (false, _) => "noticks",
        (true, Some(_)) => "unticked",
        (true, None) => "",
    };
    let unticked = unticked.map(|remedy| view! { <p class="err mb3" id="f-n">{remedy}</p> });
    view! {
        <div class="hd"><h1>"Incidents"</h1></div>
        {done}
        <div class=marks>
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
            {unticked}
        </QueueLive>
        </div>
        {ticks(queue).then(|| bar(&here, besides, flash))}
    }
    .into_any()
}

/// What can be done to the ticked incidents, once any is: the style shows it then. The boxes are in the rows and belong to
/// this form.
fn bar(here: &str, besides: &Besides, flash: &Flash) -> impl IntoView + use<> {
    let form = Form::new(&BULK_TRIAGE, flash);
    let isolate = besides.contains.then(|| {
        let limit = format!("At most {MOST_ISOLATED} containers at a time");
        view! {
            <button class="btn dan-o" type="submit" formmethod="get" formaction="/incidents/isolate" title=limit>{icon("cut")}"Isolate…"</button>
        }
    });
    let what = if besides.contains { "acknowledge, assign, merge or isolate" } else { "acknowledge, assign or merge" };
    let all = format!("{here}&pick=all");
    let limit = format!("At most {MOST} incidents at a time");
    let script = use_context::<Assets>().unwrap_or_default().url("select.js");
    view! {
        <form class="bulk" id="bulk" method="post" action=BULK_TRIAGE.path aria-label="Ticked incidents">
            {hidden("back", here.to_owned())}
            <p class="sm t2 none">{format!("Tick incidents in the list to {what} several in one go.")}</p>
            <output class="b num nw"></output>
            <div class="some">
                <noscript><span class="sm t2">"With the ticked incidents:"</span></noscript>
                <button class="btn" type="submit" name="press" value="acknowledge" title=limit>{icon("check")}"Acknowledge"</button>
                <button class="btn" type="submit" name="press" value="mine">{icon("user")}"Assign to me"</button>
                {(!besides.others.is_empty()).then(|| to_another(&besides.others, form))}
                <button class="btn" type="submit" formmethod="get" formaction="/incidents/merge">{icon("link")}"Merge…"</button>
                {isolate}
                <button class="btn quiet" type="button" data-clear="">"Clear"</button>
            </div>
            <noscript><a class="sm" href=all>"Select all shown"</a></noscript>
        </form>
        <script type="module" src=script></script>
    }
}

/// Gives the ticked incidents to somebody else.
fn to_another(others: &[Owner], form: Form<'_>) -> impl IntoView + use<> {
    let chosen = form.value("to", "");
    let people = others
        .iter()
        .map(|owner| {
            let id = owner.id.to_string();
            let selected = id == chosen;
            view! { <option value=id selected=selected>{text::cut(&text::visible(&owner.name), 60)}</option> }
        })
        .collect::<Vec<_>>();
    let wrong = form.remedy("to");
    let (invalid, described) = (wrong.is_some().then_some("true"), wrong.is_some().then_some("e-to"));
    view! {
        <span class="row1">
            <label class="sm nw" for="f-to">"Assign to"</label>
            <select class="sel" id="f-to" name="to" aria-invalid=invalid aria-describedby=described>
                <option value="">"Choose a person"</option>
                {people}
            </select>
            <button class="btn" type="submit" name="press" value="assign">"Assign"</button>
        </span>
        {wrong.map(|remedy| view! { <p class="err" id="e-to">{remedy}</p> })}
    }
}
