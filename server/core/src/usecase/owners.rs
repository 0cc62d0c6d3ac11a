//! Whose an incident is: taking it, giving it, handing it over. One way for all three.

use quell_domain::{
    Changeset, Problem,
    audit::{Event, codes},
    changeset::Op,
    ids::PersonId,
    incident::Incident,
    people::Person,
    policy::Permission,
    view::{Owner, OwnersPage},
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
    /// Makes somebody the owner: the caller, or another person, who is told what is done and what is open by `note`.
    ///
    /// # Errors
    /// Conflict when the incident is closed or theirs already; invalid, naming `to`, for a person who is disabled or may not
    /// triage, or `note` when that is too long.
    pub async fn assign(
        &self,
        grant: Grant<may::Triage>,
        number: i64,
        to: Option<PersonId>,
        note: &str,
    ) -> Result<(), Problem> {
        self.assign_in(&grant, number, to, note, None).await.map(drop)
    }

    /// The same, perhaps as part of a bulk. Says whether that was the first look at it.
    pub(super) async fn assign_in(
        &self,
        grant: &Grant<may::Triage>,
        number: i64,
        to: Option<PersonId>,
        note: &str,
        bulk: Option<&str>,
    ) -> Result<bool, Problem> {
        let note = short(note, "note")?;
        let to = to.map_or_else(|| grant.only_person("own an incident"), Ok)?;
        let (note, to) = (&note, &to);
        until_written(|| async move {
            let mut incident = self.known_incident(number).await?;
            let person = self.store.person(to).await?.filter(may_own).ok_or_else(|| {
                Problem::field("to", "Choose a person who may triage and is not disabled. Nothing was handed over.")
            })?;
            let before = match &incident.owner {
                Some(before) => self.store.person(before).await?,
                None => None,
            };
            let (now, unseen) = (self.now(), incident.acknowledged_at.is_none());
            incident.assign(to, now)?;
            let event = Event::new(now, grant.actor(), codes::ASSIGNED)
                .incident(&incident.id)
                .target("person", to)
                .fact("to", person.name.clone())
                .fact("from", before.as_ref().map(|person| person.name.clone()))
                .fact("from_id", before.map(|person| person.id.to_string()))
                .fact("note", note.clone());
            let changes = Changeset::new(part_of(event, bulk))
                // Between looking and writing they may be disabled or lose the role: the write looks again.
                .with(Op::ExpectPerson(person.id, person.roles))
                .with(Op::SetIncident(incident));
            written(self.try_commit(changes).await.map(|_| unseen))
        })
        .await
    }

    /// Who may own an incident, by name: enabled, with a role that may triage.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn owners(&self, _grant: Grant<may::ReadIncidents>) -> Result<OwnersPage, Problem> {
        Ok(OwnersPage { owners: self.possible_owners().await? })
    }

    /// The owner's name, empty when nobody is.
    pub(super) async fn owner_name(&self, incident: &Incident) -> Result<String, ReadError> {
        let owner = match &incident.owner {
            Some(owner) => self.store.person(owner).await?,
            None => None,
        };
        Ok(owner.map(|person| person.name).unwrap_or_default())
    }

    pub(super) async fn possible_owners(&self) -> Result<Vec<Owner>, ReadError> {
        let people = self.store.people().await?.into_iter().map(|(person, _)| person);
        Ok(people.filter(may_own).map(|person| Owner { id: person.id, name: person.name }).collect())
    }
}

pub(super) fn may_own(person: &Person) -> bool {
    person.may(Permission::Triage)
}
