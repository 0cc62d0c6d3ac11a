//! The browser's reader skips fields of the shared types that no island shows (`skip_deserializing` in the domain). Here an
//! island gets its page once whole and once as the browser reads it, and must show the same.

use std::{fs, path::Path};

use leptos::prelude::*;
use quell_domain::{
    incident::{Closing, IncidentState, Verdict},
    policy::Can,
    view::{IncidentPage, QueuePage},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{
    fixtures::{START, incident_page, queue_page},
    hostile::shown,
    rendered,
};
use crate::islands::{carried, incident::IncidentLive, queue::QueueLive};

/// The names of all fields of a type, and of those that the browser's reader skips.
type Fields = (Vec<String>, Vec<String>);

/// Every type of the domain that has skipped fields.
fn types(folder: &Path) -> Vec<Fields> {
    let mut found: Vec<Fields> = Vec::new();
    for path in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() {
            found.extend(types(&path));
            continue;
        }
        let (mut fields, mut skips): (Fields, bool) = Default::default();
        for line in fs::read_to_string(&path).expect("text").lines() {
            match line.trim() {
                attribute if attribute.starts_with("#[serde(skip") => skips = true,
                attribute if attribute.contains("serde(skip_deserializing)") => {
                    fields.1.push(String::new());
                }
                "}" if line == "}" => found.push(std::mem::take(&mut fields)),
                field if line.starts_with("    pub ") && field.ends_with(',') => {
                    let name = field.trim_start_matches("pub ").split(':').next().expect("a name").to_owned();
                    if let Some(last) = fields.1.last_mut().filter(|last| last.is_empty()) {
                        last.clone_from(&name);
                    }
                    // What is never written is in no JSON.
                    if !std::mem::take(&mut skips) {
                        fields.0.push(name);
                    }
                }
                _ => {}
            }
        }
    }
    found.retain(|(_, skipped)| !skipped.is_empty());
    found
}

/// Where the skipped fields of a value lie.
fn places(value: &Value, at: &str, types: &[Fields]) -> Vec<String> {
    let inside = |(key, value): (String, &Value)| places(value, &format!("{at}/{key}"), types);
    match value {
        Value::Array(items) => items.iter().enumerate().flat_map(|(n, item)| inside((n.to_string(), item))).collect(),
        Value::Object(object) => {
            let is = |(all, _): &&Fields| all.len() == object.len() && all.iter().all(|name| object.contains_key(name));
            let skipped = types.iter().find(is).map(|(_, skipped)| skipped.as_slice()).unwrap_or_default();
            let own = skipped.iter().map(|name| format!("{at}/{name}"));
            let rest = object.iter().filter(|(name, _)| !skipped.contains(name));
            own.chain(rest.flat_map(|(name, value)| inside((name.clone(), value)))).collect()
        }
        _ => Vec::new(),
    }
}

/// The page as the browser's reader makes it: what it skips has its default. Says how many places that are.
fn as_read<T: Serialize + DeserializeOwned>(page: &T, types: &[Fields]) -> (Value, usize) {
    let mut json = serde_json::to_value(page).expect("JSON");
    let course = json!(quell_domain::playbook::Course::default());
    let defaults = [
        json!(null),
        json!(0),
        json!(""),
        json!(false),
        json!([]),
        json!(Can::default()),
        course,
        json!("0".repeat(64)),
    ];
    let all = places(&json, "", types);
    for place in &all {
        let takes = |default: &&Value| {
            let mut tried = json.clone();
            *tried.pointer_mut(place).expect("it is there") = (*default).clone();
            serde_json::from_value::<T>(tried).is_ok()
        };
        let default = defaults.iter().find(takes).unwrap_or_else(|| panic!("no default for {place}")).clone();
        *json.pointer_mut(place).expect("it is there") = default;
    }
    (json, all.len())
}

fn same<T: Serialize + DeserializeOwned>(page: &T, what: &str, island: impl Fn(String) -> AnyView) {
    let types = types(&Path::new(env!("CARGO_MANIFEST_DIR")).join("domain/src"));
    let (read, skipped) = as_read(page, &types);
    assert!(skipped > 0, "{what}: nothing is skipped");
    let whole = shown(&rendered(|| island(carried::pack(page))));
    let read = shown(&rendered(|| island(read.to_string())));
    assert!(whole.len() > 1_000, "{what}: {whole}");
    assert_eq!(whole, read, "{what}: an island shows what the browser does not read");
}

#[test]
fn no_island_shows_what_the_browser_does_not_read() {
    for state in IncidentState::ALL {
        let mut page: IncidentPage = incident_page("x");
        page.incident.state = *state;
        page.incident.acknowledged_at = Some(START);
        page.incident.contained_at = Some(START);
        page.incident.verdict = Some(Verdict::Confirmed);
        if *state == IncidentState::Closed {
            page.incident.closed_at = Some(START);
            page.incident.closing = Some(Closing::Benign);
        }
        same(&page, state.label(), |page| view! { <IncidentLive page>"forms"</IncidentLive> }.into_any());
    }
    let page: QueuePage = queue_page("x");
    same(&page, "queue", |page| view! { <QueueLive page picked=String::new()>"search"</QueueLive> }.into_any());
}

#[test]
fn a_skipped_field_is_found_and_gets_its_default() {
    let types = types(&Path::new(env!("CARGO_MANIFEST_DIR")).join("domain/src"));
    let page = queue_page("x");
    let (read, _) = as_read(&page, &types);
    assert_eq!((read["rows"][0]["urgency"].clone(), read["rows"][0]["number"].clone()), (json!(0), json!(12)));
    let (read, _) = as_read(&incident_page("x"), &types);
    assert!(read["incident"]["owner"].is_null() && read["incident"]["version"] == 0, "{read}");
    assert_eq!(read["alarms"][0]["alarm"]["id"], "");
}

#[test]
#[should_panic(expected = "an island shows what the browser does not read")]
fn an_island_that_showed_one_would_be_noticed() {
    same(&queue_page("x"), "queue", |page| {
        let page = carried::unpack::<QueuePage>(&page).expect("a page");
        view! { <p>{"long ".repeat(300)}{page.rows[0].urgency}</p> }.into_any()
    });
}
