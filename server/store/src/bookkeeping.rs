//! Small writes without an audit event: leases, progress, failed tries, ended sessions.

use async_trait::async_trait;
use quell_core::ports::{Bookkeeping, ReadError, Throttle};
use quell_domain::{
    Timestamp,
    ids::{Digest, EvidenceId, JobId, PersonId},
    job::{ClaimedJob, JobKind},
    time::MINUTE,
};

use crate::{
    SqlStore,
    db::{row, rows, run},
    error::failed,
    rows::{
        Number,
        jobs::{CandidateRow, ThrottleRow},
    },
    sql::{evidence, jobs, sessions},
};

/// Jobs looked at for one claim: as many workers may be after the first one at the same time.
const CANDIDATES: i64 = 16;
/// Failed tries are forgotten when none followed for this long: a little more than the longest wait, so that waiting
/// it out and erring once does not cost another one.
const FORGET_AFTER: i64 = 16 * MINUTE;

#[async_trait]
impl Bookkeeping for SqlStore {
    async fn claim_job(
        &self,
        owner: &str,
        now: Timestamp,
        lease: i64,
        except: Option<JobKind>,
    ) -> Result<Option<ClaimedJob>, ReadError> {
        let except = except.map_or("", JobKind::word);
        let candidates =
            rows!(read & self.db, CandidateRow, jobs::JOB_CANDIDATES, now.0, CANDIDATES, except).map_err(failed)?;
        let until = now.plus(lease).0;
        for candidate in candidates {
            let claimed =
                run!(write & self.db, jobs::JOB_CLAIM, candidate.id.as_str(), candidate.epoch, owner, until, now.0);
            if claimed.map_err(failed)? == 1 {
                return candidate.claimed().map(Some);
            }
        }
        Ok(None)
    }

    async fn extend_lease(&self, job: &JobId, epoch: i64, until: Timestamp) -> Result<bool, ReadError> {
        let extended = run!(write & self.db, jobs::JOB_EXTEND, job.as_str(), epoch, until.0);
        Ok(extended.map_err(failed)? == 1)
    }

    async fn release_job(&self, job: &JobId, epoch: i64, due_at: Timestamp) -> Result<(), ReadError> {
        run!(write & self.db, jobs::JOB_RELEASE, job.as_str(), epoch, due_at.0).map(drop).map_err(failed)
    }

    async fn progress(
        &self,
        item: &EvidenceId,
        bytes: i64,
        total: Option<i64>,
        now: Timestamp,
    ) -> Result<(), ReadError> {
        run!(write & self.db, evidence::TASK_PROGRESS, item.as_str(), bytes, total, now.0).map(drop).map_err(failed)
    }

    async fn checking(&self, item: &EvidenceId, bytes: i64, now: Timestamp) -> Result<(), ReadError> {
        run!(write & self.db, evidence::TASK_CHECKING, item.as_str(), bytes, now.0).map(drop).map_err(failed)
    }

    async fn throttle(&self, key: &str) -> Result<Throttle, ReadError> {
        let found = row!(read & self.db, ThrottleRow, jobs::THROTTLE, digest(key).as_str()).map_err(failed)?;
        Ok(found.map(Throttle::from).unwrap_or_default())
    }

    async fn count_failure(&self, key: &str, now: Timestamp) -> Result<(), ReadError> {
        run!(write & self.db, jobs::THROTTLE_SWEEP, now.plus(-FORGET_AFTER).0).map_err(failed)?;
        run!(write & self.db, jobs::THROTTLE_COUNT, digest(key).as_str(), now.0).map(drop).map_err(failed)
    }

    async fn forget_failures(&self, key: &str) -> Result<(), ReadError> {
        run!(write & self.db, jobs::THROTTLE_FORGET, digest(key).as_str()).map(drop).map_err(failed)
    }

    async fn end_sessions(&self, person: &PersonId) -> Result<(), ReadError> {
        run!(write & self.db, sessions::SESSIONS_END, person.as_str()).map(drop).map_err(failed)
    }

    async fn ping(&self) -> Result<(), ReadError> {
        row!(read & self.db, Number, jobs::PING).map(drop).map_err(failed)
    }
}

/// Keys hold what strangers typed: of any length, and sometimes a password in the wrong field.
fn digest(key: &str) -> Digest {
    Digest::of(key.as_bytes())
}
