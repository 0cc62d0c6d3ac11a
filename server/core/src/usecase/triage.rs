//! What people decide about an incident without touching anything: acknowledge, verdict, note, choose.

use quell_domain::{
    Changeset, Problem,
    alarm::MappingMethod,
    audit::{Actor, Event, codes},
    changeset::Op,
    ids::{ContainerId, NodeId},
    incident::{Closing, Incident, Place, Verdict, container_key},
    text,
};

use super::bulk::part_of;
use crate::{
    Portal,
    grant::{Grant, may},
    ports::CommitError,
};

/// Alarms join an incident while people work on it, so a write may find a newer version a few times.
const TRIES: usize = 8;

impl Portal {
    /// Somebody has looked.
    ///
    /// # Errors
    /// Conflict when somebody already has, or the incident is closed.
    pub async fn acknowledge(&self, grant: Grant<may::Triage>, number: i64) -> Result<(), Problem> {
        self.acknowledge_in(&grant, number, None).await
    }

    /// The same, perhaps as part of a bulk.
    pub(super) async fn acknowledge_in(
        &self,
        grant: &Grant<may::Triage>,
        number: i64,
        bulk: Option<&str>,
    ) -> Result<(), Problem> {
        self.edit(number, grant.actor(), |incident, event| {
            incident.acknowledge(event.at)?;
            Ok(part_of(coded(event, codes::ACKNOWLEDGED).fact("after_micros", event_age(incident)), bulk))
        })
        .await
    }

    /// Was it an intrusion? Anything but confirmed closes the incident.
    ///
    /// # Errors
    /// Conflict when it is closed; invalid without a reason where one is needed.
    pub async fn give_verdict(
        &self,
        grant: Grant<may::Triage>,
        number: i64,
        verdict: Verdict,
        reason: &str,
    ) -> Result<(), Problem> {
        let reason = short(reason, "reason")?;
        let (actor, reason) = (&grant.actor(), &reason);
        until_written(|| async move {
            let mut incident = self.known_incident(number).await?;
            // Read after the incident: whoever asks for an action later also writes the incident, and this fails.
            let hindrance = self.hindrance(&incident).await?;
            let now = self.now();
            incident.give_verdict(verdict, reason, hindrance.as_deref(), now)?;
            let event = Event::new(now, actor.clone(), codes::VERDICT)
                .incident(&incident.id)
                .target("incident", &incident.id)
                .fact("verdict", verdict.word())
                .fact("closing", incident.closing.map(Closing::word))
                .fact("reason", reason.clone());
            let idle = incident.closing.map(|_| Op::ExpectIdle(incident.id.clone()));
            let changes = Changeset::new(event).with_all(idle).with(Op::SetIncident(incident));
            written(self.try_commit(changes).await.map(drop))
        })
        .await
    }

    /// Adds a note to the timeline.
    ///
    /// # Errors
    /// Invalid when it is empty or longer than 4,000 characters.
    pub async fn note(&self, grant: Grant<may::Triage>, number: i64, note: &str) -> Result<(), Problem> {
        let note = short(note, "text")?;
        if note.is_empty() {
            return Err(Problem::field("text", "Write the note first."));
        }
        let incident = self.known_incident(number).await?;
        let event = Event::new(self.now(), grant.actor(), codes::NOTE)
            .incident(&incident.id)
            .target("incident", &incident.id)
            .fact("text", note);
        self.commit(Changeset::new(event)).await.map(drop)
    }

