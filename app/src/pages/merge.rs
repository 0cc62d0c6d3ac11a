//! `/incidents/merge?n=…`: several incidents that turn out to be one. Which stays, what moves, and why.

use leptos::prelude::*;
use quell_domain::{incident::Incident, text::count, view::MergePage};

use super::{
    bulk::refused,
    fields::Form,
    frame::{Here, Page, framed},
    queries, query,
};
use crate::{
    api,
    endpoints::BULK_MERGE,
    flash::Flash,
    guard::own_queue,
    ui::{hidden, hostile::known, hostile_words, icon, severity, state, why_not},
};

/// The page.
pub fn page() -> impl IntoView {
    let (numbers, back) = (queries("n").join(" "), query("back"));
    framed(Here::Incidents, move |flash| async move {
        let body = match api::bulk::choices(numbers.clone()).await {
            Ok(page) => body(&page, own_queue(&back), &flash),
            Err(error) if !error.0.fields.is_empty() => refused(&error.0, "Merge incidents", &back, &numbers),
            Err(error) => return Err(error),
        };
        Ok(Page::new("Merge incidents", body).below("Incidents", "/incidents", "Merge"))
    })
}

/// The page, as a pure function; `back` is the view of the queue.
#[must_use]
pub fn body(page: &MergePage, back: &str, flash: &Flash) -> AnyView {
    let form = Form::new(&BULK_MERGE, flash);
    let first = page.stays.map(|number| number.to_string()).unwrap_or_default();
    let chosen = form.value("into", &first);
    let numbers: Vec<String> = page.incidents.iter().map(|incident| incident.number.to_string()).collect();
    let options = page.incidents.iter().map(|incident| option(incident, &chosen)).collect::<Vec<_>>();
    let missing = page.missing.iter().map(|number| {
        view! { <div class="note warn">{icon("alert")}<span>{format!("There is no INC-{number}. It is left out.")}</span></div> }
    });
    let remedy = form.remedy("into").map(|remedy| view! { <p class="err" id="e-into">{remedy}</p> });
    let described = remedy.is_some().then_some("e-into");
    let way_back = format!("{back}&pick={}", numbers.join("+"));
    let few = (page.incidents.len() < 2)
        .then(|| view! { <p class="bd">"It takes at least two incidents: tick more of them in the queue."</p> });
    let inside = if page.can.allowed && few.is_none() {
        view! {
            <form method="post" action=BULK_MERGE.path>
                <div class="bd stack">
                    {hidden("n", numbers.join(" "))}
                    {hidden("back", back.to_owned())}
                    <fieldset class="field" id="f-into" aria-describedby=described>
                        <legend>"Which one stays?"</legend>
                        <div class="rad">{options}</div>
                        {remedy}
                    </fieldset>
                    <div class="br">
                        <h2>"What happens to the others"</h2>
                        <ul class="dots sm">
                            <li>"Their alarms move to the one that stays, and they are closed as merged."</li>
                            <li>"Their own timeline, evidence and action requests stay with them. Nothing is deleted."</li>
                            <li>"An incident whose container is known becomes part only of one about the same container: none is forgotten."</li>
                            <li>"What is still under way on a container keeps its incident from being merged; the result says so."</li>
                            <li>"It can be taken apart again: all at once for ten minutes, and each one later on its own page."</li>
                        </ul>
                    </div>
                    {form.lines("f-reason", "reason", "Why are they one?", "Kept in the timeline of each.", 2)}
                </div>
                <div class="sft">
                    <span class="sp"></span>
                    <a class="btn lg" href=way_back>"Cancel"</a>
                    <button class="btn pri lg" type="submit">{icon("link")}{format!("Merge {}", count(numbers.len(), "incident"))}</button>
                </div>
            </form>
        }
        .into_any()
    } else {
        view! {
            {few}
            <div class="sft">
                <div>{why_not(&page.can)}</div>
                <span class="sp"></span>
                <a class="btn lg" href=way_back>{icon("queue")}"Back to the queue"</a>
            </div>
        }
        .into_any()
    };
    view! {
        <section class="card sheet" aria-labelledby="dt">
            <div class="shd">
                <div><h1 id="dt">"Merge incidents"</h1><p class="sm t2">"One stays; the others become part of it."</p></div>
            </div>
            {missing.collect::<Vec<_>>()}
            {inside}
        </section>
    }
    .into_any()
}

fn option(incident: &Incident, chosen: &str) -> impl IntoView + use<> {
    let number = incident.number.to_string();
    let checked = number == chosen;
    let place = &incident.place;
    view! {
        <label>
            <input type="radio" name="into" value=number checked=checked/>
            <span>
                <b>{incident.label()}" · "{hostile_words(&incident.title)}</b>
                <span class="blk">{known(&place.container_name, "No container named")}" on "{known(&place.node_name, "an unknown node")}" · "{count(incident.alarm_count, "alarm")}</span>
                <span class="row1 wrap mt1">{severity(incident.severity)}{state(incident.state)}</span>
            </span>
        </label>
    }
}
