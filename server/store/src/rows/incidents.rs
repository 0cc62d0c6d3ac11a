//! Rows of incidents and of the queue.

use quell_core::ports::ReadError;
use quell_domain::{
    Timestamp,
    alarm::{AlarmClass, MappingMethod, Severity},
    ids::{ContainerId, Digest, IncidentId, NodeId, PersonId},
    incident::{Closing, Incident, IncidentState, Place, Verdict},
    playbook::{self, Unknown},
    view::QueueRow,
};

use super::{clean, from_json, moment, word};
use crate::error::unreadable;

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct IncidentRow {
    id: String,
    number: i64,
    version: i64,
    key: String,
    title: String,
    class: String,
    severity: String,
    state: String,
    verdict: Option<String>,
    verdict_reason: String,
    node_id: Option<String>,
    node_name: String,
    container: Option<String>,
    container_name: String,
    image: String,
    image_id: String,
    method: String,
    reason: String,
    owner_id: Option<String>,
    first_alarm_at: i64,
    last_alarm_at: i64,
    alarm_count: i64,
    contain_by: i64,
    acknowledged_at: Option<i64>,
    measures: String,
    contained_at: Option<i64>,
    evidence_at: Option<i64>,
    analysed_at: Option<i64>,
    closed_at: Option<i64>,
    closing: Option<String>,
    closing_reason: String,
    of_id: Option<String>,
    reopened_at: Option<i64>,
    unknown_since: Option<i64>,
    unknown_reason: Option<String>,
    course: String,
}

impl TryFrom<IncidentRow> for Incident {
    type Error = ReadError;

    fn try_from(row: IncidentRow) -> Result<Self, ReadError> {
        let verdict = row.verdict.map(|it| word(Verdict::from_word(&it), "incident.verdict")).transpose()?;
        let closing = row.closing.map(|it| word(Closing::from_word(&it), "incident.closing")).transpose()?;
        let container = row
            .container
            .map(|it| ContainerId::parse(&it).map_err(|_| unreadable("incident.container")))
            .transpose()?;
        Ok(Self {
            id: IncidentId::new(row.id),
            number: row.number,
            version: row.version,
            key: row.key,
            title: row.title,
            class: word(AlarmClass::from_word(&row.class), "incident.class")?,
            severity: word(Severity::from_word(&row.severity), "incident.severity")?,
            state: word(IncidentState::from_word(&row.state), "incident.state")?,
            verdict,
            verdict_reason: row.verdict_reason,
            place: Place {
                node: row.node_id.map(NodeId::new),
                node_name: row.node_name,
                container,
                container_name: row.container_name,
                image: row.image,
                image_id: row.image_id,
                method: word(MappingMethod::from_word(&row.method), "incident.method")?,
                reason: row.reason,
            },
            owner: row.owner_id.map(PersonId::new),
            first_alarm_at: Timestamp(row.first_alarm_at),
            last_alarm_at: Timestamp(row.last_alarm_at),
            alarm_count: row.alarm_count,
            contain_by: Timestamp(row.contain_by),
            acknowledged_at: moment(row.acknowledged_at),
            measures: from_json(&row.measures)?,
            contained_at: moment(row.contained_at),
            evidence_at: moment(row.evidence_at),
            analysed_at: moment(row.analysed_at),
            closed_at: moment(row.closed_at),
            closing,
            closing_reason: row.closing_reason,
            of: row.of_id.map(IncidentId::new),
            reopened_at: moment(row.reopened_at),
            unknown: moment(row.unknown_since)
                .map(|since| Unknown { since, reason: row.unknown_reason.unwrap_or_default() }),
            course: from_json(&row.course)?,
        })
    }
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct QueuedRow {
    #[sqlx(flatten)]
    incident: IncidentRow,
    owner_name: Option<String>,
}

impl TryFrom<QueuedRow> for QueueRow {
    type Error = ReadError;

    fn try_from(row: QueuedRow) -> Result<Self, ReadError> {
        let incident = Incident::try_from(row.incident)?;
        Ok(Self {
            steps: playbook::steps(&incident).into_iter().map(|(_, state)| state).collect(),
            next: playbook::next(&incident).and_then(|step| playbook::offers(step, &incident).into_iter().next()),
            due: incident.due_now(),
            urgency: incident.urgency(),
            unknown: incident.is_unknown(),
            id: incident.id,
            number: incident.number,
            title: incident.title,
            severity: incident.severity,
            class: incident.class,
            state: incident.state,
            alarm_count: incident.alarm_count,
            container_name: incident.place.container_name,
            container_short: incident.place.container.as_ref().map(|id| id.short().to_owned()).unwrap_or_default(),
            node_name: incident.place.node_name,
            method: incident.place.method,
            owner_name: row.owner_name.unwrap_or_default(),
        })
    }
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct WatchedRow {
    pub(crate) looked_at: Option<i64>,
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct ClassCount {
    pub(crate) class: String,
    pub(crate) n: i64,
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct PlaybookCount {
    pub(crate) playbook: i64,
    pub(crate) class: String,
    pub(crate) n: i64,
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct MineRow {
    pub(crate) seq: i64,
    pub(crate) past_target: i64,
    pub(crate) past_acknowledge: i64,
    pub(crate) mine: i64,
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct AllRow {
    pub(crate) need_action: i64,
    pub(crate) need_containment: i64,
    pub(crate) unknown: i64,
    pub(crate) not_acknowledged: i64,
    pub(crate) oldest_unacknowledged: Option<i64>,
    pub(crate) unassigned: i64,
    pub(crate) contained: i64,
    pub(crate) closed: i64,
    pub(crate) last_alarm_at: Option<i64>,
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Micros {
    pub(crate) micros: i64,
}

/// What an open incident is unique by, of one length whatever is in the key.
pub(crate) fn key_digest(key: &str) -> Digest {
    Digest::of(key.as_bytes())
}

/// What the queue's text filter looks into: lower-cased here, because the two databases do it differently.
pub(crate) fn search_text(incident: &Incident) -> String {
    let place = &incident.place;
    let container = place.container.as_ref().map_or("", ContainerId::as_str);
    let all = format!(
        "{}\n{}\n{}\n{}\n{}\ninc-{}",
        incident.title, place.container_name, container, place.node_name, place.image, incident.number
    );
    clean(&all).to_lowercase()
}
