//! One row of the queue: which container on which node, how far, whose, how long, and the one next step.

use leptos::{either::Either, html::input, prelude::*};
use quell_domain::{
    Timestamp,
    incident::IncidentState,
    playbook::Step,
    view::{QueuePage, QueueRow},
};

use crate::{
    endpoints,
    ui::{avatar, hostile::known, hostile_words, post_button, severity, state, step_bar, target},
};

/// The row; `left` says that it is no longer in this view.
pub fn row(
    row: &QueueRow,
    left: bool,
    page: &QueuePage,
    picked: &str,
    now: Signal<Timestamp>,
) -> impl IntoView + use<> {
    let alarms = if row.alarm_count == 1 { "1 alarm".to_owned() } else { format!("{} alarms", row.alarm_count) };
    let closed = row.state == IncidentState::Closed;
    let container =
        if row.container_name.is_empty() { row.container_short.as_str() } else { row.container_name.as_str() };
    let (owner, owner_class) = match row.owner_name.as_str() {
        "" => ("Unassigned".to_owned(), "mut"),
        name => (name.to_owned(), "el"),
    };
    view! {
        <tr class=if left { "left" } else { "" }>
            <td>{tick(row.number, picked)}</td>
            <td>{severity(row.severity)}</td>
            <td>
                <div class="l1"><a class="ttl" href=format!("/incidents/{}", row.number)>{hostile_words(&row.title)}</a></div>
                <div class="l2"><span class="num">{format!("INC-{}", row.number)}</span>{format!(" · {} · {alarms}", row.class.label())}</div>
            </td>
            <td>
                <div class="l1">{known(container, "No container named")}</div>
                <div class="l2">"on "{known(&row.node_name, "an unknown node")}</div>
            </td>
            <td>{state(row.state)}{step_bar(&row.steps)}</td>
            <td><span class="row1">{avatar(&row.owner_name)}<span class=owner_class>{hostile_words(&owner)}</span></span></td>
            <td>{target(row.first_alarm_at, row.contain_by, row.contained_at, closed, now)}</td>
            <td>{next(row, left, page)}</td>
        </tr>
    }
}

/// Belongs to the form below the table: rows hold forms of their own. Where there is no such form it is not shown.
fn tick(number: i64, picked: &str) -> impl IntoView + use<> {
    let number = number.to_string();
    let label = "Select INC-".to_owned() + &number;
    #[cfg(feature = "ssr")]
    let checked = picked == "all" || picked.split_whitespace().any(|one| one == number);
    let box_ = input().class("ck").r#type("checkbox").form("bulk").name("n").value(number).aria_label(label);
    // What is ticked to begin with is the page's business; the browser has it then.
    #[cfg(feature = "ssr")]
    let box_ = box_.checked(checked);
    #[cfg(not(feature = "ssr"))]
    let _ = picked;
    box_
}

/// The one next step: a form where it is done at once, a link where it is not.
fn next(row: &QueueRow, left: bool, page: &QueuePage) -> impl IntoView + use<> {
    let number = row.number;
    if row.next == Some(Step::Acknowledge) && page.can_triage.allowed && !left {
        let fields = vec![("number", number.to_string())];
        let about = format!("INC-{number}");
        return Either::Left(post_button(
            endpoints::ACKNOWLEDGE.path,
            fields,
            "btn sm w",
            None,
            "Acknowledge",
            about,
            &page.can_triage,
        ));
    }
    let (rest, label, class) = match row.next {
        _ if left => ("", "Left this view", "btn sm w"),
        Some(Step::Verdict) => ("#verdict", "Give verdict", "btn sm w"),
        Some(Step::Contain) if row.method.allows_action() => ("/actions/pause", "Pause…", "btn sm w pri"),
        Some(Step::Contain) => ("#choose", "Choose container", "btn sm w"),
        Some(Step::Evidence) => ("#evidence", "Retain evidence", "btn sm w"),
        Some(Step::Acknowledge) | None => ("", "Open", "btn sm w"),
    };
    Either::Right(view! {
        <a class=class href=format!("/incidents/{number}{rest}")>{label}<span class="vh">{format!(" INC-{number}")}</span></a>
    })
}
