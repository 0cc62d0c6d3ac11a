//! What comes after a change.

use serde::{Deserialize, Serialize};

/// Where a browser goes after a change, and what it is told there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Next {
    /// A path of ours.
    pub path: String,
    /// One sentence: what was done.
    pub notice: String,
    /// Shown once and kept nowhere: a new token or password.
    #[serde(default)]
    pub once: Option<Once>,
}

/// Something that is told once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Once {
    /// What it is.
    pub label: String,
    /// The secret.
    pub value: String,
    /// One sentence: how to make another when this one was not seen.
    pub again: String,
    /// A command to try it with, less the secret at its end; empty when there is none.
    #[serde(default)]
    pub example: String,
    /// One sentence: what that command does.
    #[serde(default)]
    pub effect: String,
}

impl Next {
    /// Goes to a path and says what was done.
    #[must_use]
    pub fn to(path: impl Into<String>, notice: impl Into<String>) -> Self {
        Self { path: path.into(), notice: notice.into(), once: None }
    }
}
