//! Reading, verifying and exporting the audit trail.

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use quell_domain::{
    Changeset, Problem,
    audit::{Event, EventOutcome, codes},
    ids::Digest,
    view::{AuditFilter, AuditPage, AuditVerdict},
};
use tokio::sync::mpsc;

use super::timeline;
use crate::{
    Portal,
    grant::{Grant, may},
    ports::{AuditRow, ReadError, Store},
};

/// Rows on a page.
const PAGE: i64 = 100;
/// Rows read from the database at once when the whole trail is walked.
const CHUNK: i64 = 5_000;

/// Rows on their way out, and the head row to go with them.
pub type Export = (BoxStream<'static, Result<AuditRow, ReadError>>, (i64, Digest));

impl Portal {
    /// The newest entries that fit the filter.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn audit(&self, _grant: Grant<may::ReadAudit>, filter: AuditFilter) -> Result<AuditPage, Problem> {
        let (entries, head) = self.store.audit_head().await?;
        let rows = self.store.entries(&filter, PAGE).await?;
        let full = i64::try_from(rows.len()).is_ok_and(|n| n == PAGE);
        let next = rows.last().map(|(entry, _)| entry.seq).filter(|_| full);
        let rows = rows.into_iter().map(|(entry, incident)| timeline::row(entry, incident)).collect();
        Ok(AuditPage { filter, rows, entries, head, next })
    }

    /// Walks the whole chain with the offline verifier and says what it found. Recorded.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn verify_audit(&self, grant: Grant<may::ReadAudit>) -> Result<AuditVerdict, Problem> {
        let head = self.store.audit_head().await?;
        let rows = trail(Arc::clone(&self.store), head.0);
        let mut verdict = self.verifier.verify(rows, head).await?;
        let event = Event::new(self.now(), grant.actor(), codes::AUDIT_VERIFIED)
            .outcome(if verdict.intact { EventOutcome::Ok } else { EventOutcome::Failed })
            .fact("words", verdict.words.clone());
        match self.commit(Changeset::new(event)).await {
            Ok(_) => {}
            // A trail that is broken at its end takes no further entry. That is the last reason to keep quiet about it.
            Err(_) if !verdict.intact => verdict.words.push_str(" This finding could not be recorded."),
            Err(problem) => return Err(problem),
        }
        Ok(verdict)
    }

    /// All rows as they lie in the table, and the head row to go with them. Recorded before the first row goes out.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn export_audit(&self, grant: Grant<may::ReadAudit>) -> Result<Export, Problem> {
        self.commit(Changeset::new(Event::new(self.now(), grant.actor(), codes::AUDIT_EXPORTED))).await?;
        self.peek_audit().await
    }

    /// What an export would give, to be looked at and not read: leaves no trace.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn export_head(&self, _grant: Grant<may::ReadAudit>) -> Result<Export, Problem> {
        self.peek_audit().await
    }

    async fn peek_audit(&self) -> Result<Export, Problem> {
        let head = self.store.audit_head().await?;
        Ok((rows_to(&self.store, head.0), head))
    }

    /// The head of the chain, for checkpoints outside the database.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn audit_head(&self) -> Result<(i64, Digest), Problem> {
        Ok(self.store.audit_head().await?)
    }
}

/// The trail up to its head, for a check: then also the first row beyond, when the head did not follow it. A portal that
/// runs adds rows meanwhile, each together with a new head; a row beyond the head as it is after that row was seen was put
/// there otherwise, or the head was set back.
pub fn trail(store: Arc<dyn Store>, head: i64) -> BoxStream<'static, Result<AuditRow, ReadError>> {
    let rows = rows_to(&store, head);
    let beyond = futures::stream::once(async move {
        let Some(row) = store.audit_rows(head + 1, 1).await?.pop() else { return Ok(None) };
        Ok::<_, ReadError>((store.audit_head().await?.0 < row.seq).then_some(row))
    });
    rows.chain(beyond.try_filter_map(|row| async move { Ok(row) })).boxed()
}

/// The trail up to a sequence number, so that what is written meanwhile does not look like a broken head. The next rows are
/// read while those before are looked at.
fn rows_to(store: &Arc<dyn Store>, last: i64) -> BoxStream<'static, Result<AuditRow, ReadError>> {
    let store = Arc::clone(store);
    let (ahead, mut chunks) = mpsc::channel(1);
    tokio::spawn(async move {
        let mut next = Some(1);
        while let Some(from) = next {
            let mut read = store.audit_rows(from, CHUNK).await;
            if let Ok(rows) = &mut read {
                rows.retain(|row| row.seq <= last);
            }
            next = read.as_ref().ok().and_then(|rows| rows.last()).map(|row| row.seq + 1);
            if ahead.send(read).await.is_err() {
                // Whoever looks has seen enough.
                return;
            }
        }
    });
    futures::stream::poll_fn(move |context| chunks.poll_recv(context))
        .map_ok(|rows| futures::stream::iter(rows.into_iter().map(Ok)))
        .try_flatten()
        .boxed()
}
