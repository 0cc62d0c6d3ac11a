//! Reading the real state back: the only way to *verified*, and the way out of *unknown*.

use quell_domain::{
    Changeset,
    action::{ActionRequest, Container, RequestState},
    audit::{EventOutcome, codes},
    changeset::Op,
    execution::Outcome,
    ids::RequestId,
    job::ClaimedJob,
    time::SECOND,
};

use super::{
    Retry,
    execute::{about, changed, set},
};
use crate::{Portal, failpoint, ports::EngineError};

/// How long an engine whose answer was not heard may still be carrying the call out.
const SETTLE: i64 = 5 * SECOND;

impl Portal {
    pub(super) async fn verify(&self, job: &ClaimedJob) -> Result<(), Retry> {
        let id = RequestId::new(job.subject.clone());
        let Some(request) = self.store.request(&id).await? else { return self.finish(job, None).await };
        if !matches!(request.state, RequestState::Running | RequestState::Unknown) {
            return self.finish(job, None).await;
        }
        let (Some(node), Some(execution)) =
            (self.store.node(&request.node).await?, self.store.execution_of(&id).await?)
        else {
            return self.finish(job, None).await;
        };
        let found = match self.engines.inspect(&node, &request.facts.container).await {
            Ok(container) => Some(container),
            Err(EngineError::NotFound) => None,
            Err(error) => return Err(Retry::NoAnswer(error.to_string())),
        };
        failpoint::hit("action.after_verify_read").await;
        let now = self.now();
        let done = found.as_ref().is_some_and(|container| request.action.is_done_in(container.state));
        let heard = execution.concluded_at.unwrap_or(execution.attempted_at);
        if !done && execution.outcome == Some(Outcome::Unknown) && now.since(heard) < SETTLE {
            return Err(Retry::NoAnswer("the engine may still be at it".to_owned()));
        }
        let (state, outcome, detail) = match &found {
            Some(container) if done && request.facts.is_same_run(&container.facts) => {
                (RequestState::Verified, Outcome::Verified, said(&request, container))
            }
            Some(container) if done => (
                RequestState::Failed,
                Outcome::Failed,
                format!("{} It is another run than the one that was meant.", said(&request, container)),
            ),
            Some(container) => (
                RequestState::Failed,
                Outcome::Failed,
                format!("Read back: the container is {}. It is not contained.", container.state.label().to_lowercase()),
            ),
            None => (RequestState::Failed, Outcome::Failed, "Read back: the container is gone.".to_owned()),
        };
        let verified = state == RequestState::Verified;
        let event = about(&request, now, codes::ACTION_VERIFIED)
            .outcome(if verified { EventOutcome::Ok } else { EventOutcome::Failed })
            .fact("execution", execution.id.to_string())
            .fact("detail", detail.clone());
        let mut changes = Changeset::new(event).with(set(&request, state, &detail));
        if execution.outcome == Some(Outcome::Unknown) {
            changes = changes.with(Op::ConcludeExecution { execution: execution.id, outcome, detail, at: now });
        }
        if verified {
            if let Some(mut incident) = self.store.incident(&request.incident).await? {
                incident.contained(now);
                changes = changes.with(Op::SetIncident(incident));
            }
        } else {
            changes = changes.with_all(self.no_longer_containing(&request).await?);
        }
        self.finish(job, Some(changes)).await?;
        failpoint::hit("action.after_verified").await;
        Ok(())
    }
}

/// The state, and what else is not as it was when the request was made.
fn said(request: &ActionRequest, container: &Container) -> String {
    let state = container.state.label().to_lowercase();
    let said = format!("The engine says that the container is {state}.");
    match changed(request, container) {
        Some(changed) => format!("{said} Changed since the request: {changed}."),
        None => said,
    }
}
