//! Rows of alarms.

use quell_core::ports::ReadError;
use quell_domain::{
    alarm::{Alarm, Mapping, MappingMethod},
    ids::IncidentId,
};

use super::{from_json, word};

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct AlarmRow {
    body: String,
}

impl TryFrom<AlarmRow> for Alarm {
    type Error = ReadError;

    fn try_from(row: AlarmRow) -> Result<Self, ReadError> {
        from_json(&row.body)
    }
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct MappedRow {
    body: String,
    incident_id: String,
    method: String,
    reason: String,
}

impl TryFrom<MappedRow> for (Alarm, Mapping) {
    type Error = ReadError;

    fn try_from(row: MappedRow) -> Result<Self, ReadError> {
        let mapping = Mapping {
            incident: IncidentId::new(row.incident_id),
            method: word(MappingMethod::from_word(&row.method), "alarm_mapping.method")?,
            reason: row.reason,
        };
        Ok((from_json(&row.body)?, mapping))
    }
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct SplitRow {
    body: String,
    returns: i64,
}

impl TryFrom<SplitRow> for (Alarm, bool) {
    type Error = ReadError;

    fn try_from(row: SplitRow) -> Result<Self, ReadError> {
        Ok((from_json(&row.body)?, row.returns > 0))
    }
}
