//! The table of the queue, and what stands there when it is empty.

use leptos::{either::Either, prelude::*};
use quell_domain::{
    Timestamp,
    view::{QueuePage, QueueRow, QueueView},
};

use super::{links, row::row};
use crate::ui::{icon_large, moment, moment::date_clock};

/// The rows, or why there are none; `picked` as the page has it.
pub fn table(
    page: &QueuePage,
    rows: &[(QueueRow, bool)],
    picked: &str,
    now: Signal<Timestamp>,
) -> impl IntoView + use<> {
    if rows.is_empty() { Either::Left(empty(page)) } else { Either::Right(full(page, rows, picked, now)) }
}

fn full(page: &QueuePage, rows: &[(QueueRow, bool)], picked: &str, now: Signal<Timestamp>) -> impl IntoView + use<> {
    let caption = format!("Incidents, view {}, most urgent first", page.filter.view.label());
    let more = page.next.map(|next| {
        view! { <a class="btn" href=links::after(&page.filter, next)>"Next 50"</a> }
    });
    let first = page.filter.after.map(|_| view! { <a class="btn" href=links::view(&page.filter)>"First page"</a> });
    let rows = rows.iter().map(|(item, left)| row(item, *left, page, picked, now)).collect::<Vec<_>>();
    let count = rows.len();
    view! {
        <div class="card">
            <table class="tbl fix q">
                <caption class="vh">{caption}</caption>
                <thead>
                    <tr>
                        <th class="csel" scope="col"><span class="vh">"Select"</span><input class="ck" type="checkbox" data-all="" aria-label="Select all shown"/></th>
                        <th class="csev" scope="col">"Severity"</th>
                        <th scope="col">"Incident"</th>
                        <th class="cwhere" scope="col">"Container and node"</th>
                        <th class="cstate" scope="col">"State"</th>
                        <th class="cown" scope="col">"Owner"</th>
                        <th class="csla" scope="col">"Time left"</th>
                        <th class="cact" scope="col">"Next step"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <div class="foot">
            <span class="num">{format!("{count} shown, as of ")}{moment(page.as_of)}" UTC"</span>
            <span class="sp"></span>
            {first}
            {more}
        </div>
    }
}

fn empty(page: &QueuePage) -> impl IntoView + use<> {
    let filtered = !page.filter.text.is_empty() || page.filter.class.is_some();
    let words = match page.filter.view {
        _ if filtered => "Nothing matches this filter.",
        QueueView::NeedsAction => "No incident needs action.",
        QueueView::Mine => "No open incident is yours.",
        QueueView::Unassigned => "Every open incident has an owner.",
        QueueView::Contained => "No open incident is contained.",
        QueueView::Closed => "No incident was closed yet.",
    };
    let clear = filtered.then(|| {
        let all =
            quell_domain::view::QueueFilter { view: page.filter.view, class: None, text: String::new(), after: None };
        view! { <p class="mt2"><a href=links::view(&all)>"Remove the filter"</a></p> }
    });
    let (nodes, answering) = page.nodes;
    let alarm = match page.counters.last_alarm_at {
        Some(at) => format!("Last alarm {} UTC.", date_clock(at)),
        None => "No alarm was ever received: check the alarm sources.".to_owned(),
    };
    view! {
        <div class="card empty">
            {icon_large("shieldok")}
            <h2>{words}</h2>
            <p class="t2">{alarm}" "{format!("{answering} of {nodes} nodes answered when last asked.")}</p>
            {clear}
        </div>
    }
}
