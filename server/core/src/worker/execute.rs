//! Carrying out an action request: consume, inspect, compare, `attempted`, one engine call, `concluded`.
//!
//! A crash leaves one of three situations, told apart by what is durable: not consumed (run it), consumed without
//! `attempted` (nothing was sent: go on), `attempted` without `concluded` (unknown: never call again, read back).

use quell_domain::{
    Changeset,
    action::{Action, ActionRequest, Container, RequestState},
    audit::{Actor, Event, EventOutcome, codes},
    changeset::Op,
    execution::{Execution, Outcome},
    ids::{ExecutionId, JobId, RequestId},
    job::{ClaimedJob, JobKind, NewJob},
};

use super::{Retry, WRITES};
use crate::{
    Portal, failpoint, ids,
    ports::{CommitError, EngineError, Thing},
    usecase::nodes::in_words,
};

const LATE: &str = "It was not run in time. Nothing was done.";

impl Portal {
    pub(super) async fn execute(&self, job: &ClaimedJob) -> Result<(), Retry> {
        let id = RequestId::new(job.subject.clone());
        let Some(request) = self.store.request(&id).await? else { return self.finish(job, None).await };
        match request.state {
            RequestState::Approved if self.now() >= request.expires_at => {
                self.end(job, &request, codes::ACTION_EXPIRED, RequestState::Expired, LATE).await
            }
            RequestState::Approved => {
                let execution = ExecutionId::new(ids::mint());
                self.consume(&request, &execution).await?;
                failpoint::hit("action.after_consume").await;
                self.carry_out(job, &request, execution).await
            }
            RequestState::Running => match (self.store.execution_of(&id).await?, request.execution.clone()) {
                (None, Some(execution)) => self.carry_out(job, &request, execution).await,
                (Some(execution), _) if execution.outcome.is_none() => {
                    self.conclude(
                        job,
                        &request,
                        execution.id,
                        Outcome::Unknown,
                        "The portal stopped before it heard the answer.",
                    )
                    .await
                }
                _ => self.finish(job, None).await,
            },
            _ => self.finish(job, None).await,
        }
    }

    async fn consume(&self, request: &ActionRequest, execution: &ExecutionId) -> Result<(), Retry> {
        let now = self.now();
        let changes =
            Changeset::new(about(request, now, codes::ACTION_CONSUMED).fact("digest", request.digest.to_string()))
                .with(Op::Consume {
                    request: request.id.clone(),
                    digest: request.signed_facts(),
                    execution: execution.clone(),
                    now,
                });
        self.try_commit(changes).await?;
        Ok(())
    }

    /// From the consumed approval to the answer. Nothing was sent yet: whatever forbids the action now ends it here.
    async fn carry_out(&self, job: &ClaimedJob, request: &ActionRequest, execution: ExecutionId) -> Result<(), Retry> {
        if self.now() >= request.expires_at {
            return self.end(job, request, codes::ACTION_EXPIRED, RequestState::Expired, LATE).await;
        }
        if self.store.incident(&request.incident).await?.is_none_or(|incident| incident.closed_at.is_some()) {
            let detail = "The incident was closed meanwhile. Nothing was done.";
            return self.end(job, request, codes::ACTION_VOID, RequestState::Void, detail).await;
        }
        let Some(node) = self.store.node(&request.node).await?.filter(|node| node.removed_at.is_none()) else {
            return self
                .end(
                    job,
                    request,
                    codes::ACTION_VOID,
                    RequestState::Void,
                    "The node is no longer known. Nothing was done.",
                )
                .await;
        };
        let found = self.engines.inspect(&node, &request.facts.container).await;
        failpoint::hit("action.after_inspect").await;
        let container = match found {
            Ok(container) => container,
            Err(EngineError::NotFound) => {
                let detail = "The container is gone. Nothing was done.";
                return self.end(job, request, codes::ACTION_VOID, RequestState::Void, detail).await;
            }
            Err(error) => {
                let detail = format!("{} Nothing was sent.", in_words(&error));
                return self.end(job, request, codes::ACTION_CONCLUDED, RequestState::Failed, &detail).await;
            }
        };
        if let Some(changed) = changed(request, &container) {
            let detail = format!("Changed since the request: {changed}. Nothing was done.");
            return self.end(job, request, codes::ACTION_VOID, RequestState::Void, &detail).await;
        }
        if request.action.is_done_in(container.state) {
            let detail =
                format!("It was {} already. The engine was not asked.", container.state.label().to_lowercase());
            let contained = self.store.incident(&request.incident).await?.map(|mut incident| {
                incident.contained(self.now());
                Op::SetIncident(incident)
            });
            return self.close(job, request, codes::ACTION_VOID, RequestState::Void, &detail, contained).await;
        }
        self.attempt(request, &execution).await?;
        failpoint::hit("action.after_attempted").await;
        let answer = match request.action {
            Action::Pause => self.engines.pause(&node, &request.facts.container).await,
        };
        failpoint::hit("action.after_engine").await;
        let (outcome, detail) = match answer {
            Ok(()) => (Outcome::Done, "The engine said yes.".to_owned()),
            Err(
                error @ (EngineError::NotFound
                | EngineError::Refused { .. }
                | EngineError::Barred { .. }
                | EngineError::Stranger
                | EngineError::Unreachable(_)),
            ) => {
                tracing::warn!(request = %request.id, %error, "the engine did not pause");
                (Outcome::Failed, in_words(&error))
            }
            Err(error @ (EngineError::NoAnswer(_) | EngineError::Garbled(_))) => {
                tracing::warn!(request = %request.id, %error, "outcome unknown");
                (Outcome::Unknown, in_words(&error))
            }
        };
        self.conclude(job, request, execution, outcome, &detail).await
    }

