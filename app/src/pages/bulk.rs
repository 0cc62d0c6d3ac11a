//! `/incidents/bulk/{number}`: what was done to several incidents, each with its result; and the same in short above
//! the queue.

use leptos::prelude::*;
use quell_domain::{
    action::RequestState,
    bulk::{BulkKind, BulkOutcome},
    text::count,
    view::{BulkPage, BulkRow},
};

use super::{
    frame::{Here, Page, framed},
    isolate::verb,
    param,
};
use crate::{
    api,
    endpoints::BULK_UNDO,
    guard::own_queue,
    islands::LivePage,
    ui::{
        chips::request_chip, hidden, hostile::known, hostile_line, hostile_words, icon, icon_small,
        moment::long_moment, state,
    },
};

/// Incidents that are named above the queue; of more, the page of the result tells.
const NAMED: usize = 5;

/// The page.
pub fn page() -> impl IntoView {
    let bulk = param("bulk").parse().unwrap_or_default();
    framed(Here::Incidents, move |_| async move {
        let page = api::bulk::show(bulk).await?;
        let title = heading(&page);
        Ok(Page::new(&title, body(&page)).below("Incidents", "/incidents", &title).live())
    })
}

/// What was done, in a few words.
fn heading(page: &BulkPage) -> String {
    let number = page.rows.len();
    match (page.kind, page.action) {
        (BulkKind::Isolate, Some(action)) => format!("{} {}", verb(action), count(number, "container")),
        (kind, _) => format!("{}: {}", kind.label(), count(number, "incident")),
    }
}

/// The page, as a pure function.
#[must_use]
pub fn body(page: &BulkPage) -> AnyView {
    let rows = page.rows.iter().map(|row| line(page, row)).collect::<Vec<_>>();
    let result = if page.kind == BulkKind::Isolate {
        "Each is a request of its own, with its own approval, run and check. ".into_any()
    } else {
        counted(page)
    };
    let refused = page.rows.iter().filter(|row| row.line.outcome == BulkOutcome::Refused);
    let again: Vec<String> = refused.map(|row| format!("n={}", row.line.number)).collect();
    let again = page.action.filter(|_| !again.is_empty()).map(|action| {
        let href = format!("/incidents/isolate?measure={}&{}", action.word(), again.join("&"));
        view! { <a class="btn" href=href>{icon("eye")}"Look again at what was refused"</a> }
    });
    view! {
        <div class="hd"><h1>{heading(page)}</h1><span class="sp"></span>{undo(page, "/incidents?view=action")}{again}<a class="btn" href="/incidents">{icon("queue")}"Queue"</a></div>
        <p class="t2 mb3">{result}<span class="sm">"By "{hostile_words(&page.by)}", "{long_moment(page.at)}" UTC."</span></p>
        <LivePage watch="incident".to_owned() wait=false/>
        <section class="card" aria-label="Results" data-live="results">
            <table class="tbl al rs">
                <caption class="vh">"Each incident with its result"</caption>
                <thead><tr><th scope="col">"Incident"</th><th scope="col">"Container and node"</th><th scope="col">"Result"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </section>
    }
    .into_any()
}

fn line(page: &BulkPage, row: &BulkRow) -> impl IntoView + use<> {
    let number = row.line.number;
    let about = row.incident.as_ref().map(|incident| {
        view! { <div class="xs mut">{hostile_words(&incident.title)}</div> }
    });
    let place = row.incident.as_ref().map(|incident| &incident.place);
    let place = place.map(|place| {
        view! {
            <div>{known(&place.container_name, "No container named")}</div>
            <div class="xs mut">"on "{known(&place.node_name, "an unknown node")}</div>
        }
    });
    let label = format!("INC-{number}");
    let label = match &row.incident {
        Some(_) => view! { <a class="b num" href=format!("/incidents/{number}")>{label}</a> }.into_any(),
        None => view! { <span class="b num">{label}</span> }.into_any(),
    };
    view! {
        <tr id=format!("r-{number}")>
            <td>{label}{about}</td>
            <td>{place}</td>
            <td>{result(page, row)}</td>
        </tr>
    }
}

