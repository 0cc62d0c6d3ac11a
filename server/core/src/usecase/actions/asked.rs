//! Asking for an action on a container or a gate: who asks and why, and the request with its first job, written down.

use quell_domain::{
    Changeset, Problem, Timestamp,
    action::{Action, ActionRequest, Intent, RequestState},
    audit::{Event, codes},
    changeset::Op,
    gate::BackEnd,
    ids::{JobId, PersonId, RequestId},
    incident::Incident,
    job::{JobKind, NewJob},
};

use super::Choice;
use crate::{
    Portal, failpoint,
    grant::{Grant, may},
    ids,
    usecase::{
        bulk::part_of,
        triage::{short, written},
    },
};

/// What is sure before anything is looked at.
pub(in crate::usecase) struct Asked<'a> {
    grant: &'a Grant<may::Contain>,
    choice: &'a Choice,
    requester: PersonId,
    reason: String,
}

impl<'a> Asked<'a> {
    /// # Errors
    /// No fresh proof where one is needed; invalid, naming `detail`; forbidden for who is no person.
    pub(in crate::usecase) fn new(
        grant: &'a Grant<may::Contain>,
        action: Action,
        choice: &'a Choice,
        now: Timestamp,
    ) -> Result<Self, Problem> {
        if action.needs_proof() || choice.break_glass {
            grant.fresh(now)?;
        }
        let reason = short(&choice.reason, "detail")?;
        if reason.is_empty() {
            return Err(Problem::field("detail", "Say why, in a few words."));
        }
        Ok(Self { grant, choice, requester: grant.only_person("request an action")?, reason })
    }

    /// Does a request that is open stand for this one too? Whoever breaks glass does not wait for what somebody else asked
    /// for: it takes its place.
    pub(in crate::usecase) fn is_answered_by(&self, open: &ActionRequest, incident: &Incident) -> bool {
        let waits = open.state == RequestState::AwaitingApproval && open.incident == incident.id;
        !(self.choice.break_glass && waits)
    }

    /// For one try to write it.
    pub(in crate::usecase) fn intent(&self, now: Timestamp) -> Intent {
        Intent {
            id: RequestId::new(ids::mint()),
            nonce: ids::secret(),
            reason: self.reason.clone(),
            seen: self.choice.seen.clone(),
            accepts_impact: self.choice.accepts_impact,
            typed: self.choice.typed.clone(),
            break_glass: self.choice.break_glass,
            requester: self.requester.clone(),
            requester_name: self.grant.name.clone(),
            now,
        }
    }
}

impl Portal {
    /// Writes a request down, in place of `replaced`. None when alarms joined, or somebody asked for the same, at the same
    /// moment: then it is looked at again.
    pub(in crate::usecase) async fn keep_request(
        &self,
        asked: &Asked<'_>,
        mut incident: Incident,
        request: ActionRequest,
        replaced: Option<&ActionRequest>,
        bulk: Option<&str>,
    ) -> Result<Option<ActionRequest>, Problem> {
        incident.requested(request.action, request.created_at)?;
        let changes = requested(asked.grant, &incident, &request, replaced, bulk);
        let made = written(self.try_commit(changes).await.map(|_| request))?;
        if made.is_some() {
            failpoint::hit("action.after_request").await;
        }
        Ok(made)
    }
}

fn requested(
    grant: &Grant<may::Contain>,
    incident: &Incident,
    request: &ActionRequest,
    replaced: Option<&ActionRequest>,
    bulk: Option<&str>,
) -> Changeset {
    let code = if request.break_glass { codes::BREAK_GLASS } else { codes::ACTION_REQUESTED };
    let event = Event::new(request.created_at, grant.actor(), code)
        .incident(&incident.id)
        .target("request", &request.id)
        .fact("action", request.action.word())
        .fact("container", request.facts.container.to_string())
        .fact("name", request.object())
        .fact("engine", request.facts.engine_id.to_string())
        .fact("digest", request.digest.to_string())
        .fact("policy", request.policy_version)
        .fact("approvals_needed", if request.break_glass { 0 } else { request.needs.approvals })
        .fact("reason", request.reason.clone());
    let event = match request.gate() {
        None => event,
        Some(change) => event
            .gate(&change.balancer, &change.gate)
            .fact("change", serde_json::to_value(&change.what).unwrap_or_default())
            .fact("expected", serde_json::to_value(&change.expected).unwrap_or_default())
            .fact("hits", change.back_ends.iter().map(BackEnd::words).collect::<Vec<_>>()),
    };
    let event = part_of(event, bulk);
    let job = match request.state {
        RequestState::Approved => job(request, JobKind::ExecuteAction, request.created_at),
        _ => job(request, JobKind::ExpireRequest, request.created_at),
    };
    let changes = Changeset::new(event).with(Op::SetIncident(incident.clone()));
    // First: only one of them may be open.
    let changes = replaced.into_iter().fold(changes, |changes, old| replace(changes, grant, request, old));
    changes.with(Op::AddRequest(request.clone())).with(job)
}

/// Ends a request that waits for others, because somebody broke glass for the same.
fn replace(changes: Changeset, grant: &Grant<may::Contain>, by: &ActionRequest, old: &ActionRequest) -> Changeset {
    let detail = format!("{} broke glass for the same, so nobody needs to decide on this.", by.requester_name);
    let event = Event::new(by.created_at, grant.actor(), codes::ACTION_WITHDRAWN)
        .incident(&old.incident)
        .target("request", &old.id)
        .fact("action", old.action.word())
        .fact("reason", detail.clone());
    let (request, to) = (old.id.clone(), RequestState::Withdrawn);
    let from = vec![RequestState::AwaitingApproval];
    changes.and_event(event).with(Op::SetRequest { request, from, to, detail })
}

/// Background work on a request.
pub(crate) fn job(request: &ActionRequest, kind: JobKind, due_at: Timestamp) -> Op {
    Op::AddJob(NewJob {
        id: JobId::new(ids::mint()),
        kind,
        subject: request.id.to_string(),
        incident: Some(request.incident.clone()),
        due_at,
    })
}
