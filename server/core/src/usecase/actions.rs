//! Requesting an action: the confirm page's facts, and the request that a worker will carry out.

use quell_domain::{
    Changeset, Problem,
    action::{Action, ActionRequest, Container, Intent, RequestState, Seen},
    audit::{Event, codes},
    changeset::Op,
    ids::{Digest, JobId, RequestId},
    incident::Incident,
    job::{JobKind, NewJob},
    policy::{self, Can, Permission},
    view::ConfirmPage,
};

use super::{
    nodes::in_words,
    triage::{short, until_written},
};
use crate::{
    Portal, failpoint,
    grant::{Grant, may},
    ids, mask,
    ports::CommitError,
};

impl Portal {
    /// The confirm page: the container as its engine describes it now, what changed since `seen`, and what the action
    /// does and does not stop.
    ///
    /// # Errors
    /// Not found. An engine that does not answer is shown on the page.
    pub async fn confirm(
        &self,
        grant: Grant<may::ReadIncidents>,
        number: i64,
        action: Action,
        seen: Option<&Seen>,
    ) -> Result<ConfirmPage, Problem> {
        let incident = self.known_incident(number).await?;
        let (container, trouble) = match self.target_container(&incident).await {
            Ok(container) => (Some(Container { command: mask::words(&container.command), ..container }), None),
            Err(problem) => (None, Some(problem.message)),
        };
        let may = policy::decide(grant.roles(), Permission::Contain);
        let fits = container.as_ref().map_or_else(
            || Err(trouble.clone().unwrap_or_default()),
            |container| ActionRequest::may_pause(&incident, container).map_err(|problem| problem.message),
        );
        let warnings = container.as_ref().map(Container::pause_warnings).unwrap_or_default();
        Ok(ConfirmPage {
            fingerprint: container.as_ref().map(Container::fingerprint),
            warnings,
            effects: match action {
                Action::Pause => super::still_open::PAUSE_EFFECTS.iter().map(|s| (*s).to_owned()).collect(),
            },
            can: Can::from_decision(may.and(fits.map(drop))),
            trouble,
            approvals_needed: self.policy.requirement(action, incident.severity).approvals,
            recorded_as: recorded_as(&grant),
            changed: seen.zip(container.as_ref()).map(|(seen, now)| seen.differences(now)).unwrap_or_default(),
            as_of: self.now(),
            container,
            incident,
        })
    }

    /// Requests an action on exactly what the confirm page showed. A second request for the same action on the same
    /// container, while one is open, is answered as if it were the first: two clicks, two people, one call.
    ///
    /// # Errors
    /// Conflict when the container changed since it was shown, is not running or not surely known.
    pub async fn request_action(
        &self,
        grant: Grant<may::Contain>,
        number: i64,
        action: Action,
        reason: &str,
        seen: Digest,
    ) -> Result<(), Problem> {
        let reason = short(reason, "detail")?;
        if reason.is_empty() {
            return Err(Problem::field("preset", "Choose a reason."));
        }
        let requester =
            grant.person().cloned().ok_or_else(|| Problem::forbidden("Only a person can request an action."))?;
        let (grant, reason, seen, requester) = (&grant, &reason, &seen, &requester);
        until_written(|| async move {
            let mut incident = self.known_incident(number).await?;
            if self.is_requested(&incident, action).await? {
                return Ok(true);
            }
            let container =
                self.target_container(&incident).await.map_err(|problem| problem.with_next(incident.path()))?;
            let intent = Intent {
                id: RequestId::new(ids::mint()),
                nonce: ids::secret(),
                reason: reason.clone(),
                seen: seen.clone(),
                requester: requester.clone(),
                requester_name: grant.name.clone(),
                now: self.now(),
            };
            let requirement = self.policy.requirement(action, incident.severity);
            let request = match action {
                Action::Pause => ActionRequest::pause(&incident, &container, requirement, self.policy.version, intent)?,
            };
            incident.containing(request.created_at)?;
            match self.try_commit(requested(grant, &incident, request)).await {
                Ok(_) => {
                    failpoint::hit("action.after_request").await;
                    Ok(true)
                }
                // Alarms joined, or somebody asked for the same at the same moment: look again.
                Err(CommitError::Conflict(_) | CommitError::Duplicate(_)) => Ok(false),
                Err(error) => Err(error.into()),
            }
        })
        .await
    }

    async fn is_requested(&self, incident: &Incident, action: Action) -> Result<bool, Problem> {
        let (Some(node), Some(container)) = (&incident.place.node, &incident.place.container) else { return Ok(false) };
        let open = self.store.open_request(node, container, action).await?;
        Ok(open.is_some())
    }

    /// The container that an incident is surely about, as its engine describes it now.
    pub(crate) async fn target_container(&self, incident: &Incident) -> Result<Container, Problem> {
        let (Some(node), Some(container)) = (incident.target_node(), &incident.place.container) else {
            return Err(Problem::conflict(
                "Choose the container first: it is not sure which one this incident is about.",
            ));
        };
        let node = self.known_node(node).await?;
        self.engines.inspect(&node, container).await.map_err(|error| {
            tracing::warn!(node = %node.name, %error, "inspect");
            Problem::conflict(format!("{} Nothing was done.", in_words(&error)))
        })
    }
}

fn requested(grant: &Grant<may::Contain>, incident: &Incident, request: ActionRequest) -> Changeset {
    let event = Event::new(request.created_at, grant.actor(), codes::ACTION_REQUESTED)
        .incident(&incident.id)
        .target("request", &request.id)
        .fact("action", request.action.word())
        .fact("container", request.facts.container.to_string())
        .fact("name", request.facts.name.clone())
        .fact("engine", request.facts.engine_id.to_string())
        .fact("digest", request.digest.to_string())
        .fact("policy", request.policy_version)
        .fact("approvals_needed", request.approvals_needed)
        .fact("reason", request.reason.clone());
    let job = (request.state == RequestState::Approved).then(|| {
        Op::AddJob(NewJob {
            id: JobId::new(ids::mint()),
            kind: JobKind::ExecuteAction,
            subject: request.id.to_string(),
            incident: incident.id.clone(),
            due_at: request.created_at,
        })
    });
    Changeset::new(event).with(Op::SetIncident(incident.clone())).with(Op::AddRequest(request)).with_all(job)
}

fn recorded_as<P>(grant: &Grant<P>) -> String {
    let roles = grant.roles().iter().map(|role| role.label()).collect::<Vec<_>>().join(", ");
    format!("{}, {roles}", grant.name)
}
