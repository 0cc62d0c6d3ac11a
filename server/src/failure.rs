//! Why a command could not do its work, in a sentence for whoever typed it.

use std::fmt;

use quell_core::ports::ReadError;
use quell_domain::Problem;

/// A failure with its exit code.
#[derive(Debug)]
pub struct Failure {
    /// Sentences.
    pub words: Vec<String>,
    /// 1: it failed. 2: it was asked wrongly.
    pub exit: u8,
}

impl Failure {
    /// It was tried and failed.
    pub fn new(words: impl Into<String>) -> Self {
        Self { words: vec![words.into()], exit: 1 }
    }

    /// It cannot be tried like this.
    pub fn usage(words: Vec<String>) -> Self {
        Self { words, exit: 2 }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words.join("\n"))
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::new(problem.to_string())
    }
}

/// On the command line the cause is told: whoever types there owns the machine.
impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        Self::new(format!("The database cannot be read: {}.", error.0))
    }
}
