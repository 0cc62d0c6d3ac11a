//! A job: a unit of background work that survives a crash. Claimed by lease, fenced by epoch.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{IncidentId, JobId},
    time::Timestamp,
};

crate::words! {
    /// What is to be done; the subject says to what.
    JobKind {
        /// Subject: an action request. Consumes its approval and runs it.
        ExecuteAction = "execute_action", "run the action";
        /// Subject: an action request. Reads the real state back.
        VerifyAction = "verify_action", "verify the action";
        /// Subject: an action request. Ends it when nobody has decided in time.
        ExpireRequest = "expire_request", "end the request in time";
        /// Subject: a change that takes two admins. Ends it when nobody has decided in time.
        ExpireChange = "expire_change", "end the change in time";
        /// Subject: an evidence pack. Collects its items in order.
        CollectEvidence = "collect_evidence", "collect evidence";
    }
}

/// A job to be added in a changeset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewJob {
    /// Ours.
    pub id: JobId,
    /// What.
    pub kind: JobKind,
    /// To what.
    pub subject: String,
    /// For which incident, if it is for one.
    pub incident: Option<IncidentId>,
    /// Not before.
    pub due_at: Timestamp,
}

/// A job that this worker holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedJob {
    /// Ours.
    pub id: JobId,
    /// What.
    pub kind: JobKind,
    /// To what.
    pub subject: String,
    /// For which incident, if it is for one.
    pub incident: Option<IncidentId>,
    /// Counts claims; every write of this worker names it, so that a worker that slept past its lease cannot write.
    pub epoch: i64,
}