/// How it ended: of a request as it stands now, with the way to it.
fn result(page: &BulkPage, row: &BulkRow) -> AnyView {
    if let Some(request) = &row.request {
        let words = match request.state {
            RequestState::AwaitingApproval => "It waits for another person.".to_owned(),
            RequestState::Approved | RequestState::Running => "The engine is being asked.".to_owned(),
            _ => request.detail.clone(),
        };
        return view! {
            <div class="row1 wrap">{request_chip(request.action, request.state)}<a class="sm" href=format!("/approvals/{}", request.id)>"Request"<span class="vh">{format!(" for INC-{}", row.line.number)}</span></a></div>
            <div class="xs t2">{hostile_words(&words)}</div>
        }
        .into_any();
    }
    let words =
        (!row.line.words.is_empty()).then(|| view! { <div class="xs t2">{hostile_words(&row.line.words)}</div> });
    let (class, mark, label) = match row.line.outcome {
        BulkOutcome::Done if page.kind == BulkKind::Undo => ("chip st ok", "check", "Undone"),
        BulkOutcome::Done => ("chip st ok", "check", row.line.outcome.label()),
        BulkOutcome::Unchanged => ("chip st done", "minus", row.line.outcome.label()),
        BulkOutcome::Refused => ("chip st bad", "x", row.line.outcome.label()),
    };
    let chip = view! { <span class=class>{icon_small(mark)}{label}</span> };
    let now = row.incident.as_ref().map(|incident| state(incident.state));
    view! { <div class="row1 wrap">{chip}{now}</div>{words} }.into_any()
}

/// The way back, as long as there is one.
fn undo(page: &BulkPage, back: &str) -> impl IntoView + use<> {
    let (bulk, back) = (page.bulk.to_string(), back.to_owned());
    page.can_undo.allowed.then(|| {
        view! {
            <form method="post" action=BULK_UNDO.path>
                {hidden("bulk", bulk)}
                {hidden("back", back)}
                <button class="btn sm" type="submit">{icon("undo")}"Undo"</button>
            </form>
        }
    })
}

/// In a sentence: for how many it was done, into which incident they went, for how many there was nothing to do, and for how
/// many it was refused.
fn counted(page: &BulkPage) -> AnyView {
    let what = match page.kind {
        BulkKind::Acknowledge => "acknowledged",
        BulkKind::Assign => "assigned",
        BulkKind::Merge => "merged",
        BulkKind::Isolate => "asked for",
        BulkKind::Undo => "undone",
    };
    let done = page.count(BulkOutcome::Done);
    let words = format!("{} {what}", count(done, "incident"));
    let others = [(BulkOutcome::Unchanged, "with nothing to do"), (BulkOutcome::Refused, "refused")];
    let others = others.map(|(outcome, words)| match page.count(outcome) {
        0 => String::new(),
        number => format!(", {number} {words}"),
    });
    let others = format!("{}. ", others.concat());
    match page.into.filter(|_| done > 0) {
        Some(into) => view! {
            {format!("{words} into ")}<a href=format!("/incidents/{into}")>{format!("INC-{into}")}</a>{others}
        }
        .into_any(),
        None => (words + &others).into_any(),
    }
}

/// Above the queue: how many, which not and why, and the way back.
pub fn told(page: &BulkPage, back: &str) -> impl IntoView + use<> {
    let refused = page.count(BulkOutcome::Refused);
    let remarks: Vec<&BulkRow> = page.rows.iter().filter(|row| !row.line.words.is_empty()).collect();
    let more = remarks.len().saturating_sub(NAMED);
    let named = remarks
        .iter()
        .take(NAMED)
        .map(|row| view! { <li><a href=format!("/incidents/{}", row.line.number)>{format!("INC-{}", row.line.number)}</a>": "{hostile_words(&row.line.words)}</li> })
        .collect::<Vec<_>>();
    let named = (!named.is_empty()).then(|| view! { <ul class="dots sm">{named}</ul> });
    let all = (more > 0).then(|| view! { <span class="sm">{format!("And {more} more: ")}</span> });
    let class = if refused == 0 { "note ok mb3" } else { "note warn mb3" };
    let mark = if refused == 0 { "check" } else { "alert" };
    view! {
        <div class=class role="status">
            {icon(mark)}
            <div><b class="b">{counted(page)}</b>{all}<a class="sm" href=format!("/incidents/bulk/{}", page.bulk)>"Each one"</a>{named}</div>
            <span class="sp"></span>
            {undo(page, back)}
        </div>
    }
}

/// In place of a page about several incidents that cannot be shown: why, and the way back with the ticks kept.
pub fn refused(problem: &quell_domain::Problem, title: &'static str, back: &str, numbers: &str) -> AnyView {
    let kept: Vec<&str> = numbers
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|word| !word.is_empty() && word.len() < 12 && word.bytes().all(|b| b.is_ascii_digit()))
        .take(1_000)
        .collect();
    let back = format!("{}&pick={}", own_queue(back), kept.join("+"));
    let fields = problem.fields.iter().map(|field| view! { <p>{field.remedy.clone()}</p> }).collect::<Vec<_>>();
    // Unless the fields say it better.
    let message = fields.is_empty().then(|| view! { <p>{hostile_line(&problem.message)}</p> });
    view! {
        <div class="hd mb3"><h1>{title}</h1></div>
        <div class="note bad mb3" role="alert">{icon("alert")}<div>{message}{fields}</div></div>
        <p><a class="btn" href=back>{icon("queue")}"Back to the queue"</a></p>
    }
    .into_any()
}
