//! A load balancer's interface that Quell may use: registered by admins, as nodes are.

use serde::{Deserialize, Serialize};

use super::BalancerAccess;
use crate::{ids::BalancerId, time::Timestamp};

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
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was taken out, if it was.
    pub removed_at: Option<Timestamp>,
}
