//! Deciding on other people's requests, taking one's own back, and reviewing what was done without asking.

use quell_domain::{
    Changeset, Problem, Timestamp,
    action::{Action, ActionRequest, Container, EvidenceStanding, RequestState},
    approval::{self, Ballot, Decision, Review, Vote},
    audit::{Event, codes},
    changeset::Op,
    ids::{Digest, PersonId, RequestId, VoteId},
    incident::Incident,
    job::JobKind,
    policy::{self, Can, Permission, Requirement, Role},
    view::{ApprovalPage, ApprovalsPage, RequestLine},
};

use super::{
    actions::job,
    count, gates,
    triage::{short, until_written, written},
};
use crate::{
    Portal, failpoint,
    grant::{Grant, may},
    ids, mask,
    ports::ReadError,
};

/// Requests on one page of the list.
const PAGE: usize = 50;

/// What a person chose on the approval page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What they say.
    pub decision: Decision,
    /// Why.
    pub reason: String,
    /// The fingerprint of the container that the page showed; needed to approve.
    pub seen: Option<Digest>,
    /// The names of changed facts that they ticked.
    pub ticked: Vec<String>,
    /// Lets a kill go ahead though nothing is sealed.
    pub waives_evidence: bool,
}

impl Portal {
    /// What waits for a decision or a review, and requests of every outcome, newest first.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn approvals(
        &self,
        grant: Grant<may::ReadIncidents>,
        before: Option<(Timestamp, RequestId)>,
    ) -> Result<ApprovalsPage, Problem> {
        let mut past = self.store.newest_requests(before, count(PAGE + 1)).await?;
        let older = past.len() > PAGE;
        past.truncate(PAGE);
        Ok(ApprovalsPage {
            waiting: self.lines(self.store.waiting_requests().await?).await?,
            to_review: self.lines(self.store.requests_to_review().await?).await?,
            past: self.lines(past).await?,
            older,
            can: grant.can(Permission::Decide),
            as_of: self.now(),
        })
    }

    async fn lines(&self, requests: Vec<ActionRequest>) -> Result<Vec<RequestLine>, ReadError> {
        let mut lines = Vec::new();
        for request in requests {
            let votes = self.store.votes_of(&request.id).await?;
            let approvals = approval::counted(&request, &votes).count();
            let Some(incident) = self.store.incident(&request.incident).await? else { continue };
            lines.push(RequestLine {
                approvals: count(approvals),
                number: incident.number,
                title: incident.title,
                severity: incident.severity,
                node_name: incident.place.node_name,
                request,
            });
        }
        Ok(lines)
    }

    /// One request with everything that a decision needs: the facts when it was asked for and now, the votes, who may.
    ///
    /// # Errors
    /// Not found. An engine that does not answer is shown on the page.
    pub async fn approval(&self, grant: Grant<may::ReadIncidents>, id: RequestId) -> Result<ApprovalPage, Problem> {
        let (request, incident) = self.known_request(&id).await?;
        let votes = self.store.votes_of(&id).await?;
        let review = self.store.review_of(&id).await?;
        let execution = self.store.execution_of(&id).await?;
        let waits = request.state == RequestState::AwaitingApproval;
        let gate = self.gate_to_approve(&request, &incident).await?;
        let (container, trouble) = if waits && request.action != Action::RestoreGate {
            match self.target_container(&incident).await {
                Ok(container) => (Some(Container { command: mask::words(&container.command), ..container }), None),
                Err(problem) => (None, Some(problem.message)),
            }
        } else {
            (None, None)
        };
        let standing = match &container {
            Some(container) => Some(self.how_it_stands(&incident, container).await?),
            None => None,
        };
        let needs = [request.needs, self.needs(&incident, request.action).await?.1];
        let me = grant.me();
        let deciders = self.deciders(&request, &votes, &needs).await?;
        let decide = policy::decide(grant.roles(), Permission::Decide)
            .and_then(|()| approval::may_decide(&request, &votes, (&me, grant.roles()), &needs));
        let withdraw = request.withdraw(&me).map(drop).map_err(|problem| problem.message);
        let reviewing = self.may_review(&request, review.as_ref(), &me, grant.roles());
        let changed = container.as_ref().map(|now| request.facts.differences(&now.facts)).unwrap_or_default();
        Ok(ApprovalPage {
            changed_since_asked: request.facts_asked.differences(
                &container.as_ref().map_or_else(|| request.facts.clone(), |container| container.facts.clone()),
            ),
            other_container: changed.iter().any(approval::is_identity),
            possible: match (&container, &standing) {
                _ if gate.is_some() && (container.is_some() || request.action == Action::RestoreGate) => {
                    Can::from_decision(gates::may_approve(&request, &incident, gate.as_ref()))
                }
                (Some(container), Some(standing)) => {
                    let possible = request.action.possible(&incident, container, standing, true);
                    let possible = possible.and_then(|_| request.expect_networks(container));
                    Can::from_decision(possible.map_err(|problem| problem.message))
                }
                _ => Can::from_decision(Err(trouble.clone().unwrap_or_default())),
            },
            needs_waiver: request.action == Action::Kill
                && standing.as_ref().is_some_and(|standing| standing.evidence == EvidenceStanding::Missing),
            warnings: container
                .as_ref()
                .zip(standing.as_ref())
                .map(|(container, standing)| request.action.warnings(container, standing))
                .unwrap_or_default(),
            effects: [request.action.effects(), request.action.not_stopped()]
                .concat()
                .iter()
                .map(|s| (*s).to_owned())
                .collect(),
            quorum: i64::from(approval::quorum(&needs)),
            ends_at: request.ends_at(&needs),
            approvals: count(approval::counted(&request, &votes).count()),
            fingerprint: match request.action {
                Action::RestoreGate => waits.then(|| request.digest.clone()),
                _ => container.as_ref().map(Container::fingerprint),
            },
            can_decide: Can::from_decision(decide),
            can_withdraw: Can::from_decision(withdraw),
            can_review: Can::from_decision(reviewing),
            deciders,
            gate,
            changed,
            container,
            trouble,
            votes,
            review,
            execution,
            request,
            incident,
            as_of: self.now(),
        })
    }

    /// Decides on a request. Needs to be another person than the requester, with the role that the policy names, and a
    /// fresh proof.
    ///
    /// # Errors
    /// Forbidden with why; invalid, naming the field; conflict when the container or the request changed meanwhile.
    pub async fn decide(
        &self,
        grant: Grant<may::Decide>,
        id: RequestId,
        choice: Choice,
    ) -> Result<ActionRequest, Problem> {
        grant.fresh(self.now())?;
        let reason = short(&choice.reason, "reason")?;
        let person = grant.only_person("decide on a request")?;
        let (grant, choice, reason, person, id) = (&grant, &choice, &reason, &person, &id);
        until_written(|| async move {
            let (request, incident) = self.known_request(id).await?;
            let votes = self.store.votes_of(id).await?;
            let needs = [request.needs, self.needs(&incident, request.action).await?.1];
            let container = match choice.decision {
                Decision::Approve if request.action == Action::RestoreGate => None,
                Decision::Approve => Some(self.target_container(&incident).await.map_err(Problem::undone)?),
                Decision::SendBack | Decision::Deny => None,
            };
            if choice.decision == Decision::Approve && request.gate().is_some() {
                let gate = self.gate_to_approve(&request, &incident).await?;
                gates::may_approve(&request, &incident, gate.as_ref())
                    .map_err(|why| Problem::conflict(format!("{why} Nothing was decided.")))?;
            }
            if let Some(container) = &container {
                let standing = self.how_it_stands(&incident, container).await?;
                let waived =
                    choice.waives_evidence || approval::counted(&request, &votes).any(|vote| vote.waives_evidence);
                let waived = waived || !enough_with_one(&request, &votes, &needs);
                request.action.possible(&incident, container, &standing, waived).map_err(Problem::undone)?;
            }
            let ballot = Ballot {
                id: VoteId::new(ids::mint()),
                person: person.clone(),
                person_name: grant.name.clone(),
                roles: grant.roles().to_vec(),
                decision: choice.decision,
                reason: reason.clone(),
                seen: choice.seen.clone(),
                ticked: choice.ticked.clone(),
                waives_evidence: choice.waives_evidence,
                now: self.now(),
            };
            let (next, vote) = request.decide(&votes, ballot, container.as_ref(), &needs)?;
            let mut changes = self.decided(grant, &request, &next, &vote);
            if matches!(next.state, RequestState::Denied | RequestState::SentBack) {
                changes = changes.with_all(nothing_came(incident));
            }
            // Where somebody else decided, or an alarm joined, at the same moment, it is looked at again.
            let decided = written(self.try_commit(changes).await.map(|_| next))?;
            if decided.is_some() {
                failpoint::hit("approval.after_decision").await;
            }
            Ok(decided)
        })
        .await
    }

    fn decided(
        &self,
        grant: &Grant<may::Decide>,
        before: &ActionRequest,
        next: &ActionRequest,
        vote: &Vote,
    ) -> Changeset {
        let code = match vote.decision {
            Decision::Approve => codes::ACTION_APPROVED,
            Decision::SendBack => codes::ACTION_SENT_BACK,
            Decision::Deny => codes::ACTION_DENIED,
        };
        let mut event = Event::new(vote.at, grant.actor(), code)
            .incident(&next.incident)
            .target("request", &next.id)
            .fact("action", next.action.word())
            .fact("digest", vote.digest.to_string())
            .fact("reason", vote.reason.clone());
        if next.digest != before.digest {
            event = event.fact("bound_anew", true).fact("digest_before", before.digest.to_string());
        }
        if vote.waives_evidence {
            event = event.fact("waives_evidence", true);
        }
        let changes = Changeset::new(event)
            .with(Op::ExpectPerson(vote.person.clone(), grant.roles().to_vec()))
            .with(Op::DecideRequest { revision: before.revision, request: next.clone() })
            .with(Op::AddVote(vote.clone()));
        if next.state == RequestState::Approved {
            changes.with(job(next, JobKind::ExecuteAction, vote.at))
        } else {
            changes
        }
    }

    /// Takes one's own request back before it runs.
    ///
    /// # Errors
    /// Forbidden for others; conflict when it is no longer waiting.
    pub async fn withdraw(&self, grant: Grant<may::Contain>, id: RequestId) -> Result<ActionRequest, Problem> {
        let me = grant.only_person("withdraw a request")?;
        let (grant, id, me) = (&grant, &id, &me);
        until_written(|| async move {
            let (request, incident) = self.known_request(id).await?;
            let next = request.withdraw(me)?;
            let event = Event::new(self.now(), grant.actor(), codes::ACTION_WITHDRAWN)
                .incident(&next.incident)
                .target("request", &next.id)
                .fact("action", next.action.word());
            let changes = Changeset::new(event)
                .with(Op::DecideRequest { revision: request.revision, request: next.clone() })
                .with_all(nothing_came(incident));
            written(self.try_commit(changes).await.map(|_| next))
        })
        .await
    }

    /// Says that another person has looked at what was done without approval.
    ///
    /// # Errors
    /// Forbidden for whoever asked for it; conflict when it was reviewed already; invalid without a note.
    pub async fn review(&self, grant: Grant<may::Decide>, id: RequestId, note: &str) -> Result<ActionRequest, Problem> {
        let note = short(note, "note")?;
        if note.is_empty() {
            return Err(Problem::field("note", "Say what you found: was it right to act alone?"));
        }
        let me = grant.only_person("review")?;
        let (request, _) = self.known_request(&id).await?;
        let known = self.store.review_of(&id).await?;
        self.may_review(&request, known.as_ref(), &me, grant.roles()).map_err(Problem::forbidden)?;
        let now = self.now();
        let event = Event::new(now, grant.actor(), codes::BREAK_GLASS_REVIEWED)
            .incident(&request.incident)
            .target("request", &request.id)
            .fact("action", request.action.word())
            .fact("note", note.clone());
        let review = Review { request: id, person: me.clone(), person_name: grant.name.clone(), note, at: now };
        let changes =
            Changeset::new(event).with(Op::ExpectPerson(me, grant.roles().to_vec())).with(Op::AddReview(review));
        self.commit(changes).await?;
        Ok(request)
    }

    fn may_review(
        &self,
        request: &ActionRequest,
        known: Option<&Review>,
        me: &PersonId,
        roles: &[Role],
    ) -> Result<(), String> {
        if !request.break_glass {
            return Err("It was approved in the ordinary way: there is nothing to review.".to_owned());
        }
        if known.is_some() {
            return Err("It was reviewed already.".to_owned());
        }
        if request.requester == *me {
            return Err("You asked for this. Another person must review it.".to_owned());
        }
        policy::decide(roles, Permission::Decide)
    }

    /// Names of the people who could decide on a request now.
    async fn deciders(
        &self,
        request: &ActionRequest,
        votes: &[Vote],
        needs: &[Requirement],
    ) -> Result<Vec<String>, ReadError> {
        let people = self.store.people().await?.into_iter().map(|(person, _)| person);
        let may = people.filter(|person| {
            person.may(Permission::Decide)
                && approval::may_decide(request, votes, (&person.id, &person.roles), needs).is_ok()
        });
        Ok(may.map(|person| person.name).collect())
    }

    async fn known_request(&self, id: &RequestId) -> Result<(ActionRequest, Incident), Problem> {
        let request = self.store.request(id).await?;
        let request = request.ok_or_else(|| Problem::not_found("request"))?;
        let incident = self.store.incident(&request.incident).await?;
        Ok((request, incident.ok_or_else(|| Problem::not_found("incident"))?))
    }
}

/// Would one more approval let it run?
fn enough_with_one(request: &ActionRequest, votes: &[Vote], needs: &[Requirement]) -> bool {
    u32::try_from(approval::counted(request, votes).count()).unwrap_or(u32::MAX) + 1 >= approval::quorum(needs)
}

/// The incident as it stands when a request comes to nothing, if that changes it.
pub(crate) fn nothing_came(mut incident: Incident) -> Option<Op> {
    let before = incident.state;
    incident.came_to_nothing();
    (incident.state != before).then_some(Op::SetIncident(incident))
}
