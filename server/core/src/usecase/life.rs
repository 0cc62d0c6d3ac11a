//! An incident's analysis, its end, and how it is opened again.

use quell_domain::{
    Changeset, Problem,
    action::{ActionRequest, RequestState},
    audit::{Event, codes},
    changeset::Op,
    gate::HoldState,
    incident::{
        Closing, Incident,
        closing::{Ending, Verdict},
    },
    policy::{self, Can, Permission},
    view::{Hindrance, LifePage, LifeStep, LinkRow, Relation},
};

use super::{
    count,
    merge::none_of,
    triage::{coded, short, until_written, written},
};
use crate::{
    Portal,
    grant::{Grant, may},
    ports::ReadError,
};

impl Portal {
    /// Where an incident stands: the steps that have a page of their own, what stands in the way of them, and what belongs
    /// to it.
    ///
    /// # Errors
    /// Not found; unavailable.
    pub async fn life(&self, grant: Grant<may::ReadIncidents>, number: i64) -> Result<LifePage, Problem> {
        let incident = self.known_incident(number).await?;
        let hindrances = self.hindrances(&incident).await?;
        let rival = self.rival(&incident).await?;
        let owners = self.possible_owners().await?;
        let unhindered = || match hindrances.as_slice() {
            [] => Ok(()),
            _ => Err("Something stands in the way: it is named on this page.".to_owned()),
        };
        let can = |step: &LifeStep| {
            let fits = match step {
                LifeStep::HandOver => incident.may_change(),
                LifeStep::Analysis => incident.may_finish_analysis().or_else(|_| incident.may_start_analysis()),
                LifeStep::Merge | LifeStep::Close => incident.may_change().and(unhindered()),
                LifeStep::Unmerge => incident.may_unmerge(rival.as_ref()),
                LifeStep::Reopen => incident.may_reopen(rival.as_ref()),
            };
            (*step, Can::from_decision(policy::decide(grant.roles(), Permission::Triage).and(fits)))
        };
        Ok(LifePage {
            owner_name: self.owner_name(&incident).await?,
            can: grant.can(Permission::Triage),
            steps: LifeStep::ALL.iter().map(can).collect(),
            stays: incident.left_in_place(),
            owners,
            links: self.links(&incident).await?,
            hindrances,
            incident,
        })
    }

    /// Begins to find out what happened.
    ///
    /// # Errors
    /// Conflict unless it is contained.
    pub async fn start_analysis(&self, grant: Grant<may::Triage>, number: i64) -> Result<(), Problem> {
        self.edit(number, grant.actor(), |incident, event| {
            incident.start_analysis(event.at)?;
            Ok(coded(event, codes::ANALYSIS_STARTED))
        })
        .await
    }

    /// Says what the analysis found.
    ///
    /// # Errors
    /// Conflict when none is under way; invalid, naming `findings`.
    pub async fn finish_analysis(&self, grant: Grant<may::Triage>, number: i64, findings: &str) -> Result<(), Problem> {
        let findings = short(findings, "findings")?;
        self.edit(number, grant.actor(), |incident, event| {
            incident.finish_analysis(&findings, event.at)?;
            Ok(coded(event, codes::ANALYSIS_DONE).fact("findings", findings.clone()))
        })
        .await
    }

    /// Closes an incident. `of`: the number of the one that it duplicates. `without_evidence`: an intrusion of which
    /// nothing is sealed, and the caller knows.
    ///
    /// # Errors
    /// Not found; conflict when it is closed or something stands in the way; invalid, naming the field.
    pub async fn close(
        &self,
        grant: Grant<may::Triage>,
        number: i64,
        closing: Closing,
        of: Option<i64>,
        reason: &str,
        without_evidence: bool,
    ) -> Result<(), Problem> {
        let reason = short(reason, "reason")?;
        let (actor, reason) = (&grant.actor(), &reason);
        until_written(|| async move {
            let mut incident = self.known_incident(number).await?;
            let chain = match of {
                Some(of) => {
                    let other = self.store.incident_by_number(of).await?.ok_or_else(|| none_of("of", of))?;
                    self.chain(other, |_| true).await?
                }
                None => Vec::new(),
            };
            let hindrance = self.hindrance(&incident).await?;
            let now = self.now();
            let ending = Ending { closing, of: chain.clone(), reason: reason.clone(), without_evidence };
            let verdict = incident.verdict;
            incident.close(ending, hindrance.as_deref(), now)?;
            let other = chain.first();
            let lacking = without_evidence && incident.lacks_evidence(closing);
            let event = Event::new(now, actor.clone(), codes::CLOSED)
                .incident(&incident.id)
                .target("incident", &incident.id)
                .fact("closing", closing.word())
                .fact("verdict", incident.verdict.filter(|now| verdict != Some(*now)).map(Verdict::word))
                .fact("of", other.map(Incident::label))
                .fact("without_evidence", lacking)
                .fact("measures", incident.measures.iter().map(|measure| measure.word()).collect::<Vec<_>>().join(" "))
                .fact("reason", reason.clone());
            let told = other.map(|other| {
                Event::new(now, actor.clone(), codes::DUPLICATED)
                    .incident(&other.id)
                    .target("incident", &incident.id)
                    .fact("by", incident.label())
                    .fact("reason", reason.clone())
            });
            let changes = told
                .into_iter()
                .fold(Changeset::new(event), Changeset::and_event)
                // Two that name each other at once: the second finds the first changed, and looks again.
                .with_all(chain.iter().map(|it| Op::ExpectIncident(it.id.clone(), it.version)))
                .with(Op::ExpectIdle(incident.id.clone()))
                .with(Op::SetIncident(incident));
            written(self.try_commit(changes).await.map(drop))
        })
        .await
    }