    async fn attempt(&self, request: &ActionRequest, execution: &ExecutionId) -> Result<(), Retry> {
        let now = self.now();
        let event = about(request, now, codes::ACTION_ATTEMPTED)
            .outcome(EventOutcome::Attempted)
            .fact("container", request.facts.container.to_string())
            .fact("execution", execution.to_string())
            .fact("detail", format!("{} {}", request.action.label(), request.facts.name));
        let execution = Execution {
            id: execution.clone(),
            request: request.id.clone(),
            attempted_at: now,
            concluded_at: None,
            outcome: None,
            detail: String::new(),
        };
        self.try_commit(Changeset::new(event).with(Op::AddExecution(execution))).await?;
        Ok(())
    }

    /// The answer, durable, with what follows from it: reading back, or the end.
    async fn conclude(
        &self,
        job: &ClaimedJob,
        request: &ActionRequest,
        execution: ExecutionId,
        outcome: Outcome,
        detail: &str,
    ) -> Result<(), Retry> {
        for _ in 0..WRITES {
            let changes = self.conclusion(request, &execution, outcome, detail).await?;
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
        outcome: Outcome,
        detail: &str,
    ) -> Result<Changeset, Retry> {
        let now = self.now();
        let event = about(request, now, codes::ACTION_CONCLUDED)
            .outcome(match outcome {
                Outcome::Done | Outcome::Verified => EventOutcome::Ok,
                Outcome::Failed => EventOutcome::Failed,
                Outcome::Unknown => EventOutcome::Unknown,
            })
            .fact("execution", execution.to_string())
            .fact("detail", detail);
        let mut changes = Changeset::new(event).with(Op::ConcludeExecution {
            execution: execution.clone(),
            outcome,
            detail: detail.to_owned(),
            at: now,
        });
        let to = match outcome {
            Outcome::Failed => Some(RequestState::Failed),
            Outcome::Unknown => Some(RequestState::Unknown),
            Outcome::Done | Outcome::Verified => None,
        };
        if let Some(to) = to {
            changes = changes.with(set(request, to, detail));
        }
        if outcome == Outcome::Failed {
            changes = changes.with_all(self.no_longer_containing(request).await?);
        } else {
            changes = changes.with(Op::AddJob(NewJob {
                id: JobId::new(ids::mint()),
                kind: JobKind::VerifyAction,
                subject: request.id.to_string(),
                incident: request.incident.clone(),
                due_at: now,
            }));
        }
        Ok(changes)
    }

    /// Ends a request for which the engine was not, or not successfully, asked.
    async fn end(
        &self,
        job: &ClaimedJob,
        request: &ActionRequest,
        code: &str,
        to: RequestState,
        detail: &str,
    ) -> Result<(), Retry> {
        let left = self.no_longer_containing(request).await?;
        self.close(job, request, code, to, detail, left).await
    }

    async fn close(
        &self,
        job: &ClaimedJob,
        request: &ActionRequest,
        code: &str,
        to: RequestState,
        detail: &str,
        incident: Option<Op>,
    ) -> Result<(), Retry> {
        let event = about(request, self.now(), code).outcome(EventOutcome::Failed).fact("detail", detail);
        self.finish(job, Some(Changeset::new(event).with(set(request, to, detail)).with_all(incident))).await
    }

    pub(super) async fn no_longer_containing(&self, request: &ActionRequest) -> Result<Option<Op>, Retry> {
        let Some(mut incident) = self.store.incident(&request.incident).await? else { return Ok(None) };
        let before = incident.state;
        incident.not_contained();
        Ok((incident.state != before).then_some(Op::SetIncident(incident)))
    }

    /// Writes what a job came to, and that the job is done, in one changeset.
    pub(super) async fn finish(&self, job: &ClaimedJob, changes: Option<Changeset>) -> Result<(), Retry> {
        let done = Op::FinishJob { job: job.id.clone(), epoch: job.epoch };
        match changes {
            Some(changes) => {
                self.try_commit(changes.with(done)).await?;
            }
            None => {
                let event = Event::new(self.now(), Actor::system(job.kind.word()), codes::JOB_DONE)
                    .incident(&job.incident)
                    .fact("job", job.kind.word())
                    .fact("detail", "There was nothing left to do.");
                match self.try_commit(Changeset::new(event).with(done)).await {
                    // Another worker finished it.
                    Ok(_) | Err(CommitError::Conflict(_)) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(())
    }
}

/// The names of the bound facts that are not as they were when the request was made.
pub(super) fn changed(request: &ActionRequest, now: &Container) -> Option<String> {
    let differences = request.facts.differences(&now.facts);
    (!differences.is_empty()).then(|| differences.iter().map(|d| d.fact.as_str()).collect::<Vec<_>>().join(", "))
}

pub(super) fn about(request: &ActionRequest, now: quell_domain::Timestamp, code: &str) -> Event {
    Event::new(now, Actor::system("worker"), code)
        .incident(&request.incident)
        .target("request", &request.id)
        .fact("action", request.action.word())
}

pub(super) fn set(request: &ActionRequest, to: RequestState, detail: &str) -> Op {
    Op::SetRequest {
        request: request.id.clone(),
        from: vec![RequestState::Approved, RequestState::Running, RequestState::Unknown],
        to,
        detail: detail.to_owned(),
    }
}
