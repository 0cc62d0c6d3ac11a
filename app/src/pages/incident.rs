//! `/incidents/{number}`: one incident.

use leptos::prelude::*;
use quell_domain::view::IncidentPage;

use super::{
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
        Ok(Page::of_incident(&label, None, body(&incident, &flash)).live())
    })
}

/// The page, as a pure function.
#[must_use]
pub fn body(page: &IncidentPage, flash: &Flash) -> AnyView {
    let forms = triage::forms(page, flash).into_any();
    view! { <IncidentLive page=pack(page)>{forms}</IncidentLive> }.into_any()
}
