//! The incident page's live part: header, map, playbook, actions, alarms, evidence and timeline. The forms that people
//! type into come in as `children` and are never rendered again, so that no typed word is lost.

pub mod actions;
pub mod alarms;
pub mod evidence;
pub mod head;
pub mod map;
pub mod playbook;
pub mod timeline;

use leptos::prelude::*;
use quell_domain::{incident::IncidentState, view::IncidentPage};

use super::{carried, clock::Clock};

/// The live incident. `page` is a packed [`IncidentPage`]; `children` are the forms for container, verdict and note.
#[island]
pub fn IncidentLive(page: String, children: Children) -> impl IntoView {
    carried::unpack::<IncidentPage>(&page).map(|page| {
        let clock = Clock::at(page.as_of);
        let page = RwSignal::new(page);
        #[cfg(feature = "hydrate")]
        follow(page, clock);
        view! {
            {move || page.with(|page| head::head(page, clock.now()))}
            {move || page.with(map::map)}
            {move || page.with(head::notices)}
            <div class="grid3 mt4">
                <div class=move || page.with(forms)>
                    {move || page.with(|page| playbook::playbook(page, clock.now()))}
                    {children()}
                </div>
                <div class="stack">
                    {move || page.with(actions::requests)}
                    {move || page.with(alarms::alarms)}
                    {move || page.with(actions::container)}
                </div>
                <div class="stack">
                    {move || page.with(|page| evidence::evidence(page, clock.now()))}
                    {move || page.with(timeline::timeline)}
                </div>
            </div>
        }
    })
}

/// Hides the forms that a reload would not show, by style alone: they are not rendered again.
fn forms(page: &IncidentPage) -> String {
    let judged = match (page.incident.state, page.incident.verdict) {
        (IncidentState::Closed, _) => " over",
        (_, Some(_)) => " judged",
        (_, None) => "",
    };
    let sure = if page.incident.target_node().is_some() { " sure" } else { "" };
    format!("stack{judged}{sure}")
}

#[cfg(feature = "hydrate")]
fn follow(page: RwSignal<IncidentPage>, clock: Clock) {
    let id = page.with_untracked(|page| page.incident.id.clone());
    crate::live::follow(
        move |change| change.kind == "incident" && change.id == id.as_str(),
        move || async move {
            let number = page.with_untracked(|page| page.incident.number);
            let path = format!("{}?number={number}", crate::endpoints::INCIDENT.path);
            let now: IncidentPage = crate::live::ask::data(&path).await?;
            clock.set(now.as_of);
            page.set(now);
            Ok(())
        },
    );
}
