//! Triage of several incidents in one go, and the record of everything that is done in one go.
//!
//! Owns no rule of an incident: each is decided and written by the use case that does it to one. What became of all is
//! one more audit event, which the page of the result and the undo read. Whatever is begun goes on to that event, also
//! when nobody waits for the answer any more.

mod isolate;
mod undo;

use std::sync::Arc;

pub(super) use isolate::PATIENCE;
pub use isolate::{Isolation, Ticked};

use quell_domain::{
    Changeset, Code, Problem,
    audit::{Event, EventOutcome, codes},
    bulk::{self, Bulk, BulkKind, BulkLine, BulkOutcome},
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
pub enum Work {
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
    pub async fn triage_bulk(
        self: Arc<Self>,
        grant: Grant<may::Triage>,
        numbers: Vec<i64>,
        work: Work,
    ) -> Result<i64, Problem> {
        to_its_end(async move {
            if let Work::Assign(Some(to)) = &work
                && self.possible_owners().await?.iter().all(|owner| owner.id != *to)
            {
                let remedy = "Choose a person who may triage and is not disabled. Nothing was assigned.";
                return Err(Problem::field("to", remedy));
            }
            let mut bulk = match &work {
                Work::Acknowledge => self.begun(BulkKind::Acknowledge).await?,
                Work::Assign(_) => self.begun(BulkKind::Assign).await?,
            };
            for number in numbers {
                let line = self.triage_one(&grant, number, &work, &bulk.id).await;
                bulk.lines.push(line);
            }
            self.record_bulk(&grant, &bulk).await
        })
        .await
    }

    async fn triage_one(&self, grant: &Grant<may::Triage>, number: i64, work: &Work, bulk: &str) -> BulkLine {
        let (done, owner) = match work {
            Work::Acknowledge => (self.acknowledge_in(grant, number, Some(bulk)).await.map(|()| false), None),
            Work::Assign(to) => {
                let done = self.assign_in(grant, number, to.clone(), "", Some(bulk)).await;
                (done, to.as_ref().or(grant.person()))
            }
        };
        match done {
            Ok(false) => BulkLine::done(number, ""),
            Ok(true) => BulkLine::done(number, "Nobody had looked before: it is acknowledged with that."),
            Err(why) => {
                let is_so = |it: &Incident| match work {
                    Work::Acknowledge => it.acknowledged_at.is_some(),
                    Work::Assign(_) => owner.is_some() && it.owner.as_ref() == owner,
                };
                self.not_written(number, &why, |it| it.closed_at.is_none() && is_so(it)).await
            }
        }
    }

    /// Merges several incidents into one of them, each in a write of its own; gives the number of the record.
    ///
    /// # Errors
    /// Invalid, naming `n`, `into` or `reason`. What is wrong with one incident is in the record.
    pub async fn merge_bulk(
        self: Arc<Self>,
        grant: Grant<may::Triage>,
        numbers: Vec<i64>,
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
        to_its_end(async move {
            let stays = self.known_incident(into).await?;
            // To reopen by merging is a step of its own: undoing this must be able to bring back how it was.
            if stays.state == IncidentState::Closed {
                let remedy = format!("INC-{into} is closed. Choose an open one, or reopen it first.");
                return Err(Problem::field("into", remedy));
            }
            let mut bulk = Bulk { into: Some(into), ..self.begun(BulkKind::Merge).await? };
            for number in numbers.into_iter().filter(|number| *number != into) {
                let merged = self.merge_in(&grant.actor(), number, into, &reason, None, Some(&bulk.id)).await;
                let line = match merged {
                    Ok(()) => BulkLine::done(number, ""),
                    Err(why) => {
                        self.not_written(number, &why, |it| it.is_merged() && it.of.as_ref() == Some(&stays.id)).await
                    }
                };
                bulk.lines.push(line);
            }
            self.record_bulk(&grant, &bulk).await
        })
        .await
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
        Ok(MergePage { stays: plain(&incidents), incidents, missing, can: grant.can(Permission::Triage) })
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
        let me = grant.person().map(PersonId::as_str);
        let may = bulk::may_undo(&bulk, &event.actor.id, event.at, me, self.now())
            .and(policy::decide(grant.roles(), Permission::Triage));
        Ok(BulkPage {
            bulk: number,
            kind: bulk.kind,
            action: bulk.action,
            into: bulk.into,
            by: event.actor.name,
            at: event.at,
            rows,
            can_undo: Can::from_decision(may),
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
        Ok(Bulk { id: ids::mint(), kind, action: None, of: None, into: None, since, lines: Vec::new() })
    }

    /// Writes the record down; gives its number.
    async fn record_bulk<P>(&self, grant: &Grant<P>, bulk: &Bulk) -> Result<i64, Problem> {
        let code = if bulk.kind == BulkKind::Undo { codes::BULK_UNDONE } else { codes::BULK_DONE };
        let (done, refused) = (bulk.count(BulkOutcome::Done), bulk.count(BulkOutcome::Refused));
        let outcome = if done == 0 && refused > 0 { EventOutcome::Failed } else { EventOutcome::Ok };
        let event = Event::new(self.now(), grant.actor(), code)
            .outcome(outcome)
            .fact("what", bulk.kind.word())
            .fact("done", done)
            .fact("unchanged", bulk.count(BulkOutcome::Unchanged))
            .fact("refused", refused);
        Ok(self.commit(Changeset::new(bulk.recorded(event))).await?.seq)
    }

    /// Why nothing was written for one: it is so already, or it was refused.
    async fn not_written(&self, number: i64, why: &Problem, is_so: impl Fn(&Incident) -> bool) -> BulkLine {
        match self.store.incident_by_number(number).await {
            Ok(Some(incident)) if is_so(&incident) => BulkLine::unchanged(number, why.message.clone()),
            _ => BulkLine::refused(number, why),
        }
    }
}

/// Does it to its end, also when nobody waits for it any more: a browser that goes away takes its request with it, and what
/// was done until then would have no record.
async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, Problem>> + Send + 'static,
) -> Result<T, Problem> {
    tokio::spawn(work).await.unwrap_or_else(|error| {
        tracing::error!(%error, "work on several incidents broke off");
        Err(Problem::new(Code::Internal, "This broke off. The timeline of each incident says what was done."))
    })
}

/// An event that is part of a bulk says so.
pub(super) fn part_of(event: Event, bulk: Option<&str>) -> Event {
    match bulk {
        Some(bulk) => event.fact(bulk::FACT, bulk),
        None => event,
    }
}

/// The one that stays when nobody would choose another: alone in being open and in its container being surely known.
fn plain(incidents: &[Incident]) -> Option<i64> {
    let mut known = incidents.iter().filter(|it| it.closed_at.is_none() && it.target_node().is_some());
    known.next().filter(|_| known.next().is_none()).map(|incident| incident.number)
}
