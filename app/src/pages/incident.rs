//! `/incidents/{number}`: one incident.

use leptos::prelude::*;
use quell_domain::view::{ChoosePage, IncidentPage};

use super::{
    chooser,
    frame::{Here, Page, framed},
    number, triage,
};
use crate::{
    api,
    flash::Flash,
    islands::{IncidentLive, carried::pack},
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
        Ok(Page::of_incident(&label, None, body(&incident, choose.as_ref(), &flash)).live())
    })
}

/// The page, as a pure function; `choose` when it is not sure which container it is about.
#[must_use]
pub fn body(page: &IncidentPage, choose: Option<&ChoosePage>, flash: &Flash) -> AnyView {
    let choose = choose.map(|choose| chooser::section(choose, flash));
    let forms = view! { {choose}{triage::forms(page, flash)} }.into_any();
    view! { <IncidentLive page=pack(page)>{forms}</IncidentLive> }.into_any()
}
