//! Two incidents that turn out to be one, and back. No alarm and no event is lost: alarms move, and what moved is
//! remembered; events, evidence and action requests stay with their incident.

use quell_domain::{
    Changeset, Problem, Timestamp,
    alarm::MappingMethod,
    audit::{Actor, Event, codes},
    changeset::Op,
    ids::IncidentId,
    incident::Incident,
};

use super::{
    bulk::part_of,
    triage::{short, until_written, written},
};
use crate::{
    Portal,
    grant::{Grant, may},
    ports::ReadError,
};

impl Portal {
    /// Merges an incident into another. A closed one about the same container is opened again by that.
    ///
    /// # Errors
    /// Not found; conflict when this one is closed or something stands in the way; invalid, naming `into`, or `reason`
    /// when that is too long.
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
    /// with it or by its key, and are still there.
    ///
    /// # Errors
    /// Not found; conflict when it was not merged, or another incident about its container is open; invalid, naming
    /// `reason`, when that is too long.
    pub async fn unmerge(&self, grant: Grant<may::Triage>, number: i64, reason: &str) -> Result<(), Problem> {
        let reason = short(reason, "reason")?;
        self.unmerge_in(&grant.actor(), number, &reason, None, None).await.map(drop)
    }

    /// The same, perhaps as part of a bulk. `merged_at`: if the merge of that moment was also the first look at it, nobody
    /// has looked after all. Says whether somebody has.
    pub(super) async fn unmerge_in(
        &self,
        actor: &Actor,
        number: i64,
        reason: &str,
        bulk: Option<&str>,
        merged_at: Option<Timestamp>,
    ) -> Result<bool, Problem> {
        until_written(|| async move {
            let mut incident = self.known_incident(number).await?;
            let rival = self.rival(&incident).await?;
            incident.may_unmerge(rival.as_ref()).map_err(Problem::conflict)?;
            let mut chain = self.chain(incident.clone(), Incident::is_merged).await?;
            let root = chain.pop().unwrap_or_else(|| incident.clone());
            let (own, roots) = (self.playbooks_of(&incident).await?, self.playbooks_of(&root).await?);
            let now = self.now();
            incident.unmerge(rival.as_ref(), now)?;
            // Refused when more came of that look: then it stays.
            let seen = merged_at.is_none_or(|at| incident.undo_acknowledge(at).is_err());
            let about = |one: &Incident, other: &Incident| {
                let event = Event::new(now, actor.clone(), codes::UNMERGED)
                    .incident(&one.id)
                    .target("incident", &other.id)
                    .fact("reason", reason);
                part_of(event, bulk)
            };
            let changes = Changeset::new(about(&incident, &root).fact("from", root.label()))
                .and_event(about(&root, &incident).fact("out", incident.label()))
                // Alarms keep arriving at the end of the chain, which must not keep this from being written. So that one is
                // not written as it was read: it is counted anew in the commit, and the others say that it is still the end.
                .with_all(chain.iter().skip(1).map(|it| Op::ExpectIncident(it.id.clone(), it.version)))
                .with(Op::SetIncident(incident.clone()))
                .with(Op::GiveBackAlarms { to: incident.id.clone(), from: root.id.clone() })
                .with(Op::Recount { incident: incident.id.clone(), playbooks: own })
                .with(Op::Recount { incident: root.id.clone(), playbooks: roots });
            written(self.try_commit(changes).await.map(|_| seen))
        })
        .await
    }

    /// The open incident that alarms with this key join though it is another's, and the merged ones that lead there: the
    /// first has the key, and each was merged into the next.
    pub(crate) async fn merged_home(&self, key: &str) -> Result<Option<(Vec<IncidentId>, Incident)>, ReadError> {
        for incident in self.store.incidents_with(key).await?.into_iter().filter(Incident::is_merged) {
            let mut chain = self.chain(incident, Incident::is_merged).await?;
            if let Some(home) = chain.pop().filter(|home| home.closed_at.is_none()) {
                return Ok(Some((chain.into_iter().map(|it| it.id).collect(), home)));
            }
        }
        Ok(None)
    }

    /// An incident and those that it leads to, one after the other, as long as they lead on.
    pub(super) async fn chain(
        &self,
        first: Incident,
        leads_on: impl Fn(&Incident) -> bool,
    ) -> Result<Vec<Incident>, ReadError> {
        let mut chain = vec![first];
        while let Some(of) = chain.last().filter(|last| leads_on(last)).and_then(|last| last.of.clone()) {
            // No chain closes on itself; if one did, it would not be followed for ever.
            match self.store.incident(&of).await?.filter(|next| chain.iter().all(|it| it.id != next.id)) {
                Some(next) => chain.push(next),
                None => break,
            }
        }
        Ok(chain)
    }

    /// Another open incident with the same key.
    pub(super) async fn rival(&self, incident: &Incident) -> Result<Option<Incident>, ReadError> {
        Ok(self.store.open_incident(&incident.key).await?.filter(|rival| rival.id != incident.id))
    }
}

/// A number that no incident has.
pub(super) fn none_of(field: &str, number: i64) -> Problem {
    Problem::field(field, format!("There is no INC-{number}. Give the number of another incident."))
}
