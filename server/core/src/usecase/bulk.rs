//! Triage of several incidents in one go, and the record of everything that is done in one go.
//!
//! Owns no rule of an incident: each is decided and written by the use case that does it to one. What became of all is
//! one more audit event, which the page of the result and the undo read.

mod isolate;
mod undo;

pub use isolate::{Isolation, Target};

use quell_domain::{
    Changeset, Problem,
    audit::{Event, EventOutcome, codes},
    bulk::{self, Bulk, BulkKind, BulkLine},
    ids::PersonId,
    incident::{Incident, IncidentState},
    policy::{self, Can, Permission},
    view::{BulkPage, BulkRow, MergePage},
};

use super::triage::short;
use crate::{
    Portal,
    grant::{Grant, may},
    ids,
};

/// What triage does to each of several incidents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Triage {
    /// Says that somebody looks.
    Acknowledge,
    /// Makes this person the owner, or whoever asks.
    Assign(Option<PersonId>),
}

impl Portal {
    /// Acknowledges or assigns several incidents, each in a write of its own; gives the number of the record.
    ///
    /// # Errors
    /// Invalid, naming `to`, for somebody who cannot own an incident. What is wrong with one incident is in the record.
    pub async fn triage_bulk(&self, grant: Grant<may::Triage>, numbers: &[i64], what: Triage) -> Result<i64, Problem> {
        if let Triage::Assign(Some(to)) = &what {
            let known = self.possible_owners().await?.into_iter().any(|(id, _)| id == *to);
            known.then_some(()).ok_or_else(|| {
                Problem::field("to", "Choose a person who may triage and is not disabled. Nothing was assigned.")
            })?;
        }
        let kind = if what == Triage::Acknowledge { BulkKind::Acknowledge } else { BulkKind::Assign };
        let mut bulk = self.begun(kind).await?;
        for number in numbers {
            let part = Some(bulk.id.as_str());
            let done = match &what {
                Triage::Acknowledge => self.acknowledge_in(&grant, *number, part).await,
                Triage::Assign(to) => self.assign_in(&grant, *number, to.clone(), "", part).await,
            };
            bulk.lines.push(line(*number, done));
        }
        self.record_bulk(&grant, &bulk).await
    }

    /// Merges several incidents into one of them, each in a write of its own; gives the number of the record.
    ///
    /// # Errors
    /// Invalid, naming `n`, `into` or `reason`. What is wrong with one incident is in the record.
    pub async fn merge_bulk(
        &self,
        grant: Grant<may::Triage>,
        numbers: &[i64],
        into: i64,
        reason: &str,
    ) -> Result<i64, Problem> {
        let reason = short(reason, "reason")?;
        if numbers.len() < 2 {
            return Err(Problem::field("n", "Tick at least two incidents: one stays, the others are merged into it."));
        }
        if !numbers.contains(&into) {
            return Err(Problem::field("into", "Choose which of them stays."));
        }
        if reason.is_empty() {
            return Err(Problem::field("reason", "Say in a few words why they are one."));
        }
        // To reopen by merging is a step of its own: undoing this must be able to bring back how it was.
        if self.known_incident(into).await?.state == IncidentState::Closed {
            return Err(Problem::field(
                "into",
                format!("INC-{into} is closed. Choose an open one, or reopen it first."),
            ));
        }
        let mut bulk = self.begun(BulkKind::Merge).await?;
        for number in numbers.iter().filter(|number| **number != into) {
            let done = self.merge_in(&grant.actor(), *number, into, &reason, None, Some(&bulk.id)).await;
            bulk.lines.push(line(*number, done));
        }
        self.record_bulk(&grant, &bulk).await
    }

    /// Incidents that somebody is about to merge.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn merge_page(&self, grant: Grant<may::ReadIncidents>, numbers: &[i64]) -> Result<MergePage, Problem> {
        let (mut incidents, mut missing) = (Vec::new(), Vec::new());
        for number in numbers {
            match self.store.incident_by_number(*number).await? {
                Some(incident) => incidents.push(incident),
                None => missing.push(*number),
            }
        }
        Ok(MergePage {
            stays: plain(&incidents),
            incidents,
            missing,
            can: Can::from_decision(policy::decide(grant.roles(), Permission::Triage)),
        })
    }

    /// What was done in one go, with each incident and request as it is now.
    ///
    /// # Errors
    /// Not found.
    pub async fn bulk(&self, grant: Grant<may::ReadIncidents>, number: i64) -> Result<BulkPage, Problem> {
        let (event, bulk) = self.known_bulk(number).await?;
        let mut rows = Vec::new();
        for line in &bulk.lines {
            let request = match &line.request {
                Some(request) => self.store.request(request).await?.map(Into::into),
                None => None,
            };
            let incident = self.store.incident_by_number(line.number).await?;
            rows.push(BulkRow { line: line.clone(), incident, request });
        }
        let now = self.now();
        let me = grant.person().map(PersonId::as_str);
        let may = bulk::may_undo(&bulk, &event.actor.id, event.at, me, now)
            .and(policy::decide(grant.roles(), Permission::Triage));
        Ok(BulkPage {
            bulk: number,
            kind: bulk.kind,
            action: bulk.action,
            by: event.actor.name,
            at: event.at,
            rows,
            can_undo: Can::from_decision(may),
            as_of: now,
        })
    }

    /// The entry of a record and what it says.
    async fn known_bulk(&self, number: i64) -> Result<(Event, Bulk), Problem> {
        let event = self.store.entry(number).await?.map(|entry| entry.event);
        let read = event.and_then(|event| Bulk::read(&event).map(|bulk| (event, bulk)));
        read.ok_or_else(|| Problem::not_found("work on several incidents"))
    }

    /// A record of nothing yet.
    async fn begun(&self, kind: BulkKind) -> Result<Bulk, Problem> {
        let since = self.store.audit_head().await?.0;
        Ok(Bulk { id: ids::mint(), kind, action: None, of: None, since, lines: Vec::new() })
    }

    /// Writes the record down; gives its number.
    async fn record_bulk<P>(&self, grant: &Grant<P>, bulk: &Bulk) -> Result<i64, Problem> {
        let code = if bulk.kind == BulkKind::Undo { codes::BULK_UNDONE } else { codes::BULK_DONE };
        let done = bulk.done().count();
        let outcome = if done == 0 { EventOutcome::Failed } else { EventOutcome::Ok };
        let event = Event::new(self.now(), grant.actor(), code)
            .outcome(outcome)
            .fact("what", bulk.kind.word())
            .fact("done", done)
            .fact("refused", bulk.lines.len() - done);
        Ok(self.commit(Changeset::new(bulk.recorded(event))).await?.seq)
    }
}

/// An event that is part of a bulk says so.
pub(super) fn part_of(event: Event, bulk: Option<&str>) -> Event {
    match bulk {
        Some(bulk) => event.fact(bulk::FACT, bulk),
        None => event,
    }
}

fn line(number: i64, done: Result<(), Problem>) -> BulkLine {
    match done {
        Ok(()) => BulkLine::done(number),
        Err(why) => BulkLine::refused(number, &why),
    }
}

/// The one that stays when nobody would choose another: alone in being open and in its container being surely known.
fn plain(incidents: &[Incident]) -> Option<i64> {
    let mut known = incidents.iter().filter(|it| it.closed_at.is_none() && it.target_node().is_some());
    known.next().filter(|_| known.next().is_none()).map(|incident| incident.number)
}
