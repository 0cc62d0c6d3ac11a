//! What each kind of change does, and whether it can still be done.

use std::net::IpAddr;

use quell_domain::{
    Code, Problem,
    audit::{Actor, Event, codes},
    change::Change,
    changeset::Op,
    gate::{Balancer, BalancerAccess},
    ids::{AccountId, PersonId},
    node::Node,
    people::{Account, Person},
    playbook::{Playbook, Playbooks},
    policy::Policy,
};

use crate::{
    Portal, ids,
    ports::Thing,
    usecase::{nodes::in_words, people::words},
};

/// A change that is ready to be written.
pub(super) struct Ready {
    /// What is recorded of it.
    pub(super) event: Event,
    /// What is written.
    pub(super) ops: Vec<Op>,
    /// What is shown once and kept nowhere.
    pub(super) secret: Option<String>,
}

/// Another version was published since this one was made.
fn overtaken(what: &str, version: i64) -> Problem {
    Problem::conflict(format!(
        "Version {version} of the {what} was published meanwhile. Nothing was changed; make the change again from there."
    ))
}

/// Something that must be unique is there already.
pub(super) fn taken(thing: Thing) -> Problem {
    match thing {
        Thing::Account => Problem::field("login", "Somebody has this sign-in name already. Choose another."),
        Thing::Balancer => Problem::field("name", "A load balancer of this name is in use already."),
        Thing::Node => Problem::field("name", "A node of this name is in use already."),
        thing => Problem::conflict(format!("The {thing} exists already.")),
    }
}

