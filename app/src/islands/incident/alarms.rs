//! The alarms, each with how its container was found.

use leptos::prelude::*;
use quell_domain::{
    alarm::{AlarmDetail, MappingMethod},
    view::{AlarmRow, IncidentPage},
};

use crate::ui::{hostile, hostile::known, hostile_line, hostile_words, icon_small, moment, moment::clock, severity};

/// The table.
pub fn alarms(page: &IncidentPage) -> impl IntoView + use<> {
    let rows = page.alarms.iter().map(row).collect::<Vec<_>>();
    let count = page.incident.alarm_count;
    let shown = rows.len();
    let words = if i64::try_from(shown).is_ok_and(|shown| shown < count) {
        format!("{count}, the newest {shown} are shown")
    } else {
        format!("{count}")
    };
    view! {
        <section class="card" aria-labelledby="h-al">
            <header><h2 id="h-al">"Alarms"</h2><span class="mut sm num">{words}</span></header>
            <table class="tbl fix al">
                <caption class="vh">"Alarms of this incident, newest first"</caption>
                <thead>
                    <tr>
                        <th class="ct1" scope="col">"Time"</th>
                        <th scope="col">"Rule and process"</th>
                        <th class="ct3" scope="col">"Container and node"</th>
                        <th class="ct4" scope="col">"Mapped by"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </section>
    }
}

fn row(row: &AlarmRow) -> impl IntoView + use<> {
    let alarm = &row.alarm;
    let suspect = alarm.clock_suspect.then(|| view! { <div class="xs bad-t">"Clock suspect"</div> });
    let process = alarm.detail.command.as_deref().or(alarm.detail.process.as_deref()).unwrap_or(&alarm.detail.message);
    let container = alarm.container.name.as_deref().or(alarm.container.id.as_deref());
    let nothing = if alarm.container.host { "the node itself" } else { "not named" };
    let container = known(container.unwrap_or_default(), nothing);
    let node = known(alarm.node_hint.as_deref().unwrap_or_default(), "node not named");
    let icon = match row.method {
        MappingMethod::Exact | MappingMethod::Likely | MappingMethod::Chosen => "check",
        MappingMethod::Inferred | MappingMethod::Unresolved => "alert",
    };
    view! {
        <tr>
            <td class="xs nw">{moment(alarm.occurred_at)}{suspect}</td>
            <td>
                <div class="l1 b">{hostile_words(&alarm.rule)}</div>
                <div class="l2">{hostile_line(process)}</div>
            </td>
            <td><div class="l1 sm">{container}</div><div class="l2">{node}</div></td>
            <td>
                <span class="row1 xs">{icon_small(icon)}<span>{row.method.label()}</span></span>
            </td>
        </tr>
        <tr class="mr"><td colspan="4">{details(row)}</td></tr>
    }
}

/// Everything else that the detector said, folded.
fn details(row: &AlarmRow) -> impl IntoView + use<> {
    let alarm = &row.alarm;
    let facts = facts(&alarm.detail)
        .into_iter()
        .map(|(name, text)| view! { <dt>{name}</dt><dd>{hostile(&text)}</dd> })
        .collect::<Vec<_>>();
    let low = alarm.detail.low_confidence.then(|| {
        view! { <dt>"Confidence"</dt><dd>"Low: nothing may be done on this alarm's word alone"</dd> }
    });
    view! {
        <details class="more">
            <summary>"Details"<span class="vh">{format!(" of the alarm at {}", clock(alarm.occurred_at))}</span></summary>
            <dl class="kv mt2">
                <dt>"Severity"</dt><dd>{severity(alarm.severity)}</dd>
                <dt>"Rated"</dt><dd>{hostile_words(&alarm.severity_reason)}</dd>
                <dt>"Detector's word"</dt><dd>{hostile_line(&alarm.severity_reported)}" from "{hostile_line(&alarm.detector)}</dd>
                <dt>"Class"</dt><dd>{alarm.class.label()}</dd>
                <dt>"Happened"</dt><dd>{crate::ui::moment::long_moment(alarm.occurred_at)}</dd>
                <dt>"Received"</dt><dd>{crate::ui::moment::long_moment(alarm.received_at)}</dd>
                <dt>"Container"</dt><dd>{hostile_words(&row.reason)}</dd>
                {facts}
                {low}
            </dl>
        </details>
    }
}

fn facts(detail: &AlarmDetail) -> Vec<(&'static str, String)> {
    let optional = [
        ("Message", Some(detail.message.clone()).filter(|text| !text.is_empty())),
        ("Image", detail.image.clone()),
        ("Process", detail.process.clone()),
        ("Command", detail.command.clone()),
        ("Started by", Some(detail.ancestors.join(" ← ")).filter(|text| !text.is_empty())),
        ("Process id", detail.pid.clone()),
        ("User", detail.user.clone()),
        ("File", detail.file.clone()),
        ("Connection", detail.connection.clone()),
        ("Pod", detail.pod.clone()),
        ("Namespace", detail.namespace.clone()),
        ("ATT&CK", Some(detail.techniques.join(", ")).filter(|text| !text.is_empty())),
        ("Attempt", detail.succeeded.map(|ok| if ok { "succeeded".to_owned() } else { "failed".to_owned() })),
    ];
    optional.into_iter().filter_map(|(name, text)| Some((name, text?))).collect()
}
