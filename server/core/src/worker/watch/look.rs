//! One look at one contained container, and what is written about it.

use std::sync::PoisonError;

use quell_domain::{
    Changeset, Timestamp,
    action::{Action, ActionRequest, Container, ContainerFacts, Purpose, RequestState},
    alarm::Alarm,
    audit::{Actor, Event, EventOutcome, codes},
    changeset::Op,
    execution::Execution,
    ids::{ContainerId, Digest},
    incident::Incident,
    node::Node,
    playbook::Unknown,
};

use super::{
    Told,
    alarm::{alarm, joined},
    judge::{Broken, judge, replacements},
};
use crate::{
    Portal,
    ports::{CommitError, Committed, ContainerBrief, EngineError},
    usecase::nodes::in_words,
};

type Listed = Result<Vec<ContainerBrief>, EngineError>;
const BROKEN: &str = "Containment no longer holds";
const RECREATED: &str = "Contained container recreated";

impl Portal {
    /// Looks, and writes what has changed since the last look: usually nothing.
    pub(super) async fn look_at(
        &self,
        incident: &Incident,
        node: Option<&Node>,
        listed: &Listed,
        told: &Told,
    ) -> Result<(), CommitError> {
        let Some(container) = &incident.place.container else { return Ok(()) };
        let measures = on_container(incident);
        if measures.is_empty() && listed.is_err() {
            return Ok(());
        }
        let found = self.find(incident, container, node, listed).await;
        // Read after the engine was: what was begun before is seen.
        let requests = self.store.requests_of(&incident.id).await?;
        let under_way =
            |request: &ActionRequest| matches!(request.state, RequestState::Running | RequestState::Unknown);
        let is_acted_on = requests.iter().any(|(request, _)| under_way(request));
        let runs = runs(incident, &requests);
        let found = match (found, listed) {
            _ if node.is_none() => Err("The node is no longer in use.".to_owned()),
            (Err(error), _) => Err(in_words(&error)),
            (_, Err(error)) => Err(in_words(error)),
            (Ok(found), Ok(listed)) => match self.other_engine(node, found.as_ref(), &runs).await {
                None => Ok((found, listed)),
                Some(why) => Err(why),
            },
        };
        let (found, listed) = match found {
            Err(why) if incident.unknown.is_none() && !measures.is_empty() => {
                return self.begin_unknown(incident, why).await;
            }
            Err(_) => return Ok(()),
            // What comes of it is read back and recorded; until then nothing is judged.
            Ok(_) if is_acted_on => return Ok(()),
            Ok(found) => found,
        };
        let unknown = incident.unknown.clone();
        let incident = &self.end_unknown(incident).await?;
        let skew = node.and_then(|node| node.facts.as_ref()).map_or(0, |facts| facts.clock_offset);
        let replaced = runs.first().zip(since(incident, &requests)).and_then(|(run, since)| {
            // Several may have come at once: each is told of, one at a look.
            replacements(run, container, since.plus(skew), listed).find(|new| !is_told(told, incident, new))
        });
        let broken = judge(&measures, &runs, found.as_ref());
        let written = match (broken, replaced) {
            (None, None) => return Ok(()),
            (None, Some(new)) if measures.is_empty() => self.keep_recreated(incident, new).await?,
            // Whatever was done must be verified again.
            (None, Some(_)) => {
                let all = Broken { measures: measures.clone(), words: String::new() };
                self.keep_broken(incident, &all, replaced, unknown).await?
            }
            (Some(broken), _) => self.keep_broken(incident, &broken, replaced, unknown).await?,
        };
        // An alarm may have joined at this moment: what was not written is told of at the next look.
        if let Some(new) = replaced.filter(|_| written) {
            told.lock().unwrap_or_else(PoisonError::into_inner).insert((incident.id.clone(), new.id.clone()));
        }
        Ok(())
    }

