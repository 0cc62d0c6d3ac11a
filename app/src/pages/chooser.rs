//! `/incidents/{number}/container`: a person says which container an incident is about.

use leptos::prelude::*;
use quell_domain::view::{ChoosePage, ContainerChoice};

use super::{
    fields::Form,
    frame::{Here, Page, framed},
    number,
};
use crate::{
    api,
    endpoints::CHOOSE,
    flash::Flash,
    ui::{hidden, hostile_line, hostile_words, icon, icon_large, why_not},
};

/// The page.
pub fn page() -> impl IntoView {
    let number = number();
    framed(Here::Incidents, move |flash| async move {
        let choose = api::incidents::choices(number).await?;
        let label = choose.incident.label();
        Ok(Page::of_incident(&label, Some("Choose container"), body(&choose, &flash)))
    })
}

/// The page, as a pure function.
#[must_use]
pub fn body(page: &ChoosePage, flash: &Flash) -> AnyView {
    let silent = page.silent.iter().map(|(node, why)| {
        view! { <div class="note warn mt3">{icon("alert")}<span>"Node "{hostile_line(node)}" did not answer: "{hostile_words(why)}</span></div> }
    });
    let found = if page.choices.is_empty() {
        view! {
            <div class="card empty mt3">
                {icon_large("box")}
                <h2>"No container to choose from"</h2>
                <p class="t2">"No node that answered has a container. Add the node that the alarm names, or ask an admin to."</p>
            </div>
        }
        .into_any()
    } else {
        list(page, flash).into_any()
    };
    view! {
        <div class="hd"><h1>"Which container is it?"</h1></div>
        <p class="t2">{hostile_words(&page.incident.title)}": "{hostile_words(&page.incident.place.reason)}</p>
        {silent.collect::<Vec<_>>()}
        {found}
    }
    .into_any()
}

fn list(page: &ChoosePage, flash: &Flash) -> impl IntoView + use<> {
    let form = Form::new(&CHOOSE, flash);
    let chosen = form.value("target", "");
    let remedy = form.remedy("target").map(|remedy| view! { <p class="err bd">{remedy}</p> });
    let rows = page.choices.iter().map(|choice| row(choice, &chosen)).collect::<Vec<_>>();
    let choose = page
        .can
        .allowed
        .then(|| view! { <button class="btn pri" type="submit">{icon("box")}"Choose this container"</button> });
    view! {
        <form class="card mt3" method="post" action=CHOOSE.path>
            {hidden("number", page.incident.number.to_string())}
            <table class="tbl al pick">
                <caption class="vh">"Containers on the nodes that answered, likely ones first"</caption>
                <thead>
                    <tr>
                        <th scope="col"><span class="vh">"Choice"</span></th>
                        <th scope="col">"Container"</th>
                        <th scope="col">"Image"</th>
                        <th scope="col">"Node"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Points to it"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            {remedy}
            <div class="bd acts" id="f-target">
                {choose}
                <a class="btn" href=page.incident.path()>"Cancel"</a>
            </div>
            {(!page.can.allowed).then(|| view! { <div class="bd">{why_not(&page.can)}</div> })}
        </form>
    }
}

fn row(choice: &ContainerChoice, chosen: &str) -> impl IntoView + use<> {
    let target = format!("{}:{}", choice.node, choice.container);
    let checked = target == chosen;
    let label = format!("Choose {} on {}", quell_domain::text::visible(&choice.name), choice.node_name);
    view! {
        <tr>
            <td><span class="hit"><input class="ck" type="radio" name="target" value=target aria-label=label checked=checked/></span></td>
            <td><div class="l1 b">{hostile_line(&choice.name)}</div><div class="l2 mono">{choice.container.short().to_owned()}</div></td>
            <td>{hostile_line(&choice.image)}</td>
            <td>{hostile_line(&choice.node_name)}</td>
            <td>{choice.state.label()}</td>
            <td class="sm t2">{hostile_words(&choice.hint)}</td>
        </tr>
    }
}