impl Portal {
    /// What a change writes, as things are now. Secrets are made here: nobody has seen them before.
    pub(super) async fn ready(&self, actor: Actor, change: &Change, proposer: &str) -> Result<Ready, Problem> {
        let now = self.now();
        let event = |code: &str| Event::new(now, actor.clone(), code);
        let plain = |event: Event, op: Op| Ready { event, ops: vec![op], secret: None };
        Ok(match change {
            Change::PublishPolicy { base, rules } => self.new_policy(actor, *base, rules.clone(), proposer).await?,
            Change::PublishPlaybooks { base, books } => {
                self.new_playbooks(actor, *base, books.clone(), proposer).await?
            }
            Change::CreatePerson { person, login, name, roles } => {
                let (password, password_hash) = self.new_password().await?;
                let event = event(codes::PERSON_CREATED)
                    .target("person", person)
                    .fact("login", login.clone())
                    .fact("name", name.clone())
                    .fact("roles", words(roles));
                let account = Account {
                    id: AccountId::new(ids::mint()),
                    person: person.clone(),
                    login: login.clone(),
                    password_hash,
                };
                let person = Person {
                    id: person.clone(),
                    name: name.clone(),
                    roles: roles.clone(),
                    disabled_at: None,
                    created_at: now,
                };
                Ready { event, ops: vec![Op::AddPerson(person, account)], secret: Some(password) }
            }
            Change::SetRoles { person, before, roles } => {
                let name = self.known_person(person).await?.name;
                let event = event(codes::PERSON_ROLES)
                    .target("person", person)
                    .fact("name", name)
                    .fact("before", words(before))
                    .fact("roles", words(roles));
                let ops =
                    vec![Op::ExpectRoles(person.clone(), before.clone()), Op::SetRoles(person.clone(), roles.clone())];
                Ready { event, ops, secret: None }
            }
            Change::EnablePerson { person } => {
                let event = self.of_person(event(codes::PERSON_ENABLED), person).await?;
                plain(event, Op::SetDisabled(person.clone(), None))
            }
            Change::ResetPassword { person } => {
                let account = self.account_of(person).await?;
                let (password, hash) = self.new_password().await?;
                let event = self.of_person(event(codes::PASSWORD_RESET), person).await?;
                let ops = vec![Op::EndTokens(person.clone(), now), Op::SetPassword(account, hash)];
                Ready { event, ops, secret: Some(password) }
            }
            Change::ResetFactors { person } => {
                let event = self.of_person(event(codes::FACTORS_RESET), person).await?;
                plain(event, Op::ClearFactors(person.clone()))
            }
            Change::AddNode(node) => {
                let node = Node { created_at: now, ..node.clone() };
                let mut event = event(codes::NODE_ADDED)
                    .target("node", &node.id)
                    .fact("name", node.name.clone())
                    .fact("endpoint", node.access.to_string())
                    .fact("engine", node.facts.as_ref().map(|facts| facts.engine_id.to_string()));
                for (field, _, value) in node.access.keys() {
                    event = event.fact(field, value);
                }
                plain(event, Op::AddNode(node))
            }
            Change::RemoveNode { node } => {
                let name = self.known_node(node).await?.name;
                let event = event(codes::NODE_REMOVED).target("node", node).fact("name", name);
                plain(event, Op::RemoveNode(node.clone(), now))
            }
            Change::SetLabels { node, before, labels } => {
                let event = event(codes::NODE_LABELS)
                    .target("node", node)
                    .fact("name", self.known_node(node).await?.name)
                    .fact("before", before.clone())
                    .fact("labels", labels.clone());
                let (node, before, labels) = (node.clone(), before.clone(), labels.clone());
                plain(event, Op::SetNodeLabels { node, before, labels })
            }
            Change::SetAccess { node, before, access } => {
                let mut event = event(codes::NODE_ACCESS)
                    .target("node", node)
                    .fact("name", self.known_node(node).await?.name)
                    .fact("before", before.to_string())
                    .fact("endpoint", access.to_string());
                for (field, _, value) in access.keys() {
                    event = event.fact(field, value);
                }
                let (node, before, access) = (node.clone(), before.clone(), access.clone());
                plain(event, Op::SetNodeAccess { node, before, access })
            }
            Change::SetAddresses { node, before, addresses } => {
                let list = |all: &[IpAddr]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
                let event = event(codes::NODE_ADDRESSES)
                    .target("node", node)
                    .fact("name", self.known_node(node).await?.name)
                    .fact("before", list(before))
                    .fact("addresses", list(addresses));
                let (node, before, addresses) = (node.clone(), before.clone(), addresses.clone());
                plain(event, Op::SetNodeAddresses { node, before, addresses })
            }
            Change::AddBalancer(balancer) => {
                let balancer = Balancer { created_at: now, ..balancer.clone() };
                let event = event(codes::BALANCER_ADDED)
                    .target("balancer", &balancer.id)
                    .fact("name", balancer.name.clone())
                    .fact("access", serde_json::to_value(&balancer.access).unwrap_or_default());
                plain(event, Op::AddBalancer(balancer))
            }
            Change::SetBalancerAccess { balancer, before, access } => {
                self.keeps_held(balancer, before, access).await?;
                let event = event(codes::BALANCER_ACCESS)
                    .target("balancer", balancer)
                    .fact("name", self.known_balancer(balancer).await?.name)
                    .fact("before", serde_json::to_value(before).unwrap_or_default())
                    .fact("access", serde_json::to_value(access).unwrap_or_default());
                let (balancer, before, access) = (balancer.clone(), before.clone(), access.clone());
                plain(event, Op::SetBalancerAccess { balancer, before, access })
            }
            Change::RemoveBalancer { balancer } => {
                let name = self.known_balancer(balancer).await?.name;
                self.is_free(balancer).await?;
                let event = event(codes::BALANCER_REMOVED).target("balancer", balancer).fact("name", name);
                plain(event, Op::RemoveBalancer(balancer.clone(), now))
            }
        })
    }

    /// Is what a change was made from still so?
    pub(super) async fn recheck(&self, change: &Change) -> Result<(), Problem> {
        match change {
            Change::SetRoles { person, before, .. } if self.known_person(person).await?.roles != *before => {
                Err(Problem::conflict("The person's roles are other ones by now. Nothing was changed."))
            }
            Change::SetLabels { node, before, .. } if self.known_node(node).await?.labels != *before => {
                Err(Problem::conflict("The node's labels are other ones by now. Nothing was changed."))
            }
            Change::SetAccess { node, before, access } => {
                let known = self.known_node(node).await?;
                if known.access != *before {
                    return Err(Problem::conflict("The node is reached in another way by now. Nothing was changed."));
                }
                self.is_same_engine(&Node { access: access.clone(), ..known }).await
            }
            Change::AddNode(node) => self.is_same_engine(node).await,
            Change::SetAddresses { node, before, .. } if self.known_node(node).await?.addresses != *before => {
                Err(Problem::conflict("The node's addresses are other ones by now. Nothing was changed."))
            }
            Change::AddBalancer(balancer) => self.answers(&balancer.access).await,
            Change::SetBalancerAccess { balancer, before, access } => {
                if self.known_balancer(balancer).await?.access != *before {
                    return Err(Problem::conflict(
                        "The load balancer is reached in another way by now. Nothing was changed.",
                    ));
                }
                self.answers(access).await
            }
            _ => Ok(()),
        }
    }

