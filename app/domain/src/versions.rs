//! What is the same for everything that is kept in versions and published by a second admin: a published version, how two
//! versions differ, and the buttons that move the rows of a draft. The policy and the playbooks are such things.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

crate::words! {
    /// What can be drafted; a person has at most one draft of each.
    Drafted {
        /// The policy.
        Policy = "policy", "policy";
        /// The playbooks.
        Playbooks = "playbooks", "playbooks";
    }
}

/// A version as it was published. Never changed, never removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published<T> {
    /// What was published, with the number of its version.
    pub body: T,
    /// Who proposed it.
    pub proposed_by: String,
    /// Who published it.
    pub published_by: String,
    /// When.
    pub at: Timestamp,
}

/// How a row differs between two versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mark {
    /// In both.
    Same,
    /// Only in the old one.
    Removed,
    /// Only in the new one.
    Added,
}

/// A row with how it differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared<T> {
    /// How.
    pub mark: Mark,
    /// The row.
    pub row: T,
}

impl<T> Compared<T> {
    /// Is the row in one of the two only?
    #[must_use]
    pub fn differs(&self) -> bool {
        self.mark != Mark::Same
    }
}

/// The rows of both in one list, in order, like a diff of lines.
#[must_use]
pub fn compare<T: Clone + PartialEq>(old: &[T], new: &[T]) -> Vec<Compared<T>> {
    // The longest common subsequence, from each pair of ends on. Rows are few.
    let mut common = vec![vec![0; new.len() + 1]; old.len() + 1];
    for (i, before) in old.iter().enumerate().rev() {
        for (j, after) in new.iter().enumerate().rev() {
            common[i][j] =
                if before == after { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut lines) = (0, 0, Vec::new());
    while i < old.len() || j < new.len() {
        let mark = match (old.get(i), new.get(j)) {
            (Some(before), Some(after)) if before == after => Mark::Same,
            (Some(_), Some(_)) if common[i + 1][j] >= common[i][j + 1] => Mark::Removed,
            (Some(_), None) => Mark::Removed,
            _ => Mark::Added,
        };
        let row = if mark == Mark::Added { &new[j] } else { &old[i] };
        lines.push(Compared { mark, row: row.clone() });
        i += usize::from(mark != Mark::Added);
        j += usize::from(mark != Mark::Removed);
    }
    lines
}

/// The button under which a draft was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Press {
    /// Keep it and show what it changes.
    Preview,
    /// One more row at the end.
    Add,
    /// Without this row, counted from 0.
    Remove(usize),
    /// This row before the one above it.
    Up(usize),
    /// This row after the one below it.
    Down(usize),
    /// Forget the draft.
    Drop,
    /// Ask another admin to publish it.
    Propose,
}

impl Press {
    /// Reads `preview`, `add`, `remove-3`, `up-3`, `down-3`, `drop`, `propose`.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let (word, row) = word.split_once('-').map_or((word, None), |(word, row)| (word, row.parse().ok()));
        match (word, row) {
            ("preview", None) => Some(Self::Preview),
            ("add", None) => Some(Self::Add),
            ("drop", None) => Some(Self::Drop),
            ("propose", None) => Some(Self::Propose),
            ("remove", Some(row)) => Some(Self::Remove(row)),
            ("up", Some(row)) => Some(Self::Up(row)),
            ("down", Some(row)) => Some(Self::Down(row)),
            _ => None,
        }
    }

    /// What a button that moves rows makes of them; a draft holds at most `longest`.
    pub fn turn<T>(self, rows: &mut Vec<T>, longest: usize, blank: impl FnOnce() -> T) {
        match self {
            Self::Add if rows.len() < longest => rows.push(blank()),
            Self::Remove(row) if row < rows.len() => drop(rows.remove(row)),
            Self::Up(row) if 0 < row && row < rows.len() => rows.swap(row - 1, row),
            Self::Down(row) if row.saturating_add(1) < rows.len() => rows.swap(row, row + 1),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_compared_like_lines() {
        let marks = |old: &[u8], new: &[u8]| -> Vec<Mark> { compare(old, new).iter().map(|line| line.mark).collect() };
        assert_eq!(marks(b"abcd", b"xacd"), [Mark::Added, Mark::Same, Mark::Removed, Mark::Same, Mark::Same]);
        assert!(marks(b"abcd", b"abcd").iter().all(|mark| *mark == Mark::Same));
        assert_eq!(marks(b"", b"x"), [Mark::Added]);
    }

    #[test]
    fn buttons_move_rows_and_never_panic() {
        let first = vec![1, 2, 3, 4];
        let mut rows = first.clone();
        Press::Up(1).turn(&mut rows, 9, || 0);
        assert_eq!(rows, [2, 1, 3, 4]);
        Press::Down(0).turn(&mut rows, 9, || 0);
        for press in [Press::Up(0), Press::Down(3), Press::Remove(9), Press::Up(99), Press::Down(usize::MAX)] {
            press.turn(&mut rows, 9, || 0);
            assert_eq!(rows, first, "{press:?}");
        }
        Press::Remove(0).turn(&mut rows, 9, || 0);
        Press::Add.turn(&mut rows, 4, || 0);
        Press::Add.turn(&mut rows, 4, || 0);
        assert_eq!(rows, [2, 3, 4, 0], "no longer than it may be");
        assert_eq!(Press::parse("up-2"), Some(Press::Up(2)));
        for word in ["", "up", "up-x", "preview-1", "remove--1", "delete"] {
            assert_eq!(Press::parse(word), None, "{word}");
        }
    }
}
