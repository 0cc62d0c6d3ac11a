//! Pushes bytes to the disk while more of them come, so that the flush before the final name has little left to do.

use std::{
    fs::File,
    io,
    sync::mpsc::{SyncSender, sync_channel},
    thread::{self, JoinHandle},
};

use rustix::fs::Advice;

/// Bytes between two pushes.
const STEP: u64 = 16 * 1_024 * 1_024;

/// A second thread for one large file; it is started with the first push.
#[derive(Default)]
pub(super) struct Flusher {
    since: u64,
    running: Option<(SyncSender<()>, JoinHandle<io::Result<()>>)>,
}

impl Flusher {
    /// So many bytes were written.
    pub(super) fn wrote(&mut self, file: &File, bytes: u64) -> io::Result<()> {
        self.since += bytes;
        if self.since < STEP {
            return Ok(());
        }
        self.since = 0;
        let (ask, _) = match &self.running {
            Some(running) => running,
            None => self.running.insert(start(file.try_clone()?)?),
        };
        // When one push runs and another waits, that one will take these bytes too.
        let _ = ask.try_send(());
        Ok(())
    }

    /// Waits for the push that runs.
    ///
    /// # Errors
    /// What a push met. The kernel tells a failed write once to all handles of an open file together: the flush at the end
    /// would say that all is well.
    pub(super) fn finish(self) -> io::Result<()> {
        let Some((ask, thread)) = self.running else { return Ok(()) };
        drop(ask);
        thread.join().unwrap_or_else(|_| Err(io::Error::other("the flushing thread has ended")))
    }
}

fn start(file: File) -> io::Result<(SyncSender<()>, JoinHandle<io::Result<()>>)> {
    let (ask, asked) = sync_channel(1);
    let push = move || {
        asked.iter().try_for_each(|()| {
            file.sync_data()?;
            // Nobody reads it soon: the same memory can take the next bytes, instead of memory that others need.
            Ok(rustix::fs::fadvise(&file, 0, None, Advice::DontNeed)?)
        })
    };
    Ok((ask, thread::Builder::new().name("evidence-flush".to_owned()).spawn(push)?))
}
