//! One object being written: a thread of its own hashes and writes what comes through a short queue.

use std::{
    fs::{self, File, Permissions},
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    thread,
};

use async_trait::async_trait;
use bytes::Bytes;
use quell_core::{
    failpoint,
    ports::{Sealed, Sink, VaultError},
};
use quell_domain::ids::Digest;
use sha2::{Digest as _, Sha256};
use tokio::sync::{mpsc, oneshot};

use super::{create, final_path, flusher::Flusher, forget, make_folders, meaning, sync_folder};

/// Bytes gathered before they are handed over: the engine sends 32 KiB at a time, disks like more.
const SLICE: usize = 1_024 * 1_024;
/// Slices that may wait. With the one being gathered and the one being written: 6 MiB at most.
const QUEUE: usize = 4;

/// What is to be made.
pub(super) struct Job {
    pub(super) root: PathBuf,
    pub(super) temporary: PathBuf,
    /// Bytes that must stay free.
    pub(super) reserve: u64,
}

enum Message {
    Bytes(Vec<u8>),
    /// Under this final path.
    Seal(PathBuf),
}

/// `None` when the sender went away without sealing.
type Outcome = Result<Option<Sealed>, VaultError>;

/// The async end.
pub(super) struct FolderSink {
    root: PathBuf,
    gathered: Vec<u8>,
    queue: mpsc::Sender<Message>,
    outcome: Option<oneshot::Receiver<Outcome>>,
}

impl FolderSink {
    /// Starts the thread and waits until its file is there.
    pub(super) async fn begin(job: Job) -> Result<Self, VaultError> {
        let root = job.root.clone();
        let (queue, messages) = mpsc::channel(QUEUE);
        let (begun, ready) = oneshot::channel();
        let (conclude, outcome) = oneshot::channel();
        thread::Builder::new().name("evidence-write".to_owned()).spawn(move || {
            let file = match job.begin() {
                Ok(file) => file,
                Err(cause) => {
                    // Nobody waits any more when the caller was dropped; then nobody needs to know.
                    let _ = begun.send(Err(cause));
                    return;
                }
            };
            let _ = begun.send(Ok(()));
            let outcome = job.write(file, messages);
            if let Err(cause) = forget(&job.temporary) {
                tracing::warn!(%cause, "a temporary file of the evidence store stays until the next sweep");
            }
            let _ = conclude.send(outcome);
        })?;
        ready.await.unwrap_or_else(|_| Err(gone()))?;
        Ok(Self { root, gathered: Vec::with_capacity(SLICE), queue, outcome: Some(outcome) })
    }

    async fn hand_over(&mut self, message: Message) -> Result<(), VaultError> {
        if self.queue.send(message).await.is_ok() {
            return Ok(());
        }
        // The thread ended early: it says why, once.
        Err(self.conclusion().await.err().unwrap_or_else(gone))
    }

    async fn conclusion(&mut self) -> Outcome {
        match self.outcome.take() {
            Some(outcome) => outcome.await.unwrap_or_else(|_| Err(gone())),
            None => Err(gone()),
        }
    }
}

#[async_trait]
impl Sink for FolderSink {
    async fn write(&mut self, bytes: Bytes) -> Result<(), VaultError> {
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(SLICE - self.gathered.len()));
            self.gathered.extend_from_slice(now);
            rest = later;
            if self.gathered.len() == SLICE {
                let slice = std::mem::replace(&mut self.gathered, Vec::with_capacity(SLICE));
                self.hand_over(Message::Bytes(slice)).await?;
            }
        }
        Ok(())
    }

    async fn seal(mut self: Box<Self>, object: &str) -> Result<Sealed, VaultError> {
        let last = final_path(&self.root, object)?;
        let slice = std::mem::take(&mut self.gathered);
        self.hand_over(Message::Bytes(slice)).await?;
        self.hand_over(Message::Seal(last)).await?;
        self.conclusion().await?.ok_or_else(gone)
    }

    async fn discard(self: Box<Self>) {
        let Self { queue, outcome, .. } = *self;
        drop(queue);
        // Waits until the temporary name is gone. How writing went no longer matters.
        if let Some(outcome) = outcome {
            let _ = outcome.await;
        }
    }
}

fn gone() -> VaultError {
    VaultError::Io(io::Error::other("the writing thread has ended"))
}

impl Job {
    fn begin(&self) -> Result<File, VaultError> {
        self.look(0)?;
        create(&self.temporary).map_err(meaning)
    }

    /// Is the reserve still free, after `coming` more bytes?
    fn look(&self, coming: u64) -> Result<(), VaultError> {
        let about = rustix::fs::statvfs(&self.root).map_err(io::Error::from)?;
        let free = about.f_bavail.saturating_mul(about.f_frsize);
        if free < self.reserve.saturating_add(coming) { Err(VaultError::Full) } else { Ok(()) }
    }

    fn write(&self, mut file: File, mut messages: mpsc::Receiver<Message>) -> Outcome {
        let (mut hasher, mut size) = (Sha256::new(), 0_u64);
        let mut flusher = Flusher::default();
        loop {
            match messages.blocking_recv() {
                Some(Message::Bytes(bytes)) => {
                    // Without a reserve the disk itself says when it is full.
                    if self.reserve > 0 {
                        self.look(bytes.len() as u64)?;
                    }
                    hasher.update(&bytes);
                    file.write_all(&bytes).map_err(meaning)?;
                    size += bytes.len() as u64;
                    flusher.wrote(&file, bytes.len() as u64).map_err(meaning)?;
                }
                Some(Message::Seal(last)) => {
                    flusher.finish().map_err(meaning)?;
                    self.seal(&file, &last).map_err(|cause| match cause.kind() {
                        io::ErrorKind::AlreadyExists => VaultError::Exists,
                        _ => meaning(cause),
                    })?;
                    let size = i64::try_from(size).map_err(io::Error::other)?;
                    return Ok(Some(Sealed { size, sha256: Digest::from_bytes(hasher.finalize().into()) }));
                }
                None => return Ok(None),
            }
        }
    }

    fn seal(&self, file: &File, last: &Path) -> io::Result<()> {
        file.set_permissions(Permissions::from_mode(0o440))?;
        file.sync_all()?;
        failpoint::hit_blocking("evidence.before_name");
        let folder = last.parent().unwrap_or(&self.root);
        make_folders(folder)?;
        // Fails when the name exists, which `rename` would overwrite.
        fs::hard_link(&self.temporary, last)?;
        sync_folder(folder).inspect_err(|_| {
            // The name may not survive a power loss, so it must not be reported as kept.
            let _ = fs::remove_file(last);
        })
    }
}
