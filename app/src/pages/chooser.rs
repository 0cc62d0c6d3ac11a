//! On an incident's page: a person says which container it is about, when that is not sure.

use leptos::prelude::*;
use quell_domain::view::{ChoosePage, ContainerChoice};

use super::fields::Form;
use crate::{
    endpoints::CHOOSE,
    flash::Flash,
    ui::{hidden, hostile_line, hostile_words, icon},
};

/// The containers of the nodes that answered, likely ones first, and the nodes that did not.
pub fn section(page: &ChoosePage, flash: &Flash) -> impl IntoView + use<> {
    let silent = page.silent.iter().map(|(node, why)| {
        view! { <div class="note warn">{icon("alert")}<span>"Node "{hostile_line(node)}" cannot be asked: "{hostile_words(why)}" Its containers are missing here."</span></div> }
    });
    let found = if page.choices.is_empty() {
        view! { <p class="t2 sm">"No node that answered has a container. Add the node that the alarm names, or ask an admin to."</p> }
            .into_any()
    } else {
        form(page, flash).into_any()
    };
    view! {
        <section class="card" id="choose" aria-labelledby="h-ch">
            <header><h2 id="h-ch">"Which container is it?"</h2></header>
            <div class="bd stack">{silent.collect::<Vec<_>>()}{found}</div>
        </section>
    }
}

fn form(page: &ChoosePage, flash: &Flash) -> impl IntoView + use<> {
    let form = Form::new(&CHOOSE, flash);
    let chosen = form.value("target", "");
    let remedy = form.remedy("target").map(|remedy| view! { <p class="err" id="e-target">{remedy}</p> });
    let described = remedy.is_some().then_some("e-target");
    let likely = page.choices.iter().filter(|choice| !choice.hint.is_empty()).count();
    let (first, rest) = page.choices.split_at(if likely == 0 { page.choices.len() } else { likely });
    let rest = (!rest.is_empty()).then(|| {
        let open = rest.iter().any(|choice| target(choice) == chosen);
        view! {
            <details class="more" open=open>
                <summary>{format!("Nothing points to the other {}", rest.len())}</summary>
                <div class="rad pick">{options(rest, &chosen)}</div>
            </details>
        }
    });
    view! {
        <form class="stack" method="post" action=CHOOSE.path>
            {hidden("number", page.incident.number.to_string())}
            <fieldset class="field" id="f-target" aria-describedby=described>
                <legend class="vh">"Container"</legend>
                <div class="rad pick">{options(first, &chosen)}</div>
                {rest}
                {remedy}
            </fieldset>
            <div class="acts"><button class="btn pri" type="submit">{icon("box")}"Choose this container"</button></div>
        </form>
    }
}

fn target(choice: &ContainerChoice) -> String {
    format!("{}:{}", choice.node, choice.container)
}

fn options(choices: &[ContainerChoice], chosen: &str) -> Vec<impl IntoView + use<>> {
    choices.iter().map(|choice| option(choice, chosen)).collect()
}

fn option(choice: &ContainerChoice, chosen: &str) -> impl IntoView + use<> {
    let target = target(choice);
    let checked = target == chosen;
    let hint = (!choice.hint.is_empty()).then(|| view! { <span class="blk">{hostile_words(&choice.hint)}</span> });
    view! {
        <label>
            <input type="radio" name="target" value=target checked=checked/>
            <span>
                <b>{hostile_line(&choice.name)}</b>
                <span class="blk">
                    <span class="mono">{choice.container.short().to_owned()}</span>" · "{choice.state.label()}" · on "{hostile_line(&choice.node_name)}
                </span>
                <span class="blk">{hostile_line(&choice.image)}</span>
                {hint}
            </span>
        </label>
    }
}
