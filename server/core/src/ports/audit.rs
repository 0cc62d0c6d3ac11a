//! The offline verifier, asked from inside the portal. It shares no code with the writer.

use async_trait::async_trait;
use futures::stream::BoxStream;
use quell_domain::{ids::Digest, view::AuditVerdict};

use super::{AuditRow, ReadError};

/// Checks the whole audit chain.
#[async_trait]
pub trait AuditVerifier: Send + Sync {
    /// Walks all rows in order, then compares with the head row and the checkpoints.
    async fn verify(
        &self,
        rows: BoxStream<'static, Result<AuditRow, ReadError>>,
        head: (i64, Digest),
    ) -> Result<AuditVerdict, ReadError>;
}
