//! The evidence store: write once under a temporary name, make durable, rename; read back.

use std::io;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use quell_domain::ids::Digest;

/// Kept bytes on their way out.
pub type ByteStream = BoxStream<'static, io::Result<Bytes>>;

/// Why evidence could not be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// No room, or less than the reserve would be left.
    #[error("the evidence store is full")]
    Full,
    /// Final names are never overwritten.
    #[error("the evidence store holds this name already")]
    Exists,
    /// No such object.
    #[error("the evidence store holds no such object")]
    Missing,
    /// Anything else.
    #[error("the evidence store failed: {0}")]
    Io(#[from] io::Error),
}

/// What was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Bytes.
    pub size: i64,
    /// Of all bytes, computed while they streamed.
    pub sha256: Digest,
}

/// An object being written. Dropped without [`Sink::seal`], it leaves nothing under its final name.
#[async_trait]
pub trait Sink: Send {
    /// Takes the next bytes, waiting while earlier ones are still being written and hashed.
    async fn write(&mut self, bytes: Bytes) -> Result<(), VaultError>;

    /// Makes all bytes durable and gives them their final name: a relative path of `[A-Za-z0-9._-]` parts. The name is
    /// chosen at the end, because it says whether the bytes are whole or of a container that changed meanwhile.
    async fn seal(self: Box<Self>, object: &str) -> Result<Sealed, VaultError>;

    /// Forgets them.
    async fn discard(self: Box<Self>);
}

/// The evidence store.
#[async_trait]
pub trait Vault: Send + Sync {
    /// Begins an object under a temporary name.
    async fn begin(&self) -> Result<Box<dyn Sink>, VaultError>;

    /// Size and bytes of a kept object.
    async fn open(&self, object: &str) -> Result<(u64, ByteStream), VaultError>;

    /// Size and hash of a kept object, read anew; none when there is none under its final name.
    async fn check(&self, object: &str) -> Result<Option<Sealed>, VaultError>;

    /// Removes what earlier crashes left under temporary names.
    async fn sweep(&self) -> Result<(), VaultError>;
}
