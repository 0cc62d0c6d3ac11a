//! Rules and back ends of a gate, as its pages and the approval of a change show them.

use leptos::{either::Either, prelude::*};
use quell_domain::{
    action::Difference,
    gate::{BackEnd, Gate, GateChange, GateWhat, Hold, How, Rules},
    view::GateApproval,
};

use crate::ui::{hostile_line, hostile_words, icon, icon_small};

/// Entries of a list that are shown before the rest folds away.
const SHOWN: usize = 12;

/// Who may connect, with every entry of the list.
pub fn rules(rules: &Rules) -> impl IntoView + use<> {
    let entries = if rules.enforced { &*rules.entries } else { &[] };
    view! { {rules.words()}{list(entries)} }
}

/// Entries, the first ones in sight.
pub fn list(entries: &[String]) -> impl IntoView + use<> {
    let row = |entry: &String| view! { <li>{hostile_line(entry)}</li> };
    let first = entries.iter().take(SHOWN).map(row).collect::<Vec<_>>();
    let rest = entries.iter().skip(SHOWN).map(row).collect::<Vec<_>>();
    let rest = (!rest.is_empty()).then(|| {
        view! { <details class="more"><summary>{format!("Show {} more", rest.len())}</summary><ul>{rest}</ul></details> }
    });
    (!first.is_empty()).then(|| view! { <ul>{first}</ul>{rest} })
}

/// Every back end, the container's own first; with health and connections when the gate as it is now is given.
pub fn back_ends(back_ends: &[BackEnd], gate: Option<&Gate>) -> impl IntoView + use<> {
    let mut sorted: Vec<&BackEnd> = back_ends.iter().collect();
    sorted.sort_by_key(|it| !it.own);
    let rows = sorted.into_iter().map(|it| row(it, gate)).collect::<Vec<_>>();
    let others = back_ends.iter().filter(|it| !it.own).count();
    let words = match others {
        _ if others == back_ends.len() => "No back end behind this gate is known to lead to the container.".to_owned(),
        0 => "Every back end behind this gate leads to the container.".to_owned(),
        1 => "1 other back end is behind this gate: a list hits it too.".to_owned(),
        many => format!("{many} other back ends are behind this gate: a list hits them too."),
    };
    (!rows.is_empty()).then(|| {
        view! {
            <div>
                <p class="sm b">{words}</p>
                <div class="pick mt1">
                    <table class="tbl be">
                        <caption class="vh">"Back ends behind the gate"</caption>
                        <thead><tr><th scope="col">"Back end"</th><th scope="col">"Weight"</th><th scope="col">"State"</th></tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </div>
        }
    })
}

fn row(it: &BackEnd, gate: Option<&Gate>) -> impl IntoView + use<> {
    let own = it.own.then(|| view! { <span class="mark">{icon_small("box")}"This container"</span> });
    let member = gate.and_then(|gate| gate.member(it));
    let health = member.map(|member| view! { {hostile_line(&member.health)} });
    let sessions = member.and_then(|member| member.sessions).map(|count| format!(", {count} connections"));
    view! { <tr><td class="ttl">{hostile_line(&it.words())}" "{own}</td><td class="num">{it.weight}</td><td>{health}{sessions}</td></tr> }
}

/// Facts that are not as they were, with both values side by side.
pub fn changed(
    heading: &'static str,
    before: &'static str,
    differences: &[Difference],
    then: &'static str,
) -> impl IntoView + use<> {
    let rows = differences.iter().map(|it| {
        view! {
            <tr>
                <th scope="row">{it.fact.clone()}<span class="chg">{icon_small("alert")}"Changed"</span></th>
                <td>{hostile_words(&it.before)}</td>
                <td>{hostile_words(&it.after)}</td>
            </tr>
        }
    });
    let rows = rows.collect::<Vec<_>>();
    (!rows.is_empty()).then(|| {
        view! {
            <div class="br diff" id="changed">
                <h2>{icon_small("alert")}{heading}</h2>
                <table class="tbl">
                    <caption class="vh">"Facts of the gate that changed"</caption>
                    <thead><tr><th scope="col">"Fact"</th><th scope="col">{before}</th><th scope="col">"Now"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
                <p class="xs t2">{then}</p>
            </div>
        }
    })
}

