//! A change that takes two admins: what is wanted, who asked, and what became of it.
//!
//! It takes control from others, or gives it: so one proposes and another, compared by person, decides. What only takes
//! access away (disabling, revoking) stays one admin's: speed matters there.

mod says;

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{
    error::Problem,
    gate::{Balancer, BalancerAccess},
    ids::{BalancerId, ChangeId, NodeId, PersonId},
    node::{Access, Node},
    playbook::Playbook,
    policy::{Permission, Role, Rule, decide},
    time::{HOUR, Timestamp},
};

/// How long a change waits for a decision, microseconds: seven days.
pub const WAITS: i64 = 7 * 24 * HOUR;

/// What is wanted, exactly. It is kept as JSON, and what is applied is what was kept.
#[allow(clippy::large_enum_variant, reason = "few are ever held at a time")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// Rules to be published on top of the version that they were made from.
    PublishPolicy {
        /// The version that was the newest then.
        base: i64,
        /// In order.
        rules: Vec<Rule>,
    },
    /// Playbooks to be published on top of the version that they were made from.
    PublishPlaybooks {
        /// The version that was the newest then.
        base: i64,
        /// All of them.
        books: Vec<Playbook>,
    },
    /// A new person. Their password is made when it is applied.
    CreatePerson {
        /// Minted when it was proposed.
        person: PersonId,
        /// Sign-in name.
        login: String,
        /// As shown.
        name: String,
        /// What they may do.
        roles: Vec<Role>,
    },
    /// Other roles for a person.
    SetRoles {
        /// Whose.
        person: PersonId,
        /// Those that they had then.
        before: Vec<Role>,
        /// Those that they get.
        roles: Vec<Role>,
    },
    /// A disabled person may sign in again.
    EnablePerson {
        /// Who.
        person: PersonId,
    },
    /// A new password for a person, made when it is applied.
    ResetPassword {
        /// Whose.
        person: PersonId,
    },
    /// A person's second factors are taken away, to be enrolled anew.
    ResetFactors {
        /// Whose.
        person: PersonId,
    },
    /// A new node, as its engine described itself then.
    AddNode(Node),
    /// A node is no longer used.
    RemoveNode {
        /// Which.
        node: NodeId,
    },
    /// Other labels for a node: the policy tells nodes apart by them.
    SetLabels {
        /// Which.
        node: NodeId,
        /// Those that it had then.
        before: Vec<String>,
        /// Those that it gets.
        labels: Vec<String>,
    },
    /// Another way to a node's engine, which stays the same.
    SetAccess {
        /// Which node.
        node: NodeId,
        /// The way until then.
        before: Access,
        /// The way from then on.
        access: Access,
    },
    /// Other addresses under which a node's published ports are reached: gates are found by them.
    SetAddresses {
        /// Which node.
        node: NodeId,
        /// Those that it had then.
        before: Vec<IpAddr>,
        /// Those that it gets.
        addresses: Vec<IpAddr>,
    },
    /// A new load balancer, as its interface described itself then.
    AddBalancer(Balancer),
    /// Another way to a load balancer's interface.
    SetBalancerAccess {
        /// Which.
        balancer: BalancerId,
        /// The way until then.
        before: BalancerAccess,
        /// The way from then on.
        access: BalancerAccess,
    },
    /// A load balancer is no longer used.
    RemoveBalancer {
        /// Which.
        balancer: BalancerId,
    },
}

impl Change {
    /// The word in the database and the audit trail.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::PublishPolicy { .. } => "publish_policy",
            Self::PublishPlaybooks { .. } => "publish_playbooks",
            Self::CreatePerson { .. } => "create_person",
            Self::SetRoles { .. } => "set_roles",
            Self::EnablePerson { .. } => "enable_person",
            Self::ResetPassword { .. } => "reset_password",
            Self::ResetFactors { .. } => "reset_factors",
            Self::AddNode(_) => "add_node",
            Self::RemoveNode { .. } => "remove_node",
            Self::SetLabels { .. } => "set_labels",
            Self::SetAccess { .. } => "set_access",
            Self::SetAddresses { .. } => "set_addresses",
            Self::AddBalancer(_) => "add_balancer",
            Self::SetBalancerAccess { .. } => "set_balancer_access",
            Self::RemoveBalancer { .. } => "remove_balancer",
        }
    }

    /// Is the same wanted? What is minted when it is proposed does not count.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::CreatePerson { login, name, roles, .. }, Self::CreatePerson { login: l, name: n, roles: r, .. }) => {
                (login, name, roles) == (l, n, r)
            }
            (Self::AddNode(one), Self::AddNode(two)) => {
                let engine = |node: &Node| node.facts.as_ref().map(|facts| facts.engine_id.clone());
                (&one.name, &one.access, &one.labels, engine(one)) == (&two.name, &two.access, &two.labels, engine(two))
            }
            (Self::AddBalancer(one), Self::AddBalancer(two)) => (&one.name, &one.access) == (&two.name, &two.access),
            (one, two) => one == two,
        }
    }

    /// The words for people.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::PublishPolicy { .. } => "Publish a policy",
            Self::PublishPlaybooks { .. } => "Publish playbooks",
            Self::CreatePerson { .. } => "Add a person",
            Self::SetRoles { .. } => "Change roles",
            Self::EnablePerson { .. } => "Enable a person",
            Self::ResetPassword { .. } => "Reset a password",
            Self::ResetFactors { .. } => "Reset second factors",
            Self::AddNode(_) => "Add a node",
            Self::RemoveNode { .. } => "Remove a node",
            Self::SetLabels { .. } => "Change node labels",
            Self::SetAccess { .. } => "Change the way to a node",
            Self::SetAddresses { .. } => "Change a node's addresses",
            Self::AddBalancer(_) => "Add a load balancer",
            Self::SetBalancerAccess { .. } => "Change the way to a load balancer",
            Self::RemoveBalancer { .. } => "Remove a load balancer",
        }
    }
}

