//! On an incident's page: the ways to the steps of its life, and the incidents that belong to it.

use leptos::prelude::*;
use quell_domain::{
    text,
    view::{LifePage, LifeStep, LinkRow},
};

use super::is_merged;
use crate::ui::{hostile_line, hostile_words, icon, why_not};

/// Links, of which a change elsewhere hides those that do not fit any more.
pub fn steps(page: &LifePage) -> impl IntoView + use<> {
    let open = [
        (LifeStep::HandOver, "user", "Hand over…"),
        (LifeStep::Analysis, "micro", "Analysis…"),
        (LifeStep::Merge, "link", "Merge…"),
        (LifeStep::Close, "check", "Close…"),
    ];
    let over = if is_merged(page) {
        [(LifeStep::Unmerge, "cut", "Unmerge…")]
    } else {
        [(LifeStep::Reopen, "undo", "Reopen…")]
    };
    view! {
        <section class="card" id="life" aria-labelledby="h-lf">
            <header><h2 id="h-lf">"Other steps"</h2></header>
            <div class="acts bd when-open">{Vec::from(open.map(|step| way(page, step)))}</div>
            <div class="acts bd when-over">{Vec::from(over.map(|step| way(page, step)))}</div>
            {(!page.can.allowed).then(|| view! { <div class="bd">{why_not(&page.can)}</div> })}
        </section>
    }
}

/// A link to a step's page, which says what stands in its way; for who may take none, a button that says why.
fn way(page: &LifePage, (step, mark, label): (LifeStep, &'static str, &'static str)) -> AnyView {
    if page.can.allowed {
        let href = format!("{}/life/{}", page.incident.path(), step.word());
        view! { <a class="btn sm" href=href>{icon(mark)}{label}</a> }.into_any()
    } else {
        view! {
            <button type="button" class="btn sm" aria-disabled="true" title=page.can.why_not.clone()>{icon(mark)}{label}</button>
        }
        .into_any()
    }
}

/// What belongs to it; nothing when nothing does.
pub fn links(page: &LifePage) -> impl IntoView + use<> {
    (!page.links.is_empty()).then(|| {
        let rows = page.links.iter().map(row).collect::<Vec<_>>();
        view! {
            <section class="card" id="linked" aria-labelledby="h-lk">
                <header><h2 id="h-lk">"Linked incidents"</h2><span class="mut sm num">{page.links.len()}</span></header>
                <ul class="ev">{rows}</ul>
            </section>
        }
    })
}

fn row(row: &LinkRow) -> impl IntoView + use<> {
    let path = format!("/incidents/{}", row.number);
    let kept = [("#actions", row.requests, "action request"), ("#evidence", row.packs, "evidence collection")];
    let kept = kept.into_iter().filter(|(_, count, _)| *count > 0).map(|(part, count, what)| {
        view! { " · "<a href=format!("{path}{part}")>{text::count(count, what)}</a> }
    });
    let kept = kept.collect::<Vec<_>>();
    let how = row.closing.map_or(row.state.label(), |closing| closing.label());
    view! {
        <li>
            <div class="ln"><a class="nm" href=path>{format!("INC-{} ", row.number)}{hostile_words(&row.title)}</a></div>
            <p class="sm">{row.relation.label()}". "{how}"."</p>
            <p class="xs mut">{hostile_line(&row.container_name)}" on "{hostile_line(&row.node_name)}{kept}</p>
        </li>
    }
}
