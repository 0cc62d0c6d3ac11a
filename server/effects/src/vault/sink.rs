//! One object being written: what comes is gathered to slices; one thread hashes them, the next writes them, and emptied
//! ones come back to be filled again. Hashing goes on while the disk works.

use std::{
    fs::{self, File, Permissions},
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
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

/// Bytes gathered to a slice before it is handed over: the engine sends 32 KiB at a time, disks like more.
const SLICE: usize = 1_024 * 1_024;
/// Slices that one object has, in all: being filled, hashed, written, and waiting. They are used again and again: fresh
/// memory costs the kernel much of what a write does.
const SLICES: usize = 6;

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

enum Hashed {
    Bytes(Vec<u8>),
    /// What all bytes are.
    Seal(PathBuf, Sealed),
}

/// `None` when the sender went away without sealing.
type Outcome = Result<Option<Sealed>, VaultError>;

/// The async end.
pub(super) struct FolderSink {
    root: PathBuf,
    gathered: Vec<u8>,
    /// Slices made so far.
    made: usize,
    full: mpsc::Sender<Message>,
    empty: mpsc::Receiver<Vec<u8>>,
    outcome: Option<oneshot::Receiver<Outcome>>,
}

impl FolderSink {
    /// Starts the threads and waits until the file is there.
    pub(super) async fn begin(job: Job) -> Result<Self, VaultError> {
        let root = job.root.clone();
        let (full, messages) = mpsc::channel(SLICES);
        let (hashed, to_write) = sync_channel(SLICES);
        let (emptied, empty) = mpsc::channel(SLICES);
        let (begun, ready) = oneshot::channel();
        let (conclude, outcome) = oneshot::channel();
        thread::Builder::new().name("evidence-hash".to_owned()).spawn(move || hash(messages, &hashed))?;
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
            let outcome = job.write(file, to_write, &emptied);
            if let Err(cause) = forget(&job.temporary) {
                tracing::warn!(%cause, "a temporary file of the evidence store stays until the next sweep");
            }
            let _ = conclude.send(outcome);
        })?;
        ready.await.unwrap_or_else(|_| Err(gone()))?;
        Ok(Self { root, gathered: Vec::with_capacity(SLICE), made: 1, full, empty, outcome: Some(outcome) })
    }

    async fn hand_over(&mut self, message: Message) -> Result<(), VaultError> {
        if self.full.send(message).await.is_ok() {
            return Ok(());
        }
        // A thread ended early: the one that writes says why, once.
        Err(self.conclusion().await.err().unwrap_or_else(gone))
    }

    /// A slice to fill: one that came back, a new one while there are few, or else the next that comes back.
    async fn next_slice(&mut self) -> Result<Vec<u8>, VaultError> {
        if let Ok(slice) = self.empty.try_recv() {
            return Ok(slice);
        }
        if self.made < SLICES {
            self.made += 1;
            return Ok(Vec::with_capacity(SLICE));
        }
        match self.empty.recv().await {
            Some(slice) => Ok(slice),
            None => Err(self.conclusion().await.err().unwrap_or_else(gone)),
        }
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
                let next = self.next_slice().await?;
                let slice = std::mem::replace(&mut self.gathered, next);
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
        let Self { full, outcome, .. } = *self;
        drop(full);
        // Waits until the temporary name is gone. How writing went no longer matters.
        if let Some(outcome) = outcome {
            let _ = outcome.await;
        }
    }
}

fn gone() -> VaultError {
    VaultError::Io(io::Error::other("the writing thread has ended"))
}

/// Hashes what comes and passes it on.
fn hash(mut messages: mpsc::Receiver<Message>, next: &SyncSender<Hashed>) {
    let (mut hasher, mut size) = (Sha256::new(), 0_i64);
    while let Some(message) = messages.blocking_recv() {
        let hashed = match message {
            Message::Bytes(slice) => {
                hasher.update(&slice);
                size += slice.len() as i64;
                Hashed::Bytes(slice)
            }
            Message::Seal(last) => {
                Hashed::Seal(last, Sealed { size, sha256: Digest::from_bytes(hasher.finalize_reset().into()) })
            }
        };
        if next.send(hashed).is_err() {
            // The writer ended early; it says why itself.
            return;
        }
    }
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

    fn write(&self, mut file: File, slices: Receiver<Hashed>, emptied: &mpsc::Sender<Vec<u8>>) -> Outcome {
        let mut flusher = Flusher::default();
        for hashed in slices {
            match hashed {
                Hashed::Bytes(mut slice) => {
                    // Without a reserve the disk itself says when it is full.
                    if self.reserve > 0 {
                        self.look(slice.len() as u64)?;
                    }
                    file.write_all(&slice).map_err(meaning)?;
                    flusher.wrote(&file, slice.len() as u64).map_err(meaning)?;
                    slice.clear();
                    // There is room for all slices that there are; nobody fills one after the last.
                    let _ = emptied.try_send(slice);
                }
                Hashed::Seal(last, sealed) => {
                    flusher.finish().map_err(meaning)?;
                    self.seal(&file, &last).map_err(|cause| match cause.kind() {
                        io::ErrorKind::AlreadyExists => VaultError::Exists,
                        _ => meaning(cause),
                    })?;
                    return Ok(Some(sealed));
                }
            }
        }
        Ok(None)
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
