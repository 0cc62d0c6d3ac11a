//! `/admin/policy/draft`: the next version, one row a rule. Every button sends the whole form, so that nothing typed is lost.

use leptos::prelude::*;
use quell_domain::{
    action::Action,
    alarm::Severity,
    policy::{DraftRule, LONGEST_DRAFT, Role},
    view::DraftPage,
};

use super::rules::{care, preview};
use crate::{
    api,
    endpoints::SAVE_DRAFT,
    pages::{
        drafts::{self, press},
        frame::{Here, Page, framed},
    },
    ui::icon,
};

/// The size of the field that takes what room there is.
const WIDE: &str = "40";

/// The page.
pub fn page() -> impl IntoView {
    framed(Here::Policy, |_| async move {
        let draft = api::policy::draft().await?;
        Ok(Page::new("Draft of the policy", body(&draft)).below("Policy", "/admin/policy", "Draft"))
    })
}

/// The page, as a pure function.
#[must_use]
pub fn body(page: &DraftPage) -> AnyView {
    let remedy = page.problem.as_ref().and_then(|problem| problem.fields.first()).map(|field| field.remedy.clone());
    let number = remedy.as_deref().and_then(|remedy| remedy.strip_prefix("Rule ")?.split(':').next()?.parse().ok());
    let general = remedy.clone().filter(|_| number.is_none());
    let general = general.map(|remedy| view! { <p class="err" id="f-rules">{remedy}</p> });
    let count = page.rows.len();
    let rows = page.rows.iter().enumerate().map(|(at, row)| {
        let remedy = remedy.clone().filter(|_| number == Some(at + 1));
        rule(at, row, count, remedy)
    });
    let rows = rows.collect::<Vec<_>>();
    let add = (count < LONGEST_DRAFT).then(|| view! { <div class="acts">{press("add", "btn", "Add a rule")}</div> });
    view! {
        <div class="hd"><h1>"Draft of the policy"</h1><span class="mut sm">{format!("Follows version {}. The first rule that fits counts.", page.base)}</span></div>
        <form class="stack mt3" method="post" action=SAVE_DRAFT.path>
            {drafts::head(page.preview.is_some(), page.is_kept, None)}
            {general}
            {rows}
            {add}
            {page.preview.as_ref().map(preview)}
            {drafts::foot()}
        </form>
    }
    .into_any()
}

fn rule(at: usize, row: &DraftRule, count: usize, remedy: Option<String>) -> impl IntoView + use<> {
    let number = at + 1;
    let name = move |field: &str| format!("rules[{at}][{field}]");
    let id = move |field: &str| format!("r{at}-{field}");
    let tick = move |field: &'static str, label: &'static str, on: bool| {
        view! { <label class="row1 sm"><input class="ck" type="checkbox" name=name(field) value="on" checked=on/><span>{label}</span></label> }
    };
    let actions = Action::ALL.iter().map(|action| tick(action.word(), action.label(), row.names(*action)));
    let severities = Severity::ALL.iter().rev().map(|it| tick(it.word(), it.label(), row.is_about(*it)));
    let line = move |field: &'static str, label: &'static str, size: &'static str, value: &str| {
        view! {
            <div class=if size == WIDE { "field grow" } else { "field" }><label for=id(field)>{label}</label>
                <input type="text" id=id(field) name=name(field) size=size value=value.to_owned() autocomplete="off"/></div>
        }
    };
    let choice = move |field: &'static str, label: &'static str, value: &str, choices: Vec<(String, String)>| {
        let known = choices.iter().any(|(word, _)| word == value);
        let odd = (!known).then(|| (value.to_owned(), value.to_owned()));
        let options = choices.into_iter().chain(odd).map(|(word, label)| {
            let selected = word == value;
            view! { <option value=word selected=selected>{label}</option> }
        });
        view! {
            <div class="field"><label for=id(field)>{label}</label>
                <select class="sel" id=id(field) name=name(field)>{options.collect::<Vec<_>>()}</select></div>
        }
    };
    let roles = [(Role::Approver, "approvers"), (Role::Admin, "approvers who are admins too")];
    let roles = roles.iter().map(|(role, label)| (role.word().to_owned(), (*label).to_owned()));
    let tiers = (1..=3u8).map(|tier| (tier.to_string(), format!("{tier}: {}", care(tier))));
    let button = move |what: &'static str, label: &'static str, on: bool| {
        on.then(|| {
            view! { <button class="btn sm" type="submit" name="press" value=format!("{what}-{at}")>{label}<span class="vh">{format!(" rule {number}")}</span></button> }
        })
    };
    let wrong = remedy.map(|remedy| {
        let id = if number == 1 { "f-rules".to_owned() } else { format!("e-r{at}") };
        view! { <div class="note bad" id=id>{icon("alert")}<span>{remedy}</span></div> }
    });
    view! {
        <section class="card" aria-labelledby=format!("h-r{at}")>
            <header>
                <h2 id=format!("h-r{at}")>{format!("Rule {number}")}</h2><span class="sp"></span>
                {button("up", "Up", at > 0)}{button("down", "Down", number < count)}{button("remove", "Remove", true)}
            </header>
            <div class="bd stack">
                {wrong}
                <fieldset class="field"><legend>"Actions"</legend><div class="ticks">{actions.collect::<Vec<_>>()}</div></fieldset>
                <fieldset class="field"><legend>"Severities; none ticked: any"</legend><div class="ticks">{severities.collect::<Vec<_>>()}</div></fieldset>
                <div class="fields">
                    {line("labels", "On nodes with all these labels, separated by commas; empty: any", WIDE, &row.labels)}
                    {line("approvals", "Approvals", "4", &row.approvals)}
                    {choice("approver", "By", &row.approver, roles.collect())}
                    {choice("tier", "Care of whoever asks", &row.tier, tiers.collect())}
                    {line("minutes", "Minutes to decide", "6", &row.minutes)}
                </div>
            </div>
        </section>
    }
}
