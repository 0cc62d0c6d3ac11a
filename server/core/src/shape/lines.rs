//! The log of a container with a terminal: no frames, but with timestamps on (we always ask for them) the engine begins
//! every line with one.

use super::{Found, TROUBLE, grouped, quoted};

/// Enough of a line's beginning to tell the engine's trouble and to quote it.
const BEGINNING: usize = 256;

/// Walks lines.
#[derive(Debug, Default)]
pub(super) struct Walk {
    beginning: Vec<u8>,
    lines: u64,
    bytes: u64,
    lacks: Option<String>,
}

impl Walk {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        for piece in bytes.split_inclusive(|&b| b == b'\n') {
            let keep = piece.len().min(BEGINNING - self.beginning.len());
            self.beginning.extend_from_slice(&piece[..keep]);
            if piece.ends_with(b"\n") {
                self.end();
            }
        }
    }

    fn end(&mut self) {
        self.lines += 1;
        if self.beginning.starts_with(TROUBLE) {
            self.lacks.get_or_insert_with(|| quoted(&self.beginning));
        }
        self.beginning.clear();
    }

    pub(super) fn finish(mut self) -> Found {
        if !self.beginning.is_empty() {
            self.end();
        }
        let words = format!(
            "{} lines, {} bytes of a terminal, which have no structure to check",
            grouped(self.lines),
            grouped(self.bytes)
        );
        Found { words, lacks: self.lacks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(bytes: &[u8], step: usize) -> Found {
        let mut walk = Walk::default();
        bytes.chunks(step).for_each(|piece| walk.push(piece));
        walk.finish()
    }

    const LOG: &[u8] =
        b"2026-11-24T10:00:00.000000000Z one\r\n2026-11-24T10:00:01.000000000Z Error grabbing logs: ha\r\n";

    #[test]
    fn the_container_may_write_what_it_likes() {
        for step in 1..LOG.len() {
            let found = walk(LOG, step);
            assert_eq!(found.lacks, None);
            assert_eq!(found.words, "2 lines, 92 bytes of a terminal, which have no structure to check");
        }
        assert_eq!(walk(b"2026 no end of line", 3).lacks, None);
    }

    #[test]
    fn the_engines_own_trouble_is_told_wherever_it_comes() {
        let last = [LOG, b"Error grabbing logs: unexpected EOF\n"].concat();
        let middle = [b"Error grabbing logs: unexpected EOF\n", LOG].concat();
        let torn = [LOG, b"Error grabbing logs: unexpected EOF"].concat();
        for log in [last, middle, torn] {
            for step in 1..log.len() {
                assert_eq!(walk(&log, step).lacks.as_deref(), Some("Error grabbing logs: unexpected EOF"));
            }
        }
    }
}
