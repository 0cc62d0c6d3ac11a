//! Quell's own JSON, for detectors and scripts that speak none of the known formats. Documented for people in
//! `server/docs/intake-json.md`; the two must say the same.
//!
//! One object for each alarm. Required: `quell` (the version, `1`) and `rule`. Everything else may be left out or `null`:
//!
//! | key | what |
//! |---|---|
//! | `id` | the sender's name for this alarm, unique within its source; the same id again is an exact repeat |
//! | `occurred_at` | RFC 3339 |
//! | `severity` | `critical`, `high`, `medium`, `low` or `info` |
//! | `class` | a word of [`AlarmClass`] |
//! | `message` | one sentence |
//! | `node` | the node's name |
//! | `container` | `{"id","name","image","host"}` |
//! | `process` | `{"name","command","pid","ancestors":[…]}`, ancestors nearest first |
//! | `user`, `file`, `connection`, `pod`, `namespace` | texts |
//! | `techniques` | list of ATT&CK technique ids |
//! | `succeeded` | `false` when the attempt failed |
//! | `low_confidence` | `true` when nothing should be done on this alarm's word alone |
//! | `health` | `true`: not an alarm but the sensor speaking about itself |

use quell_domain::alarm::{AlarmClass, AlarmDetail, ContainerHint, Severity};
use serde_json::{Map, Value};

use crate::{
    Finding, Health,
    assemble::{Context, Parsed, assemble},
    classes, container, dedupe,
    fields::{Fields, text},
    moment,
};

/// Most ancestors that are kept.
const GENERATIONS: usize = 32;

/// Reads one alarm.
///
/// # Errors
/// One sentence when a required key is missing or the version is not ours.
pub(crate) fn read(map: &Map<String, Value>, context: &mut Context<'_, '_>) -> Result<Finding, String> {
    let top = Fields(Some(map));
    match top.text("quell").as_deref() {
        Some("1") => {}
        Some(_) => return Err("The key \"quell\" names a version that is not known. It must be 1.".to_owned()),
        None => return Err("The key \"quell\" is missing. It must be 1.".to_owned()),
    }
    let rule = top.text("rule").ok_or("The key \"rule\" is missing.")?;
    let node = top.text("node");
    if map.get("health") == Some(&Value::Bool(true)) {
        let message = top.text("message").map_or(rule.clone(), |message| format!("{rule}: {message}"));
        return Ok(Finding::Health(Health { node: node.or_else(|| context.delivery.default_node.clone()), message }));
    }
    let container = container_of(top);
    let flag = |key: &str| map.get(key).and_then(Value::as_bool);
    let list = |value: Option<&Value>| -> Vec<String> {
        value.and_then(Value::as_array).into_iter().flatten().filter_map(text).take(GENERATIONS).collect()
    };
    let detail = AlarmDetail {
        message: top.text("message").unwrap_or_default(),
        image: top.text("container.image"),
        process: top.text("process.name"),
        command: top.text("process.command"),
        ancestors: list(top.get("process.ancestors")),
        pid: top.text("process.pid"),
        user: top.text("user"),
        file: top.text("file"),
        connection: top.text("connection"),
        pod: top.text("pod"),
        namespace: top.text("namespace"),
        techniques: list(map.get("techniques")).into_iter().filter(|id| classes::is_technique(id)).collect(),
        succeeded: flag("succeeded"),
        low_confidence: flag("low_confidence").unwrap_or(false),
        replaces: None,
    };
    let verdict = classes::of_falco(&rule, container.host);
    let class = top
        .text("class")
        .and_then(|word| AlarmClass::from_word(&word))
        .or(verdict.map(|v| v.class))
        .or_else(|| classes::of_techniques(&detail.techniques, &[], false, detail.file.is_some()));
    let severity_reported = top.text("severity").unwrap_or_default();
    let parsed = Parsed {
        detector: "quell",
        dedupe_key: dedupe::quell(context.delivery.source.as_str(), top.text("id").as_deref(), context.raw),
        class: class.unwrap_or(AlarmClass::Other),
        floor: verdict.and_then(|v| v.floor),
        severity: Severity::from_word(&severity_reported.to_ascii_lowercase()),
        severity_reported,
        rule,
        occurred_at: map.get("occurred_at").and_then(moment::read),
        node,
        container,
        detail,
    };
    Ok(Finding::Alarm(Box::new(assemble(parsed, context))))
}

/// Without any word about a container the alarm is about nobody knows what, not about the node itself: that must be said.
fn container_of(top: Fields<'_>) -> ContainerHint {
    let (id, name) = (top.text("container.id"), top.text("container.name"));
    if top.text("container.host").as_deref() == Some("true") {
        return ContainerHint { host: true, ..ContainerHint::default() };
    }
    if id.is_none() && name.is_none() {
        return ContainerHint::default();
    }
    container::hint(id.as_deref(), name)
}
