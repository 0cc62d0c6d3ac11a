//! Above the queue: the four numbers, the tabs of views and classes, and what the viewer should know.

use leptos::prelude::*;
use quell_domain::{
    Timestamp,
    alarm::AlarmClass,
    time::span,
    view::{Counters, QueueFilter, QueuePage, QueueView},
};

use super::links;
use crate::ui::icon;

/// Numbers and tabs.
pub fn head(page: &QueuePage, now: Signal<Timestamp>) -> impl IntoView + use<> {
    view! {
        {stats(&page.counters, now)}
        {views(&page.filter, &page.counters)}
        {classes(&page.filter, &page.counters)}
    }
}

fn stats(counters: &Counters, now: Signal<Timestamp>) -> impl IntoView + use<> {
    let past = (counters.past_target > 0)
        .then(|| view! { <small class="bad">{format!("{} past target", counters.past_target)}</small> });
    let oldest = counters
        .oldest_unacknowledged
        .map(|since| view! { <small>{move || format!("oldest {}", span(now.get().since(since)))}</small> });
    let late = (counters.past_acknowledge > 0)
        .then(|| view! { <small class="bad">{format!("{} past target", counters.past_acknowledge)}</small> });
    let unknown = (counters.unknown > 0).then(|| view! { <small>{format!("{} unknown", counters.unknown)}</small> });
    let median = counters.median_to_contain.map_or_else(|| "–".to_owned(), span);
    view! {
        <dl class="stats mt3">
            <div><dt>"Need containment"</dt><dd>{counters.need_containment} {past}</dd></div>
            <div><dt>"Not acknowledged"</dt><dd>{counters.not_acknowledged} {late} {oldest}</dd></div>
            <div><dt>"Contained, still open"</dt><dd>{counters.contained} {unknown}</dd></div>
            <div><dt>"Median time to contain, 24 h"</dt><dd>{median}</dd></div>
        </dl>
    }
}

fn views(filter: &QueueFilter, counters: &Counters) -> impl IntoView + use<> {
    let count = |view| match view {
        QueueView::NeedsAction => counters.need_action,
        QueueView::Mine => counters.mine,
        QueueView::Unassigned => counters.unassigned,
        QueueView::Contained => counters.contained,
        QueueView::Closed => counters.closed,
    };
    let tabs = QueueView::ALL
        .iter()
        .map(|view| tab(links::other_view(filter, *view), view.label(), count(*view), filter.view == *view))
        .collect::<Vec<_>>();
    view! { <nav class="tabs mt4" aria-label="Views">{tabs}</nav> }
}

/// The runbook's five tabs first, then what does not fit them.
fn classes(filter: &QueueFilter, counters: &Counters) -> impl IntoView + use<> {
    let all =
        tab(links::other_class(filter, None), "All classes", counters.by_class.iter().sum(), filter.class.is_none());
    let tabs = AlarmClass::ALL
        .iter()
        .enumerate()
        .map(|(at, class)| {
            let count = counters.by_class.get(at).copied().unwrap_or_default();
            tab(links::other_class(filter, Some(*class)), class.label(), count, filter.class == Some(*class))
        })
        .collect::<Vec<_>>();
    view! { <nav class="tabs sub" aria-label="Alarm classes">{all}{tabs}</nav> }
}

fn tab(href: String, label: &'static str, count: i64, current: bool) -> impl IntoView + use<> {
    view! {
        <a href=href aria-current=current.then_some("page")>{label}<span class="n">{count}</span></a>
    }
}

/// What makes the list less than it seems.
pub fn notices(page: &QueuePage) -> impl IntoView + use<> {
    let (nodes, answering) = page.nodes;
    let silent = nodes - answering;
    (silent > 0).then(|| {
        let words = format!(
            "{silent} of {nodes} nodes did not answer when last asked. Containers there cannot be found or paused, and this list may be incomplete."
        );
        view! { <div class="note warn mb3">{icon("alert")}<span>{words}</span></div> }
    })
}

/// The bar that says what changed beside the rows on the page. Nothing when nothing did.
pub fn news<F: Fn() + Send + 'static>((new, left): (usize, usize), here: String, show: F) -> impl IntoView + use<F> {
    (new + left > 0).then(|| {
        let words = match (new, left) {
            (0, 1) => "1 incident left this view".to_owned(),
            (0, left) => format!("{left} incidents left this view"),
            (1, _) => "1 new incident".to_owned(),
            (new, _) => format!("{new} new incidents"),
        };
        let label = if new > 0 { "Show new" } else { "Show current" };
        view! {
            <div class="note mb3" role="status">
                {icon("bell")}
                <span><b class="b">{words}</b>" since you opened this list. Rows stay in place until you load them."</span>
                <span class="sp"></span>
                <a
                    class="btn sm"
                    href=here
                    on:click=move |event| {
                        event.prevent_default();
                        show();
                    }
                >
                    {label}
                </a>
            </div>
        }
    })
}
