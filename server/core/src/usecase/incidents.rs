//! Reading the queue and an incident, with what the viewer may do there.

use std::time::Duration;

use quell_domain::{
    Problem,
    action::Action,
    alarm::{Alarm, Mapping},
    audit::codes,
    ids::IncidentId,
    incident::Incident,
    node::Node,
    playbook,
    policy::{self, Can, Permission},
    view::{
        AlarmRow, ChoosePage, ContainerChoice, EventRow, IncidentCan, IncidentPage, PackRow, QueueFilter, QueuePage,
        QueueRow, QueueView, RequestRow,
    },
};

use super::{count, nodes::in_words, playbooks::steps::Followed, still_open, timeline};
use crate::{
    Portal,
    grant::{Grant, may},
    ports::EngineError,
};

/// Rows on a page of the queue.
const PAGE: usize = 50;
/// How long a page waits for the engines' lists of containers.
const PATIENCE: Duration = Duration::from_secs(3);
/// Events on an incident's page.
const TIMELINE: usize = 200;

impl Portal {
    /// The queue.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn queue(&self, grant: Grant<may::ReadIncidents>, filter: QueueFilter) -> Result<QueuePage, Problem> {
        let me = grant.me();
        // One more than shown tells whether there is a next page.
        let mut rows = self.store.queue(&filter, &me, count(PAGE + 1)).await?;
        let more = rows.len() > PAGE;
        rows.truncate(PAGE);
        let next = rows.last().filter(|_| more).map(|row| (sort_key(&filter, row), row.number));
        for request in self.store.waiting_requests().await? {
            if let Some(row) = rows.iter_mut().find(|row| row.id == request.incident) {
                row.next = Some(playbook::decision(&request));
            }
        }
        let nodes = self.store.nodes().await?;
        let answering = nodes.iter().filter(|node| node.trouble.is_none()).count();
        let now = self.now();
        Ok(QueuePage {
            rows,
            next,
            counters: self.store.counters(&me, filter.view, now).await?,
            can_triage: grant.can(Permission::Triage),
            nodes: (count(nodes.len()), count(answering)),
            as_of: now,
            filter,
        })
    }

    /// One incident with everything that its page shows.
    ///
    /// # Errors
    /// Not found; unavailable.
    pub async fn incident(&self, grant: Grant<may::ReadIncidents>, number: i64) -> Result<IncidentPage, Problem> {
        let incident = self.known_incident(number).await?;
        let alarms = self.store.alarms_of(&incident.id, 100).await?;
        let requests = self.store.requests_of(&incident.id).await?;
        let packs = self.store.packs_of(&incident.id).await?;
        let holds = self.store.holds_of(&incident.id).await?;
        let looked = self.store.look_for_gates(&incident.id).await?;
        let asked = requests.first().map(|(request, _)| request.facts.clone());
        let facts = asked.or_else(|| packs.first().map(|row| row.pack.facts.clone()));
        let mut entries = self.store.entries_of(&incident.id, count(TIMELINE + 1)).await?;
        let older_events = entries.len() > TIMELINE;
        entries.truncate(TIMELINE);
        let mut timeline: Vec<EventRow> = entries.into_iter().map(|entry| timeline::row(entry, Some(number))).collect();
        let mut related = self.name_linked(&mut timeline).await?;
        if let Some(of) = &incident.of
            && let Some(other) = self.store.incident(of).await?
            && !related.contains(&other.number)
        {
            related.push(other.number);
        }
        let as_of = self.now();
        let playbooks = self.playbooks_of(&incident).await?;
        let book = playbooks.book(incident.class);
        let Followed { requests, packs, can, steps } =
            self.followed(&grant, &incident, book, requests, packs, as_of).await?;
        Ok(IncidentPage {
            owner_name: self.owner_name(&incident).await?,
            mine: incident.owner.is_some() && incident.owner.as_ref() == grant.person(),
            alarms: alarms.into_iter().map(alarm_row).collect(),
            steps,
            playbook: incident.course.version,
            unknown: incident.is_unknown(),
            dues: incident.dues(),
            due: incident.due_now(),
            timeline,
            older_events,
            can,
            still_open: still_open::sentences(&incident, &requests, &holds),
            holds,
            looked,
            related,
            as_of,
            requests,
            facts,
            packs,
            incident,
        })
    }

    /// Says which incident a link is to, and gives their numbers: when the link was recorded, the other may have had none.
    async fn name_linked(&self, timeline: &mut [EventRow]) -> Result<Vec<i64>, Problem> {
        let mut numbers = Vec::new();
        for row in timeline.iter_mut().filter(|row| row.code == codes::INCIDENTS_LINKED) {
            let Some(target) = &row.target else { continue };
            if let Some(other) = self.store.incident(&IncidentId::new(target.id.clone())).await? {
                row.text = format!("{}: one container came in the place of the other", other.label());
                numbers.push(other.number);
            }
        }
        numbers.sort_unstable();
        numbers.dedup();
        Ok(numbers)
    }

    /// The containers that an incident may be about, likely ones first. It stands on the incident's page, so engines are
    /// not waited for long.
    ///
    /// # Errors
    /// Not found. Nodes that do not answer are listed with why.
    pub async fn choices(&self, grant: Grant<may::ReadIncidents>, number: i64) -> Result<ChoosePage, Problem> {
        let incident = self.known_incident(number).await?;
        let hints = self.store.alarms_of(&incident.id, 20).await?;
        let nodes = self.store.nodes().await?;
        let asked = futures::future::join_all(nodes.iter().map(async |node| {
            let answer = tokio::time::timeout(PATIENCE, self.engines.containers(node)).await;
            answer.unwrap_or_else(|late| Err(EngineError::NoAnswer(late.to_string())))
        }))
        .await;
        let mut choices = Vec::new();
        let mut silent = Vec::new();
        for (node, answer) in nodes.iter().zip(asked) {
            match answer {
                Err(error) => silent.push((node.name.clone(), in_words(&error))),
                Ok(containers) => choices.extend(containers.into_iter().map(|brief| {
                    let hint = why_likely(node, brief.id.as_str(), &brief.name, &incident, &hints);
                    ContainerChoice {
                        node: node.id.clone(),
                        node_name: node.name.clone(),
                        container: brief.id,
                        name: brief.name,
                        image: brief.image,
                        state: brief.state,
                        hint,
                    }
                })),
            }
        }
        choices.sort_by_key(|choice| (choice.hint.is_empty(), choice.node_name.clone(), choice.name.clone()));
        Ok(ChoosePage { can: grant.can(Permission::Triage), incident, choices, silent })
    }
}

