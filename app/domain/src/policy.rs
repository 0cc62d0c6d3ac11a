//! Who may do what, and what an action needs. Data and pure functions; the page and the server ask the same ones.

mod compare;
mod draft;
mod rules;

use serde::{Deserialize, Serialize};

pub use self::{
    compare::{Affected, affected},
    draft::{DraftRule, LONGEST_DRAFT},
    rules::{Policy, Requirement, Rule},
};

crate::words! {
    /// A set of permissions. A person may hold several (design, section 6).
    Role {
        /// Triage, notes, evidence.
        Analyst = "analyst", "Analyst";
        /// Containment.
        Responder = "responder", "Responder";
        /// Decides on other people's requests.
        Approver = "approver", "Approver";
        /// Reads all, verifies, exports.
        Auditor = "auditor", "Auditor";
        /// Nodes, sources, people; no response actions.
        Admin = "admin", "Admin";
    }
}

crate::words! {
    /// One thing that may be allowed.
    Permission {
        /// See incidents, their alarms, evidence list and timeline.
        ReadIncidents = "incidents.read", "see incidents";
        /// Acknowledge, assign, verdict, note, choose the container.
        Triage = "incidents.triage", "triage incidents";
        /// Request containment.
        Contain = "actions.contain", "contain containers";
        /// Decide on other people's requests, and review what was done without asking.
        Decide = "actions.decide", "decide on requests";
        /// Start and cancel the collection of evidence.
        CollectEvidence = "evidence.collect", "collect evidence";
        /// Download kept evidence.
        ReadEvidence = "evidence.read", "download evidence";
        /// Read, verify and export the audit trail.
        ReadAudit = "audit.read", "read the audit trail";
        /// People and their roles.
        ManagePeople = "people.manage", "manage people";
        /// Nodes.
        ManageNodes = "nodes.manage", "manage nodes";
        /// Load balancers.
        ManageGates = "gates.manage", "manage load balancers";
        /// Alarm sources, their tokens and dead letters.
        ManageSources = "sources.manage", "manage alarm sources";
        /// Move an open incident to the newest playbooks.
        MovePlaybook = "incidents.playbook", "move incidents to the newest playbooks";
        /// The policy and the playbooks, and the changes that wait for a second admin.
        ManagePolicy = "policy.manage", "manage the policy and decide on changes";
        /// One's own account.
        OwnAccount = "me", "use your own account";
    }
}

impl Permission {
    /// The roles that hold it. The one table behind server and page.
    #[must_use]
    pub fn roles(self) -> &'static [Role] {
        use Role::{Admin, Analyst, Approver, Auditor, Responder};
        match self {
            Self::ReadIncidents => &[Analyst, Responder, Approver, Auditor],
            Self::Triage | Self::CollectEvidence => &[Analyst, Responder],
            Self::Contain => &[Responder],
            Self::MovePlaybook => &[Responder, Admin],
            Self::Decide => &[Approver],
            Self::ReadEvidence => &[Analyst, Responder, Auditor],
            Self::ReadAudit => &[Auditor],
            Self::ManagePeople | Self::ManageNodes | Self::ManageGates | Self::ManageSources | Self::ManagePolicy => {
                &[Admin]
            }
            Self::OwnAccount => Role::ALL,
        }
    }
}

/// May somebody with these roles? `Err` says why not, and who may, in words for the page.
///
/// # Errors
/// The sentence to show.
pub fn decide(roles: &[Role], permission: Permission) -> Result<(), String> {
    let holders = permission.roles();
    if roles.iter().any(|role| holders.contains(role)) {
        return Ok(());
    }
    let needed = holders.iter().map(|role| role.label()).collect::<Vec<_>>().join(" or ");
    let held = match roles {
        [] => "You have no role".to_owned(),
        roles => format!("You are {}", roles.iter().map(|role| role.label()).collect::<Vec<_>>().join(" and ")),
    };
    Err(format!("To {} you need the role {needed}. {held}.", permission.label()))
}

/// Something a page offers, and why it is off when it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Can {
    /// On or off.
    pub allowed: bool,
    /// Why it is off; empty when on.
    pub why_not: String,
}

impl Can {
    /// From a decision.
    #[must_use]
    pub fn from_decision(decision: Result<(), String>) -> Self {
        match decision {
            Ok(()) => Self { allowed: true, why_not: String::new() },
            Err(why_not) => Self { allowed: false, why_not },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The matrix of design section 6, readable by somebody who does not program. `x` may, `.` may not.
    #[test]
    fn roles_by_permission() {
        let table: Vec<String> = Permission::ALL
            .iter()
            .map(|permission| {
                let marks: String = Role::ALL
                    .iter()
                    .map(|role| if decide(&[*role], *permission).is_ok() { 'x' } else { '.' })
                    .collect();
                format!("{marks} {}", permission.word())
            })
            .collect();
        assert_eq!(
            table,
            [
                // analyst, responder, approver, auditor, admin
                "xxxx. incidents.read",
                "xx... incidents.triage",
                ".x... actions.contain",
                "..x.. actions.decide",
                "xx... evidence.collect",
                "xx.x. evidence.read",
                "...x. audit.read",
                "....x people.manage",
                "....x nodes.manage",
                "....x gates.manage",
                "....x sources.manage",
                ".x..x incidents.playbook",
                "....x policy.manage",
                "xxxxx me",
            ]
        );
    }

    #[test]
    fn a_refusal_says_who_may() {
        assert_eq!(
            decide(&[Role::Analyst], Permission::Contain),
            Err("To contain containers you need the role Responder. You are Analyst.".to_owned())
        );
    }
}
