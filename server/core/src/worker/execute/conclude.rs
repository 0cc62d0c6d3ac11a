//! What a request came to: its outcome and what follows from it, or its end when nothing was sent.

use quell_domain::{
    Changeset, Timestamp,
    action::{ActionRequest, RequestState},
    audit::{Actor, Event, EventOutcome, codes},
    changeset::Op,
    execution::Outcome,
    ids::ExecutionId,
    incident::Incident,
    job::{ClaimedJob, JobKind},
};

use super::about;
use crate::{
    Portal, failpoint,
    ports::{CommitError, Thing},
    usecase::{actions, approvals::nothing_came},
    worker::{Retry, WRITES},
};

/// How a request ends for which the engine was not, or not successfully, asked.
pub(in crate::worker) struct End {
    code: &'static str,
    to: RequestState,
    detail: String,
}

impl End {
    pub(in crate::worker) fn void(detail: impl Into<String>) -> Self {
        Self { code: codes::ACTION_VOID, to: RequestState::Void, detail: detail.into() }
    }

    pub(in crate::worker) fn failed(detail: impl Into<String>) -> Self {
        Self { code: codes::ACTION_CONCLUDED, to: RequestState::Failed, detail: detail.into() }
    }

    pub(in crate::worker) fn expired(detail: impl Into<String>) -> Self {
        Self { code: codes::ACTION_EXPIRED, to: RequestState::Expired, detail: detail.into() }
    }
}

/// What the outside world answered, and what follows from it.
pub(in crate::worker) struct Heard {
    pub(in crate::worker) outcome: Outcome,
    pub(in crate::worker) detail: String,
    /// Ids that a load balancer gave to what was sent.
    pub(in crate::worker) requests: Vec<String>,
    /// Were connections ended that stood?
    pub(in crate::worker) cut: Option<bool>,
    /// What is written with it.
    pub(in crate::worker) ops: Vec<Op>,
}

impl Heard {
    pub(in crate::worker) fn of(outcome: Outcome, detail: impl Into<String>) -> Self {
        Self { outcome, detail: detail.into(), requests: Vec::new(), cut: None, ops: Vec::new() }
    }
}

impl Portal {
    /// The answer, durable, with what follows from it: reading back, or the end.
    pub(in crate::worker) async fn conclude(
        &self,
        job: &ClaimedJob,
        request: &ActionRequest,
        execution: ExecutionId,
        heard: Heard,
    ) -> Result<(), Retry> {
        for _ in 0..WRITES {
            let changes = self.conclusion(request, &execution, &heard).await?;
            failpoint::hit("action.before_concluded").await;
            match self.finish(job, Some(changes)).await {
                // An alarm joined the incident meanwhile. The outcome is known and must not be lost for that.
                Err(Retry::Commit(CommitError::Conflict(Thing::Incident))) => {}
                written => {
                    written?;
                    failpoint::hit("action.after_concluded").await;
                    return Ok(());
                }
            }
        }
        Err(Retry::NoAnswer("the incident changes faster than it can be written".to_owned()))
    }

    async fn conclusion(
        &self,
        request: &ActionRequest,
        execution: &ExecutionId,
        heard: &Heard,
    ) -> Result<Changeset, Retry> {
        let (outcome, detail) = (heard.outcome, heard.detail.as_str());
        let now = self.now();
        let event = about(request, now, codes::ACTION_CONCLUDED)
            .outcome(match outcome {
                Outcome::Done | Outcome::Verified => EventOutcome::Ok,
                Outcome::Failed => EventOutcome::Failed,
                Outcome::Unknown => EventOutcome::Unknown,
            })
            .fact("execution", execution.to_string())
            .fact("detail", detail);
        let event = if heard.requests.is_empty() { event } else { event.fact("requests", heard.requests.clone()) };
        let mut changes = Changeset::new(event).with(Op::ConcludeExecution {
            execution: execution.clone(),
            outcome,
            detail: detail.to_owned(),
            at: now,
        });
        changes = changes.with_all(heard.ops.iter().cloned());
        let to = match outcome {
            Outcome::Failed => Some(RequestState::Failed),
            Outcome::Unknown => Some(RequestState::Unknown),
            Outcome::Done | Outcome::Verified => None,
        };
        if let Some(to) = to {
            changes = changes.with(set(request, to, detail));
        }
        if outcome == Outcome::Failed {
            changes = changes.with_all(self.nothing_came_of(request).await?);
        } else {
            changes = changes.with(actions::job(request, JobKind::VerifyAction, now));
        }
        Ok(changes)
    }

    pub(in crate::worker) async fn end(
        &self,
        job: &ClaimedJob,
        request: &ActionRequest,
        end: End,
    ) -> Result<(), Retry> {
        let left = self.nothing_came_of(request).await?;
        self.finish(job, Some(ended(request, self.now(), &end).with_all(left))).await
    }

    pub(in crate::worker) async fn nothing_came_of(&self, request: &ActionRequest) -> Result<Option<Op>, Retry> {
        Ok(self.store.incident(&request.incident).await?.and_then(nothing_came))
    }

    /// Writes what a job came to, and that the job is done, in one changeset.
    pub(in crate::worker) async fn finish(&self, job: &ClaimedJob, changes: Option<Changeset>) -> Result<(), Retry> {
        let done = Op::FinishJob { job: job.id.clone(), epoch: job.epoch };
        match changes {
            Some(changes) => {
                self.try_commit(changes.with(done)).await?;
            }
            None => {
                let event = Event::new(self.now(), Actor::system(job.kind.word()), codes::JOB_DONE)
                    .fact("job", job.kind.word())
                    .fact("detail", "There was nothing left to do.");
                let event = match &job.incident {
                    Some(incident) => event.incident(incident),
                    None => event,
                };
                match self.try_commit(Changeset::new(event).with(done)).await {
                    // Another worker finished it.
                    Ok(_) | Err(CommitError::Conflict(_)) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(())
    }

    /// Somebody did it by hand: there is nothing to ask for, and that it holds is recorded.
    pub(in crate::worker) async fn was_done_already(
        &self,
        job: &ClaimedJob,
        request: &ActionRequest,
        mut incident: Incident,
        detail: String,
    ) -> Result<(), Retry> {
        incident.verified(request.action, self.now());
        let changes = ended(request, self.now(), &End::void(detail)).with(Op::SetIncident(incident));
        self.finish(job, Some(changes)).await
    }
}

/// The end of a request for which nothing was sent. Of two workers that carry out the same request, one may see what the other
/// has just done: the write looks again whether one of them began.
fn ended(request: &ActionRequest, now: Timestamp, end: &End) -> Changeset {
    let event = about(request, now, end.code).outcome(EventOutcome::Failed).fact("detail", end.detail.clone());
    Changeset::new(event).with(Op::ExpectNotAttempted(request.id.clone())).with(set(request, end.to, &end.detail))
}

pub(in crate::worker) fn set(request: &ActionRequest, to: RequestState, detail: &str) -> Op {
    Op::SetRequest { request: request.id.clone(), from: RequestState::OPEN.to_vec(), to, detail: detail.to_owned() }
}
