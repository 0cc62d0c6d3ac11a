//! People, their roles and their standing. Needs [`Permission::ManagePeople`](quell_domain::policy::Permission).

use std::collections::BTreeMap;

use quell_domain::{
    Changeset, Problem,
    audit::{Event, codes},
    change::Change,
    changeset::Op,
    ids::PersonId,
    people::{self, Person},
    policy::Role,
    view::PeoplePage,
};

use super::changes::Outcome;
use crate::{
    Portal,
    grant::{Grant, may},
    ids,
};

impl Portal {
    /// Everybody, by name.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn people(&self, _grant: Grant<may::ManagePeople>) -> Result<PeoplePage, Problem> {
        let people = self.store.people().await?;
        let now = self.now();
        let mut tokens: BTreeMap<PersonId, usize> = BTreeMap::new();
        for token in self.store.tokens().await?.into_iter().filter(|token| token.is_good(now)) {
            *tokens.entry(token.person).or_default() += 1;
        }
        Ok(PeoplePage { people, tokens: tokens.into_iter().collect() })
    }

    /// Adds a person with one account and a random password, which is made when it is applied and kept nowhere.
    ///
    /// # Errors
    /// Invalid fields; the sign-in name is taken.
    pub async fn create_person(
        &self,
        grant: Grant<may::ManagePeople>,
        login: &str,
        name: &str,
        roles: Vec<Role>,
    ) -> Result<Outcome, Problem> {
        let login = people::parse_login(login)?;
        let name = people::parse_name(name)?;
        if roles.is_empty() {
            return Err(Problem::field("roles", "Choose at least one role."));
        }
        if self.store.account_by_login(&login).await?.is_some() {
            return Err(Problem::field("login", "Somebody has this sign-in name already. Choose another."));
        }
        let summary = format!("Add {name}, who signs in as {login}, as {}", labels(&roles));
        let change = Change::CreatePerson { person: PersonId::new(ids::mint()), login, name, roles };
        self.propose(&grant, change, summary).await
    }

    /// Replaces a person's roles. Takes effect at their next request.
    ///
    /// # Errors
    /// Invalid when no role is left, or no admin would be.
    pub async fn set_roles(
        &self,
        grant: Grant<may::ManagePeople>,
        id: PersonId,
        roles: Vec<Role>,
    ) -> Result<Outcome, Problem> {
        if roles.is_empty() {
            return Err(Problem::field("roles", "Choose at least one role, or disable the person."));
        }
        let Person { name, roles: before, .. } = self.known_person(&id).await?;
        let summary = format!("Make {name} {}, no longer {}", labels(&roles), labels(&before));
        self.propose(&grant, Change::SetRoles { person: id, before, roles }, summary).await
    }

    /// Cuts a person off at once, with all their sessions and tokens. One admin's: it takes access away, and speed matters.
    ///
    /// # Errors
    /// Conflict when no admin would be left.
    pub async fn disable_person(&self, grant: Grant<may::ManagePeople>, id: PersonId) -> Result<(), Problem> {
        let person = self.known_person(&id).await?;
        let now = self.now();
        let event =
            Event::new(now, grant.actor(), codes::PERSON_DISABLED).target("person", &id).fact("name", person.name);
        let changes = Changeset::new(event).with(Op::EndTokens(id.clone(), now)).with(Op::SetDisabled(id, Some(now)));
        self.commit(changes).await.map(drop)
    }

    /// Lets a disabled person in again.
    ///
    /// # Errors
    /// Not found.
    pub async fn enable_person(&self, grant: Grant<may::ManagePeople>, id: PersonId) -> Result<Outcome, Problem> {
        let name = self.known_person(&id).await?.name;
        self.propose(&grant, Change::EnablePerson { person: id }, format!("Let {name} sign in again")).await
    }

    /// Gives a person's account a new random password, made when it is applied, and ends all their sessions.
    ///
    /// # Errors
    /// Not found.
    pub async fn reset_password(&self, grant: Grant<may::ManagePeople>, id: PersonId) -> Result<Outcome, Problem> {
        let name = self.known_person(&id).await?.name;
        self.propose(&grant, Change::ResetPassword { person: id }, format!("Give {name} a new password")).await
    }

    pub(crate) async fn known_person(&self, id: &PersonId) -> Result<Person, Problem> {
        self.store.person(id).await?.ok_or_else(|| Problem::not_found("person"))
    }
}

pub(crate) fn words(roles: &[Role]) -> String {
    roles.iter().map(|role| role.word()).collect::<Vec<_>>().join(" ")
}

fn labels(roles: &[Role]) -> String {
    roles.iter().map(|role| role.label()).collect::<Vec<_>>().join(" and ")
}
