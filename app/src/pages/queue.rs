//! `/incidents`: the queue.

use leptos::prelude::*;
use quell_domain::view::QueuePage;

use super::{
    frame::{Here, Page, framed},
    query,
};
use crate::{
    api,
    islands::{QueueLive, carried::pack},
    ui::{hidden, icon},
};

/// The page.
pub fn page() -> impl IntoView {
    let (view, class, q, after) = (query("view"), query("class"), query("q"), query("after"));
    framed(Here::Incidents, |_| async move {
        let queue = api::incidents::queue(view, class, q, after).await?;
        Ok(Page::new("Incidents", body(&queue)).live())
    })
}

/// The page, as a pure function.
#[must_use]
pub fn body(queue: &QueuePage) -> AnyView {
    let filter = queue.filter.clone();
    let class = filter.class.map(|class| hidden("class", class.word().to_owned()));
    view! {
        <div class="hd"><h1>"Incidents"</h1></div>
        <QueueLive page=pack(queue)>
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
    }
    .into_any()
}
