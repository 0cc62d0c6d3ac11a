//! Jobs.

use quell_core::ports::{CommitError, Thing};
use quell_domain::{
    ids::{IncidentId, JobId},
    job::NewJob,
};

use super::{about, one};
use crate::{
    db::{Tx, run},
    rows::clean,
    sql::jobs as sql,
};

pub(super) async fn add(tx: &mut Tx, job: &NewJob) -> Result<(), CommitError> {
    let incident = job.incident.as_ref().map(IncidentId::as_str);
    let added =
        run!(tx tx, sql::JOB_ADD, job.id.as_str(), job.kind.word(), clean(&job.subject), incident, job.due_at.0);
    one(added.map_err(about(Thing::Job))?, Thing::Job)
}

pub(super) async fn finish(tx: &mut Tx, job: &JobId, epoch: i64) -> Result<(), CommitError> {
    let finished = run!(tx tx, sql::JOB_FINISH, job.as_str(), epoch);
    one(finished.map_err(about(Thing::Job))?, Thing::Job)
}