fn why_likely(node: &Node, id: &str, name: &str, incident: &Incident, alarms: &[(Alarm, Mapping)]) -> String {
    let named = |alarm: &Alarm| alarm.node_hint.as_deref().is_some_and(|hint| hint.eq_ignore_ascii_case(&node.name));
    for (alarm, _) in alarms {
        if alarm.container.id.as_deref().is_some_and(|hint| id.starts_with(hint)) {
            return "Its id begins as the alarm says.".to_owned();
        }
        if alarm.container.name.as_deref() == Some(name) {
            let place = if named(alarm) { "on the named node" } else { "on another node" };
            return format!("It has the name that the alarm gives, {place}.");
        }
    }
    if incident.place.container_name == name {
        "It has the name that the incident gives.".to_owned()
    } else {
        String::new()
    }
}

fn sort_key(filter: &QueueFilter, row: &QueueRow) -> i64 {
    if filter.view == QueueView::Closed { row.number } else { row.urgency }
}

fn alarm_row((alarm, mapping): (Alarm, Mapping)) -> AlarmRow {
    AlarmRow { alarm, method: mapping.method, reason: mapping.reason }
}

pub(super) fn abilities(
    grant: &Grant<may::ReadIncidents>,
    incident: &Incident,
    requests: &[RequestRow],
    packs: &[PackRow],
) -> IncidentCan {
    let open = incident.may_change();
    let known = incident
        .target_node()
        .map(drop)
        .ok_or_else(|| "Choose the container first: it is not sure which one this incident is about.".to_owned());
    let both = |permission, more: Result<(), String>| {
        Can::from_decision(policy::decide(grant.roles(), permission).and(open.clone()).and(more))
    };
    let unacknowledged = if incident.acknowledged_at.is_none() {
        Ok(())
    } else {
        Err("Somebody has acknowledged it already.".to_owned())
    };
    let not_under_way = |action: Action| match requests.iter().find(|row| row.request.action == action) {
        Some(row) if row.request.state.is_open() => Err(format!("“{}” is under way already.", action.label())),
        _ => Ok(()),
    };
    let act = |action: Action| {
        let held = |measure| incident.measures.contains(&measure);
        let fits = match action.releases() {
            Some(containment) if !held(containment) => Err("There is no such containment to release.".to_owned()),
            // Where it is not known whether it still holds, doing it again is how to find out.
            None if held(action) && !incident.is_unknown() => {
                Err(format!("“{}” is done already, and holds.", action.label()))
            }
            _ => Ok(()),
        };
        both(Permission::Contain, known.clone().and(fits).and(not_under_way(action)))
    };
    let idle = match packs.iter().any(|row| row.pack.done_at.is_none()) {
        true => Err("Evidence is being collected.".to_owned()),
        false => Ok(()),
    };
    IncidentCan {
        acknowledge: both(Permission::Triage, unacknowledged),
        triage: both(Permission::Triage, Ok(())),
        pause: act(Action::Pause),
        actions: Action::ALL.iter().filter(|it| !it.is_of_gate()).map(|action| (*action, act(*action))).collect(),
        gates: both(Permission::Contain, known.clone()),
        collect: both(Permission::CollectEvidence, known.and(idle)),
        cancel: both(Permission::CollectEvidence, Ok(())),
        download: grant.can(Permission::ReadEvidence),
        read_audit: grant.can(Permission::ReadAudit),
    }
}
