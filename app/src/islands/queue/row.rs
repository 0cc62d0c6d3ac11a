//! One row of the queue: which container on which node, how far, whose, how long, and the one next step.

use leptos::prelude::*;
use quell_domain::{
    Timestamp,
    incident::IncidentState,
    playbook::Step,
    view::{QueuePage, QueueRow},
};

use crate::{
    endpoints,
    ui::{avatar, hostile_line, hostile_words, post_button, severity, state, step_bar, target},
};

/// The row; `left` says that it is no longer in this view.
pub fn row(row: &QueueRow, left: bool, page: &QueuePage, now: Signal<Timestamp>) -> impl IntoView + use<> {
    let alarms = if row.alarm_count == 1 { "1 alarm".to_owned() } else { format!("{} alarms", row.alarm_count) };
    let closed = row.state == IncidentState::Closed;
    let container = if row.container_name.is_empty() { row.container_short.as_str() } else { row.container_name.as_str() };
    let (owner, owner_class) = match row.owner_name.as_str() {
        "" => ("Unassigned".to_owned(), "mut"),
        name => (name.to_owned(), "el"),
    };
    view! {
        <tr class=if left { "left" } else { "" }>
            <td>{severity(row.severity)}</td>
            <td>
                <div class="l1"><a class="ttl" href=format!("/incidents/{}", row.number)>{hostile_words(&row.title)}</a></div>
                <div class="l2"><span class="num">{format!("INC-{}", row.number)}</span>{format!(" · {} · {alarms}", row.class.label())}</div>
            </td>
            <td>
                <div class="l1">{known(container, "No container named")}</div>
                <div class="l2">"on "{known(&row.node_name, "an unknown node")}</div>
            </td>
            <td>{state(row.state)}{step_bar(row.progress, closed)}</td>
            <td><span class="row1">{avatar(&row.owner_name)}<span class=owner_class>{owner}</span></span></td>
            <td>{target(row.first_alarm_at, row.contain_by, row.contained_at, closed, now)}</td>
            <td>{if left { gone(row).into_any() } else { next(row, page) }}</td>
        </tr>
    }
}

/// A name that an alarm gave, or words for that it gave none.
fn known(text: &str, otherwise: &'static str) -> AnyView {
    if text.is_empty() { view! { <span class="mut">{otherwise}</span> }.into_any() } else { hostile_line(text).into_any() }
}

fn gone(row: &QueueRow) -> impl IntoView + use<> {
    link(row, String::new(), "Left this view", "btn sm w")
}

fn next(row: &QueueRow, page: &QueuePage) -> AnyView {
    match row.next {
        Some(Step::Acknowledge) if page.can_triage.allowed => post_button(
            endpoints::ACKNOWLEDGE.path,
            vec![("number", row.number.to_string())],
            "btn sm w",
            None,
            "Acknowledge",
            format!("INC-{}", row.number),
            &page.can_triage,
        ),
        Some(Step::Acknowledge) => link(row, String::new(), "Open", "btn sm w").into_any(),
        Some(Step::Verdict) => link(row, "#verdict".to_owned(), "Give verdict", "btn sm w").into_any(),
        Some(Step::Contain) if row.method.allows_action() => {
            link(row, "/actions/pause".to_owned(), "Pause…", "btn sm w pri").into_any()
        }
        Some(Step::Contain) => link(row, "/container".to_owned(), "Choose container", "btn sm w").into_any(),
        Some(Step::Evidence) => link(row, "#evidence".to_owned(), "Retain evidence", "btn sm w").into_any(),
        None => link(row, String::new(), "Open", "btn sm w").into_any(),
    }
}

fn link(row: &QueueRow, rest: String, label: &'static str, class: &'static str) -> impl IntoView + use<> {
    view! {
        <a class=class href=format!("/incidents/{}{rest}", row.number)>
            {label}<span class="vh">{format!(" INC-{}", row.number)}</span>
        </a>
    }
}
