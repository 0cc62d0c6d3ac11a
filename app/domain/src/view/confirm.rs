//! The confirm page of an action.

use serde::{Deserialize, Serialize};

use crate::{
    action::{Container, Difference},
    ids::Digest,
    incident::Incident,
    policy::Can,
    time::Timestamp,
};

/// The confirm page of an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmPage {
    /// The ticket.
    pub incident: Incident,
    /// The container as the engine describes it now; none when it cannot be told, with why in `trouble`.
    pub container: Option<Container>,
    /// What goes back with the form.
    pub fingerprint: Option<Digest>,
    /// What the viewer should know first.
    pub warnings: Vec<String>,
    /// What the action does and does not stop.
    pub effects: Vec<String>,
    /// May the viewer request it, and does the container's state allow it?
    pub can: Can,
    /// Why the engine could not be asked.
    pub trouble: Option<String>,
    /// Approvals besides the requester.
    pub approvals_needed: u32,
    /// Whose name will stand in the record.
    pub recorded_as: String,
    /// What changed since the viewer opened the page, when the form came back.
    pub changed: Vec<Difference>,
    /// When the engine was asked.
    pub as_of: Timestamp,
}
