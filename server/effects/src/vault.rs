//! The evidence store in a folder: written once under a temporary name, made durable, then linked to its final name.
//!
//! A final name is a hard link made after the bytes are on disk: it cannot overwrite, and it never names partial bytes.
//! Owns: names and files below its root. Must not know: what the bytes are.

mod flusher;
mod sink;

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Read},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use futures::StreamExt;
use quell_core::ports::{ByteStream, Sealed, Sink, Vault, VaultError};
use quell_domain::ids::Digest;
use sha2::{Digest as _, Sha256};
use tokio_util::io::ReaderStream;

/// Folder of temporary names.
const TEMPORARY: &str = ".tmp";
/// Bytes read at a time for a download.
const READ: usize = 256 * 1_024;
/// Bytes hashed at a time.
const HASH: usize = 1_024 * 1_024;

/// A folder of kept evidence.
#[derive(Debug)]
pub struct FolderVault {
    root: PathBuf,
    reserve: u64,
    next: AtomicU64,
    /// Makes temporary names of two processes differ.
    salt: String,
}

impl FolderVault {
    /// Opens the store, making its folder when there is none. `reserve_bytes` of free space are never used.
    ///
    /// # Errors
    /// When the folder cannot be made or written.
    pub fn open(root: impl Into<PathBuf>, reserve_bytes: u64) -> Result<Self, VaultError> {
        let vault = Self::at(root, reserve_bytes)?;
        make_folders(&vault.root.join(TEMPORARY)).map_err(meaning)?;
        Ok(vault)
    }

    /// The store in a folder, which is neither made nor looked at: for who will not write.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn at(root: impl Into<PathBuf>, reserve_bytes: u64) -> Result<Self, VaultError> {
        let mut salt = [0; 8];
        getrandom::fill(&mut salt).map_err(|cause| io::Error::other(cause.to_string()))?;
        Ok(Self { root: root.into(), reserve: reserve_bytes, next: AtomicU64::new(0), salt: hex::encode(salt) })
    }

    fn temporary(&self) -> PathBuf {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.root.join(TEMPORARY).join(format!("{}-{number}", self.salt))
    }
}

#[async_trait]
impl Vault for FolderVault {
    async fn begin(&self) -> Result<Box<dyn Sink>, VaultError> {
        let job = sink::Job { temporary: self.temporary(), root: self.root.clone(), reserve: self.reserve };
        Ok(Box::new(sink::FolderSink::begin(job).await?))
    }

    async fn open(&self, object: &str) -> Result<(u64, ByteStream), VaultError> {
        let path = final_path(&self.root, object)?;
        let (file, size) = blocking(move || open_kept(&path)).await?;
        Ok((size, ReaderStream::with_capacity(tokio::fs::File::from_std(file), READ).boxed()))
    }

    async fn check(&self, object: &str) -> Result<Option<Sealed>, VaultError> {
        let path = final_path(&self.root, object)?;
        blocking(move || match open_kept(&path) {
            Err(VaultError::Missing) => Ok(None),
            opened => hash(opened?.0).map(Some),
        })
        .await
    }

    async fn sweep(&self) -> Result<(), VaultError> {
        let folder = self.root.join(TEMPORARY);
        blocking(move || {
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                // A writer holds a lock on its file, which ends with its process: what is locked is being written now.
                match File::open(&path).map(|file| file.try_lock()) {
                    Ok(Err(TryLockError::WouldBlock)) => {}
                    Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
                    _ => forget(&path)?,
                }
            }
            Ok(())
        })
        .await
    }
}

/// The path of a final name. Anything but plain parts is refused: no name leads out of the root or to a hidden file.
fn final_path(root: &Path, object: &str) -> Result<PathBuf, VaultError> {
    let plain = |part: &str| {
        (1..=128).contains(&part.len())
            && !part.starts_with('.')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    };
    if object.len() <= 512 && object.split('/').all(plain) {
        Ok(root.join(object))
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "not a name of the evidence store").into())
    }
}

/// Runs file work where it may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, VaultError> + Send + 'static,
) -> Result<T, VaultError> {
    tokio::task::spawn_blocking(work).await.map_err(|cause| VaultError::Io(io::Error::other(cause)))?
}

fn open_kept(path: &Path) -> Result<(File, u64), VaultError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(cause) if matches!(cause.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Err(VaultError::Missing);
        }
        Err(cause) => return Err(cause.into()),
    };
    let about = file.metadata()?;
    if about.is_file() { Ok((file, about.len())) } else { Err(VaultError::Missing) }
}

fn hash(mut file: File) -> Result<Sealed, VaultError> {
    let (mut hasher, mut size, mut buffer) = (Sha256::new(), 0, vec![0; HASH]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(Sealed { size, sha256: Digest::from_bytes(hasher.finalize().into()) }),
            count => {
                hasher.update(&buffer[..count]);
                size += count as i64;
            }
        }
    }
}

/// Makes a folder and those above it, each one durable in its parent.
fn make_folders(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        make_folders(parent)?;
        match DirBuilder::new().mode(0o750).create(path) {
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {}
            made => made?,
        }
        return sync_folder(parent);
    }
    DirBuilder::new().mode(0o750).create(path)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn create(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    // Tells a sweep that somebody is writing. A file system without locks is swept at the portal's start only.
    if let Err(TryLockError::Error(cause)) = file.try_lock() {
        tracing::debug!(%cause, "the evidence store's file system has no locks");
    }
    Ok(file)
}

/// Removes a temporary name; one that is gone is fine.
fn forget(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(cause),
        _ => Ok(()),
    }
}

/// What a failed file call means.
fn meaning(cause: io::Error) -> VaultError {
    match cause.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => VaultError::Full,
        _ => VaultError::Io(cause),
    }
}

#[cfg(test)]
mod tests;