    /// Opens a closed incident again.
    ///
    /// # Errors
    /// Not found; conflict when it is open, was merged, or another about its container is open; invalid, naming `reason`.
    pub async fn reopen(&self, grant: Grant<may::Triage>, number: i64, reason: &str) -> Result<(), Problem> {
        let reason = short(reason, "reason")?;
        let (actor, reason) = (&grant.actor(), &reason);
        until_written(|| async move {
            let mut incident = self.known_incident(number).await?;
            let rival = self.rival(&incident).await?;
            let now = self.now();
            let before = incident.closing;
            incident.reopen(reason, rival.as_ref(), now)?;
            let event = Event::new(now, actor.clone(), codes::REOPENED)
                .incident(&incident.id)
                .target("incident", &incident.id)
                .fact("closing_before", before.map(Closing::word))
                .fact("reason", reason.clone());
            let changes = Changeset::new(event).with(Op::SetIncident(incident));
            written(self.try_commit(changes).await.map(drop))
        })
        .await
    }

    /// What stands in the way of closing or merging an incident.
    async fn hindrances(&self, incident: &Incident) -> Result<Vec<Hindrance>, ReadError> {
        let mut found = Vec::new();
        let mut add = |request: &ActionRequest, words: &str| {
            let words = format!("“{}” {words}", request.action.label());
            found.push(Hindrance { words, request: Some(request.id.clone()), pack: None });
        };
        for (request, _) in self.store.requests_of(&incident.id).await? {
            match request.state {
                RequestState::AwaitingApproval => {
                    add(&request, "is under way: it waits for another person. Have it decided, or withdraw it.");
                }
                state if state.is_open() => add(&request, "is under way. Wait until it has ended."),
                _ => {}
            }
        }
        for request in self.store.requests_to_review().await?.iter().filter(|it| it.incident == incident.id) {
            add(request, "ran without approval (break-glass). Another person must review it first.");
        }
        if let Some(row) = self.store.packs_of(&incident.id).await?.iter().find(|row| row.pack.done_at.is_none()) {
            let words = "Evidence is being collected. Wait until that has ended, or cancel it.".to_owned();
            found.push(Hindrance { words, request: None, pack: Some(row.pack.id.clone()) });
        }
        // What is held stays as a measure does; what somebody else changed must be decided on.
        for hold in self.store.holds_of(&incident.id).await?.iter().filter(|hold| hold.state == HoldState::Lost) {
            let words = format!("{}: somebody else changed it. Restore it, or say that it stays, first.", hold.place);
            found.push(Hindrance { words, request: None, pack: None });
        }
        Ok(found)
    }

    /// The same as one text; none when nothing stands in the way.
    pub(super) async fn hindrance(&self, incident: &Incident) -> Result<Option<String>, ReadError> {
        let found: Vec<String> = self.hindrances(incident).await?.into_iter().map(|it| it.words).collect();
        Ok((!found.is_empty()).then(|| found.join(" ")))
    }

    /// What belongs to an incident: what it was merged into or duplicates, the other way round, and what has its key.
    async fn links(&self, incident: &Incident) -> Result<Vec<LinkRow>, ReadError> {
        let mut linked: Vec<(Relation, Incident)> = Vec::new();
        let mut add = |relation, other: Incident| {
            if other.id != incident.id && linked.iter().all(|(_, known)| known.id != other.id) {
                linked.push((relation, other));
            }
        };
        if let Some(of) = &incident.of
            && let Some(other) = self.store.incident(of).await?
        {
            let merged = incident.is_merged();
            add(if merged { Relation::MergedInto } else { Relation::DuplicateOf }, other);
        }
        for other in self.store.incidents_of(&incident.id).await? {
            let merged = other.is_merged();
            add(if merged { Relation::MergedHere } else { Relation::Duplicate }, other);
        }
        for other in self.store.incidents_with(&incident.key).await? {
            let relation = match (other.closed_at, other.number < incident.number) {
                (None, _) => Relation::Open,
                (Some(_), true) => Relation::Earlier,
                (Some(_), false) => Relation::Later,
            };
            add(relation, other);
        }
        let mut rows = Vec::new();
        for (relation, other) in linked {
            let requests = self.store.requests_of(&other.id).await?.len();
            let packs = self.store.packs_of(&other.id).await?.len();
            rows.push(LinkRow {
                relation,
                number: other.number,
                title: other.title,
                state: other.state,
                closing: other.closing,
                container_name: other.place.container_name,
                node_name: other.place.node_name,
                requests: count(requests),
                packs: count(packs),
            });
        }
        Ok(rows)
    }
}
