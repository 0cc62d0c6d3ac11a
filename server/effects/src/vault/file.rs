//! The file under its temporary name: written past the kernel's cache where the file system can, because nobody reads
//! evidence soon and the cache's memory and work are wanted elsewhere.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::Path,
};

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use super::slice::Slice;

/// One file being written, from its beginning to its end.
pub(super) struct Writer {
    file: File,
    /// Bytes written.
    length: u64,
    /// Do writes go past the cache?
    direct: bool,
}

impl Writer {
    /// Makes the file.
    ///
    /// # Errors
    /// When it is there already, or cannot be made.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        // Tells a sweep that somebody is writing. A file system without locks is swept at the portal's start only.
        if let Err(TryLockError::Error(cause)) = file.try_lock() {
            tracing::debug!(%cause, "the evidence store's file system has no locks");
        }
        let direct = fcntl_getfl(&file).and_then(|flags| fcntl_setfl(&file, flags | OFlags::DIRECT)).is_ok();
        Ok(Self { file, length: 0, direct })
    }

    /// Writes the next slice. Only the last may be less than full.
    pub(super) fn write(&mut self, slice: &Slice) -> io::Result<()> {
        if !slice.is_full() {
            self.through_the_cache()?;
        }
        match self.file.write_all_at(slice.bytes(), self.length) {
            // Some file systems take the flag and then refuse the write, or its rest. All of it is written again.
            Err(cause) if self.direct && cause.kind() == io::ErrorKind::InvalidInput => {
                self.through_the_cache()?;
                self.file.write_all_at(slice.bytes(), self.length)?;
            }
            written => written?,
        }
        self.length += slice.bytes().len() as u64;
        Ok(())
    }

    /// The file, to be made durable.
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Ends of any length go through the cache.
    fn through_the_cache(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.direct) {
            let flags = fcntl_getfl(&self.file)?;
            fcntl_setfl(&self.file, flags - OFlags::DIRECT)?;
        }
        Ok(())
    }
}
