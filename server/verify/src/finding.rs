//! What can be wrong with a trail, and how it is said.

use std::fmt;

use crate::clock;

/// The first thing that does not hold, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The first bad entry: the one that is missing, changed or out of place.
    pub seq: i64,
    /// What is wrong.
    pub what: What,
}

impl Finding {
    pub(crate) fn new(seq: i64, what: What) -> Self {
        Self { seq, what }
    }

    pub(crate) fn malformed(seq: i64, why: impl Into<String>) -> Self {
        Self::new(seq, What::Malformed { why: why.into() })
    }
}

/// Kinds of damage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Entries are missing before this one.
    Dropped {
        /// The entry that stands in the place of the missing one.
        found: i64,
    },
    /// An entry comes again, or later than its number says.
    OutOfOrder {
        /// The number that should stand here.
        expected: i64,
    },
    /// The bytes do not match the hash.
    Changed,
    /// The bytes and hash belong together, but after another entry than the one before.
    BrokenLink {
        /// The entry that it does follow; 0 for the start of a chain.
        follows: i64,
    },
    /// A column for searching says something else than the bytes.
    ChangedColumn {
        /// Its name.
        column: &'static str,
    },
    /// Entries are missing at the end.
    Truncated {
        /// The last entry there is.
        last: i64,
        /// The last entry that must have been there.
        known: i64,
        /// What knows of it.
        by: Witness,
    },
    /// The trail was written anew or set back: it does not meet its head or a checkpoint.
    RolledBack {
        /// What it does not meet.
        by: Witness,
    },
    /// The head names an earlier entry than the last one.
    HeadBehind {
        /// The entry that the head names.
        head: i64,
    },
    /// There is no head, so nobody can say whether entries are missing at the end.
    NoHead {
        /// The last entry there is.
        last: i64,
    },
    /// It cannot be read as the format says.
    Malformed {
        /// One sentence.
        why: String,
    },
}

/// What knows of entries besides the entries themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Witness {
    /// The row of `audit_head`.
    Head,
    /// A checkpoint.
    Checkpoint {
        /// Its time, microseconds since the epoch.
        at: i64,
    },
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head => f.write_str("the head of the trail"),
            Self::Checkpoint { at } => write!(f, "the checkpoint of {}", clock::words(*at)),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seq = self.seq;
        match &self.what {
            What::Dropped { found } => match found - 1 - seq {
                0 => write!(f, "Entry {seq} is missing: entry {found} stands in its place."),
                _ => write!(f, "Entries {seq} to {} are missing: entry {found} stands in their place.", found - 1),
            },
            What::OutOfOrder { expected } => {
                write!(f, "Entry {seq} is repeated or out of order: entry {expected} should stand in its place.")
            }
            What::Changed => write!(f, "Entry {seq} was changed: its bytes do not match its hash."),
            What::BrokenLink { follows: 0 } => {
                write!(f, "Entry {seq} starts a new chain instead of following entry {}.", seq - 1)
            }
            What::BrokenLink { follows } => write!(
                f,
                "Entry {seq} follows entry {follows} instead of entry {}: that one was put in or written anew.",
                seq - 1
            ),
            What::ChangedColumn { column } => {
                write!(f, "Entry {seq} was changed: its column \"{column}\" says something else than its bytes.")
            }
            What::Truncated { last, known, by } => {
                write!(f, "The trail was cut off: it ends with entry {last}, but {by} knows of entry {known}.")
            }
            What::RolledBack { by } => write!(
                f,
                "Entry {seq} is not the one that {by} names: the trail was written anew or set back to an earlier state."
            ),
            What::HeadBehind { head } => write!(
                f,
                "Entry {seq} lies beyond the head of the trail, which names entry {head}: it was added past the portal, or the head was set back."
            ),
            What::NoHead { last } => {
                write!(f, "The trail was cut off after entry {last}: the record of its head is missing.")
            }
            What::Malformed { why } => write!(f, "Entry {seq} cannot be read: {why}."),
        }
    }
}

impl std::error::Error for Finding {}
