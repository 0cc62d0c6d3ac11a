//! The watch's own alarms: what no longer holds is told like what a detector finds.

use quell_domain::{
    Timestamp,
    alarm::{Alarm, AlarmClass, AlarmDetail, ContainerHint, MappingMethod},
    changeset::Op,
    ids::{AlarmId, ContainerId, Digest},
    incident::Incident,
    source,
};

use crate::ids;

const REASON: &str = "Quell's own watch over this container.";

/// An alarm about an incident: at most one by one rule for each of its versions.
pub(super) fn alarm(
    incident: &Incident,
    now: Timestamp,
    rule: &str,
    words: &str,
    container: Option<&ContainerId>,
) -> Alarm {
    let hint = ContainerHint { id: container.map(ToString::to_string), ..ContainerHint::default() };
    let raw = serde_json::json!({
        "quell": 1,
        "rule": rule,
        "incident": incident.label(),
        "node": incident.place.node_name,
        "container": hint.id,
        "message": words,
        "at": now.rfc3339(),
    });
    Alarm {
        id: AlarmId::new(ids::mint()),
        source: source::own(),
        detector: "quell".to_owned(),
        received_at: now,
        occurred_at: now,
        clock_suspect: false,
        dedupe_key: Digest::of(format!("watch:{}:{}:{rule}", incident.id, incident.version).as_bytes()),
        rule: rule.to_owned(),
        class: AlarmClass::ContainerEnvironment,
        severity_reported: String::new(),
        severity: incident.severity,
        severity_reason: format!("as {}", incident.label()),
        node_hint: Some(incident.place.node_name.clone()),
        container: hint,
        detail: AlarmDetail { message: words.to_owned(), ..AlarmDetail::default() },
        raw: raw.to_string().into_bytes(),
    }
}

/// It joins the incident that it is about, whatever that one's key is.
pub(super) fn joined(alarm: &Alarm, incident: &Incident) -> Op {
    Op::MapAlarms {
        alarms: vec![alarm.id.clone()],
        incident: incident.id.clone(),
        through: Vec::new(),
        method: MappingMethod::Exact,
        reason: REASON.to_owned(),
    }
}