    /// Whoever decides saw the engine that was asked when the node was proposed: no other may stand in its place.
    async fn is_same_engine(&self, node: &Node) -> Result<(), Problem> {
        let facts = self.engines.facts(&node.access).await.map_err(|error| {
            let message = format!("{} It must answer when this is decided. Nothing was decided.", in_words(&error));
            Problem::new(Code::Unavailable, message)
        })?;
        match &node.facts {
            Some(seen) if seen.engine_id == facts.engine_id => Ok(()),
            _ => Err(Problem::conflict("Another engine answers there by now. Nothing was changed.")),
        }
    }

    /// A load balancer must answer when it is decided on, as an engine must.
    async fn answers(&self, access: &BalancerAccess) -> Result<(), Problem> {
        self.interface_at(access).await.map(drop).map_err(|problem| {
            let why = problem.sentence();
            let words = format!("{why} It must answer when this is decided. Nothing was decided.");
            Problem::new(Code::Unavailable, words)
        })
    }

    async fn new_policy(
        &self,
        actor: Actor,
        base: i64,
        rules: Vec<quell_domain::policy::Rule>,
        proposer: &str,
    ) -> Result<Ready, Problem> {
        let today = self.policy_today().await?;
        if today.version != base {
            return Err(overtaken("policy", today.version));
        }
        let policy = Policy { version: base + 1, rules };
        policy.check()?;
        let mut ops = Vec::new();
        if self.store.policy().await?.is_none() {
            ops.push(Op::PublishPolicy(self.published(Actor::system("start"), today, "Quell").1));
        }
        let (event, published) = self.published(actor, policy, proposer);
        ops.push(Op::PublishPolicy(published));
        Ok(Ready { event, ops, secret: None })
    }

    async fn new_playbooks(
        &self,
        actor: Actor,
        base: i64,
        books: Vec<Playbook>,
        proposer: &str,
    ) -> Result<Ready, Problem> {
        let today = self.playbooks_today().await?;
        if today.version != base {
            return Err(overtaken("playbooks", today.version));
        }
        let playbooks = Playbooks { version: base + 1, books };
        playbooks.check()?;
        let mut ops = Vec::new();
        if self.store.playbooks().await?.is_none() {
            ops.push(Op::PublishPlaybooks(self.published_playbooks(Actor::system("start"), today, "Quell").1));
        }
        let (event, published) = self.published_playbooks(actor, playbooks, proposer);
        ops.push(Op::PublishPlaybooks(published));
        Ok(Ready { event, ops, secret: None })
    }

    async fn new_password(&self) -> Result<(String, String), Problem> {
        let password = ids::password();
        let hash = self.hasher.hash(password.clone().into()).await?;
        Ok((password, hash))
    }

    async fn of_person(&self, event: Event, person: &PersonId) -> Result<Event, Problem> {
        Ok(event.target("person", person).fact("name", self.known_person(person).await?.name))
    }

    /// The first account of a person: it is the one that gets a new password.
    async fn account_of(&self, id: &PersonId) -> Result<AccountId, Problem> {
        let everybody = self.store.people().await?;
        let (_, logins) =
            everybody.into_iter().find(|(person, _)| person.id == *id).ok_or_else(|| Problem::not_found("person"))?;
        let login = logins.first().ok_or_else(|| Problem::not_found("account"))?;
        let found = self.store.account_by_login(login).await?;
        Ok(found.ok_or_else(|| Problem::not_found("account"))?.0.id)
    }
}
