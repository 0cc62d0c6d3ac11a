//! A load balancer's interface that Quell may use: registered by admins, as nodes are.

use serde::{Deserialize, Serialize};

use super::BalancerAccess;
use crate::{error::Problem, ids::BalancerId, time::Timestamp};

/// What a load balancer's interface says about itself; shown on its page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BalancerFacts {
    /// Product and version, as it names itself.
    pub version: String,
    /// Its listeners, by name.
    pub gates: Vec<String>,
    /// What an operator should know before relying on it, most important first.
    pub warnings: Vec<String>,
    /// When it was asked.
    pub checked_at: Timestamp,
}

/// A load balancer's interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balancer {
    /// Ours.
    pub id: BalancerId,
    /// What people call it.
    pub name: String,
    /// How it is reached.
    pub access: BalancerAccess,
    /// What it said when it was last asked.
    pub facts: Option<BalancerFacts>,
    /// Why the last check failed, if it did.
    #[serde(default)]
    pub trouble: Option<String>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was taken out, if it was.
    pub removed_at: Option<Timestamp>,
}

/// Checks a load balancer's name: 1 to 80 of letters, digits, dot, dash, underscore and blanks.
///
/// # Errors
/// Names the field `name`.
pub fn parse_balancer_name(text: &str) -> Result<String, Problem> {
    let name = text.trim();
    let fits =
        (1..=80).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_ ".contains(&b));
    if fits {
        Ok(name.to_owned())
    } else {
        Err(Problem::field("name", "Give it a name of letters, digits, dot, dash, underscore and blanks."))
    }
}
