//! Requesting an action: the confirm page's facts, and the request that others approve and a worker carries out.

mod asked;

use std::time::Duration;

use quell_domain::{
    Problem,
    action::{Action, ActionRequest, Container, EvidenceStanding, Parameters, Purpose, RequestState, Seen, Standing},
    alarm::{MappingMethod, Severity},
    evidence::{ItemKind, ItemState},
    ids::{BalancerId, Digest, GateKey},
    incident::Incident,
    policy::{self, Can, Permission, Requirement},
    view::ConfirmPage,
};
use tokio::time::Instant;

pub(super) use self::asked::Asked;
pub(crate) use self::asked::job;
use super::{bulk, nodes::in_words, triage::until_written};
use crate::{
    Portal,
    grant::{Grant, may},
    mask,
    ports::ReadError,
};

/// How long a person waits for one engine: longer than any call to it takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a person chose on the confirm page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Why, in their words.
    pub reason: String,
    /// The fingerprint that the page carried.
    pub seen: Digest,
    /// What the page showed, for the words about what changed since; decides nothing.
    pub shown: Option<Seen>,
    /// Users may notice, and they know.
    pub accepts_impact: bool,
    /// The last four digits of the container's id, for what cannot be undone.
    pub typed: String,
    /// Without the approvals, reviewed afterwards.
    pub break_glass: bool,
}

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
        self.confirm_within(&grant, number, action, seen, PATIENCE).await
    }

    /// The same for one of several: an engine is not waited for longer than `patience`.
    pub(super) async fn confirm_within(
        &self,
        grant: &Grant<may::ReadIncidents>,
        number: i64,
        action: Action,
        seen: Option<&Seen>,
        patience: Duration,
    ) -> Result<ConfirmPage, Problem> {
        if action.is_of_gate() {
            return Err(Problem::not_found("action"));
        }
        let incident = self.known_incident(number).await?;
        let asked = self.target_container_by(&incident, Instant::now() + patience).await;
        let (container, trouble) = match asked {
            Ok(container) => (Some(Container { command: mask::words(&container.command), ..container }), None),
            Err(problem) => (None, Some(problem.message)),
        };
        let (_, needs) = self.needs(&incident, action).await?;
        let standing = match &container {
            Some(container) => Some(self.how_it_stands(&incident, container).await?),
            None => None,
        };
        let described = container.as_ref().zip(standing.as_ref());
        let may = policy::decide(grant.roles(), Permission::Contain);
        let fits = described.map_or_else(
            || Err(trouble.clone().unwrap_or_default()),
            |(container, standing)| {
                action.possible(&incident, container, standing, true).map_err(|problem| problem.message)
            },
        );
        let open = self.open_request(&incident, action, None).await?;
        Ok(ConfirmPage {
            action,
            fingerprint: container.as_ref().map(Container::fingerprint),
            warnings: described.map(|(container, standing)| action.warnings(container, standing)).unwrap_or_default(),
            effects: action.effects().iter().map(|s| (*s).to_owned()).collect(),
            can: Can::from_decision(may.and(fits.map(drop))),
            can_break_glass: needs.approvals > 0
                && action.purpose() == Purpose::Contain
                && standing
                    .as_ref()
                    .is_some_and(|it| action != Action::Kill || it.evidence == EvidenceStanding::Sealed),
            networks: match (action, &standing) {
                (Action::Reconnect, Some(standing)) => standing.taken.networks.clone(),
                _ => container.as_ref().map(|it| it.attachments.clone()).unwrap_or_default(),
            },
            trouble,
            needs,
            open: open.map(|request| request.id),
            recorded_as: recorded_as(grant),
            changed: seen.zip(container.as_ref()).map(|(seen, now)| seen.differences(now)).unwrap_or_default(),
            as_of: self.now(),
            container,
            incident,
        })
    }

    /// Requests an action on exactly what the confirm page showed. A second request for the same action on the same
    /// container, while one is open, is answered as if it were the first: two clicks, two people, one call. Break-glass
    /// takes the place of one that waits for others, whoever asked for it.
    ///
    /// # Errors
    /// Conflict when the container changed since it was shown, is in no state for it or not surely known; invalid when
    /// the care that the tier asks for was not taken.
    pub async fn request_action(
        &self,
        grant: Grant<may::Contain>,
        number: i64,
        action: Action,
        choice: Choice,
    ) -> Result<ActionRequest, Problem> {
        self.request_in(&grant, number, action, choice, None).await
    }

    /// The same, perhaps as part of a bulk: then the engine is not waited for as long.
    pub(super) async fn request_in(
        &self,
        grant: &Grant<may::Contain>,
        number: i64,
        action: Action,
        choice: Choice,
        bulk: Option<&str>,
    ) -> Result<ActionRequest, Problem> {
        if action.is_of_gate() {
            return Err(Problem::not_found("action"));
        }
        let asked = Asked::new(grant, action, &choice, self.now())?;
        let (asked, choice) = (&asked, &choice);
        let by = Instant::now() + if bulk.is_some() { bulk::PATIENCE } else { PATIENCE };
        until_written(|| async move {
            let incident = self.known_incident(number).await?;
            let open = self.open_request(&incident, action, None).await?;
            if let Some(open) = open.as_ref().filter(|open| asked.is_answered_by(open, &incident)) {
                return Ok(Some(open.clone()));
            }
            let found = self.target_container_by(&incident, by).await;
            let container = found.map_err(|problem| problem.undone().with_next(incident.path()))?;
            let standing = self.how_it_stands(&incident, &container).await?;
            let intent = asked.intent(self.now());
            let policy = self.needs(&incident, action).await?;
            let request = ActionRequest::new(action, &incident, &container, &standing, policy, intent)
                .map_err(|problem| named(problem, choice, &container))?;
            self.keep_request(asked, incident, request, open.as_ref(), bulk).await
        })
        .await
    }

    /// What today's policy asks for, and its version. Read each time: a policy that another portal has just published
    /// counts at once.
    pub(crate) async fn needs(&self, incident: &Incident, action: Action) -> Result<(i64, Requirement), ReadError> {
        let node = match &incident.place.node {
            Some(node) => self.store.node(node).await?,
            None => None,
        };
        let labels = node.map(|node| node.labels).unwrap_or_default();
        let policy = self.policy_today().await?;
        // A person may have brought severity and container together, by merging or by choosing: that must not make anything
        // easier.
        let by_hand =
            incident.place.method == MappingMethod::Chosen || self.store.was_merged_into(&incident.id).await?;
        let severities =
            Severity::ALL.iter().copied().filter(|it| *it == incident.severity || (by_hand && *it < incident.severity));
        let needs = severities.map(|severity| policy.requirement(action, severity, &labels));
        let strict = policy.requirement(action, incident.severity, &labels);
        Ok((policy.version, needs.fold(strict, Requirement::stricter)))
    }

    /// What was taken from this container, and how far its evidence is kept.
    pub(crate) async fn how_it_stands(
        &self,
        incident: &Incident,
        container: &Container,
    ) -> Result<Standing, ReadError> {
        let requests = self.store.requests_of(&incident.id).await?;
        let requests = requests.into_iter().map(|(request, _)| request);
        let here = requests.filter(|request| request.facts.container == container.facts.container);
        let packs = self.store.packs_of(&incident.id).await?;
        let evidence = if packs.iter().any(|it| it.pack.done_at.is_none()) {
            EvidenceStanding::Running
        } else if packs
            .iter()
            .filter(|it| it.pack.facts.is_same_run(&container.facts))
            .any(|it| it.items.iter().any(|item| item.kind == ItemKind::RootFs && item.state == ItemState::Sealed))
        {
            EvidenceStanding::Sealed
        } else {
            EvidenceStanding::Missing
        };
        Ok(Standing { taken: taken(here), evidence })
    }

    /// A request that is open for the same action on the same container, and on the same gate when it is about one.
    pub(super) async fn open_request(
        &self,
        incident: &Incident,
        action: Action,
        gate: Option<(&BalancerId, &GateKey)>,
    ) -> Result<Option<ActionRequest>, ReadError> {
        let (Some(node), Some(container)) = (&incident.place.node, &incident.place.container) else { return Ok(None) };
        self.store.open_request(node, container, action, gate).await
    }

    /// [`Portal::target_container`], unless its engine has not answered by then.
    pub(super) async fn target_container_by(&self, incident: &Incident, by: Instant) -> Result<Container, Problem> {
        let answer = tokio::time::timeout_at(by, self.target_container(incident)).await;
        answer.unwrap_or_else(|_| Err(Problem::conflict("The engine did not answer in time.")))
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
            Problem::conflict(in_words(&error))
        })
    }
}

