//! Rows of the database through the offline verifier, which knows nothing of ours.

use std::sync::Arc;

use async_trait::async_trait;
use futures::{TryStreamExt as _, stream::BoxStream};
use quell_core::{
    ports::{AuditRow, AuditVerifier, Clock, ReadError, Reads as _},
    usecase::audit::trail,
};
use quell_domain::{ids::Digest, time::SECOND, view::AuditVerdict};
use quell_store::SqlStore;
use quell_verify::{Checkpoint, Finding, Row, Summary, Verifier};

use crate::checkpoints::Checkpoints;

/// Rows on their way from the database.
type Rows = BoxStream<'static, Result<AuditRow, ReadError>>;

/// Microseconds: a checkpoint this young may have been written after the head was read.
const YOUNG: i64 = 10 * SECOND;

/// The port, with the checkpoints that lie beside the database.
pub struct ChainVerifier {
    /// Where they are read from at each check.
    pub checkpoints: Checkpoints,
    /// To tell the youngest ones.
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl AuditVerifier for ChainVerifier {
    async fn verify(&self, rows: Rows, head: (i64, Digest)) -> Result<AuditVerdict, ReadError> {
        let before = self.clock.now().0 - YOUNG;
        let checkpoints = self.checkpoints.read().map_err(|error| ReadError(Box::new(error)))?;
        // Beyond the head they are the proof that the trail was cut, unless they were written since the head was read.
        let known = checkpoints.into_iter().filter(|known| known.seq <= head.0 || known.at < before).collect();
        let mut verifier = Verifier::new(known);
        let found = match walk(rows, &mut verifier).await? {
            Ok(()) => verifier.finish(Some((head.0, head.1.as_str().to_owned()))),
            Err(finding) => Err(finding),
        };
        Ok(match found {
            Ok(summary) => AuditVerdict { intact: true, words: summary.to_string() },
            Err(finding) => AuditVerdict { intact: false, words: finding.to_string() },
        })
    }
}

/// The database as it lies there, for the command line: nothing is recorded, nothing is written. The checkpoints must have
/// been read before.
///
/// # Errors
/// The outer one when the database cannot be read; the inner one is what the verifier found.
pub async fn database(
    store: Arc<SqlStore>,
    checkpoints: Vec<Checkpoint>,
) -> Result<Result<Summary, Finding>, ReadError> {
    let mut verifier = Verifier::new(checkpoints);
    let head = store.audit_head().await?;
    if let Err(finding) = walk(trail(store, head.0), &mut verifier).await? {
        return Ok(Err(finding));
    }
    Ok(verifier.finish(Some((head.0, head.1.as_str().to_owned()))))
}

async fn walk(mut rows: Rows, verifier: &mut Verifier) -> Result<Result<(), Finding>, ReadError> {
    let mut since_pause = 0;
    while let Some(row) = rows.try_next().await? {
        if let Err(finding) = verifier.push(&plain(row)) {
            return Ok(Err(finding));
        }
        since_pause += 1;
        if since_pause == 2_000 {
            since_pause = 0;
            // A million rows of hashing must not hold one thread of the portal all the time.
            tokio::task::yield_now().await;
        }
    }
    Ok(Ok(()))
}

fn plain(row: AuditRow) -> Row {
    Row {
        seq: row.seq,
        canonical: row.canonical,
        hash: row.hash,
        code: row.code,
        at: row.at,
        incident: row.incident,
        actor: row.actor,
        actor_name: row.actor_name,
        outcome: row.outcome,
    }
}
