//! Carrying out an action request: consume, inspect, compare, `attempted`, one engine call, `concluded`.
//!
//! A crash leaves one of three situations, told apart by what is durable: not consumed (run it), consumed without
//! `attempted` (nothing was sent: go on), `attempted` without `concluded` (unknown: never call again, read back).

use quell_domain::{
    Changeset, Timestamp,
    action::{Action, ActionRequest, Container, RequestState},
    approval::{self, Vote},
    audit::{Actor, Event, EventOutcome, codes},
    changeset::Op,
    execution::{Execution, Outcome},
    ids::{ExecutionId, PersonId, RequestId},
    incident::Incident,
    job::{ClaimedJob, JobKind},
    node::Node,
    policy::{Permission, Role},
};

use super::{Retry, WRITES};
use crate::{
    Portal, failpoint, ids,
    ports::{CommitError, EngineError, ReadError, Thing},
    usecase::{actions, approvals::nothing_came, nodes::in_words},
};

pub(super) const LATE: &str = "It was not run in time. Nothing was done.";

/// On whose word a request runs.
struct Word {
    /// Everybody, with the roles that they hold now.
    people: Vec<(PersonId, Vec<Role>)>,
    /// The version of the policy under which they are enough; none when nobody was asked.
    policy: Option<i64>,
}

/// How a request ends for which the engine was not, or not successfully, asked.
pub(super) struct End {
    code: &'static str,
    to: RequestState,
    detail: String,
}

impl End {
    pub(super) fn void(detail: impl Into<String>) -> Self {
        Self { code: codes::ACTION_VOID, to: RequestState::Void, detail: detail.into() }
    }

    pub(super) fn failed(detail: impl Into<String>) -> Self {
        Self { code: codes::ACTION_CONCLUDED, to: RequestState::Failed, detail: detail.into() }
    }

    pub(super) fn expired(detail: impl Into<String>) -> Self {
        Self { code: codes::ACTION_EXPIRED, to: RequestState::Expired, detail: detail.into() }
    }
}

/// What the outside world answered, and what follows from it.
pub(super) struct Heard {
    pub(super) outcome: Outcome,
    pub(super) detail: String,
    /// Ids that a load balancer gave to what was sent.
    pub(super) requests: Vec<String>,
    /// Were connections ended that stood?
    pub(super) cut: Option<bool>,
    /// What is written with it.
    pub(super) ops: Vec<Op>,
}

impl Heard {
    pub(super) fn of(outcome: Outcome, detail: impl Into<String>) -> Self {
        Self { outcome, detail: detail.into(), requests: Vec::new(), cut: None, ops: Vec::new() }
    }
}

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

    /// On whose word it runs: the requester, and enough approvers under the policy of the request and the one of today.
    async fn who_stands_for(&self, request: &ActionRequest) -> Result<Result<Word, End>, Retry> {
        let Some(requester) = self.in_office(&request.requester, Permission::Contain).await? else {
            return Ok(Err(End::void("Whoever asked for it may not contain any more. Nothing was done.")));
        };
        let mut people = Vec::new();
        let mut policy = None;
        if !request.break_glass {
            let Some(incident) = self.store.incident(&request.incident).await? else {
                return Ok(Err(End::void("The incident is not known any more. Nothing was done.")));
            };
            let votes = self.store.votes_of(&request.id).await?;
            people = self.approvers(request, &votes).await?;
            let (version, today) = self.needs(&incident, request.action).await?;
            policy = Some(version);
            if self.now() >= request.ends_at(&[request.needs, today]) {
                return Ok(Err(End::expired(LATE)));
            }
            if !approval::is_enough(request, &votes, &people, &[request.needs, today]) {
                let detail = "Its approvals are not enough any more: an approver may not decide now, or the policy asks for more. \
                              Nothing was done.";
                return Ok(Err(End::void(detail)));
            }
        }
        people.push(requester);
        Ok(Ok(Word { people, policy }))
    }

    /// Those of its approvers who may still decide, with the roles that they hold now.
    async fn approvers(
        &self,
        request: &ActionRequest,
        votes: &[Vote],
    ) -> Result<Vec<(PersonId, Vec<Role>)>, ReadError> {
        let mut people = Vec::new();
        for vote in approval::counted(request, votes) {
            people.extend(self.in_office(&vote.person, Permission::Decide).await?);
        }
        Ok(people)
    }

    async fn in_office(
        &self,
        person: &PersonId,
        permission: Permission,
    ) -> Result<Option<(PersonId, Vec<Role>)>, ReadError> {
        let person = self.store.person(person).await?;
        Ok(person.filter(|person| person.may(permission)).map(|person| (person.id, person.roles)))
    }

    async fn consume(&self, request: &ActionRequest, execution: &ExecutionId, word: Word) -> Result<(), Retry> {
        let now = self.now();
        let changes =
            Changeset::new(about(request, now, codes::ACTION_CONSUMED).fact("digest", request.digest.to_string()))
                // Between looking and writing somebody may lose a role, or a policy be published: the write looks again.
                .with_all(word.policy.map(Op::ExpectPolicy))
                .with_all(word.people.into_iter().map(|(person, roles)| Op::ExpectPerson(person, roles)))
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
            return self.end(job, request, End::void(problem.message)).await;
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

    /// Somebody did it by hand: there is nothing to ask for, and that it holds is recorded.
    pub(super) async fn was_done_already(
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

    /// The answer, durable, with what follows from it: reading back, or the end.
    pub(super) async fn conclude(
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

    pub(super) async fn end(&self, job: &ClaimedJob, request: &ActionRequest, end: End) -> Result<(), Retry> {
        let left = self.nothing_came_of(request).await?;
        self.finish(job, Some(ended(request, self.now(), &end).with_all(left))).await
    }

    pub(super) async fn nothing_came_of(&self, request: &ActionRequest) -> Result<Option<Op>, Retry> {
        Ok(self.store.incident(&request.incident).await?.and_then(nothing_came))
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
}

/// The end of a request for which nothing was sent. Of two workers that carry out the same request, one may see what the other
/// has just done: the write looks again whether one of them began.
fn ended(request: &ActionRequest, now: Timestamp, end: &End) -> Changeset {
    let event = about(request, now, end.code).outcome(EventOutcome::Failed).fact("detail", end.detail.clone());
    Changeset::new(event).with(Op::ExpectNotAttempted(request.id.clone())).with(set(request, end.to, &end.detail))
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

pub(super) fn set(request: &ActionRequest, to: RequestState, detail: &str) -> Op {
    Op::SetRequest { request: request.id.clone(), from: RequestState::OPEN.to_vec(), to, detail: detail.to_owned() }
}