crate::words! {
    /// What became of a change.
    ChangeState {
        /// Another admin must decide.
        Pending = "pending", "Waits for another admin";
        /// Another admin approved, and it was done.
        Applied = "applied", "Applied";
        /// Another admin said no.
        Refused = "refused", "Refused";
        /// Whoever asked took it back.
        Withdrawn = "withdrawn", "Withdrawn";
        /// Nobody decided in time.
        Expired = "expired", "Expired";
        /// It could no longer be done when it was approved.
        Void = "void", "Void";
    }
}

/// A change with who wants it and what became of it. Never deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposed {
    /// Ours.
    pub id: ChangeId,
    /// What is wanted.
    pub change: Change,
    /// The same in a sentence.
    pub summary: String,
    /// Who wants it.
    pub proposer: PersonId,
    /// Their name at the time.
    pub proposer_name: String,
    /// When they asked.
    pub created_at: Timestamp,
    /// Until when it can be decided.
    pub expires_at: Timestamp,
    /// What became of it.
    pub state: ChangeState,
    /// Who decided.
    pub decided_by: Option<PersonId>,
    /// Their name at the time.
    pub decider_name: String,
    /// When it ended.
    pub decided_at: Option<Timestamp>,
    /// Why.
    pub reason: String,
}

impl Proposed {
    /// A change that waits from now on.
    #[must_use]
    pub fn new(id: ChangeId, change: Change, summary: String, proposer: (PersonId, String), now: Timestamp) -> Self {
        Self {
            id,
            change,
            summary,
            proposer: proposer.0,
            proposer_name: proposer.1,
            created_at: now,
            expires_at: now.plus(WAITS),
            state: ChangeState::Pending,
            decided_by: None,
            decider_name: String::new(),
            decided_at: None,
            reason: String::new(),
        }
    }

    /// What has become of it by now: what nobody decided on in time is over, written down or not.
    #[must_use]
    pub fn state_at(&self, now: Timestamp) -> ChangeState {
        if self.state == ChangeState::Pending && now >= self.expires_at { ChangeState::Expired } else { self.state }
    }

    /// May this person decide on it? Compared by person: no other account of the proposer's helps.
    ///
    /// # Errors
    /// Why not, in words for the page.
    pub fn may_decide(&self, person: &PersonId, roles: &[Role], now: Timestamp) -> Result<(), String> {
        if self.state_at(now) != ChangeState::Pending {
            return Err(format!("It is {} already.", self.state_at(now).label().to_lowercase()));
        }
        if self.proposer == *person {
            return Err("You proposed this. Another admin must decide.".to_owned());
        }
        decide(roles, Permission::ManagePolicy)
    }

    /// The change as it ended.
    #[must_use]
    pub fn ended(&self, state: ChangeState, by: (Option<PersonId>, String), reason: String, now: Timestamp) -> Self {
        let (decided_by, decider_name) = by;
        Self { state, decided_by, decider_name, reason, decided_at: Some(now), ..self.clone() }
    }

    /// Takes one's own change back.
    ///
    /// # Errors
    /// Forbidden for others; conflict when it waits no more.
    pub fn withdraw(&self, person: &PersonId, now: Timestamp) -> Result<Self, Problem> {
        if self.proposer != *person {
            return Err(Problem::forbidden(format!("Only {} can withdraw this.", self.proposer_name)));
        }
        let state = self.state_at(now);
        if state != ChangeState::Pending {
            return Err(Problem::conflict(format!("It is {} already.", state.label().to_lowercase())));
        }
        let by = (Some(person.clone()), self.proposer_name.clone());
        Ok(self.ended(ChangeState::Withdrawn, by, "Withdrawn by whoever proposed it.".to_owned(), now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proposed() -> Proposed {
        let change = Change::EnablePerson { person: PersonId::new("bob") };
        let by = (PersonId::new("ann"), "Ann".to_owned());
        Proposed::new(ChangeId::new("c"), change, "Enable Bob".to_owned(), by, Timestamp(1))
    }

    #[test]
    fn another_admin_decides_and_nobody_else() {
        let (change, now) = (proposed(), Timestamp(2));
        let may = |person: &str, roles: &[Role], now| change.may_decide(&PersonId::new(person), roles, now).is_ok();
        assert!(may("cyd", &[Role::Admin], now));
        assert!(!may("ann", &[Role::Admin], now), "who proposed it");
        assert!(!may("cyd", &[Role::Approver], now));
        assert!(!may("cyd", &[Role::Admin], Timestamp(1).plus(WAITS)), "too late");
        let over = change.ended(ChangeState::Refused, (None, String::new()), String::new(), now);
        assert!(over.may_decide(&PersonId::new("cyd"), &[Role::Admin], now).is_err());
    }

    #[test]
    fn only_the_proposer_withdraws() {
        let change = proposed();
        assert!(change.withdraw(&PersonId::new("bob"), Timestamp(2)).is_err());
        let over = change.withdraw(&PersonId::new("ann"), Timestamp(2)).expect("withdrawn");
        assert_eq!(over.state, ChangeState::Withdrawn);
        assert!(over.withdraw(&PersonId::new("ann"), Timestamp(3)).is_err());
    }

    #[test]
    fn a_change_is_kept_as_its_kind_says() {
        let json = serde_json::to_value(proposed().change).expect("JSON");
        assert_eq!(json["kind"], "enable_person");
    }
}
