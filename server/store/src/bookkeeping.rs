//! Small writes without an audit event: leases, progress, counted tries, places of sign-ins, what sensors say about
//! themselves, uses of tokens, looks for gates.

use async_trait::async_trait;
use quell_core::ports::{Bookkeeping, ReadError, Throttle};
use quell_domain::{
    Timestamp,
    gate::Look,
    ids::{Digest, EvidenceId, IncidentId, JobId, NodeId, RequestId, SourceId, TokenId},
    job::{ClaimedJob, JobKind},
    time::{DAY, MINUTE},
};

use crate::{
    SqlStore,
    db::{row, rows, run},
    error::failed,
    rows::{
        Number, clean,
        jobs::{CandidateRow, ThrottleRow},
    },
    sql::{evidence, gates, jobs, sessions, sources, tokens, watch},
};

/// Jobs looked at for one claim: as many workers may be after the first one at the same time.
const CANDIDATES: i64 = 16;
/// Jobs are due at once, or after a pause of less than this; leases end within one length. What is due, or held, much
/// longer was written by a clock that has been set back since, and must not wait until that time comes again.
const AHEAD: i64 = MINUTE;
/// Failed tries are forgotten when none followed for this long: a little more than the longest wait, so that waiting
/// it out and erring once does not cost another one.
const FORGET_AFTER: i64 = 16 * MINUTE;
/// Places without a sign-in for this long are forgotten: a little more than they count for anything.
const PLACES_KEPT: i64 = 31 * DAY;

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
        let beyond = now.plus(2 * lease + AHEAD).0;
        let candidates = rows!(read & self.db, CandidateRow, jobs::JOB_CANDIDATES, now.0, CANDIDATES, except, beyond);
        let until = now.plus(lease).0;
        for candidate in candidates.map_err(failed)? {
            let claimed = run!(
                write & self.db,
                jobs::JOB_CLAIM,
                candidate.id.as_str(),
                candidate.epoch,
                owner,
                until,
                now.0,
                beyond
            );
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

    async fn take_watch(
        &self,
        node: &NodeId,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, ReadError> {
        let beyond = until.plus(AHEAD).0;
        let taken = run!(write & self.db, watch::WATCH_TAKE, node.as_str(), owner, now.0, until.0, beyond);
        Ok(taken.map_err(failed)? == 1)
    }

    async fn looked(&self, node: &NodeId, owner: &str, now: Timestamp) -> Result<(), ReadError> {
        run!(write & self.db, watch::WATCH_LOOKED, node.as_str(), owner, now.0).map(drop).map_err(failed)
    }

    async fn gate_looked(&self, hold: &RequestId, now: Timestamp) -> Result<(), ReadError> {
        run!(write & self.db, gates::HOLD_LOOKED, hold.as_str(), now.0).map(drop).map_err(failed)
    }

    async fn gates_looked_for(&self, incident: &IncidentId, look: Look) -> Result<(), ReadError> {
        let found = i64::try_from(look.found).unwrap_or(i64::MAX);
        run!(write & self.db, gates::LOOKED_FOR, incident.as_str(), look.at.0, found).map(drop).map_err(failed)
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

    async fn sensor_said(&self, source: &SourceId, words: &str, now: Timestamp) -> Result<(), ReadError> {
        run!(write & self.db, sources::SOURCE_SENSOR, source.as_str(), now.0, clean(words)).map(drop).map_err(failed)
    }

    async fn token_used(&self, token: &TokenId, address: Option<&str>, now: Timestamp) -> Result<(), ReadError> {
        let before = now.plus(-MINUTE).0;
        run!(write & self.db, tokens::TOKEN_USED, token.as_str(), now.0, address, before).map(drop).map_err(failed)
    }

    async fn throttle(&self, key: &str) -> Result<Throttle, ReadError> {
        let found = row!(read & self.db, ThrottleRow, jobs::THROTTLE, digest(key).as_str()).map_err(failed)?;
        Ok(found.map(Throttle::from).unwrap_or_default())
    }

    async fn count_try(&self, key: &str, seen: Throttle, now: Timestamp) -> Result<bool, ReadError> {
        run!(write & self.db, jobs::THROTTLE_SWEEP, now.plus(-FORGET_AFTER).0).map_err(failed)?;
        let counted =
            run!(write & self.db, jobs::THROTTLE_COUNT, digest(key).as_str(), now.0, seen.failures, seen.last_at);
        Ok(counted.map_err(failed)? == 1)
    }

    async fn give_back_try(&self, key: &str) -> Result<(), ReadError> {
        run!(write & self.db, jobs::THROTTLE_GIVE_BACK, digest(key).as_str()).map(drop).map_err(failed)
    }

    async fn forget_tries(&self, key: &str) -> Result<(), ReadError> {
        run!(write & self.db, jobs::THROTTLE_FORGET, digest(key).as_str()).map(drop).map_err(failed)
    }

    async fn remember_place(&self, place: &str, now: Timestamp) -> Result<(), ReadError> {
        run!(write & self.db, sessions::PLACES_SWEEP, now.plus(-PLACES_KEPT).0).map_err(failed)?;
        run!(write & self.db, sessions::PLACE_REMEMBER, digest(place).as_str(), now.0).map(drop).map_err(failed)
    }

    async fn is_usual_place(&self, place: &str, since: Timestamp) -> Result<bool, ReadError> {
        let found = row!(read & self.db, Number, sessions::PLACE_USUAL, digest(place).as_str(), since.0);
        Ok(found.map_err(failed)?.is_some_and(|row| row.n > 0))
    }

    async fn ping(&self) -> Result<(), ReadError> {
        row!(read & self.db, Number, jobs::PING).map(drop).map_err(failed)
    }
}

/// Keys hold what strangers typed: of any length, and sometimes a password in the wrong field.
fn digest(key: &str) -> Digest {
    Digest::of(key.as_bytes())
}
