//! Falco's events, as `http_output` sends them and as Falcosidekick passes them on.

mod detail;
mod tail;

use quell_domain::alarm::{ContainerHint, Severity};
use serde_json::{Map, Value};

use crate::{
    Finding, Health,
    assemble::{Context, Parsed, assemble},
    classes, container, dedupe, falcosidekick,
    fields::{Fields, known, text},
    moment,
};

/// Reads one event. `detector` is how the alarm will be called.
///
/// # Errors
/// One sentence when it is no event of Falco's.
pub(crate) fn read(
    map: &Map<String, Value>,
    detector: &'static str,
    context: &mut Context<'_, '_>,
) -> Result<Finding, String> {
    let top = Fields(Some(map));
    let rule = top.text("rule").ok_or("The event names no rule.")?;
    let output = top.text("output").unwrap_or_default();
    let node = top.text("hostname");
    let origin = top.text("source").unwrap_or_default().to_ascii_lowercase();
    if origin == "internal" || rule.starts_with("Falco internal:") || rule == "Test rule" {
        let said = tail::without_clock(&output);
        let message = match said {
            "" => rule,
            said if said.starts_with(rule.as_str()) => said.to_owned(),
            said => format!("{rule}: {said}"),
        };
        return Ok(Finding::Health(Health { node: node.or_else(|| context.delivery.default_node.clone()), message }));
    }
    let fields = Fields(map.get("output_fields").or_else(|| map.get("outputFields")).and_then(Value::as_object));
    let (container, container_doubt) = container_of(fields, &output, &origin);
    let tags = Tags::read(map.get("tags"));
    let verdict = classes::of_falco(&rule, container.host);
    let mut detail = detail::read(fields, &output, top.text("message").as_deref());
    detail.techniques = tags.techniques;
    detail.low_confidence = container_doubt || detail::is_blank(fields);
    let class = verdict.map(|v| v.class).or_else(|| {
        let privileged = fields.text("container.privileged").as_deref() == Some("true");
        classes::of_techniques(&detail.techniques, &tags.tactics, privileged, detail.file.is_some())
    });
    let occurred_at = map
        .get("time")
        .and_then(moment::read)
        .or_else(|| ["evt.time", "evt.time.iso8601"].iter().find_map(|name| fields.get(name).and_then(moment::read)));
    let container_text = container.id.as_deref().or(container.name.as_deref()).unwrap_or_default();
    let undated = occurred_at.is_none().then_some(context.delivery.received_at);
    let severity_reported = top.text("priority").unwrap_or_default();
    let parsed = Parsed {
        detector,
        dedupe_key: dedupe::falco(map, fields, container_text, tail::without_clock(&output), undated),
        class: class.unwrap_or(quell_domain::alarm::AlarmClass::Other),
        floor: verdict.and_then(|v| v.floor),
        severity: priority(&severity_reported),
        severity_reported,
        rule,
        occurred_at,
        node,
        container,
        detail,
    };
    Ok(Finding::Alarm(Box::new(assemble(parsed, context))))
}

/// Falco's eight priorities, in any case; `Informational` is also said `Info`. A detector's priority is not risk: see the
/// floors of [`classes`].
pub(crate) fn priority(word: &str) -> Option<Severity> {
    const WORDS: [(&str, Severity); 9] = [
        ("emergency", Severity::Critical),
        ("alert", Severity::Critical),
        ("critical", Severity::Critical),
        ("error", Severity::High),
        ("warning", Severity::Medium),
        ("notice", Severity::Low),
        ("informational", Severity::Info),
        ("info", Severity::Info),
        ("debug", Severity::Info),
    ];
    WORDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, severity)| *severity)
}

/// The container, and whether there is reason to doubt it.
///
/// Fields come first: they are the kernel's. The text is only asked when there are none, since a command line in there can
/// hold a forged `container_id=`; then the last one counts, and the alarm is not trusted to act on. Sources other than system
/// calls have no container.
fn container_of(fields: Fields<'_>, output: &str, origin: &str) -> (ContainerHint, bool) {
    let name = fields.text("container.name");
    if fields.has("container.id") || fields.has("container.full_id") {
        let (short, full) = (fields.text("container.id"), fields.text("container.full_id"));
        return match (short, full) {
            (Some(short), Some(full)) if !full.to_ascii_lowercase().contains(&short.to_ascii_lowercase()) => {
                (container::hint(Some(&short), name), true)
            }
            (short, full) => (container::hint(full.or(short).as_deref(), name), false),
        };
    }
    if !matches!(origin, "" | "syscall" | "syscalls") {
        return (ContainerHint { name, ..ContainerHint::default() }, false);
    }
    if falcosidekick::was_cut(output) {
        return (ContainerHint { name, ..ContainerHint::default() }, true);
    }
    let named = name.or_else(|| tail::last(output, "container_name").and_then(known));
    match tail::last(output, "container_id") {
        Some(id) => (container::hint(known(id).as_deref(), named), true),
        None => (ContainerHint { name: named, ..ContainerHint::default() }, false),
    }
}

/// ATT&CK ids among the tags.
struct Tags {
    techniques: Vec<String>,
    tactics: Vec<String>,
}

impl Tags {
    fn read(tags: Option<&Value>) -> Self {
        let mut read = Self { techniques: Vec::new(), tactics: Vec::new() };
        let mut add = |tag: &str| {
            let tag = tag.trim();
            let list = if classes::is_technique(tag) {
                &mut read.techniques
            } else if classes::is_tactic(tag) {
                &mut read.tactics
            } else {
                return;
            };
            if !list.iter().any(|known| known == tag) {
                list.push(tag.to_owned());
            }
        };
        match tags {
            Some(Value::Array(list)) => list.iter().filter_map(text).for_each(|tag| add(&tag)),
            Some(Value::String(list)) => list.split(',').for_each(&mut add),
            _ => {}
        }
        read
    }
}
