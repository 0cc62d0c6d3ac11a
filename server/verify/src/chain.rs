//! The check itself: one row after the other, then the end.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::{
    canonical::Canonical,
    clock,
    finding::{Finding, What, Witness},
};

/// One row of the table of entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number.
    pub seq: i64,
    /// The canonical bytes, verbatim.
    pub canonical: Vec<u8>,
    /// 64 lower-case hex digits.
    pub hash: String,
    /// Column `code`.
    pub code: String,
    /// Column `at`, microseconds since the epoch.
    pub at: i64,
    /// Column `incident`.
    pub incident: Option<String>,
    /// Column `actor`: the actor's id.
    pub actor: String,
    /// Column `actor_name`: the actor's name in lower case.
    pub actor_name: String,
    /// Column `outcome`.
    pub outcome: String,
}

/// A row as the check reads it: borrowed from wherever it lies.
pub(crate) struct RowRef<'a> {
    pub(crate) seq: i64,
    pub(crate) canonical: &'a [u8],
    pub(crate) hash: &'a str,
    pub(crate) code: &'a str,
    pub(crate) at: i64,
    pub(crate) incident: Option<&'a str>,
    pub(crate) actor: &'a str,
    pub(crate) actor_name: &'a str,
    pub(crate) outcome: &'a str,
}

/// An entry that is known to have existed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// The entry's number; 0 for the empty trail.
    pub seq: i64,
    /// Its hash, 64 lower-case hex digits.
    pub hash: String,
    /// When this was written down, microseconds since the epoch.
    pub at: i64,
}

/// What a whole trail holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// How many entries.
    pub entries: i64,
    /// Time of the first, microseconds since the epoch.
    pub first_at: Option<i64>,
    /// Time of the last.
    pub last_at: Option<i64>,
    /// Hash of the last, 64 lower-case hex digits; zeros for the empty trail.
    pub head: String,
    /// How many checkpoints were met.
    pub checkpoints: usize,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Some(first), Some(last)) = (self.first_at, self.last_at) else {
            return f.write_str("The trail is empty.");
        };
        let (noun, verb) = if self.entries == 1 { ("entry", "is") } else { ("entries", "are") };
        write!(
            f,
            "The trail is whole: {} {noun} from {} to {} {verb} unchanged and in order. {} met. The head is {}.",
            self.entries,
            clock::words(first),
            clock::words(last),
            match self.checkpoints {
                0 => "There were no checkpoints to be".to_owned(),
                1 => "1 checkpoint is".to_owned(),
                n => format!("{n} checkpoints are"),
            },
            self.head
        )
    }
}

type Hash = [u8; 32];

/// Checks rows in order. After the first [`Finding`] it is of no more use: what follows proves nothing.
#[derive(Debug)]
pub struct Verifier {
    checkpoints: Vec<Checkpoint>,
    met: usize,
    last: i64,
    previous: Hash,
    before_previous: Hash,
    first_at: Option<i64>,
    last_at: Option<i64>,
}

impl Verifier {
    /// Starts before the first entry. Checkpoints may come in any order; none is fine but shows neither a rewritten nor a
    /// cleanly shortened trail.
    #[must_use]
    pub fn new(mut checkpoints: Vec<Checkpoint>) -> Self {
        checkpoints.sort_by_key(|c| (c.seq, c.at));
        Self {
            checkpoints,
            met: 0,
            last: 0,
            previous: [0; 32],
            before_previous: [0; 32],
            first_at: None,
            last_at: None,
        }
    }

    /// Checks the next row, ascending by `seq`.
    ///
    /// # Errors
    /// A [`Finding`] when it does not fit.
    pub fn push(&mut self, row: &Row) -> Result<(), Finding> {
        self.check(&RowRef {
            seq: row.seq,
            canonical: &row.canonical,
            hash: &row.hash,
            code: &row.code,
            at: row.at,
            incident: row.incident.as_deref(),
            actor: &row.actor,
            actor_name: &row.actor_name,
            outcome: &row.outcome,
        })
    }

    pub(crate) fn check(&mut self, row: &RowRef<'_>) -> Result<(), Finding> {
        self.meet_checkpoints()?;
        let expected = self.last + 1;
        if row.seq != expected && self.is_next(row, expected) {
            return Err(Finding::new(expected, What::ChangedColumn { column: "seq" }));
        }
        if row.seq > expected {
            return Err(Finding::new(expected, What::Dropped { found: row.seq }));
        }
        if row.seq < expected {
            return Err(Finding::new(row.seq, What::OutOfOrder { expected }));
        }
        let hash = link(&self.previous, row.canonical);
        if !is_hex_of(row.hash, &hash) {
            return Err(Finding::new(expected, self.mismatch(row)));
        }
        columns(row)?;
        self.before_previous = self.previous;
        self.previous = hash;
        self.last = expected;
        self.first_at = self.first_at.or(Some(row.at));
        self.last_at = Some(row.at);
        self.meet_checkpoints()
    }

