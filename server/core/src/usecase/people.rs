//! People, their roles and their standing. Needs [`Permission::ManagePeople`](quell_domain::policy::Permission).

use std::collections::BTreeMap;

use quell_domain::{
    Changeset, Problem,
    audit::{Event, codes},
    changeset::Op,
    ids::{AccountId, PersonId},
    people::{self, Account, Person},
    policy::Role,
    view::PeoplePage,
};

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

    /// Adds a person with one account and a random password, which is returned once and kept nowhere.
    ///
    /// # Errors
    /// Invalid fields; the sign-in name is taken.
    pub async fn create_person(
        &self,
        grant: Grant<may::ManagePeople>,
        login: &str,
        name: &str,
        roles: Vec<Role>,
    ) -> Result<(PersonId, String), Problem> {
        let login = people::parse_login(login)?;
        let name = people::parse_name(name)?;
        if roles.is_empty() {
            return Err(Problem::field("roles", "Choose at least one role."));
        }
        let password = ids::password();
        let password_hash = self.hasher.hash(password.clone().into()).await?;
        let now = self.now();
        let person =
            Person { id: PersonId::new(ids::mint()), name: name.clone(), roles, disabled_at: None, created_at: now };
        let account =
            Account { id: AccountId::new(ids::mint()), person: person.id.clone(), login: login.clone(), password_hash };
        let id = person.id.clone();
        let event = Event::new(now, grant.actor(), codes::PERSON_CREATED)
            .target("person", &id)
            .fact("login", login)
            .fact("name", name)
            .fact("roles", words(&person.roles));
        match self.try_commit(Changeset::new(event).with(Op::AddPerson(person, account))).await {
            Ok(_) => Ok((id, password)),
            Err(crate::ports::CommitError::Duplicate(_)) => {
                Err(Problem::field("login", "Somebody has this sign-in name already. Choose another."))
            }
            Err(error) => Err(error.into()),
        }
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
    ) -> Result<(), Problem> {
        if roles.is_empty() {
            return Err(Problem::field("roles", "Choose at least one role, or disable the person."));
        }
        let before = self.known_person(&id).await?;
        let event = Event::new(self.now(), grant.actor(), codes::PERSON_ROLES)
            .target("person", &id)
            .fact("name", before.name)
            .fact("before", words(&before.roles))
            .fact("roles", words(&roles));
        self.commit(Changeset::new(event).with(Op::SetRoles(id, roles))).await.map(drop)
    }

    /// Disables or enables a person. Disabling ends all their sessions and tokens at once.
    ///
    /// # Errors
    /// Conflict when no admin would be left.
    pub async fn set_disabled(
        &self,
        grant: Grant<may::ManagePeople>,
        id: PersonId,
        disabled: bool,
    ) -> Result<(), Problem> {
        let person = self.known_person(&id).await?;
        let code = if disabled { codes::PERSON_DISABLED } else { codes::PERSON_ENABLED };
        let now = self.now();
        let event = Event::new(now, grant.actor(), code).target("person", &id).fact("name", person.name);
        let tokens = disabled.then(|| Op::EndTokens(id.clone(), now));
        let changes = Changeset::new(event).with_all(tokens).with(Op::SetDisabled(id, disabled.then_some(now)));
        self.commit(changes).await.map(drop)
    }

    /// Gives a person's account a new random password, returned once, and ends all their sessions and tokens.
    ///
    /// # Errors
    /// Not found.
    pub async fn reset_password(&self, grant: Grant<may::ManagePeople>, id: PersonId) -> Result<String, Problem> {
        let everybody = self.store.people().await?;
        let (_, logins) =
            everybody.into_iter().find(|(person, _)| person.id == id).ok_or_else(|| Problem::not_found("person"))?;
        let login = logins.first().ok_or_else(|| Problem::not_found("account"))?;
        let found = self.store.account_by_login(login).await?;
        let (account, person) = found.ok_or_else(|| Problem::not_found("account"))?;
        let password = ids::password();
        let hash = self.hasher.hash(password.clone().into()).await?;
        let now = self.now();
        let event =
            Event::new(now, grant.actor(), codes::PASSWORD_RESET).target("person", &id).fact("name", person.name);
        let changes = Changeset::new(event).with(Op::EndTokens(id, now)).with(Op::SetPassword(account.id, hash));
        self.commit(changes).await?;
        Ok(password)
    }

    async fn known_person(&self, id: &PersonId) -> Result<Person, Problem> {
        self.store.person(id).await?.ok_or_else(|| Problem::not_found("person"))
    }
}

fn words(roles: &[Role]) -> String {
    roles.iter().map(|role| role.word()).collect::<Vec<_>>().join(" ")
}