    /// Says which container an incident is about, and so each of its alarms. When there is an open incident about that
    /// container already, this one is merged into it.
    ///
    /// # Errors
    /// Not found; conflict when an action was already requested; unavailable when the engine does not answer.
    pub async fn choose_container(
        &self,
        grant: Grant<may::Triage>,
        number: i64,
        node: NodeId,
        container: ContainerId,
    ) -> Result<(), Problem> {
        let node = self.known_node(&node).await?;
        let found = self.engines.inspect(&node, &container).await.map_err(|e| self.engine_trouble(&node, &e))?;
        let key = container_key(&node.id, &container);
        let place = Place {
            node: Some(node.id),
            node_name: node.name,
            container: Some(container),
            container_name: found.facts.name,
            image: found.facts.image,
            image_id: found.facts.image_id,
            method: MappingMethod::Chosen,
            reason: format!("{} chose the container.", grant.actor().name),
        };
        let other = self.store.open_incident(&key).await?;
        match other {
            Some(other) if other.number != number => {
                self.known_incident(number).await?.may_choose()?;
                self.merge_in(&grant.actor(), number, other.number, &place.reason, Some(MappingMethod::Chosen), None)
                    .await
            }
            _ => {
                let incident = self.known_incident(number).await?.id;
                let mapped = Op::MarkAlarms { incident, method: MappingMethod::Chosen, reason: place.reason.clone() };
                self.edit_with(number, grant.actor(), Some(mapped), |incident, event| {
                    incident.choose(key.clone(), place.clone(), event.at)?;
                    Ok(coded(event, codes::CONTAINER_CHOSEN)
                        .fact("container", key.clone())
                        .fact("name", place.container_name.clone())
                        .fact("node", place.node_name.clone()))
                })
                .await
            }
        }
    }

    pub(super) async fn edit(
        &self,
        number: i64,
        actor: Actor,
        decide: impl Fn(&mut Incident, Event) -> Result<Event, Problem> + Send + Sync,
    ) -> Result<(), Problem> {
        self.edit_with(number, actor, None, decide).await
    }

    /// Load, decide, commit with what goes along; again when alarms joined meanwhile. `decide` gets a bare event and
    /// completes it.
    async fn edit_with(
        &self,
        number: i64,
        actor: Actor,
        along: Option<Op>,
        decide: impl Fn(&mut Incident, Event) -> Result<Event, Problem> + Send + Sync,
    ) -> Result<(), Problem> {
        let (actor, along, decide) = (&actor, &along, &decide);
        until_written(|| async move {
            let mut incident = self.known_incident(number).await?;
            let bare = Event::new(self.now(), actor.clone(), "");
            let event = decide(&mut incident, bare)?.incident(&incident.id).target("incident", &incident.id);
            let changes = Changeset::new(event).with(Op::SetIncident(incident)).with_all(along.clone());
            match self.try_commit(changes).await {
                Ok(_) => Ok(Some(())),
                Err(CommitError::Conflict(_)) => Ok(None),
                Err(error) => Err(error.into()),
            }
        })
        .await
    }

    pub(crate) async fn known_incident(&self, number: i64) -> Result<Incident, Problem> {
        let incident = self.store.incident_by_number(number).await?;
        incident.ok_or_else(|| Problem::not_found("incident"))
    }
}

/// Tries until `attempt` says what was written; not for ever.
pub(crate) async fn until_written<T, F, Fut>(attempt: F) -> Result<T, Problem>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<Option<T>, Problem>>,
{
    for _ in 0..TRIES {
        if let Some(written) = attempt().await? {
            return Ok(written);
        }
    }
    Err(Problem::conflict("The incident changes faster than it can be written. Try again."))
}

/// Whether it was written, or somebody else was first and it is to be decided anew.
pub(super) fn written<T>(outcome: Result<T, CommitError>) -> Result<Option<T>, Problem> {
    match outcome {
        Ok(written) => Ok(Some(written)),
        Err(CommitError::Conflict(_) | CommitError::Duplicate(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn coded(mut event: Event, code: &str) -> Event {
    code.clone_into(&mut event.code);
    event
}

/// Microseconds from the first alarm to the acknowledgement.
fn event_age(incident: &Incident) -> i64 {
    incident.acknowledged_at.map_or(0, |at| at.since(incident.first_alarm_at))
}

/// A typed text of at most 4,000 characters, trimmed.
pub(crate) fn short(typed: &str, field: &str) -> Result<String, Problem> {
    let typed = typed.trim();
    if typed.chars().count() > 4_000 {
        return Err(Problem::field(
            field,
            format!("Use at most 4,000 characters; this begins “{}”.", text::cut(typed, 20)),
        ));
    }
    Ok(typed.to_owned())
}
