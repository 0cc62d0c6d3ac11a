//! The correlator: takes alarms that belong to no incident yet, and gives each to one.
//!
//! It runs after intake has answered, so that a slow engine never holds a detector up. Losing a race against another
//! portal, or against a person who edits the incident, only means that the pass is done again.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use quell_domain::{
    Changeset,
    alarm::{Alarm, MappingMethod},
    audit::{Actor, Event, codes},
    changeset::Op,
    ids::{AlarmId, IncidentId},
    incident::{Incident, Place},
    playbook::Playbooks,
};
use tokio::sync::watch;

use super::resolve::Resolved;
use crate::{Portal, failpoint, ids, ports::CommitError};

/// Alarms of one pass.
const PASS: i64 = 500;
/// How often it looks by itself.
const LOOK: Duration = Duration::from_secs(1);
/// How long it rests after a pass that left none: what comes meanwhile is placed in one commit. Without it, each commit of
/// intake would be followed by one of the correlator, and detectors would wait for the flushes of both.
const REST: Duration = Duration::from_millis(100);

/// Alarms of one pass that belong together.
struct Group {
    /// The surest place that one of them gave.
    place: Place,
    alarms: Vec<Alarm>,
    /// How each was found: its own method and reason, never another's.
    found: BTreeMap<(MappingMethod, String), Vec<AlarmId>>,
}

impl Group {
    fn of(place: Place) -> Self {
        Self { place, alarms: Vec::new(), found: BTreeMap::new() }
    }

    fn take(&mut self, alarm: Alarm, place: Place) {
        self.found.entry((place.method, place.reason.clone())).or_default().push(alarm.id.clone());
        self.alarms.push(alarm);
        if place.method.allows_action() {
            self.place = place;
        }
    }
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
            let rest = async {
                match found {
                    PASS.. => {}
                    1.. => tokio::time::sleep(REST).await,
                    _ => drop(tokio::time::timeout(LOOK, self.alarms.notified()).await),
                }
            };
            tokio::select! {
                () = rest => {}
                _ = shutdown.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// One pass; returns how many alarms it placed.
    async fn correlate(&self) -> Result<i64, CommitError> {
        let alarms = self.store.unmapped_alarms(PASS).await?;
        if alarms.is_empty() {
            return Ok(0);
        }
        let mut atlas = self.atlas().await?;
        self.survey(&alarms, &mut atlas).await;
        let mut groups: BTreeMap<String, Group> = BTreeMap::new();
        for alarm in alarms {
            let Resolved { key, place } = atlas.resolve(&alarm);
            groups.entry(key).or_insert_with(|| Group::of(place.clone())).take(alarm, place);
        }
        let today = self.playbooks_today().await?;
        let mut placed = 0;
        for (key, group) in groups {
            let (through, open) = match self.store.open_incident(&key).await? {
                Some(open) => (Vec::new(), Some(open)),
                None => self.merged_home(&key).await?.map_or_else(Default::default, |(via, home)| (via, Some(home))),
            };
            let count = i64::try_from(group.alarms.len()).unwrap_or(PASS);
            // What is open goes on as it began.
            let playbooks = match &open {
                Some(open) if open.course.version != today.version => self.playbooks_of(open).await?,
                _ => today.clone(),
            };
            failpoint::hit("correlate.before_commit").await;
            match self.try_commit(self.placed(key, group, (through, open), &playbooks)).await {
                Ok(_) => placed += count,
                // Somebody else was first: the next pass sees what they did.
                Err(CommitError::Conflict(_) | CommitError::Duplicate(_)) => {}
                // One group that cannot be written must not hold up the others.
                Err(error) => tracing::error!(%error, "placing alarms; they are looked at again"),
            }
            failpoint::hit("correlate.after_commit").await;
        }
        Ok(placed)
    }

    /// The alarms of a group with the incident that they join, through those that were merged into it, or open.
    fn placed(
        &self,
        key: String,
        group: Group,
        (through, open): (Vec<IncidentId>, Option<Incident>),
        playbooks: &Playbooks,
    ) -> Changeset {
        let Group { place, alarms, found } = group;
        let rule = |alarm: Option<&Alarm>| alarm.map(|alarm| alarm.rule.clone()).unwrap_or_default();
        let (first, last) = (rule(alarms.first()), rule(alarms.last()));
        let method = place.method;
        let (code, op, incident) = match open {
            Some(mut incident) => {
                alarms.iter().for_each(|alarm| incident.join(alarm, playbooks));
                if incident.key == key {
                    incident.learn_place(&place);
                }
                let id = incident.id.clone();
                (codes::ALARMS_JOINED, Op::SetIncident(incident), id)
            }
            None => {
                let id = IncidentId::new(ids::mint());
                let mut rest = alarms.iter();
                let mut incident = match rest.next() {
                    Some(alarm) => Incident::open(id.clone(), key, alarm, place, playbooks),
                    // A group is made for its first alarm.
                    None => unreachable!("a group without alarms"),
                };
                rest.for_each(|alarm| incident.join(alarm, playbooks));
                (codes::INCIDENT_OPENED, Op::AddIncident(incident), id)
            }
        };
        let event = Event::new(self.now(), Actor::system("correlator"), code)
            .incident(&incident)
            .target("incident", &incident)
            .fact("alarms", alarms.len())
            .fact("rule", if code == codes::INCIDENT_OPENED { first } else { last })
            .fact("method", method.word());
        // Quell's own watch says whose place the container took: both incidents say so.
        let linked = alarms.iter().filter_map(|alarm| alarm.detail.replaces.as_ref()).flat_map(|old| {
            let linked = |one: &IncidentId, other: &IncidentId| {
                Event::new(self.now(), Actor::system("correlator"), codes::INCIDENTS_LINKED)
                    .incident(one)
                    .target("incident", other)
            };
            [linked(&incident, old), linked(old, &incident)]
        });
        let changes = linked.fold(Changeset::new(event), Changeset::and_event);
        let mapped = found.into_iter().map(|((method, reason), alarms)| Op::MapAlarms {
            alarms,
            incident: incident.clone(),
            through: through.clone(),
            method,
            reason,
        });
        changes.with(op).with_all(mapped.collect::<Vec<_>>())
    }
}