/// What the last disconnecting took away. One that was done in part is gone on with by the next: both count, until what
/// they took was given back. `requests`: newest first.
fn taken(requests: impl Iterator<Item = ActionRequest>) -> Parameters {
    let mut taken = Parameters::default();
    for request in requests {
        match request.action {
            Action::Disconnect if request.state.may_have_acted() => {
                for network in request.parameters.networks {
                    if taken.networks.iter().all(|known| known.network != network.network) {
                        taken.networks.push(network);
                    }
                }
            }
            Action::Reconnect if request.state == RequestState::Verified && !taken.networks.is_empty() => break,
            _ => {}
        }
    }
    taken
}

/// A refusal, with what changed since the page was shown when that is known.
fn named(problem: Problem, choice: &Choice, container: &Container) -> Problem {
    let changed = choice.shown.as_ref().filter(|_| choice.seen != container.fingerprint());
    let changed = changed.map(|shown| shown.differences(container)).unwrap_or_default();
    let words = changed.iter().map(|it| format!("{} was {} and is {}.", it.fact, it.before, it.after));
    let words = words.collect::<Vec<_>>().join(" ");
    if words.is_empty() { problem } else { Problem { message: format!("{} {words}", problem.message), ..problem } }
}

pub(crate) fn recorded_as<P>(grant: &Grant<P>) -> String {
    let roles = grant.roles().iter().map(|role| role.label()).collect::<Vec<_>>().join(", ");
    format!("{}, {roles}", grant.name)
}
