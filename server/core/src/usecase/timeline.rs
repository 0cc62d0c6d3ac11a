//! An audit event as a line for people: its code's words, and one sentence made of its facts.

use quell_domain::{
    action::Action,
    audit::{Entry, Event, codes},
    bulk::BulkKind,
    evidence::{ItemKind, ItemState},
    incident::{Closing, Verdict},
    playbook::Step,
    text,
    time::span,
    view::EventRow,
};
use serde_json::Value;

/// The row of an entry.
pub(crate) fn row(entry: Entry, incident: Option<i64>) -> EventRow {
    let text = sentence(&entry.event);
    EventRow {
        seq: entry.seq,
        at: entry.event.at,
        actor: entry.event.actor,
        label: codes::label(&entry.event.code).to_owned(),
        code: entry.event.code,
        outcome: entry.event.outcome,
        target: entry.event.target,
        incident,
        text,
    }
}

/// What an event says beyond its code.
fn sentence(event: &Event) -> String {
    let fact = |name: &str| event.text(name).to_owned();
    let words = |name: &str| {
        let list = event.facts.get(name).and_then(Value::as_array);
        let list = list.into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>();
        if list.is_empty() { "none".to_owned() } else { list.join(", ") }
    };
    let number = |name: &str| event.facts.get(name).and_then(Value::as_i64).unwrap_or_default();
    let alarms = || text::count(number("alarms"), "alarm");
    match event.code.as_str() {
        codes::INCIDENT_OPENED => format!("{}, first: {}", alarms(), fact("rule")),
        codes::ALARMS_JOINED => format!("{}, last: {}", alarms(), fact("rule")),
        codes::ACKNOWLEDGED => format!("{} after the first alarm", span(number("after_micros"))),
        codes::ASSIGNED => {
            // Whoever takes it is named once.
            let taken = event.target.as_ref().is_some_and(|target| target.id == event.actor.id);
            let to = if taken { "themselves".to_owned() } else { fact("to") };
            let to = match fact("from").as_str() {
                "" => format!("to {to}"),
                from => format!("from {from} to {to}"),
            };
            quoted(&to, &fact("note"))
        }
        codes::ASSIGN_UNDONE => match fact("to").as_str() {
            "" => "back to nobody".to_owned(),
            to => format!("back to {to}"),
        },
        codes::BULK_DONE | codes::BULK_UNDONE => {
            let what = BulkKind::from_word(&fact("what")).map_or("", BulkKind::label);
            let (so, refused) = (number("unchanged"), number("refused"));
            let so = if so > 0 { format!(", {so} so already") } else { String::new() };
            let not = if refused > 0 { format!(", not for {refused}") } else { String::new() };
            format!("{what}: {}{so}{not}", text::count(number("done"), "incident"))
        }
        codes::ANALYSIS_DONE => format!("“{}”", fact("findings")),
        codes::VERDICT => {
            let verdict = Verdict::from_word(&fact("verdict")).map_or("", Verdict::label);
            quoted(verdict, &fact("reason"))
        }
        codes::STEP_SKIPPED => quoted(step(&fact("step")), &fact("reason")),
        codes::STEP_TAKEN_BACK => step(&fact("step")).to_owned(),
        codes::SERVICE_RESTORED => {
            quoted(&format!("{} after the first alarm", span(number("after_micros"))), &fact("reason"))
        }
        codes::PLAYBOOK_CHANGED => format!("from version {} to version {}", number("before"), number("version")),
        codes::NOTE => format!("“{}”", fact("text")),
        codes::CONTAINER_CHOSEN => format!("{} on {}", fact("name"), fact("node")),
        codes::MERGED if event.facts.contains_key("into") => {
            quoted(&format!("into {}, with {}", fact("into"), alarms()), &fact("reason"))
        }
        codes::MERGED => quoted(&format!("{} joined with {}", fact("from"), alarms()), &fact("reason")),
        codes::UNMERGED if event.facts.contains_key("from") => {
            quoted(&format!("out of {}, with {}", fact("from"), alarms()), &fact("reason"))
        }
        codes::UNMERGED => quoted(&format!("{} left with {}", fact("out"), alarms()), &fact("reason")),
        codes::CLOSED => {
            let closing = Closing::from_word(&fact("closing")).map_or("", Closing::label);
            let what = match fact("of").as_str() {
                "" => closing.to_owned(),
                of => format!("{closing}, {of}"),
            };
            let lacking = event.facts.get("without_evidence").and_then(Value::as_bool).unwrap_or_default();
            let what = if lacking { format!("{what}, without evidence") } else { what };
            quoted(&what, &fact("reason"))
        }
        codes::DUPLICATED => quoted(&format!("{} duplicates this one", fact("by")), &fact("reason")),
        codes::REOPENED => format!("“{}”", fact("reason")),
        codes::ACTION_REQUESTED => {
            let word = fact("action");
            let action = match Action::from_word(&word) {
                Some(action) => action.label(),
                None => word.as_str(),
            };
            quoted(&format!("{action} {}", fact("name")), &fact("reason"))
        }
        codes::CONTAINMENT_KNOWN => format!("after {}", span(number("micros"))),
        codes::GATE_KNOWN => format!("{} after {}", fact("detail"), span(number("micros"))),
        codes::GATE_LOST
        | codes::GATE_UNKNOWN
        | codes::CONTAINMENT_BROKEN
        | codes::CONTAINMENT_RECREATED
        | codes::CONTAINMENT_UNKNOWN
        | codes::ACTION_CONCLUDED
        | codes::ACTION_VERIFIED
        | codes::ACTION_VOID
        | codes::ACTION_EXPIRED
        | codes::ACTION_ATTEMPTED => fact("detail"),
        codes::EVIDENCE_CONCLUDED => {
            let kind = ItemKind::from_word(&fact("kind")).map_or("", ItemKind::label);
            let state = ItemState::from_word(&fact("state")).map_or("", ItemState::label);
            let what = format!("{kind}: {}", state.to_lowercase());
            match (fact("reason"), fact("sha256")) {
                (reason, _) if !reason.is_empty() => format!("{what}. {reason}"),
                (_, hash) if !hash.is_empty() => {
                    format!("{what}, {}, sha256 {}", text::bytes(number("size")), text::middle(&hash))
                }
                _ => what,
            }
        }
        codes::EVIDENCE_ATTEMPTED | codes::EVIDENCE_DOWNLOADED => {
            ItemKind::from_word(&fact("kind")).map_or("", ItemKind::label).to_owned()
        }
        codes::EVIDENCE_ALTERED => {
            let kind = ItemKind::from_word(&fact("kind")).map_or("", ItemKind::label);
            match fact("found").as_str() {
                "missing" => format!("{kind}: missing"),
                found => format!("{kind}: sha256 {} instead of {}", text::middle(found), text::middle(&fact("sha256"))),
            }
        }
        codes::EVIDENCE_DONE => format!("{} of {} sealed", number("sealed"), number("items")),
        codes::SIGN_IN | codes::SETUP_DONE => fact("login"),
        codes::THROTTLED => format!("{} of {}, {} so far", fact("what"), fact("login"), times(number("times"))),
        codes::SETUP_REFUSED => format!("{}, {} so far", fact("login"), times(number("times"))),
        codes::FOREIGN_REQUEST => {
            format!("{} {}, {} so far", fact("method"), fact("route"), times(number("times")))
        }
        codes::PERMISSION_DENIED => fact("permission"),
        codes::PERSON_CREATED => format!("{} ({}): {}", fact("name"), fact("login"), fact("roles")),
        codes::PERSON_ROLES => format!("{}: {} → {}", fact("name"), fact("before"), fact("roles")),
        codes::PERSON_DISABLED
        | codes::PERSON_ENABLED
        | codes::PASSWORD_RESET
        | codes::NODE_REMOVED
        | codes::BALANCER_ADDED
        | codes::BALANCER_ACCESS
        | codes::BALANCER_REMOVED
        | codes::SOURCE_ADDED => fact("name"),
        codes::NODE_ADDED => format!("{} at {}", fact("name"), fact("endpoint")),
        codes::NODE_ENGINE_ACCEPTED => format!(
            "{}: {} on {}, in place of {} on {}",
            fact("name"),
            fact("engine"),
            fact("host"),
            fact("old_engine"),
            fact("old_host")
        ),
        codes::NODE_CHECKED | codes::BALANCER_CHECKED => {
            format!("{} {}", fact("name"), fact("trouble")).trim().to_owned()
        }
        codes::ALARMS_RECEIVED => {
            format!(
                "{} new, {} known already, {} unreadable",
                number("new"),
                number("duplicates"),
                number("dead_letters")
            )
        }
        codes::AUDIT_VERIFIED => fact("words"),
        codes::NODE_ADDRESSES => format!("{}: {} → {}", fact("name"), words("before"), words("addresses")),
        codes::NODE_LABELS => format!("{}: {} → {}", fact("name"), words("before"), words("labels")),
        codes::NODE_ACCESS => format!("{} at {}, until then {}", fact("name"), fact("endpoint"), fact("before")),
        // What it is about, and why, by the names that facts usually have.
        _ => {
            let first = |names: &[&str]| names.iter().map(|name| fact(name)).find(|text| !text.is_empty());
            let what = first(&["summary", "name", "action"]).unwrap_or_default();
            quoted(&what, &first(&["reason", "note", "why"]).unwrap_or_default())
        }
    }
}

/// A step's kind in words.
fn step(word: &str) -> &'static str {
    Step::from_word(word).map_or("", Step::label)
}

fn times(number: i64) -> String {
    text::count(number, "time")
}

fn quoted(what: &str, reason: &str) -> String {
    match (what, reason) {
        (what, "") => what.to_owned(),
        ("", reason) => format!("“{reason}”"),
        (what, reason) => format!("{what}. “{reason}”"),
    }
}
