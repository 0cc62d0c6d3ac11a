//! What can go wrong at the store's ports, and the one place where it becomes words for people: the cause goes into the
//! log under a correlation id, and only the id goes out.

use std::fmt;

use quell_domain::{Code, Problem};

use crate::ids;

/// The database could not be asked. The cause is for the log.
#[derive(Debug, thiserror::Error)]
#[error("the database failed: {0}")]
pub struct ReadError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// What an operation of a changeset was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// A sign-in name with its password.
    Account,
    /// A change that a second admin decides on.
    AdminChange,
    /// A request for an action.
    ActionRequest,
    /// An alarm.
    Alarm,
    /// The audit trail itself.
    AuditTrail,
    /// A load balancer.
    Balancer,
    /// What could not be read.
    DeadLetter,
    /// One item of evidence.
    EvidenceItem,
    /// A pack of evidence.
    EvidencePack,
    /// The run of an action request.
    Execution,
    /// A person's second factor.
    Factor,
    /// An incident's hold on a gate.
    Hold,
    /// An incident.
    Incident,
    /// A job, or the lease on it.
    Job,
    /// A node.
    Node,
    /// A person.
    Person,
    /// A code for when no factor is at hand.
    RecoveryCode,
    /// The policy.
    Policy,
    /// A version of the playbooks.
    Playbooks,
    /// Another person's look at what was done without approval.
    Review,
    /// The time before there were two admins.
    SetUpMode,
    /// The link that the first admin uses.
    SetupLink,
    /// An alarm source.
    Source,
    /// A person's decision on a request.
    Vote,
    /// A token of somebody's scripts.
    Token,
}

impl Thing {
    /// What people call it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::AdminChange => "change",
            Self::ActionRequest => "action request",
            Self::Alarm => "alarm",
            Self::AuditTrail => "audit trail",
            Self::Balancer => "load balancer",
            Self::DeadLetter => "dead letter",
            Self::EvidenceItem => "evidence item",
            Self::EvidencePack => "evidence pack",
            Self::Execution => "execution",
            Self::Factor => "second factor",
            Self::Hold => "hold on the gate",
            Self::Incident => "incident",
            Self::Job => "job",
            Self::Node => "node",
            Self::Person => "person",
            Self::RecoveryCode => "recovery code",
            Self::Playbooks => "version of the playbooks",
            Self::Policy => "policy",
            Self::Review => "review",
            Self::SetUpMode => "set-up mode",
            Self::SetupLink => "set-up link",
            Self::Source => "source",
            Self::Vote => "decision",
            Self::Token => "token",
        }
    }
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Why a changeset was not written. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// An operation did not find what it expects: somebody else was first.
    #[error("{0} was changed meanwhile")]
    Conflict(Thing),
    /// Something that must be unique exists.
    #[error("{0} exists already")]
    Duplicate(Thing),
    /// No enabled admin would be left.
    #[error("no enabled admin would be left")]
    LastAdmin,
    /// The database failed.
    #[error(transparent)]
    Failed(#[from] ReadError),
}

/// An outside system failed: the cause into the log, a correlation id out.
pub(crate) fn unavailable(what: &str, cause: &dyn fmt::Display) -> Problem {
    let correlation_id = ids::mint();
    tracing::error!(%correlation_id, %cause, "{what}");
    Problem {
        correlation_id: Some(correlation_id),
        ..Problem::new(Code::Unavailable, format!("Sorry, {what}. Nothing was changed."))
    }
}

/// Logs the cause: a use case that answers with a [`Problem`] needs no more than `?`.
impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        unavailable("the database cannot be used at the moment", &error)
    }
}

impl From<CommitError> for Problem {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Conflict(what) => {
                Self::conflict(format!("The {what} was changed meanwhile. Look again and repeat what you meant."))
            }
            CommitError::Duplicate(what) => Self::conflict(format!("The {what} exists already.")),
            // Without an admin nobody could ever let anybody in again.
            CommitError::LastAdmin => {
                Self::conflict("This is the last admin who can sign in. Make somebody else admin first.")
            }
            CommitError::Failed(error) => error.into(),
        }
    }
}
