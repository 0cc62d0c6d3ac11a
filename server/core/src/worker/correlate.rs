//! The correlator: takes alarms that belong to no incident yet, and gives each to one.
//!
//! It runs after intake has answered, so that a slow engine never holds a detector up. Losing a race against another
//! portal, or against a person who edits the incident, only means that the pass is done again.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use quell_domain::{
    Changeset,
    alarm::Alarm,
    audit::{Actor, Event, codes},
    changeset::Op,
    ids::{AlarmId, IncidentId},
    incident::Incident,
};
use tokio::sync::watch;

use super::resolve::Resolved;
use crate::{Portal, failpoint, ids, ports::CommitError};

/// Alarms of one pass.
const PASS: i64 = 500;
/// How often it looks by itself.
const LOOK: Duration = Duration::from_secs(1);

/// Alarms of one pass that belong together.
struct Group {
    resolved: Resolved,
    alarms: Vec<Alarm>,
}

impl Portal {
    /// Runs until `shutdown` turns true.
    pub async fn run_correlator(self: Arc<Self>, mut shutdown: watch::Receiver<bool>) {
        loop {
            let found = match self.correlate().await {
                Ok(found) => found,
                Err(error) => {
                    tracing::warn!(%error, "correlating alarms; they are looked at again");
                    0
                }
            };
            if found > 0 {
                continue;
            }
            tokio::select! {
                () = self.alarms.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
                _ = shutdown.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// One pass; returns how many alarms it placed.
    async fn correlate(&self) -> Result<usize, CommitError> {
        let alarms = self.store.unmapped_alarms(PASS).await?;
        if alarms.is_empty() {
            return Ok(0);
        }
        let mut atlas = self.atlas().await?;
        let mut groups: BTreeMap<String, Group> = BTreeMap::new();
        let count = alarms.len();
        for alarm in alarms {
            let resolved = self.resolve(&alarm, &mut atlas).await;
            let group = groups
                .entry(resolved.key.clone())
                .or_insert_with(|| Group { resolved: resolved.clone(), alarms: Vec::new() });
            if resolved.place.method.allows_action() {
                group.resolved = resolved;
            }
            group.alarms.push(alarm);
        }
        for (key, mut group) in groups {
            let open = self.store.open_incident(&key).await?;
            if open.is_none() {
                group.resolved.place.image_id = self.image_id(&group.resolved.place, &atlas).await;
            }
            failpoint::hit("correlate.before_commit").await;
            match self.try_commit(self.place(key, group, open)).await {
                // Somebody else was first: the next pass sees what they did.
                Ok(_) | Err(CommitError::Conflict(_) | CommitError::Duplicate(_)) => {}
                Err(error) => return Err(error),
            }
            failpoint::hit("correlate.after_commit").await;
        }
        Ok(count)
    }

    fn place(&self, key: String, group: Group, open: Option<Incident>) -> Changeset {
        let Group { resolved, alarms } = group;
        let ids: Vec<AlarmId> = alarms.iter().map(|alarm| alarm.id.clone()).collect();
        let last = alarms.last().map(|alarm| alarm.rule.clone()).unwrap_or_default();
        let first = alarms.first().map(|alarm| alarm.rule.clone()).unwrap_or_default();
        let (code, op, incident) = match open {
            Some(mut incident) => {
                alarms.iter().for_each(|alarm| incident.join(alarm, &self.policy));
                incident.learn_place(&resolved.place);
                let id = incident.id.clone();
                (codes::ALARMS_JOINED, Op::SetIncident(incident), id)
            }
            None => {
                let id = IncidentId::new(ids::mint());
                let mut rest = alarms.iter();
                let mut incident = match rest.next() {
                    Some(alarm) => Incident::open(id.clone(), key, alarm, resolved.place.clone(), &self.policy),
                    // A group is made by its first alarm.
                    None => unreachable!("a group without alarms"),
                };
                rest.for_each(|alarm| incident.join(alarm, &self.policy));
                (codes::INCIDENT_OPENED, Op::AddIncident(incident), id)
            }
        };
        let event = Event::new(self.now(), Actor::system("correlator"), code)
            .incident(&incident)
            .target("incident", &incident)
            .fact("alarms", i64::try_from(ids.len()).unwrap_or(i64::MAX))
            .fact("rule", if code == codes::INCIDENT_OPENED { first } else { last })
            .fact("method", resolved.place.method.word());
        Changeset::new(event).with(op).with(Op::MapAlarms {
            alarms: ids,
            incident,
            method: resolved.place.method,
            reason: resolved.place.reason,
        })
    }
}
