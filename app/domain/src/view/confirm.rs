//! The confirm page of an action.

use serde::{Deserialize, Serialize};

use crate::{
    action::{Action, Attachment, Container, Difference},
    ids::{Digest, RequestId},
    incident::Incident,
    policy::{Can, Requirement},
    time::Timestamp,
};

/// The confirm page of an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmPage {
    /// What.
    pub action: Action,
    /// The incident.
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
    /// What today's policy asks for.
    pub needs: Requirement,
    /// The request for the same on the same container that is open already.
    pub open: Option<RequestId>,
    /// May the approvals be skipped, to be reviewed afterwards?
    pub can_break_glass: bool,
    /// Networks that are taken away, or given back.
    pub networks: Vec<Attachment>,
    /// Whose name will stand in the record.
    pub recorded_as: String,
    /// What changed since the viewer opened the page, when the form came back.
    pub changed: Vec<Difference>,
    /// When the engine was asked.
    pub as_of: Timestamp,
}
