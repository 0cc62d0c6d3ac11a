//! Alarms, without their raw bytes.

use quell_domain::{
    alarm::{Alarm, Mapping},
    ids::IncidentId,
};

use super::{Read, all};
use crate::{
    Db,
    db::rows,
    rows::alarms::{AlarmRow, MappedRow},
    sql::alarms as sql,
};

pub(super) async fn unmapped(db: &Db, limit: i64) -> Read<Vec<Alarm>> {
    all(rows!(read db, AlarmRow, sql::ALARMS_UNMAPPED, limit))
}

pub(super) async fn of(db: &Db, incident: &IncidentId, limit: i64) -> Read<Vec<(Alarm, Mapping)>> {
    all(rows!(read db, MappedRow, sql::ALARMS_OF, incident.as_str(), limit))
}
