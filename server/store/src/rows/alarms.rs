//! Rows of alarms.

use quell_core::ports::ReadError;
use quell_domain::{
    Timestamp,
    alarm::{Alarm, AlarmClass, Mapping, MappingMethod, Severity},
    ids::IncidentId,
    incident::merge::Tally,
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
pub(crate) struct TallyRow {
    severity: Option<String>,
    class: Option<String>,
    n: i64,
    first_at: i64,
    last_at: i64,
}

impl TallyRow {
    pub(crate) fn add_to(self, tally: &mut Tally) -> Result<(), ReadError> {
        let says = match (self.severity, self.class) {
            (Some(severity), Some(class)) => Some((
                word(Severity::from_word(&severity), "alarm.severity")?,
                word(AlarmClass::from_word(&class), "alarm.class")?,
            )),
            _ => None,
        };
        tally.add(self.n, says, (Timestamp(self.first_at), Timestamp(self.last_at)));
        Ok(())
    }
}
