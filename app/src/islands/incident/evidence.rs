//! Evidence: packs with their items, each with bytes, rate and last sign of life while it is collected.

use leptos::{either::Either, prelude::*};
use quell_domain::{
    Timestamp,
    evidence::{Item, ItemKind, ItemState, Task},
    incident::IncidentState,
    policy::Can,
    text::bytes,
    time::span,
    view::{IncidentPage, PackRow},
};

use crate::{
    endpoints,
    ui::{chips::item_mark, hidden, hostile_words, icon_small, moment, post_button, why_not},
};

/// The card.
pub fn evidence(page: &IncidentPage, now: Signal<Timestamp>) -> impl IntoView + use<> {
    let sealed: usize =
        page.packs.iter().map(|pack| pack.items.iter().filter(|item| item.state == ItemState::Sealed).count()).sum();
    let packs = page.packs.iter().map(|pack| self::pack(page, pack, now)).collect::<Vec<_>>();
    let none = page.packs.is_empty().then(|| view! { <p class="bd sm t2">"Nothing is collected yet. Collecting never changes the container's state."</p> });
    view! {
        <section class="card" id="evidence" aria-labelledby="h-ev">
            <header><h2 id="h-ev">"Evidence"</h2><span class="mut sm num">{format!("{sealed} sealed")}</span></header>
            {none}
            {packs}
            {collect(page)}
            <p class="bd xs mut">"No memory capture: there is no node agent yet. A pause keeps the memory on the node."</p>
        </section>
    }
}

fn pack(page: &IncidentPage, row: &PackRow, now: Signal<Timestamp>) -> impl IntoView + use<> {
    let lines = ItemKind::ALL
        .iter()
        .filter_map(|kind| {
            let item = row.items.iter().find(|item| item.kind == *kind).map(|item| Either::Left(concluded(item)));
            item.or_else(|| {
                row.tasks.iter().find(|task| task.kind == *kind).map(|task| Either::Right(running(page, task, now)))
            })
        })
        .collect::<Vec<_>>();
    let cancel = (row.pack.done_at.is_none() && page.can.cancel.allowed).then(|| {
        let fields = vec![("number", page.incident.number.to_string()), ("pack", row.pack.id.to_string())];
        post_button(endpoints::CANCEL.path, fields, "btn sm", None, "Cancel", "collection".to_owned(), &page.can.cancel)
    });
    view! {
        <div class="pk">
            <div class="xs mut row1">
                <span>"Asked for "{moment(row.pack.created_at)}" by "{hostile_words(&row.pack.requester_name)}</span>
                <span class="sp"></span>
                {cancel}
            </div>
            <ul class="ev">{lines}</ul>
        </div>
    }
}

fn concluded(item: &Item) -> impl IntoView + use<> {
    let (icon, class) = item_mark(item.state);
    let words = match item.state {
        ItemState::Sealed => format!("{} · hash checked", bytes(item.size)),
        ItemState::Partial => format!("{} · partly kept", bytes(item.size)),
        state => state.label().to_owned(),
    };
    let reason = (!item.reason.is_empty()).then(|| view! { <p class="xs t2">{hostile_words(&item.reason)}</p> });
    view! {
        <li>
            <div class=class>
                {icon_small(icon)}
                <a class="nm" href=format!("/evidence/{}", item.id)>{item.kind.label()}</a>
                <span class="sp"></span>
                <span class="xs mut num nw">{words}</span>
            </div>
            {reason}
        </li>
    }
}

fn running(page: &IncidentPage, task: &Task, now: Signal<Timestamp>) -> impl IntoView + use<> {
    let (icon, class) = item_mark(task.state);
    let label = task.kind.label();
    let name = format!("ev-{}", task.id);
    let note = (!task.note.is_empty()).then(|| view! { <p class="xs t2">{hostile_words(&task.note)}</p> });
    let needs_pause = (task.state == ItemState::NeedsPause && page.can.pause.allowed).then(|| {
        view! { <p class="xs"><a href=format!("{}/actions/pause", page.incident.path())>"Pause container…"</a></p> }
    });
    let moving = matches!(task.state, ItemState::Collecting | ItemState::Verifying);
    let progress = moving.then(|| view! {
        <progress aria-labelledby=name.clone() value=task.total.map(|_| task.bytes.to_string()) max=task.total.map(|total| total.max(1).to_string())>
            {bytes(task.bytes)}
        </progress>
        <p class="xs mut num">{flow(task)}{task.heartbeat_at.map(|at| view! {
            <span>{move || format!(" · last sign of life {} ago", span(now.get().since(at).max(0)))}</span>
        })}</p>
    });
    view! {
        <li>
            <div class=class>
                {icon_small(icon)}
                <span class="nm" id=name>{label}</span>
                <span class="sp"></span>
                <span class="xs mut num nw">{task.state.label()}</span>
            </div>
            {progress}
            {note}
            {needs_pause}
        </li>
    }
}

/// `3.1 MB of 5.0 MB · 12.0 MB/s`.
fn flow(task: &Task) -> String {
    let mut words = match task.total {
        Some(total) => format!("{} of {}", bytes(task.bytes), bytes(total)),
        None => bytes(task.bytes),
    };
    if let (Some(start), Some(seen)) = (task.started_at, task.heartbeat_at) {
        let passed = seen.since(start);
        if passed > 0 {
            let rate = task.bytes.saturating_mul(1_000) / (passed / 1_000).max(1);
            words.push_str(&format!(" · {}/s", bytes(rate)));
        }
    }
    words
}

/// Collects all or one kind. Also offered again, for what failed or needed a pause before.
fn collect(page: &IncidentPage) -> impl IntoView + use<> {
    let under_way = page.packs.iter().any(|row| row.pack.done_at.is_none());
    let offer = page.incident.state != IncidentState::Closed && !under_way;
    offer.then(|| {
        let number = page.incident.number;
        let label = if page.packs.is_empty() { "Retain evidence" } else { "Collect again" };
        let fields = vec![("number", number.to_string()), ("kind", String::new())];
        let one = page.can.collect.allowed.then(|| one_kind(number));
        view! {
            <div class="bd acts">
                {post_button(endpoints::COLLECT.path, fields, "btn", Some("archive"), label, String::new(), &page.can.collect)}
                {one}
            </div>
            {refused(&page.can.collect)}
        }
    })
}

fn refused(can: &Can) -> impl IntoView + use<> {
    (!can.allowed).then(|| view! { <div class="bd">{why_not(can)}</div> })
}

fn one_kind(number: i64) -> impl IntoView + use<> {
    let kinds = ItemKind::ALL
        .iter()
        .map(|kind| view! { <option value=kind.word()>{kind.label()}</option> })
        .collect::<Vec<_>>();
    view! {
        <form method="post" action=endpoints::COLLECT.path class="row1 one">
            {hidden("number", number.to_string())}
            <label class="vh" for="ev-kind">"One kind of evidence"</label>
            <select id="ev-kind" name="kind" class="sel">{kinds}</select>
            <button type="submit" class="btn">"Only this"</button>
        </form>
    }
}
