//! A container's description that changes while it is read.

use std::sync::atomic::{AtomicUsize, Ordering};

/// A container that is another at every look: how often it was restarted goes up by one each time.
#[derive(Debug, Default)]
pub struct Edits {
    made: AtomicUsize,
    held: AtomicUsize,
}

impl Edits {
    /// So many looks from now on see what the last one saw.
    pub fn hold(&self, looks: usize) {
        self.held.store(looks, Ordering::SeqCst);
    }

    /// How often it was edited.
    pub fn made(&self) -> usize {
        self.made.load(Ordering::SeqCst)
    }

    /// One look: the count that it sees.
    pub(super) fn look(&self) -> usize {
        let held = self.held.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        self.made.fetch_add(usize::from(!held), Ordering::SeqCst) + usize::from(!held)
    }
}
