//! Reading the real state back: the only way to *verified*, and the way out of *unknown*.

use quell_domain::{
    Changeset,
    action::{Action, ActionRequest, Container, Purpose, RequestState},
    audit::{Event, EventOutcome, codes},
    changeset::Op,
    execution::{Execution, Outcome},
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
        if request.action.is_of_gate() {
            return match self.store.execution_of(&id).await? {
                Some(execution) => self.verify_gate(job, &request, &execution).await,
                None => self.finish(job, None).await,
            };
        }
        let (Some(node), Some(execution)) =
            (self.store.node(&request.node).await?, self.store.execution_of(&id).await?)
        else {
            return self.finish(job, None).await;
        };
        let found = match self.engines.inspect(&node, &request.facts.container).await {
            Ok(container) => Ok(Some(container)),
            Err(EngineError::NotFound) if node.is_engine(&request.facts.engine_id) => Ok(None),
            // What the new one does not know says nothing of what the old one did.
            Err(EngineError::NotFound) => Err("The node stands for another engine by now."),
            Err(error) if node.removed_at.is_some() => {
                tracing::warn!(node = %node.name, %error, "reading back on a node that is no longer in use");
                Err("The node is no longer in use, and its engine cannot be asked.")
            }
            Err(error) => return Err(Retry::NoAnswer(error.to_string())),
        };
        failpoint::hit("action.after_verify_read").await;
        let now = self.now();
        let done = found.as_ref().is_ok_and(|found| {
            found
                .as_ref()
                .map_or(request.action == Action::Kill, |it| request.action.is_done_in(it, &request.parameters))
        });
        let heard = execution.concluded_at.unwrap_or(execution.attempted_at);
        if !done && execution.outcome == Some(Outcome::Unknown) && now.since(heard) < SETTLE {
            return Err(Retry::NoAnswer("the engine may still be at it".to_owned()));
        }
        let verdict = match &found {
            Ok(found) => read_back(&request, found.as_ref(), &execution.detail),
            Err(why) => {
                let detail = format!("{why} What became of it cannot be read any more. {}", execution.detail);
                Verdict::failed(detail.trim_end())
            }
        };
        let event = about(&request, now, codes::ACTION_VERIFIED);
        let mut changes = verdict.changes(event, &request, &execution);
        if verdict.state == RequestState::Verified {
            if let Some(mut incident) = self.store.incident(&request.incident).await? {
                incident.verified(request.action, now);
                changes = changes.with(Op::SetIncident(incident));
            }
        } else {
            changes = changes.with_all(self.nothing_came_of(&request).await?);
        }
        self.finish(job, Some(changes)).await?;
        failpoint::hit("action.after_verified").await;
        Ok(())
    }
}

/// What reading back came to.
pub(super) struct Verdict {
    /// Verified, partly done or failed.
    pub(super) state: RequestState,
    detail: String,
}

impl Verdict {
    pub(super) fn verified(detail: impl Into<String>) -> Self {
        Self { state: RequestState::Verified, detail: detail.into() }
    }

    pub(super) fn partly_done(detail: impl Into<String>) -> Self {
        Self { state: RequestState::PartlyDone, detail: detail.into() }
    }

    pub(super) fn failed(detail: impl Into<String>) -> Self {
        Self { state: RequestState::Failed, detail: detail.into() }
    }

    /// Request and execution as they are then, with `event` made whole. An answer that was heard stays as it was.
    pub(super) fn changes(&self, event: Event, request: &ActionRequest, execution: &Execution) -> Changeset {
        let (ended, outcome) = match self.state {
            RequestState::Verified => (EventOutcome::Ok, Outcome::Verified),
            _ => (EventOutcome::Failed, Outcome::Failed),
        };
        let (id, detail, at) = (execution.id.clone(), self.detail.clone(), event.at);
        let event = event.outcome(ended).fact("execution", id.to_string()).fact("detail", detail.clone());
        let unheard = execution.outcome == Some(Outcome::Unknown);
        Changeset::new(event)
            .with(set(request, self.state, &self.detail))
            .with_all(unheard.then_some(Op::ConcludeExecution { execution: id, outcome, detail, at }))
    }
}

/// What the engine's word about the container says of the action. `said` is what it answered when it was asked.
fn read_back(request: &ActionRequest, found: Option<&Container>, said: &str) -> Verdict {
    let Some(container) = found else {
        return match request.action {
            Action::Kill => Verdict::verified("The container is gone: the engine removes it when it ends."),
            _ => Verdict::failed("Read back: the container is gone."),
        };
    };
    let is = described(request, container);
    let told = format!("The engine says that {is}");
    if request.action.is_done_in(container, &request.parameters) {
        if request.facts.is_same_run(&container.facts) {
            return Verdict::verified(told);
        }
        return Verdict::failed(format!("{told} It is another run than the one that was meant."));
    }
    if request.action.is_begun_in(container, &request.parameters) {
        return Verdict::partly_done(format!("{told} Only part of it was done. {said}"));
    }
    let not = match request.action.purpose() {
        Purpose::Contain => "It is not contained.",
        Purpose::Release => "It is not released.",
    };
    Verdict::failed(format!("Read back: {is} {not}"))
}

/// The state, and what else is not as it was when the request was made: “the container is …”.
fn described(request: &ActionRequest, container: &Container) -> String {
    let state = container.state.label().to_lowercase();
    let more = match request.action {
        Action::Pause | Action::Unpause | Action::RestrictGate | Action::RestoreGate => String::new(),
        Action::Kill => format!(", with the restart policy {}", container.restart_policy),
        Action::Disconnect | Action::Reconnect if container.attachments.is_empty() => ", on no network".to_owned(),
        Action::Disconnect | Action::Reconnect => {
            let names: Vec<&str> = container.attachments.iter().map(|network| network.name.as_str()).collect();
            format!(", on the networks {}", names.join(", "))
        }
    };
    match changed(request, container) {
        Some(changed) => format!("the container is {state}{more}. Changed since the request: {changed}."),
        None => format!("the container is {state}{more}."),
    }
}
