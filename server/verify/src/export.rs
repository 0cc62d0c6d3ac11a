//! Reading export and checkpoint files.

use std::{borrow::Cow, io::BufRead};

use serde::Deserialize;

use crate::{
    canonical::required,
    chain::{Checkpoint, RowRef, Summary, Verifier},
    finding::Finding,
};

/// An export is somebody else's file: a line without an end must not fill the memory.
const MAX_LINE: u64 = 64 * 1024 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryLine<'a> {
    seq: i64,
    #[serde(borrow)]
    canonical: Cow<'a, str>,
    #[serde(borrow)]
    hash: Cow<'a, str>,
    #[serde(borrow)]
    code: Cow<'a, str>,
    at: i64,
    #[serde(borrow, deserialize_with = "required")]
    incident: Option<Cow<'a, str>>,
    #[serde(borrow)]
    actor: Cow<'a, str>,
    #[serde(borrow)]
    actor_name: Cow<'a, str>,
    #[serde(borrow)]
    outcome: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadLine {
    head: Head,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    seq: i64,
    hash: String,
}

/// Checks a whole export file. Memory stays at one line, however long the trail.
///
/// # Errors
/// The first [`Finding`]; a file that cannot be read is one too.
pub fn verify_export(mut reader: impl BufRead, checkpoints: Vec<Checkpoint>) -> Result<Summary, Finding> {
    let mut verifier = Verifier::new(checkpoints);
    let mut line = Vec::new();
    let mut head: Option<(i64, String)> = None;
    let mut next = 1;
    while read_line(&mut reader, &mut line, next)? {
        if head.is_some() {
            return Err(Finding::malformed(next, "something follows the line that should be the last"));
        }
        if line.starts_with(b"{\"head\"") {
            let read: HeadLine = parse(&line, next)?;
            head = Some((read.head.seq, read.head.hash));
            continue;
        }
        let entry: EntryLine<'_> = parse(&line, next)?;
        verifier.check(&RowRef {
            seq: entry.seq,
            canonical: entry.canonical.as_bytes(),
            hash: &entry.hash,
            code: &entry.code,
            at: entry.at,
            incident: entry.incident.as_deref(),
            actor: &entry.actor,
            actor_name: &entry.actor_name,
            outcome: &entry.outcome,
        })?;
        next += 1;
    }
    verifier.finish(head)
}

/// Reads a file of checkpoints.
///
/// # Errors
/// A [`Finding`] whose `seq` is the number of the bad line.
pub fn read_checkpoints(mut reader: impl BufRead) -> Result<Vec<Checkpoint>, Finding> {
    let mut checkpoints = Vec::new();
    let mut line = Vec::new();
    let mut number = 1;
    while read_line(&mut reader, &mut line, number)? {
        checkpoints.push(parse(&line, number)?);
        number += 1;
    }
    Ok(checkpoints)
}

fn parse<'a, T: Deserialize<'a>>(line: &'a [u8], seq: i64) -> Result<T, Finding> {
    serde_json::from_slice(line)
        .map_err(|e| Finding::malformed(seq, format!("its line is not as the format says ({e})")))
}

/// The next line without its end; `false` at the end of the file.
fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>, seq: i64) -> Result<bool, Finding> {
    line.clear();
    let mut limited = std::io::Read::take(&mut *reader, MAX_LINE);
    let count = limited
        .read_until(b'\n', line)
        .map_err(|e| Finding::malformed(seq, format!("the file cannot be read ({})", e.kind())))?;
    if count == 0 {
        return Ok(false);
    }
    if line.pop() != Some(b'\n') {
        return Err(Finding::malformed(seq, "its line has no end"));
    }
    Ok(true)
}
