//! Background work: jobs by lease, the correlator that turns alarms into incidents, and the live feed.

mod act;
mod collect;
mod correlate;
mod execute;
mod expire;
mod gate;
mod live;
mod resolve;
mod snapshot;
mod verify;
mod watch;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use quell_domain::{
    Timestamp,
    job::{ClaimedJob, JobKind},
    time::SECOND,
};
use tokio::task::JoinSet;

use crate::{
    Portal,
    ports::{CommitError, ReadError},
};

/// Jobs that run at the same time in one portal.
const AT_ONCE: usize = 16;
/// Of these, collections: they take long, and a pause must never wait for one.
const COLLECTING: usize = 4;
/// How often a job decides anew after losing a race for a row, before it waits.
const WRITES: usize = 5;
/// How often the worker looks by itself, for jobs of other portals and for those that became due.
const LOOK: Duration = Duration::from_millis(500);

/// A collection's place among [`COLLECTING`]; given back when it ends, however it ends.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(taken: &Arc<AtomicUsize>) -> Self {
        taken.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(taken))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Why a job could not go on now. It is given back and tried again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Retry {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] ReadError),
    /// Somebody else wrote meanwhile, or holds the job now.
    #[error("{0}")]
    Commit(#[from] CommitError),
    /// Its time has not come. It is looked at again until then: no job waits long on the word of a clock.
    #[error("not before {}", .0.rfc3339())]
    NotYet(Timestamp),
    /// The outside world gave no answer.
    #[error("no answer: {0}")]
    NoAnswer(String),
}

impl Portal {
    /// Claims and runs jobs until `shutdown` turns true; running ones are then dropped where they stand, as a crash
    /// would: every one of them can be taken up again.
    pub async fn run_worker(self: Arc<Self>, owner: String, mut shutdown: tokio::sync::watch::Receiver<bool>) {
        // What a crash left half-written belongs to nothing.
        if let Err(error) = self.vault.sweep().await {
            tracing::warn!(%error, "removing temporary files from the evidence store");
        }
        let mut running = JoinSet::new();
        let collecting = Arc::new(AtomicUsize::new(0));
        loop {
            while running.len() < AT_ONCE {
                let except = (collecting.load(Ordering::Relaxed) >= COLLECTING).then_some(JobKind::CollectEvidence);
                match self.store.claim_job(&owner, self.now(), self.settings.lease, except).await {
                    Ok(Some(job)) => {
                        let portal = Arc::clone(&self);
                        let place = (job.kind == JobKind::CollectEvidence).then(|| Place::take(&collecting));
                        running.spawn(async move {
                            portal.run_job(job).await;
                            drop(place);
                        });
                    }
                    Ok(None) => break,
                    Err(error) => {
                        tracing::error!(%error, "claiming a job");
                        break;
                    }
                }
            }
            tokio::select! {
                () = self.jobs.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
                Some(_) = running.join_next() => {}
                _ = shutdown.wait_for(|stop| *stop) => return,
            }
        }
    }

    async fn run_job(self: Arc<Self>, job: ClaimedJob) {
        let work = async {
            for _ in 0..WRITES {
                let outcome = match job.kind {
                    JobKind::ExecuteAction => self.execute(&job).await,
                    JobKind::VerifyAction => self.verify(&job).await,
                    JobKind::ExpireRequest => self.expire_request(&job).await,
                    JobKind::ExpireChange => self.expire_change(&job).await,
                    JobKind::CollectEvidence => self.collect(&job).await,
                };
                // Alarms join incidents all the time: what was decided on an older version is decided again.
                if !matches!(outcome, Err(Retry::Commit(CommitError::Conflict(_)))) {
                    return outcome;
                }
            }
            Err(Retry::NoAnswer("the incident changes faster than it can be written".to_owned()))
        };
        let outcome = tokio::select! {
            outcome = work => outcome,
            () = self.hold(&job) => {
                tracing::warn!(job = %job.id, "the job was lost to another worker");
                return;
            }
        };
        if let Err(error) = outcome {
            let again = if let Retry::NotYet(at) = error {
                at.min(self.now().plus(self.settings.lease))
            } else {
                tracing::warn!(job = %job.id, kind = job.kind.word(), %error, "the job is given back");
                self.now().plus(backoff(job.epoch))
            };
            if let Err(error) = self.store.release_job(&job.id, job.epoch, again).await {
                tracing::error!(job = %job.id, %error, "giving a job back; its lease will run out");
            }
        }
    }

    /// Extends the lease as long as the job runs; returns when it was lost.
    async fn hold(&self, job: &ClaimedJob) {
        let every = Duration::from_micros(self.settings.lease.unsigned_abs() / 3);
        loop {
            tokio::time::sleep(every).await;
            let until = self.now().plus(self.settings.lease);
            match self.store.extend_lease(&job.id, job.epoch, until).await {
                Ok(true) => {}
                Ok(false) => return,
                // The fence at every write decides, not this.
                Err(error) => tracing::warn!(job = %job.id, %error, "extending a lease"),
            }
        }
    }
}

/// Microseconds until the next try: 1, 2, 4 … 30 seconds.
fn backoff(epoch: i64) -> i64 {
    let doublings = u32::try_from(epoch.clamp(1, 6) - 1).unwrap_or(0);
    (SECOND << doublings).min(30 * SECOND)
}
