//! `/incidents/{number}`: one incident.

use leptos::prelude::*;
use quell_domain::{
    picture::Picture,
    view::{ChoosePage, IncidentPage, LifePage},
};

use super::{
    chooser,
    frame::{Here, Page, framed},
    life::card,
    number, triage,
};
use crate::{
    api,
    flash::Flash,
    islands::{IncidentLive, LivePage, carried::pack},
    ui::picture::picture,
};

/// The page.
pub fn page() -> impl IntoView {
    let number = number();
    framed(Here::Incidents, move |flash| async move {
        let incident = api::incidents::show(number).await?;
        let label = incident.incident.label();
        let unsure = incident.incident.closed_at.is_none() && incident.incident.target_node().is_none();
        let choose = match unsure && incident.can.triage.allowed {
            true => Some(api::incidents::choices(number).await?),
            false => None,
        };
        let life = api::life::show(number).await?;
        Ok(Page::of_incident(&label, None, body(&incident, choose.as_ref(), &life, &flash)).live())
    })
}

/// The page, as a pure function; `choose` when it is not sure which container it is about.
#[must_use]
pub fn body(page: &IncidentPage, choose: Option<&ChoosePage>, life: &LifePage, flash: &Flash) -> AnyView {
    let choosing = choose.is_some();
    let choose = choose.map(|choose| chooser::section(choose, flash));
    let (verdict, note) = (triage::verdict(page, flash), triage::note(page, flash));
    let gates = view! { <a class="btn sm" href=format!("{}/gates", page.incident.path())>"Gates…"</a> };
    let drawn = picture(&Picture::of(page), gates.into_any());
    let forms = view! { {drawn}{choose}{verdict}{card::links(life)}{note}{card::steps(life)} }.into_any();
    // The island renews itself; the picture is HTML from the server, renewed as on other pages. Not while a container is
    // chosen: that page asks all engines.
    view! {
        {(!choosing).then(|| view! { <LivePage watch=format!("incident:{}", page.incident.id) wait=false/> })}
        <IncidentLive page=pack(page)>{forms}</IncidentLive>
    }
    .into_any()
}
