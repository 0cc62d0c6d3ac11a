//! Carrying out an action request: consume, inspect, compare, `attempted`, one engine call, `concluded`.
//!
//! A crash leaves one of three situations, told apart by what is durable: not consumed (run it), consumed without
//! `attempted` (nothing was sent: go on), `attempted` without `concluded` (unknown: never call again, read back).

mod conclude;
mod consume;

use quell_domain::{
    Changeset, Timestamp,
    action::{Action, ActionRequest, Container, RequestState},
    approval,
    audit::{Actor, Event, EventOutcome, codes},
    changeset::Op,
    execution::{Execution, Outcome},
    ids::{ExecutionId, RequestId},
    job::ClaimedJob,
    node::Node,
};

pub(super) use self::conclude::{End, Heard, set};
use super::Retry;
use crate::{
    Portal, failpoint, ids,
    ports::{EngineError, ReadError},
    usecase::nodes::in_words,
};

pub(super) const LATE: &str = "It was not run in time. Nothing was done.";

impl Portal {
    pub(super) async fn execute(&self, job: &ClaimedJob) -> Result<(), Retry> {
        let id = RequestId::new(job.subject.clone());
        let Some(request) = self.store.request(&id).await? else { return self.finish(job, None).await };
        match request.state {
            RequestState::Approved if self.now() >= request.expires_at => {
                self.end(job, &request, End::expired(LATE)).await
            }
            RequestState::Approved => {
                let execution = ExecutionId::new(ids::mint());
                match self.who_stands_for(&request).await? {
                    Ok(word) => {
                        failpoint::hit("action.before_consume").await;
                        self.consume(&request, &execution, word).await?;
                    }
                    Err(end) => return self.end(job, &request, end).await,
                }
                failpoint::hit("action.after_consume").await;
                self.carry_out(job, &request, execution).await
            }
            RequestState::Running => match (self.store.execution_of(&id).await?, request.execution.clone()) {
                (None, Some(execution)) => self.carry_out(job, &request, execution).await,
                (Some(execution), _) if execution.outcome.is_none() => {
                    let detail = "The portal stopped before it heard the answer.";
                    self.conclude(job, &request, execution.id, Heard::of(Outcome::Unknown, detail)).await
                }
                _ => self.finish(job, None).await,
            },
            _ => self.finish(job, None).await,
        }
    }

    /// From the consumed approval to the answer. Nothing was sent yet: whatever forbids the action now ends it here.
    async fn carry_out(&self, job: &ClaimedJob, request: &ActionRequest, execution: ExecutionId) -> Result<(), Retry> {
        let Some(incident) = self.store.incident(&request.incident).await? else {
            return self.end(job, request, End::void("The incident is not known any more. Nothing was done.")).await;
        };
        if request.action.is_of_gate() {
            return self.carry_out_gate(job, request, execution, incident).await;
        }
        let node = match self.node_asked(request).await? {
            Ok(node) => node,
            Err(end) => return self.end(job, request, end).await,
        };
        // Before the facts are compared: what is compared must be of the last moment.
        let kept = match request.action {
            Action::Disconnect => self.keep_network(&node, request).await?,
            _ => String::new(),
        };
        if self.now() >= request.expires_at {
            return self.end(job, request, End::expired(LATE)).await;
        }
        let container = match self.container_asked(&node, request).await {
            Ok(container) => container,
            Err(end) => return self.end(job, request, end).await,
        };
        if incident.closed_at.is_none() && request.action.is_done_in(&container, &request.parameters) {
            let detail = format!("It was {} already. The engine was not asked.", request.action.done_word(&container));
            return self.was_done_already(job, request, incident, detail).await;
        }
        let votes = self.store.votes_of(&request.id).await?;
        let waived = approval::is_waived(request, &votes, &self.approvers(request, &votes).await?);
        let standing = self.how_it_stands(&incident, &container).await?;
        if let Err(problem) = request.action.possible(&incident, &container, &standing, waived) {
            return self.end(job, request, End::void(problem.undone().message)).await;
        }
        // Since it was looked up, somebody may have begun to keep what a kill would take away: the write looks again.
        let along = match request.action {
            Action::Kill => vec![Op::ExpectNoCollection(request.incident.clone())],
            _ => Vec::new(),
        };
        self.attempt(request, &execution, along).await?;
        failpoint::hit("action.after_attempted").await;
        let (outcome, detail) = self.act(&node, request, &container).await;
        failpoint::hit("action.after_engine").await;
        let detail = format!("{kept} {detail}").trim().to_owned();
        self.conclude(job, request, execution, Heard::of(outcome, detail)).await
    }

    /// The node of a request, unless it was taken out of use.
    pub(super) async fn node_asked(&self, request: &ActionRequest) -> Result<Result<Node, End>, ReadError> {
        let node = self.store.node(&request.node).await?.filter(|node| node.removed_at.is_none());
        Ok(node.ok_or_else(|| End::void("The node is no longer known. Nothing was done.")))
    }

    /// The container of a request, when it is still exactly the one that was meant.
    pub(super) async fn container_asked(&self, node: &Node, request: &ActionRequest) -> Result<Container, End> {
        let found = self.engines.inspect(node, &request.facts.container).await;
        failpoint::hit("action.after_inspect").await;
        let container = found.map_err(|error| match error {
            EngineError::NotFound => End::void("The container is gone. Nothing was done."),
            error => End::failed(format!("{} Nothing was sent.", in_words(&error))),
        })?;
        match changed(request, &container) {
            Some(changed) => Err(End::void(format!("Changed since the request: {changed}. Nothing was done."))),
            None => Ok(container),
        }
    }

    /// Durable before the outside world is touched: that it will be. `along`: what is expected then, or kept with it.
    pub(super) async fn attempt(
        &self,
        request: &ActionRequest,
        execution: &ExecutionId,
        along: Vec<Op>,
    ) -> Result<(), Retry> {
        let now = self.now();
        let label = request.action.label();
        let event = about(request, now, codes::ACTION_ATTEMPTED)
            .outcome(EventOutcome::Attempted)
            .fact("execution", execution.to_string());
        let event = match request.gate() {
            None => event
                .fact("container", request.facts.container.to_string())
                .fact("detail", format!("{label} {}", request.facts.name)),
            Some(change) => {
                event.gate(&change.balancer, &change.gate).fact("detail", format!("{label}: {}", change.place()))
            }
        };
        let execution = Execution::begun(execution.clone(), request.id.clone(), now);
        self.try_commit(Changeset::new(event).with_all(along).with(Op::AddExecution(execution))).await?;
        Ok(())
    }
}

/// The names of the bound facts that are not as they were when the request was made.
pub(super) fn changed(request: &ActionRequest, now: &Container) -> Option<String> {
    let differences = request.facts.differences(&now.facts);
    let networks = request.expect_networks(now).is_err().then_some("Networks");
    let names: Vec<&str> = differences.iter().map(|d| d.fact.as_str()).chain(networks).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

pub(super) fn about(request: &ActionRequest, now: Timestamp, code: &str) -> Event {
    Event::new(now, Actor::system("worker"), code)
        .incident(&request.incident)
        .target("request", &request.id)
        .fact("action", request.action.word())
}