    async fn find(
        &self,
        incident: &Incident,
        container: &ContainerId,
        node: Option<&Node>,
        listed: &Listed,
    ) -> Result<Option<Container>, EngineError> {
        // An engine that gives no list need not be asked for each.
        let (Some(node), Ok(_)) = (node, listed) else { return Ok(None) };
        // Nor need one of which nothing is expected.
        if on_container(incident).is_empty() {
            return Ok(None);
        }
        match self.engines.look(node, container).await {
            Ok(container) => Ok(Some(container)),
            Err(EngineError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Why what was found says nothing: another engine answers at this endpoint than the one that contained it.
    async fn other_engine(
        &self,
        node: Option<&Node>,
        found: Option<&Container>,
        runs: &[ContainerFacts],
    ) -> Option<String> {
        let known = &runs.first()?.engine_id;
        let answers = match (found, node) {
            (Some(found), _) => found.facts.engine_id.clone(),
            (None, Some(node)) => match self.engines.facts(&node.access).await {
                Ok(facts) => facts.engine_id,
                Err(error) => return Some(in_words(&error)),
            },
            (None, None) => return None,
        };
        (answers != *known).then(|| "Another engine answers on this node.".to_owned())
    }

    async fn begin_unknown(&self, incident: &Incident, reason: String) -> Result<(), CommitError> {
        let since = self.now();
        let event = about(incident, since, codes::CONTAINMENT_UNKNOWN)
            .outcome(EventOutcome::Unknown)
            .fact("detail", reason.clone());
        let mut changed = incident.clone();
        changed.unknown = Some(Unknown { since, reason });
        fenced(self.try_commit(Changeset::new(event).with(Op::SetIncident(changed))).await).map(drop)
    }

    /// Gives the incident as it is then.
    async fn end_unknown(&self, incident: &Incident) -> Result<Incident, CommitError> {
        let mut changed = incident.clone();
        if let Some(unknown) = changed.unknown.take() {
            let now = self.now();
            let event = about(incident, now, codes::CONTAINMENT_KNOWN).fact("micros", now.since(unknown.since));
            let changes = Changeset::new(event).with(Op::SetIncident(changed.clone()));
            fenced(self.try_commit(changes).await)?;
            changed.version += 1;
        }
        Ok(changed)
    }

    /// The containment was broken before. Only known alarms write nothing.
    async fn keep_recreated(&self, incident: &Incident, new: &ContainerBrief) -> Result<bool, CommitError> {
        let now = self.now();
        let event = about(incident, now, codes::CONTAINMENT_RECREATED)
            .outcome(EventOutcome::Failed)
            .fact("detail", recreated(new))
            .fact("replacement", new.id.to_string());
        let alarms = Op::AddAlarms(vec![alarm_about(incident, now, new)]);
        fenced(self.try_commit(Changeset::new(event).with(alarms)).await)
    }

    /// State, alarm and audit event in one commit. It names the incident's version: of two portals that saw the same, one
    /// writes. Says whether it was this one.
    async fn keep_broken(
        &self,
        incident: &Incident,
        broken: &Broken,
        replaced: Option<&ContainerBrief>,
        unknown: Option<Unknown>,
    ) -> Result<bool, CommitError> {
        let now = self.now();
        let mut words = vec![broken.words.clone()];
        words.extend(replaced.map(recreated));
        words.extend(unknown.map(|it| format!("The engine could not be read since {}.", it.since.clock())));
        let words = words.iter().filter(|words| !words.is_empty()).cloned().collect::<Vec<_>>().join(" ");
        let alarm = alarm(incident, now, BROKEN, &words, incident.place.container.as_ref());
        let measures: Vec<&str> = broken.measures.iter().map(|measure| measure.word()).collect();
        let event = about(incident, now, codes::CONTAINMENT_BROKEN)
            .outcome(EventOutcome::Failed)
            .fact("measures", measures.join(" "))
            .fact("detail", words)
            .fact("replacement", replaced.map(|new| new.id.to_string()));
        let mut changed = incident.clone();
        changed.found_broken(&broken.measures, &alarm);
        let mapped = joined(&alarm, incident);
        let about_new = replaced.map(|new| alarm_about(incident, now, new));
        let alarms = [alarm].into_iter().chain(about_new).collect();
        let changes = Changeset::new(event).with(Op::SetIncident(changed)).with(Op::AddAlarms(alarms)).with(mapped);
        fenced(self.try_commit(changes).await)
    }
}

/// What is done to the container itself; gates are looked at by themselves.
fn on_container(incident: &Incident) -> Vec<Action> {
    incident.measures.iter().copied().filter(|measure| !measure.is_of_gate()).collect()
}

fn recreated(new: &ContainerBrief) -> String {
    format!("Recreated: the container {} runs under the new id {}.", new.name, new.id.short())
}

/// The correlator finds or opens the new container's incident.
fn alarm_about(incident: &Incident, now: Timestamp, new: &ContainerBrief) -> Alarm {
    let words = format!("It came in the place of the container that was contained for {}.", incident.label());
    let mut alarm = alarm(incident, now, RECREATED, &words, Some(&new.id));
    alarm.detail.replaces = Some(incident.id.clone());
    // Told of once, however often it is seen.
    alarm.dedupe_key = Digest::of(format!("watch:{}:{}", incident.id, new.id).as_bytes());
    alarm
}

fn is_told(told: &Told, incident: &Incident, new: &ContainerBrief) -> bool {
    told.lock().unwrap_or_else(PoisonError::into_inner).contains(&(incident.id.clone(), new.id.clone()))
}

/// Was it written? If not, somebody else was first: the next look sees what they wrote.
pub(super) fn fenced(written: Result<Committed, CommitError>) -> Result<bool, CommitError> {
    match written {
        Ok(_) => Ok(true),
        Err(CommitError::Conflict(_) | CommitError::Duplicate(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

pub(super) fn about(incident: &Incident, now: Timestamp, code: &str) -> Event {
    Event::new(now, Actor::system("watch"), code).incident(&incident.id).target("incident", &incident.id)
}

/// The container as it was when what holds was carried out, newest first. A request that found it done is void and counts.
fn runs(incident: &Incident, requests: &[(ActionRequest, Option<Execution>)]) -> Vec<ContainerFacts> {
    carried_out(incident, requests).map(|(request, _)| request.facts.clone()).collect()
}

/// From when on a container may be there in its place: from the first call to the engine, not from reading it back.
fn since(incident: &Incident, requests: &[(ActionRequest, Option<Execution>)]) -> Option<Timestamp> {
    let newest = carried_out(incident, requests)
        .find(|(request, _)| incident.contained_at.is_some() || request.state == RequestState::Verified);
    let attempted = newest
        .filter(|(request, _)| request.state == RequestState::Verified)
        .and_then(|(_, execution)| execution.as_ref())
        .map(|execution| execution.attempted_at);
    match (incident.contained_at, attempted) {
        (Some(contained), Some(attempted)) => Some(contained.min(attempted)),
        (contained, attempted) => contained.or(attempted),
    }
}

fn carried_out<'a>(
    incident: &'a Incident,
    requests: &'a [(ActionRequest, Option<Execution>)],
) -> impl Iterator<Item = &'a (ActionRequest, Option<Execution>)> {
    let measures = on_container(incident);
    let counts = move |action: Action| match measures.is_empty() {
        true => action.purpose() == Purpose::Contain,
        false => measures.contains(&action),
    };
    requests.iter().filter(move |(request, _)| {
        counts(request.action)
            && matches!(request.state, RequestState::Verified | RequestState::Void)
            && incident.place.container.as_ref() == Some(&request.facts.container)
    })
}