    /// The end: nothing may be missing behind the last row. `head` is the row of `audit_head`; without it the end cannot be
    /// trusted.
    ///
    /// # Errors
    /// A [`Finding`] when the end does not fit the head or a checkpoint.
    pub fn finish(mut self, head: Option<(i64, String)>) -> Result<Summary, Finding> {
        self.meet_checkpoints()?;
        let Some((seq, hash)) = head else {
            return Err(Finding::new(self.last + 1, What::NoHead { last: self.last }));
        };
        if seq > self.last {
            let what = What::Truncated { last: self.last, known: seq, by: Witness::Head };
            return Err(Finding::new(self.last + 1, what));
        }
        if seq < self.last {
            return Err(Finding::new(seq.max(0) + 1, What::HeadBehind { head: seq }));
        }
        if !is_hex_of(&hash, &self.previous) {
            return Err(Finding::new(self.last, What::RolledBack { by: Witness::Head }));
        }
        if let Some(beyond) = self.checkpoints.get(self.met) {
            let what =
                What::Truncated { last: self.last, known: beyond.seq, by: Witness::Checkpoint { at: beyond.at } };
            return Err(Finding::new(self.last + 1, what));
        }
        Ok(Summary {
            entries: self.last,
            first_at: self.first_at,
            last_at: self.last_at,
            head: hash,
            checkpoints: self.met,
        })
    }

    /// Compares the checkpoints of the entry that was last found good.
    fn meet_checkpoints(&mut self) -> Result<(), Finding> {
        while let Some(checkpoint) = self.checkpoints.get(self.met).filter(|c| c.seq <= self.last) {
            // A number below the present one can only be negative: the others were met on the way.
            if checkpoint.seq < self.last || !is_hex_of(&checkpoint.hash, &self.previous) {
                let what = What::RolledBack { by: Witness::Checkpoint { at: checkpoint.at } };
                return Err(Finding::new(checkpoint.seq, what));
            }
            self.met += 1;
        }
        Ok(())
    }

    /// Is this the expected entry in all but its column `seq`?
    fn is_next(&self, row: &RowRef<'_>, expected: i64) -> bool {
        is_hex_of(row.hash, &link(&self.previous, row.canonical))
            && serde_json::from_slice::<Canonical<'_>>(row.canonical).is_ok_and(|said| said.seq == expected)
    }

    /// Why a hash does not fit: only what can be proved is said.
    fn mismatch(&self, row: &RowRef<'_>) -> What {
        if self.last > 0 && is_hex_of(row.hash, &link(&[0; 32], row.canonical)) {
            What::BrokenLink { follows: 0 }
        } else if self.last > 1 && is_hex_of(row.hash, &link(&self.before_previous, row.canonical)) {
            What::BrokenLink { follows: self.last - 1 }
        } else {
            What::Changed
        }
    }
}

fn link(previous: &Hash, canonical: &[u8]) -> Hash {
    Sha256::new().chain_update(previous).chain_update(canonical).finalize().into()
}

/// Is this text exactly the lower-case hex of the hash? Upper case is another text, and so a change.
fn is_hex_of(text: &str, hash: &Hash) -> bool {
    let mut digits = [0; 64];
    hex::encode_to_slice(hash, &mut digits).is_ok() && text.as_bytes() == digits
}

/// Do the columns say what the bytes say?
fn columns(row: &RowRef<'_>) -> Result<(), Finding> {
    let said: Canonical<'_> = serde_json::from_slice(row.canonical)
        .map_err(|e| Finding::malformed(row.seq, format!("its bytes are not those of an entry ({e})")))?;
    if said.v != 1 {
        return Err(Finding::malformed(
            row.seq,
            format!("its format has the version {}, which this program does not know", said.v),
        ));
    }
    let columns = [
        ("seq", said.seq == row.seq),
        ("at", said.at == row.at),
        ("code", said.code == row.code),
        ("incident", said.incident.as_deref() == row.incident),
        ("actor", said.actor.id == row.actor),
        ("actor_name", said.actor.name.to_lowercase().replace('\0', "\u{2400}") == row.actor_name),
        ("outcome", said.outcome == row.outcome),
    ];
    match columns.into_iter().find(|(_, equal)| !equal) {
        Some((column, _)) => Err(Finding::new(row.seq, What::ChangedColumn { column })),
        None => Ok(()),
    }
}
