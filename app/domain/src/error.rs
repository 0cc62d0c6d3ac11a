//! What a person or program is told when something cannot be done.
//!
//! A [`Problem`] is safe to print: it never carries a cause, a path, a statement or attacker text beyond what the
//! same caller sent. Causes are logged under the correlation id by whoever met them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why, in terms that decide the HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The input is wrong; the fields say which and how to mend it.
    Invalid,
    /// Nobody is signed in.
    Unauthenticated,
    /// Somebody is, but may not.
    Forbidden,
    /// Somebody may, after a fresh proof that it is them.
    StepUp,
    /// There is no such thing, or the caller may not know of it.
    NotFound,
    /// The world changed meanwhile; look again.
    Conflict,
    /// The body exceeds the limit.
    TooLarge,
    /// Too many tries; wait.
    Throttled,
    /// An outside system or the database cannot be reached.
    Unavailable,
    /// Our fault. The correlation id finds the cause in the log.
    Internal,
}

impl Code {
    /// The HTTP status that says the same.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::Invalid => 422,
            Self::Unauthenticated => 401,
            Self::Forbidden | Self::StepUp => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::TooLarge => 413,
            Self::Throttled => 429,
            Self::Unavailable => 503,
            Self::Internal => 500,
        }
    }
}

/// One wrong field and its remedy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldProblem {
    /// The field's name as sent.
    pub field: String,
    /// One sentence: what is wrong and what to write instead.
    pub remedy: String,
}

/// An error as data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What kind.
    pub code: Code,
    /// One or two sentences for a person.
    pub message: String,
    /// The wrong fields, if it is about input.
    #[serde(default)]
    pub fields: Vec<FieldProblem>,
    /// What to quote to whoever reads the log; set at the edge.
    #[serde(default)]
    pub correlation_id: Option<String>,
    /// Where to go on, when there is a better place than back (the incident an action already runs for, say).
    #[serde(default)]
    pub next: Option<String>,
}

impl Problem {
    /// A problem without fields.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), fields: Vec::new(), correlation_id: None, next: None }
    }

    /// One wrong field.
    #[must_use]
    pub fn field(field: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(Code::Invalid, "Please correct the marked field.").and_field(field, remedy)
    }

    /// Why, in one sentence: of wrong fields, what the first one wants.
    #[must_use]
    pub fn sentence(&self) -> &str {
        self.fields.first().map_or(self.message.as_str(), |field| field.remedy.as_str())
    }

    /// Adds a wrong field.
    #[must_use]
    pub fn and_field(mut self, field: impl Into<String>, remedy: impl Into<String>) -> Self {
        self.fields.push(FieldProblem { field: field.into(), remedy: remedy.into() });
        self
    }

    /// Names the place to go on from.
    #[must_use]
    pub fn with_next(mut self, path: impl Into<String>) -> Self {
        self.next = Some(path.into());
        self
    }

    /// Says of a conflict besides that nothing was done: for whoever asked for something, and not only looked.
    #[must_use]
    pub fn undone(mut self) -> Self {
        if self.code == Code::Conflict {
            self.message.push_str(" Nothing was done.");
        }
        self
    }

    /// [`Code::Conflict`].
    #[must_use]
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(Code::Conflict, message)
    }

    /// [`Code::NotFound`].
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("There is no such {what}, or you may not see it."))
    }

    /// [`Code::Forbidden`].
    #[must_use]
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(Code::Forbidden, message)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for problem in &self.fields {
            write!(f, " {}: {}", problem.field, problem.remedy)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}
