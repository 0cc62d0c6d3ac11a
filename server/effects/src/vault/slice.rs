//! Bytes gathered for one write, in memory that begins where a disk wants it to.

/// Where memory, lengths and places in the file must begin for writes that go past the kernel's cache. No disk asks for more.
const ALIGNED: usize = 4_096;
/// Bytes of one slice: the engine sends 32 KiB at a time, disks like more.
pub(super) const SLICE: usize = 1_024 * 1_024;

/// Up to [`SLICE`] bytes. Used again and again: fresh memory costs the kernel as much as the write.
pub(super) struct Slice {
    room: Vec<u8>,
    start: usize,
    length: usize,
}

impl Slice {
    pub(super) fn new() -> Self {
        let room = vec![0; SLICE + ALIGNED];
        let start = room.as_ptr().align_offset(ALIGNED).min(ALIGNED);
        Self { room, start, length: 0 }
    }

    /// One that takes nothing, to stand where one was taken away.
    pub(super) fn none() -> Self {
        Self { room: Vec::new(), start: 0, length: 0 }
    }

    /// Takes what there is room for, and answers the rest.
    pub(super) fn fill<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let (now, later) = bytes.split_at(bytes.len().min(SLICE - self.length));
        let at = self.start + self.length;
        self.room[at..at + now.len()].copy_from_slice(now);
        self.length += now.len();
        later
    }

    pub(super) fn is_full(&self) -> bool {
        self.length == SLICE
    }

    pub(super) fn clear(&mut self) {
        self.length = 0;
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.room[self.start..self.start + self.length]
    }
}
