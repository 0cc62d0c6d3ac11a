//! Rules as tables: for reading, as a diff, and with whom a change affects.

use leptos::prelude::*;
use quell_domain::{
    policy::{Requirement, Rule},
    time::span,
    versions::Compared,
    view::Preview,
};

use crate::{pages::drafts::mark, ui::icon};

/// The rules, in order.
pub fn table(caption: &'static str, rules: &[Rule]) -> impl IntoView + use<> {
    let rows = rules.iter().zip(1..).map(|(rule, number)| {
        view! { <tr><td class="num mut">{number}</td>{cells(rule)}</tr> }
    });
    framed(caption, "#", rows.collect::<Vec<_>>())
}

/// Both versions in one list.
pub fn diff(lines: &[Compared<Rule>]) -> impl IntoView + use<> {
    let rows = lines.iter().map(|line| {
        view! { <tr><td>{mark(line.mark)}</td>{cells(&line.row)}</tr> }
    });
    framed("Rules of both versions", "Change", rows.collect::<Vec<_>>())
}

fn framed(caption: &'static str, first: &'static str, rows: Vec<impl IntoView + 'static>) -> impl IntoView {
    view! {
        <table class="tbl al">
            <caption class="vh">{caption}</caption>
            <thead><tr>
                <th scope="col">{first}</th><th scope="col">"Actions"</th><th scope="col">"Severities"</th><th scope="col">"Nodes labelled"</th>
                <th scope="col">"Approvals"</th><th scope="col">"Care"</th><th scope="col">"Time to decide"</th>
            </tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

fn cells(rule: &Rule) -> impl IntoView + use<> {
    let actions = rule.actions.iter().map(|action| action.label()).collect::<Vec<_>>().join(", ");
    let severities = match rule.severities.as_slice() {
        [] => "any".to_owned(),
        some => some.iter().map(|severity| severity.label()).collect::<Vec<_>>().join(", "),
    };
    let labels = if rule.labels.is_empty() { "any".to_owned() } else { rule.labels.join(" and ") };
    view! {
        <td class="b">{actions}</td><td data-l="Severities">{severities}</td><td data-l="Nodes labelled">{labels}</td>
        <td data-l="Approvals">{approvals(&rule.needs)}</td><td data-l="Care">{care(rule.needs.tier)}</td><td class="num" data-l="Time to decide">{span(rule.needs.valid_for)}</td>
    }
}

fn approvals(needs: &Requirement) -> String {
    match needs.approvals {
        0 => "none".to_owned(),
        count => format!("{count} by {}", needs.approver.label()),
    }
}

/// What a tier asks of whoever requests.
#[must_use]
pub fn care(tier: u8) -> &'static str {
    match tier {
        1 => "one click",
        2 => "a reason and a tick",
        _ => "a reason, a tick and typing",
    }
}

fn said(needs: &Requirement) -> String {
    format!("{} approvals, {}, {}", approvals(needs), care(needs.tier), span(needs.valid_for))
}

/// What a new policy changes, and for whom.
pub fn preview(page: &Preview) -> impl IntoView + use<> {
    let warnings = page.holders.iter().filter(|holders| holders.are_too_few()).map(|holders| {
        let words = format!(
            "{} asked for from the role {}: {} hold it. Whoever asks cannot approve, so at least {} are needed.",
            holders.needed,
            holders.role.label(),
            holders.people,
            holders.needed + 1
        );
        view! { <div class="note warn">{icon("alert")}<span>{words}</span></div> }
    });
    let rows = page.affected.iter().map(|it| {
        let severities = it.severities.iter().map(|severity| severity.label()).collect::<Vec<_>>().join(", ");
        let labels = if it.labels.is_empty() { "no label".to_owned() } else { it.labels.join(" and ") };
        view! {
            <tr><td class="b">{it.action.label()}</td><td data-l="Severity">{severities}</td><td data-l="Nodes with">{labels}</td><td data-l="Today"><del>{said(&it.before)}</del></td><td data-l="Then"><ins>{said(&it.after)}</ins></td></tr>
        }
    });
    let rows = rows.collect::<Vec<_>>();
    let nobody = rows
        .is_empty()
        .then(|| view! { <p class="sm t2">"Nobody is affected: every action needs what it needs today."</p> });
    let who = (!rows.is_empty()).then(|| view! {
        <table class="tbl al">
            <caption class="vh">"What each action needs before and after"</caption>
            <thead><tr><th scope="col">"Action"</th><th scope="col">"Severity"</th><th scope="col">"Nodes with"</th><th scope="col">"Today"</th><th scope="col">"Then"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    });
    let holders = page.holders.iter().map(|holders| {
        view! { <li>{format!("{} can approve as {}; a rule asks for {} at most.", holders.people, holders.role.label(), holders.needed)}</li> }
    });
    view! {
        <section class="card mt4" aria-labelledby="h-df">
            <header><h2 id="h-df">"Against the policy of today"</h2></header>
            {diff(&page.lines)}
        </section>
        <section class="card mt4" aria-labelledby="h-af">
            <header><h2 id="h-af">"Who is affected"</h2></header>
            <div class="bd stack">
                {warnings.collect::<Vec<_>>()}
                {nobody}{who}
                <ul class="dots sm">
                    <li>{format!("{} pending requests will need more than now; none will need less.", page.stricter)}</li>
                    {holders.collect::<Vec<_>>()}
                </ul>
            </div>
        </section>
    }
}
