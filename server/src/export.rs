//! The audit trail as a file: NDJSON as written down in `server/docs/audit-format.md`, for the page and the command line.

use bytes::Bytes;
use futures::{
    StreamExt as _, TryStreamExt as _,
    stream::{self, BoxStream},
};
use quell_core::ports::{AuditRow, ReadError};
use quell_domain::ids::Digest;
use serde::Serialize;

#[derive(Serialize)]
struct Line<'a> {
    seq: i64,
    canonical: &'a str,
    hash: &'a str,
    code: &'a str,
    at: i64,
    incident: Option<&'a str>,
    actor: &'a str,
    actor_name: &'a str,
    outcome: &'a str,
}

#[derive(Serialize)]
struct HeadLine<'a> {
    head: Head<'a>,
}

#[derive(Serialize)]
struct Head<'a> {
    seq: i64,
    hash: &'a str,
}

/// Lines for every row up to `head`, which was read first: what is written meanwhile is left out, so that the last line
/// fits. Rows behind a head that was tampered with are cut off too; `quell audit verify` on the database finds those.
pub fn lines(
    rows: BoxStream<'static, Result<AuditRow, ReadError>>,
    head: (i64, Digest),
) -> BoxStream<'static, Result<Bytes, ReadError>> {
    let (last, hash) = head;
    let end = json(&HeadLine { head: Head { seq: last, hash: hash.as_str() } });
    rows.try_take_while(move |row| futures::future::ready(Ok(row.seq <= last)))
        .map(|row| row.and_then(|row| line(&row)))
        .chain(stream::once(async move { end }))
        .boxed()
}

fn line(row: &AuditRow) -> Result<Bytes, ReadError> {
    // The bytes are JSON, so UTF-8; others were put there by hand and cannot be written in this format.
    let canonical = std::str::from_utf8(&row.canonical).map_err(|error| ReadError(Box::new(error)))?;
    json(&Line {
        seq: row.seq,
        canonical,
        hash: &row.hash,
        code: &row.code,
        at: row.at,
        incident: row.incident.as_deref(),
        actor: &row.actor,
        actor_name: &row.actor_name,
        outcome: &row.outcome,
    })
}

fn json(line: &impl Serialize) -> Result<Bytes, ReadError> {
    let mut bytes = serde_json::to_vec(line).map_err(|error| ReadError(Box::new(error)))?;
    bytes.push(b'\n');
    Ok(bytes.into())
}

#[cfg(test)]
mod tests {
    use quell_domain::{
        Timestamp,
        audit::{self, Actor, Event, codes},
    };

    use super::*;

    fn trail(length: i64) -> (Vec<AuditRow>, (i64, Digest)) {
        let mut previous = [0; 32];
        let rows = (1..=length)
            .map(|seq| {
                let event = Event::new(Timestamp(seq), Actor::operator(), codes::NOTE).fact("text", "a\u{202e}\n\"b");
                let canonical = audit::canonical(seq, &event);
                previous = audit::chain(&previous, &canonical);
                AuditRow {
                    seq,
                    canonical,
                    hash: hex::encode(previous),
                    code: event.code.clone(),
                    at: seq,
                    incident: None,
                    actor: String::new(),
                    actor_name: event.actor.name.clone(),
                    outcome: event.outcome.word().to_owned(),
                }
            })
            .collect();
        (rows, (length, Digest::from_bytes(previous)))
    }

    #[tokio::test]
    async fn what_is_written_is_what_the_offline_verifier_reads() {
        let (mut rows, head) = trail(5);
        rows.push(AuditRow { seq: 6, ..rows[4].clone() });
        let file: Vec<Bytes> =
            lines(stream::iter(rows.into_iter().map(Ok)).boxed(), head).try_collect().await.expect("lines");
        let summary = quell_verify::verify_export(file.concat().as_slice(), Vec::new()).expect("whole");
        assert_eq!(summary.entries, 5);
    }
}
