//! Rows of jobs and failed tries.

use quell_core::ports::{ReadError, Throttle};
use quell_domain::{
    ids::{IncidentId, JobId},
    job::{ClaimedJob, JobKind},
};

use super::word;

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct CandidateRow {
    pub(crate) id: String,
    kind: String,
    subject: String,
    incident_id: Option<String>,
    pub(crate) epoch: i64,
}

impl CandidateRow {
    /// The job under the epoch that its claim gave.
    pub(crate) fn claimed(self) -> Result<ClaimedJob, ReadError> {
        Ok(ClaimedJob {
            kind: word(JobKind::from_word(&self.kind), "job.kind")?,
            id: JobId::new(self.id),
            subject: self.subject,
            incident: self.incident_id.map(IncidentId::new),
            epoch: self.epoch + 1,
        })
    }
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct ThrottleRow {
    failures: i64,
    last_at: i64,
}

impl From<ThrottleRow> for Throttle {
    fn from(row: ThrottleRow) -> Self {
        Self { failures: row.failures, last_at: row.last_at }
    }
}
