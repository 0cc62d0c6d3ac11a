//! Incidents.

use quell_core::ports::{CommitError, Thing};
use quell_domain::{
    ids::{ContainerId, IncidentId, NodeId, PersonId},
    incident::{Closing, Incident, Verdict},
    playbook::Playbooks,
};

use super::{about, alarms, one};
use crate::{
    db::{Tx, row, run},
    error::{failed, unreadable},
    rows::{
        Number, clean, clean_opt,
        incidents::{IncidentRow, key_digest, search_text},
        json,
    },
    sql::incidents as sql,
};

/// Writes a whole incident; the two statements take the same parameters in the same order.
macro_rules! write {
    ($tx:expr, $sql:expr, $it:expr) => {{
        let (measures, course) = (json(&$it.measures)?, json(&$it.course)?);
        run!(
            tx $tx, $sql,
            $it.id.as_str(), $it.number, $it.version, clean(&$it.key), clean(&$it.title), $it.class.word(),
            $it.severity.word(), $it.state.word(), $it.verdict.map(Verdict::word), clean(&$it.verdict_reason),
            $it.place.node.as_ref().map(NodeId::as_str), clean(&$it.place.node_name),
            $it.place.container.as_ref().map(ContainerId::as_str), clean(&$it.place.container_name),
            clean(&$it.place.image), clean(&$it.place.image_id), $it.place.method.word(), clean(&$it.place.reason),
            $it.owner.as_ref().map(PersonId::as_str), $it.first_alarm_at.0, $it.last_alarm_at.0, $it.alarm_count,
            $it.contain_by.0, $it.acknowledged_at.map(|at| at.0), measures.as_str(), $it.contained_at.map(|at| at.0),
            $it.evidence_at.map(|at| at.0), $it.analysed_at.map(|at| at.0), $it.closed_at.map(|at| at.0),
            $it.closing.map(Closing::word), clean(&$it.closing_reason), $it.of.as_ref().map(IncidentId::as_str),
            $it.reopened_at.map(|at| at.0), $it.unknown.as_ref().map(|it| it.since.0),
            clean_opt($it.unknown.as_ref().map(|it| it.reason.as_str())), course.as_str(), key_digest(&$it.key).as_str(),
            search_text($it), $it.urgency(), $it.course.version, $it.course.acknowledge_by.0,
            i64::from($it.needs_action())
        )
    }};
}

/// It gets the next number.
pub(super) async fn add(tx: &mut Tx, incident: &Incident) -> Result<(), CommitError> {
    let next = row!(tx tx, Number, sql::INCIDENT_NEXT_NUMBER).map_err(failed)?;
    let mut incident = incident.clone();
    incident.number = next.ok_or_else(|| unreadable("incident.number"))?.n;
    let incident = &incident;
    one(write!(tx, sql::INCIDENT_ADD, incident).map_err(about(Thing::Incident))?, Thing::Incident)
}

pub(super) async fn set(tx: &mut Tx, incident: &Incident) -> Result<(), CommitError> {
    one(write!(tx, sql::INCIDENT_SET, incident).map_err(about(Thing::Incident))?, Thing::Incident)
}

pub(super) async fn recount(tx: &mut Tx, id: &IncidentId, playbooks: &Playbooks) -> Result<(), CommitError> {
    let found = row!(tx tx, IncidentRow, sql::INCIDENT_BY_ID, id.as_str()).map_err(failed)?;
    let mut incident = Incident::try_from(found.ok_or(CommitError::Conflict(Thing::Incident))?)?;
    if incident.is_merged() || incident.course.version != playbooks.version {
        return Err(CommitError::Conflict(Thing::Incident));
    }
    incident.recount(&alarms::tally(tx, id).await?, playbooks);
    set(tx, &incident).await
}

pub(super) async fn expect_version(tx: &mut Tx, incident: &IncidentId, version: i64) -> Result<(), CommitError> {
    expect(row!(tx tx, Number, sql::INCIDENT_IS_IN, incident.as_str(), version), 1)
}

pub(super) async fn expect_open(tx: &mut Tx, incident: &IncidentId) -> Result<(), CommitError> {
    expect(row!(tx tx, Number, sql::INCIDENT_IS_OPEN, incident.as_str()), 1)
}

pub(super) async fn expect_idle(tx: &mut Tx, incident: &IncidentId) -> Result<(), CommitError> {
    expect(row!(tx tx, Number, sql::INCIDENT_UNDER_WAY, incident.as_str()), 0)
}

pub(super) async fn expect_no_collection(tx: &mut Tx, incident: &IncidentId) -> Result<(), CommitError> {
    expect(row!(tx tx, Number, sql::INCIDENT_COLLECTIONS, incident.as_str()), 0)
}

/// Commits come one after another (see [`super`]), so what is counted here holds until the end of this one.
fn expect(found: Result<Option<Number>, sqlx::Error>, wanted: i64) -> Result<(), CommitError> {
    let found = found.map_err(failed)?;
    if found.is_some_and(|row| row.n == wanted) { Ok(()) } else { Err(CommitError::Conflict(Thing::Incident)) }
}
