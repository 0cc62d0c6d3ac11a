//! The map strip: alarm → container → image → node, each with the id that tells it apart.

use leptos::{either::Either, prelude::*};
use quell_domain::{
    text::{count, middle},
    view::IncidentPage,
};

use crate::ui::{hostile::known, icon, icon_small, moment};

/// The strip.
pub fn map(page: &IncidentPage) -> impl IntoView + use<> {
    let incident = &page.incident;
    let place = &incident.place;
    let count = count(incident.alarm_count, "alarm");
    let container_id = match &place.container {
        Some(id) => {
            Either::Left(view! { <dd class="l2 mono" title=id.to_string()>{format!("id {}", id.short())}</dd> })
        }
        None => Either::Right(view! { <dd class="l2">"not found on a node"</dd> }),
    };
    let image_id = (!place.image_id.is_empty())
        .then(|| view! { <dd class="l2 mono" title=place.image_id.clone()>{middle(&place.image_id)}</dd> });
    let node_kind = if place.node.is_some() { "one of your nodes" } else { "as the alarm names it" };
    view! {
        <dl class="map mt3">
            <div>
                <dt>{icon_small("bell")}"Alarm"</dt>
                <dd>{incident.class.label()}</dd>
                <dd class="l2">{count}", first "{moment(incident.first_alarm_at)}</dd>
            </div>
            {arrow()}
            <div><dt>{icon_small("box")}"Container"</dt><dd>{given(&place.container_name)}</dd>{container_id}</div>
            {arrow()}
            <div><dt>{icon_small("layers")}"Image"</dt><dd>{given(&place.image)}</dd>{image_id}</div>
            {arrow()}
            <div><dt>{icon_small("node")}"Node"</dt><dd>{given(&place.node_name)}</dd><dd class="l2">{node_kind}</dd></div>
        </dl>
    }
}

fn arrow() -> impl IntoView + use<> {
    view! { <div class="ar" aria-hidden="true">{icon("arrow")}</div> }
}

fn given(text: &str) -> impl IntoView + use<> {
    known(text, "not known")
}
