//! Undoing what was done to several incidents, by who did it and within minutes. What is undone is read from the audit
//! trail, never from what a form says; each incident is looked at for itself.

use quell_domain::{
    Changeset, Code, Problem,
    audit::{Entry, Event, codes},
    bulk::{self, Bulk, BulkKind, BulkLine},
    changeset::Op,
    ids::PersonId,
    incident::Incident,
};

use super::part_of;
use crate::{
    Portal,
    grant::{Grant, may},
    ports::ReadError,
    usecase::{merge::written, triage::until_written},
};

/// Entries of one incident that are looked at. Of more, some are surely by people.
const ENTRIES: i64 = 100;

impl Portal {
    /// Undoes what stands in a record, where nobody has done anything since that it would undo; gives the number of the
    /// undo's own record.
    ///
    /// # Errors
    /// Not found; forbidden for everybody else; conflict when it is too late or cannot be undone in one go.
    pub async fn undo_bulk(&self, grant: Grant<may::Triage>, number: i64) -> Result<i64, Problem> {
        let (event, of) = self.known_bulk(number).await?;
        let me = grant.person().map(PersonId::as_str);
        bulk::may_undo(&of, &event.actor.id, event.at, me, self.now()).map_err(|why| {
            let code = if me == Some(event.actor.id.as_str()) { Code::Conflict } else { Code::Forbidden };
            Problem::new(code, why)
        })?;
        let mut bulk = Bulk { of: Some(number), ..self.begun(BulkKind::Undo).await? };
        for number in of.done() {
            let undone = match of.kind {
                BulkKind::Acknowledge => self.undo_acknowledge(&grant, number, &of, &bulk.id).await,
                BulkKind::Assign => self.undo_assign(&grant, number, &of, &bulk.id).await,
                BulkKind::Merge => self.undo_merge(&grant, number, &of, &bulk.id).await,
                BulkKind::Isolate | BulkKind::Undo => Err(Problem::conflict("This cannot be undone in one go.")),
            };
            bulk.lines.push(match undone {
                Ok(words) => BulkLine { words, ..BulkLine::done(number) },
                Err(why) => BulkLine::refused(number, &why),
            });
        }
        self.record_bulk(&grant, &bulk).await
    }

    async fn undo_acknowledge(
        &self,
        grant: &Grant<may::Triage>,
        number: i64,
        of: &Bulk,
        bulk: &str,
    ) -> Result<String, Problem> {
        until_written(|| async move {
            let mut incident = self.known_incident(number).await?;
            let entries = self.since(&incident, of).await?;
            let (own, later) = bulk::since_then(&entries, of, |_| true)?;
            stays(later, "it stays acknowledged")?;
            incident.undo_acknowledge(own.at)?;
            let event = self.undone(grant, codes::ACKNOWLEDGE_UNDONE, &incident, of, bulk);
            let change = Changeset::new(event).with(Op::SetIncident(incident));
            Ok(written(self.try_commit(change).await.map(drop))?.map(|()| String::new()))
        })
        .await
    }

    async fn undo_assign(
        &self,
        grant: &Grant<may::Triage>,
        number: i64,
        of: &Bulk,
        bulk: &str,
    ) -> Result<String, Problem> {
        until_written(|| async move {
            let mut incident = self.known_incident(number).await?;
            let entries = self.since(&incident, of).await?;
            let (own, later) = bulk::since_then(&entries, of, |event| event.code == codes::ASSIGNED)?;
            stays(later, "the owner stays")?;
            let untouched = bulk::since_then(&entries, of, |_| true)?.1.is_none();
            let given = PersonId::new(own.target.as_ref().map_or("", |target| target.id.as_str()));
            let former = own.facts.get("from_id").and_then(|id| id.as_str()).map(PersonId::new);
            let back = match &former {
                Some(former) => self.store.person(former).await?.filter(crate::usecase::owners::may_own),
                None => None,
            };
            if former.is_some() && back.is_none() {
                return Err(Problem::conflict("The former owner cannot own incidents any more: the owner stays."));
            }
            let seen = incident.undo_assign((&given, own.at), former, untouched)?;
            let event = self
                .undone(grant, codes::ASSIGN_UNDONE, &incident, of, bulk)
                .fact("to", back.as_ref().map(|person| person.name.clone()));
            let expected = back.map(|person| Op::ExpectPerson(person.id, person.roles));
            let change = Changeset::new(event).with_all(expected).with(Op::SetIncident(incident));
            let words = if seen { "It stays acknowledged: somebody did something there since." } else { "" };
            Ok(written(self.try_commit(change).await.map(drop))?.map(|()| words.to_owned()))
        })
        .await
    }

    async fn undo_merge(
        &self,
        grant: &Grant<may::Triage>,
        number: i64,
        of: &Bulk,
        bulk: &str,
    ) -> Result<String, Problem> {
        let incident = self.known_incident(number).await?;
        let entries = self.since(&incident, of).await?;
        let (_, later) = bulk::since_then(&entries, of, |_| true)?;
        stays(later, "it stays as it is")?;
        self.unmerge_in(&grant.actor(), number, "Merged by mistake and undone.", Some(bulk)).await?;
        Ok("Its alarms are its own again. Somebody has looked at it: it stays acknowledged, in the state that its measures say."
            .to_owned())
    }

    /// The incident's audit entries since the bulk began, oldest first.
    async fn since(&self, incident: &Incident, of: &Bulk) -> Result<Vec<Entry>, ReadError> {
        self.store.entries_since(&incident.id, of.since, ENTRIES).await
    }

    fn undone(&self, grant: &Grant<may::Triage>, code: &str, incident: &Incident, of: &Bulk, bulk: &str) -> Event {
        let event = Event::new(self.now(), grant.actor(), code)
            .incident(&incident.id)
            .target("incident", &incident.id)
            .fact("undoes", of.id.clone());
        part_of(event, Some(bulk))
    }
}

/// Nothing is undone behind somebody's back.
fn stays(later: Option<&str>, what: &str) -> Result<(), Problem> {
    match later {
        Some(name) => Err(Problem::conflict(format!("{name} has done something there since: {what}."))),
        None => Ok(()),
    }
}
