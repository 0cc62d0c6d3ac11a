//! Undoing what was done to several incidents, by who did it and within minutes. What is undone is read from the audit
//! trail, never from what a form says; each incident is looked at for itself.

use std::sync::Arc;

use quell_domain::{
    Changeset, Code, Problem,
    audit::{Entry, Event, codes},
    bulk::{self, Bulk, BulkKind, BulkLine, BulkOutcome},
    changeset::Op,
    ids::PersonId,
    incident::Incident,
};

use super::{part_of, to_its_end};
use crate::{
    Portal,
    grant::{Grant, may},
    usecase::{
        owners::may_own,
        triage::{until_written, written},
    },
};

/// Entries of one incident that are looked at. Where there are more, somebody may stand among those that were not.
const ENTRIES: i64 = 1_000;

/// Who undoes what.
struct Undo<'a> {
    grant: &'a Grant<may::Triage>,
    /// What is undone.
    of: &'a Bulk,
    /// The undo's own id.
    id: &'a str,
}

impl Undo<'_> {
    /// The event of one incident.
    fn event(&self, portal: &Portal, code: &str, incident: &Incident) -> Event {
        let event = Event::new(portal.now(), self.grant.actor(), code)
            .incident(&incident.id)
            .target("incident", &incident.id)
            .fact("undoes", self.of.id.clone());
        part_of(event, Some(self.id))
    }
}

impl Portal {
    /// Undoes what stands in a record, where nobody has done anything since that it would undo; gives the number of the
    /// undo's own record.
    ///
    /// # Errors
    /// Not found; forbidden for everybody else; conflict when it is too late or cannot be undone in one go.
    pub async fn undo_bulk(self: Arc<Self>, grant: Grant<may::Triage>, number: i64) -> Result<i64, Problem> {
        to_its_end(async move {
            let (event, of) = self.known_bulk(number).await?;
            let me = grant.person().map(PersonId::as_str);
            bulk::may_undo(&of, &event.actor.id, event.at, me, self.now()).map_err(|why| {
                let code = if me == Some(event.actor.id.as_str()) { Code::Conflict } else { Code::Forbidden };
                Problem::new(code, why)
            })?;
            let mut bulk = Bulk { of: Some(number), ..self.begun(BulkKind::Undo).await? };
            let id = bulk.id.clone();
            let undo = Undo { grant: &grant, of: &of, id: &id };
            for number in of.done() {
                let undone = match of.kind {
                    BulkKind::Acknowledge => self.undo_acknowledge(&undo, number).await.map(|()| ""),
                    BulkKind::Assign => self.undo_assign(&undo, number).await,
                    BulkKind::Merge => self.undo_merge(&undo, number).await,
                    BulkKind::Isolate | BulkKind::Undo => Err(Problem::conflict("This cannot be undone in one go.")),
                };
                bulk.lines.push(match undone {
                    Ok(words) => BulkLine::done(number, words),
                    Err(why) => BulkLine::refused(number, &why),
                });
            }
            // As long as one of them is part of it, somebody has looked at it.
            if let Some(stays) = of.into.filter(|_| bulk.count(BulkOutcome::Refused) == 0)
                && let Err(error) = self.undo_acknowledge(&undo, stays).await
            {
                tracing::debug!(%error, "INC-{stays} stays acknowledged");
            }
            self.record_bulk(&grant, &bulk).await
        })
        .await
    }

    /// Not acknowledged after all, when that was done by this bulk, in whatever way.
    async fn undo_acknowledge(&self, undo: &Undo<'_>, number: i64) -> Result<(), Problem> {
        until_written(|| async move {
            let mut incident = self.known_incident(number).await?;
            let entries = self.since(&incident, undo.of).await?;
            // What the undo itself did there before is no reason to leave it.
            let (own, later) = bulk::since_then(&entries, undo.of, |event| event.text(bulk::FACT) != undo.id)?;
            stays(later, "it stays acknowledged")?;
            incident.undo_acknowledge(own.at)?;
            let event = undo.event(self, codes::ACKNOWLEDGE_UNDONE, &incident);
            written(self.try_commit(Changeset::new(event).with(Op::SetIncident(incident))).await.map(drop))
        })
        .await
    }

    async fn undo_assign(&self, undo: &Undo<'_>, number: i64) -> Result<&'static str, Problem> {
        until_written(|| async move {
            let mut incident = self.known_incident(number).await?;
            let entries = self.since(&incident, undo.of).await?;
            let (own, later) = bulk::since_then(&entries, undo.of, |event| event.code == codes::ASSIGNED)?;
            stays(later, "the owner stays")?;
            let untouched = bulk::since_then(&entries, undo.of, |_| true)?.1.is_none();
            let given = PersonId::new(own.target.as_ref().map_or("", |target| target.id.as_str()));
            let former = own.facts.get("from_id").and_then(|id| id.as_str()).map(PersonId::new);
            let back = match &former {
                Some(former) => self.store.person(former).await?.filter(may_own),
                None => None,
            };
            if former.is_some() && back.is_none() {
                return Err(Problem::conflict("The former owner cannot own incidents any more: the owner stays."));
            }
            let seen = incident.undo_assign((&given, own.at), former, untouched)?;
            let event = undo
                .event(self, codes::ASSIGN_UNDONE, &incident)
                .fact("to", back.as_ref().map(|person| person.name.clone()));
            let expected = back.map(|person| Op::ExpectPerson(person.id, person.roles));
            let change = Changeset::new(event).with_all(expected).with(Op::SetIncident(incident));
            let words = if seen { "It stays acknowledged: somebody did something there since." } else { "" };
            written(self.try_commit(change).await.map(|_| words))
        })
        .await
    }

    async fn undo_merge(&self, undo: &Undo<'_>, number: i64) -> Result<&'static str, Problem> {
        let incident = self.known_incident(number).await?;
        let entries = self.since(&incident, undo.of).await?;
        let (own, later) = bulk::since_then(&entries, undo.of, |_| true)?;
        stays(later, "it stays as it is")?;
        let (actor, reason) = (undo.grant.actor(), "Merged by mistake and undone.");
        let seen = self.unmerge_in(&actor, number, reason, Some(undo.id), Some(own.at)).await?;
        Ok(if seen {
            "Its alarms are its own again. Somebody had looked at it before: it stays acknowledged."
        } else {
            "Its alarms are its own again."
        })
    }

    /// All of the incident's audit entries since the bulk began, oldest first.
    async fn since(&self, incident: &Incident, of: &Bulk) -> Result<Vec<Entry>, Problem> {
        let entries = self.store.entries_since(&incident.id, of.since, ENTRIES + 1).await?;
        if i64::try_from(entries.len()).is_ok_and(|count| count > ENTRIES) {
            return Err(Problem::conflict("Too much has happened there since: it stays as it is."));
        }
        Ok(entries)
    }
}

/// Nothing is undone behind somebody's back.
fn stays(later: Option<&str>, what: &str) -> Result<(), Problem> {
    match later {
        Some(name) => Err(Problem::conflict(format!("{name} has done something there since: {what}."))),
        None => Ok(()),
    }
}
