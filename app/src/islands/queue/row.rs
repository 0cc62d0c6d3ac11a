//! One row of the queue: which container on which node, how far, whose, how long, and the one next step.

use leptos::{either::Either, html::input, prelude::*};
use quell_domain::{
    Timestamp,
    playbook::Step,
    text::count,
    view::{QueuePage, QueueRow},
};

use crate::{
    endpoints,
    ui::{avatar, hostile::known, hostile_words, post_button, severity, state, step_bar, target, unknown},
};

/// The row; `left` says that it is no longer in this view.
pub fn row(
    row: &QueueRow,
    left: bool,
    page: &QueuePage,
    picked: &str,
    now: Signal<Timestamp>,
) -> impl IntoView + use<> {
    let alarms = count(row.alarm_count, "alarm");
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
            <td>{state(row.state)}{row.unknown.then(unknown)}{step_bar(&row.steps)}</td>
            <td><span class="row1">{avatar(&row.owner_name)}<span class=owner_class>{hostile_words(&owner)}</span></span></td>
            <td>{target(row.due, now)}<div class="l2">{row.due.goal.label()}</div></td>
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
    let offer = row.next.as_ref().filter(|_| !left);
    let acknowledges = offer.is_some_and(|offer| offer.step == Step::Acknowledge);
    if acknowledges && page.can_triage.allowed {
        let fields = vec![("number", number.to_string())];
        let about = format!("INC-{number}");
        let label = Step::Acknowledge.label();
        return Either::Left(post_button(
            endpoints::ACKNOWLEDGE.path,
            fields,
            "btn sm w",
            None,
            label,
            about,
            &page.can_triage,
        ));
    }
    let own = format!("/incidents/{number}");
    let (href, label, class) = match offer {
        _ if left => (own, "Left this view", "btn sm w"),
        None => (own, "Open", "btn sm w"),
        Some(_) if acknowledges => (own, "Open", "btn sm w"),
        // It is begun on the incident's page.
        Some(offer) if offer.href.is_empty() => (own + "#evidence", offer.label.as_str(), "btn sm w"),
        Some(offer) if offer.step == Step::Contain => (offer.href.clone(), offer.label.as_str(), "btn sm w pri"),
        Some(offer) => (offer.href.clone(), offer.label.as_str(), "btn sm w"),
    };
    let label = label.to_owned();
    Either::Right(view! {
        <a class=class href=href>{label}<span class="vh">{format!(" INC-{number}")}</span></a>
    })
}
