//! Two incidents that turn out to be one, and back. No alarm and no event is lost: alarms move, and what moved is
//! remembered; events, evidence and action requests stay with their incident.

use quell_domain::{
    Changeset, Problem,
    alarm::MappingMethod,
    audit::{Actor, Event, codes},
    changeset::Op,
    incident::{Closing, Incident, merge::Tally},
};

use super::{
    bulk::part_of,
    triage::{short, until_written},
};
use crate::{
    Portal,
    grant::{Grant, may},
    ports::{CommitError, ReadError},
};

/// Alarms read at once.
const CHUNK: i64 = 500;

impl Portal {
    /// Merges an incident into another. A closed one about the same container is opened again by that.
    ///
    /// # Errors
    /// Not found; conflict when this one is closed or something stands in the way; invalid, naming `into`.
    pub async fn merge(&self, grant: Grant<may::Triage>, number: i64, into: i64, reason: &str) -> Result<(), Problem> {
        let reason = short(reason, "reason")?;
        self.merge_in(&grant.actor(), number, into, &reason, None, None).await
    }

    /// The same for every reason, perhaps as part of a bulk. `mark`: the alarms are from now on taken to be found like
    /// this, for that reason.
    pub(super) async fn merge_in(
        &self,
        actor: &Actor,
        number: i64,
        into: i64,
        reason: &str,
        mark: Option<MappingMethod>,
        bulk: Option<&str>,
    ) -> Result<(), Problem> {
        until_written(|| async move {
            let mut from = self.known_incident(number).await?;
            let mut to = self.store.incident_by_number(into).await?.ok_or_else(|| none_of("into", into))?;
            let hindrance = self.hindrance(&from).await?;
            let (now, alarms, reopens) = (self.now(), from.alarm_count, to.closed_at.is_some());
            let playbooks = self.playbooks_of(&to).await?;
            from.merge(&mut to, reason, hindrance.as_deref(), now, &playbooks)?;
            let about = |code, one: &Incident, other: &Incident| {
                let event = Event::new(now, actor.clone(), code).incident(&one.id).target("incident", &other.id);
                part_of(event, bulk)
            };
            let left =
                about(codes::MERGED, &from, &to).fact("into", to.label()).fact("alarms", alarms).fact("reason", reason);
            let joined = about(codes::MERGED, &to, &from)
                .fact("from", from.label())
                .fact("alarms", alarms)
                .fact("reason", reason);
            let mut changes = Changeset::new(left);
            if reopens {
                changes = changes.and_event(about(codes::REOPENED, &to, &to).fact("reason", reason));
            }
            let mark = mark.map(|method| (method, reason.to_owned()));
            let changes = changes
                .and_event(joined)
                .with(Op::ExpectIdle(from.id.clone()))
                .with(Op::MoveAlarms { from: from.id.clone(), to: to.id.clone(), mark })
                // In this order: both may have the same key, and only one of them may be open.
                .with(Op::SetIncident(from))
                .with(Op::SetIncident(to));
            written(self.try_commit(changes).await.map(drop))
        })
        .await
    }

    /// Takes an incident out of the one that it was merged into, however far that was merged on, with the alarms that came
    /// with it and are still there.
    ///
    /// # Errors
    /// Not found; conflict when it was not merged, or another incident about its container is open.
    pub async fn unmerge(&self, grant: Grant<may::Triage>, number: i64, reason: &str) -> Result<(), Problem> {
        let reason = short(reason, "reason")?;
        self.unmerge_in(&grant.actor(), number, &reason, None).await
    }

    /// The same, perhaps as part of a bulk.
    pub(super) async fn unmerge_in(
        &self,
        actor: &Actor,
        number: i64,
        reason: &str,
        bulk: Option<&str>,
    ) -> Result<(), Problem> {
        until_written(|| async move {
            let mut incident = self.known_incident(number).await?;
            let rival = self.rival(&incident).await?;
            incident.may_unmerge(rival.as_ref()).map_err(Problem::conflict)?;
            let mut root = self.end_of_chain(incident.clone()).await?;
            let (back, left) = self.split(&root, &incident).await?;
            let now = self.now();
            let (own, roots) = (self.playbooks_of(&incident).await?, self.playbooks_of(&root).await?);
            incident.unmerge(&mut root, (&back, &left), rival.as_ref(), now, (&own, &roots))?;
            let about = |one: &Incident, other: &Incident| {
                let event = Event::new(now, actor.clone(), codes::UNMERGED)
                    .incident(&one.id)
                    .target("incident", &other.id)
                    .fact("alarms", back.count)
                    .fact("reason", reason);
                part_of(event, bulk)
            };
            let changes = Changeset::new(about(&incident, &root).fact("from", root.label()))
                .and_event(about(&root, &incident).fact("out", incident.label()))
                .with(Op::GiveBackAlarms { to: incident.id.clone(), from: root.id.clone(), count: back.count })
                .with(Op::SetIncident(incident))
                .with(Op::SetIncident(root));
            written(self.try_commit(changes).await.map(drop))
        })
        .await
    }

    /// The incident that has this one's alarms now: itself, unless it was merged.
    pub(crate) async fn end_of_chain(&self, mut incident: Incident) -> Result<Incident, ReadError> {
        // What was merged is never merged into, so that no chain comes back to where it was.
        while let (Some(Closing::Merged), Some(of)) = (incident.closing, &incident.of) {
            match self.store.incident(of).await? {
                Some(next) => incident = next,
                None => break,
            }
        }
        Ok(incident)
    }

    /// The open incident that alarms with this key join though it is another's: one with the key was merged into it.
    pub(crate) async fn merged_home(&self, key: &str) -> Result<Option<Incident>, ReadError> {
        for incident in self.store.incidents_with(key).await? {
            if incident.closing == Some(Closing::Merged) {
                let home = self.end_of_chain(incident).await?;
                if home.closed_at.is_none() {
                    return Ok(Some(home));
                }
            }
        }
        Ok(None)
    }

    /// Another open incident with the same key.
    pub(super) async fn rival(&self, incident: &Incident) -> Result<Option<Incident>, ReadError> {
        Ok(self.store.open_incident(&incident.key).await?.filter(|rival| rival.id != incident.id))
    }

    /// The alarms at `root`, in two: those that came with `part`, and the others.
    async fn split(&self, root: &Incident, part: &Incident) -> Result<(Tally, Tally), ReadError> {
        let (mut back, mut left) = (Tally::default(), Tally::default());
        let mut after = None;
        loop {
            let alarms = self.store.alarms_split(&root.id, &part.id, after.as_ref(), CHUNK).await?;
            let Some((last, _)) = alarms.last() else { return Ok((back, left)) };
            after = Some(last.id.clone());
            for (alarm, came_along) in &alarms {
                if *came_along { back.add(alarm) } else { left.add(alarm) }
            }
        }
    }
}

/// Whether it was written, or somebody else was first and it is to be decided anew.
pub(super) fn written(outcome: Result<(), CommitError>) -> Result<Option<()>, Problem> {
    match outcome {
        Ok(()) => Ok(Some(())),
        Err(CommitError::Conflict(_) | CommitError::Duplicate(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A number that no incident has.
pub(super) fn none_of(field: &str, number: i64) -> Problem {
    Problem::field(field, format!("There is no INC-{number}. Give the number of another incident."))
}