/// What is known of how a hold works, in sentences.
pub fn proof(hold: &Hold) -> impl IntoView + use<> {
    let words = hold.proof.words().into_iter().map(|words| view! { <li>{hostile_words(&words)}</li> });
    view! { <ul class="dots sm">{words.collect::<Vec<_>>()}</ul> }
}

/// What an approver sees of a gate: what changed since it was asked for, who else holds it, and the proof once there is one.
fn standing(told: &GateApproval) -> impl IntoView + use<> {
    let trouble = told.trouble.as_ref().map(|why| {
        view! { <div class="note warn">{icon("alert")}<span>{hostile_words(why)}</span></div> }
    });
    let others = told.holds.iter().filter(|row| !row.mine).map(|row| {
        view! { <li><a href=format!("/incidents/{}", row.number)>{format!("INC-{}", row.number)}</a>" holds it too: "{row.hold.state.label()}"."</li> }
    });
    let hold =
        told.hold.as_ref().map(|hold| view! { <div><p class="sm b">{hold.state.label()}</p>{proof(hold)}</div> });
    let then = "It cannot be approved as it was asked for: deny it or send it back.";
    view! {
        {trouble}
        {changed("Changed since it was asked for", "When it was asked for", &told.changed, then)}
        <ul class="dots sm">{others.collect::<Vec<_>>()}</ul>
        {hold}
    }
}

/// What a request would do to a gate: listener, rules before and after side by side, whom it hits; and how that stands now.
pub fn change(change: &GateChange, told: Option<&GateApproval>) -> impl IntoView + use<> {
    let after = match &change.what {
        GateWhat::Restrict { allow, .. } => Either::Left(view! { "Only these may connect."{list(&allow.texts())} }),
        GateWhat::TakeOut { .. } => Either::Right(Either::Left(view! {
            {rules(&change.expected)}<p>"The container's back end gets no new connections."</p>
        })),
        GateWhat::Restore { leave: true, .. } => {
            Either::Right(Either::Right(Either::Left(view! { "As it is now: somebody else's change stays." })))
        }
        GateWhat::Restore { former, .. } => {
            Either::Right(Either::Right(Either::Right(view! { {rules(&former.rules)} })))
        }
    };
    let cut =
        change.cuts().then(|| view! { <p class="sm">"Connections to the container that stand are ended too."</p> });
    let how = match change.how() {
        How::List => "Who may connect at all",
        How::Member => "Only this container's back end",
    };
    view! {
        <section class="card" aria-labelledby="h-gt">
            <header><h2 id="h-gt">"The gate"</h2></header>
            <div class="bd stack">
                <dl class="kv">
                    <dt>"Listener"</dt><dd>{hostile_words(&change.gate_name)}</dd>
                    <dt>"Load balancer"</dt><dd>{hostile_words(&change.balancer_name)}</dd>
                    <dt>"What changes"</dt><dd>{how}</dd>
                </dl>
                {told.map(standing)}
                {beside("When it was asked for", rules(&change.expected).into_any(), "After it", after.into_any())}
                {cut}
                {back_ends(&change.back_ends, None)}
            </div>
        </section>
    }
}

/// Two states side by side; below one another where there is no room.
pub fn beside(before: &'static str, one: AnyView, after: &'static str, other: AnyView) -> impl IntoView + use<> {
    view! {
        <div class="sbs">
            <div class="br"><h3>{before}</h3><div class="sm">{one}</div></div>
            <div class="br"><h3>{after}</h3><div class="sm">{other}</div></div>
        </div>
    }
}
