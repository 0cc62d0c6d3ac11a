//! How an incident follows its playbook: its page, leaving steps out, saying that the service is restored, and moving it to
//! the newest version.

use quell_domain::{
    Problem,
    audit::codes,
    playbook::Step,
    policy::{self, Can, Permission},
    view::{BookDiff, IncidentPlaybookPage},
};

use super::steps::Followed;
use crate::{
    Portal,
    grant::{Grant, may},
    usecase::triage::{coded, short},
};

impl Portal {
    /// How an incident follows its playbook, with the texts of the version that it follows.
    ///
    /// # Errors
    /// Not found; unavailable.
    pub async fn incident_playbook(
        &self,
        grant: Grant<may::ReadIncidents>,
        number: i64,
    ) -> Result<IncidentPlaybookPage, Problem> {
        let incident = self.known_incident(number).await?;
        let published = self.store.playbooks_of(incident.course.version).await?;
        let book = self.playbooks_of(&incident).await?.book(incident.class).clone();
        let today = self.playbooks_today().await?;
        let requests = self.store.requests_of(&incident.id).await?;
        let packs = self.store.packs_of(&incident.id).await?;
        let can = |permission| Can::from_decision(policy::decide(grant.roles(), permission).and(incident.may_change()));
        let as_of = self.now();
        let Followed { steps, .. } = self.followed(&grant, &incident, &book, requests, packs, as_of).await?;
        let moves = (today.version != incident.course.version).then(|| today.book(incident.class));
        Ok(IncidentPlaybookPage {
            published: published.map(|published| (published.published_by, published.at)),
            steps,
            dues: incident.dues(),
            newest: today.version,
            change: moves.and_then(|newest| BookDiff::of(&book, newest, None)),
            can_triage: can(Permission::Triage),
            can_move: can(Permission::MovePlaybook),
            as_of,
            book,
            incident,
        })
    }

    /// Leaves a step out, with a reason.
    ///
    /// # Errors
    /// Not found; conflict when the playbook does not allow it or the step is over; invalid, naming `reason`.
    pub async fn skip_step(
        &self,
        grant: Grant<may::Triage>,
        number: i64,
        step: Step,
        reason: &str,
    ) -> Result<(), Problem> {
        let reason = short(reason, "reason")?;
        // Whoever moves the incident to another version meanwhile also writes it, and this is refused or done anew.
        let followed = self.known_incident(number).await?;
        let (playbooks, by) = (self.playbooks_of(&followed).await?, grant.name.clone());
        self.edit(number, grant.actor(), |incident, event| {
            if incident.course.version != playbooks.version {
                return Err(Problem::conflict("The incident was moved to other playbooks meanwhile. Look again."));
            }
            incident.skip(step, &reason, &by, &playbooks, event.at)?;
            Ok(coded(event, codes::STEP_SKIPPED).fact("step", step.word()).fact("reason", reason.clone()))
        })
        .await
    }

    /// Takes it back that a step was left out.
    ///
    /// # Errors
    /// Not found; conflict when it was not left out.
    pub async fn take_step_back(&self, grant: Grant<may::Triage>, number: i64, step: Step) -> Result<(), Problem> {
        self.edit(number, grant.actor(), |incident, event| {
            incident.take_back(step)?;
            Ok(coded(event, codes::STEP_TAKEN_BACK).fact("step", step.word()))
        })
        .await
    }

    /// A person says that the service works again, whatever became of this container.
    ///
    /// # Errors
    /// Not found; conflict when it was restored before; invalid, naming `reason`.
    pub async fn service_restored(&self, grant: Grant<may::Triage>, number: i64, how: &str) -> Result<(), Problem> {
        let how = short(how, "reason")?;
        self.edit(number, grant.actor(), |incident, event| {
            incident.restored(&how, event.at)?;
            let micros = event.at.since(incident.first_alarm_at);
            Ok(coded(event, codes::SERVICE_RESTORED).fact("reason", how.clone()).fact("after_micros", micros))
        })
        .await
    }

    /// Moves an incident to the newest version of the playbooks: `version` is the one that was seen.
    ///
    /// # Errors
    /// Not found; conflict when another version is the newest by now, or the incident follows it already.
    pub async fn use_playbooks(
        &self,
        grant: Grant<may::MovePlaybook>,
        number: i64,
        version: i64,
    ) -> Result<(), Problem> {
        let newest = self.playbooks_today().await?;
        if newest.version != version {
            return Err(Problem::conflict(format!(
                "Version {} of the playbooks is the newest by now. Look again.",
                newest.version
            )));
        }
        self.edit(number, grant.actor(), |incident, event| {
            let before = incident.course.version;
            incident.use_version(&newest)?;
            Ok(coded(event, codes::PLAYBOOK_CHANGED).fact("before", before).fact("version", version))
        })
        .await
    }
}
