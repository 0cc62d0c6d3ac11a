//! Reading, verifying and exporting the audit trail.

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use quell_domain::{
    Changeset, Problem,
    audit::{Event, EventOutcome, codes},
    ids::Digest,
    view::{AuditFilter, AuditPage, AuditVerdict},
};

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
        let (entries, head) = self.store.audit_head().await.map_err(|e| self.broken(&e))?;
        let rows = self.store.entries(&filter, PAGE).await.map_err(|e| self.broken(&e))?;
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
        let head = self.store.audit_head().await.map_err(|e| self.broken(&e))?;
        let verdict = self.verifier.verify(rows_to(&self.store, head.0), head).await.map_err(|e| self.broken(&e))?;
        let event = Event::new(self.now(), grant.actor(), codes::AUDIT_VERIFIED)
            .outcome(if verdict.intact { EventOutcome::Ok } else { EventOutcome::Failed })
            .fact("words", verdict.words.clone());
        self.commit(Changeset::new(event)).await?;
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
        let head = self.store.audit_head().await.map_err(|e| self.broken(&e))?;
        Ok((rows_to(&self.store, head.0), head))
    }

    /// The head of the chain, for checkpoints outside the database.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn audit_head(&self) -> Result<(i64, Digest), Problem> {
        self.store.audit_head().await.map_err(|e| self.broken(&e))
    }
}

/// The trail up to a sequence number, so that what is written meanwhile does not look like a broken head. Rows beyond
/// it that do not fit the head are found by the head comparison itself.
fn rows_to(store: &Arc<dyn Store>, last: i64) -> BoxStream<'static, Result<AuditRow, ReadError>> {
    let store = Arc::clone(store);
    futures::stream::try_unfold(1, move |from| {
        let store = Arc::clone(&store);
        async move {
            let mut rows = store.audit_rows(from, CHUNK).await?;
            rows.retain(|row| row.seq <= last);
            Ok::<_, ReadError>(rows.last().map(|row| row.seq + 1).map(|next| (rows, next)))
        }
    })
    .map_ok(|rows| futures::stream::iter(rows.into_iter().map(Ok)))
    .try_flatten()
    .boxed()
}
