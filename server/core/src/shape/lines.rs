//! The log of a container with a terminal: no frames, but with timestamps on (we always ask for them) the engine begins
//! every line with one. The engine's own trouble is written between, after whatever the container wrote last, and
//! nothing tells the two apart: wherever its words stand, they leave doubt.

use super::{Found, TROUBLE, grouped, quoted};

/// Enough of the engine's words to quote them.
const QUOTE: usize = 256;

/// Walks lines.
#[derive(Debug, Default)]
pub(super) struct Walk {
    lines: u64,
    bytes: u64,
    /// Is there a line without its end?
    open: bool,
    /// The first words that may be the engine's, as far as they have come.
    said: Vec<u8>,
    /// They are whole: more of them is not quoted.
    quoted: bool,
}

impl Walk {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        for &byte in bytes {
            self.open = byte != b'\n';
            self.lines += u64::from(!self.open);
            self.listen(byte);
        }
    }

    fn listen(&mut self, byte: u8) {
        if self.quoted {
            return;
        }
        match TROUBLE.get(self.said.len()) {
            // Its first letter comes in it once: what does not go on with it can at most begin anew.
            Some(&next) if byte != next => {
                self.said.clear();
                if byte == TROUBLE[0] {
                    self.said.push(byte);
                }
            }
            None if byte == b'\n' || self.said.len() == QUOTE => self.quoted = true,
            _ => self.said.push(byte),
        }
    }

    pub(super) fn finish(self) -> Found {
        let words = format!(
            "{} lines, {} bytes of a terminal, which have no structure to check",
            grouped(self.lines + u64::from(self.open)),
            grouped(self.bytes)
        );
        let lacks = (self.said.len() >= TROUBLE.len())
            .then(|| format!("Something may be missing: the engine or the container wrote {}", quoted(&self.said)));
        Found { words, lacks }
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
        b"2026-11-24T10:00:00.000000000Z one\r\n2026-11-24T10:00:01.000000000Z Error grabbing log: ha\r\n";

    #[test]
    fn the_container_may_write_what_it_likes() {
        for step in 1..LOG.len() {
            let found = walk(LOG, step);
            assert_eq!(found.lacks, None);
            assert_eq!(found.words, "2 lines, 91 bytes of a terminal, which have no structure to check");
        }
        let open = walk(b"2026 no end of line", 3);
        assert!(open.lacks.is_none() && open.words.starts_with("1 lines"), "{open:?}");
    }

    #[test]
    fn what_the_engine_may_have_said_is_told_wherever_it_comes() {
        let trouble = b"Error grabbing logs: unexpected EOF";
        let last = [LOG, trouble, b"\n"].concat();
        let first = [trouble, b"\n".as_slice(), LOG].concat();
        let torn = [LOG, trouble].concat();
        let in_a_line = [LOG, b"2026 half a line Error grab".as_slice(), trouble, b"\r\n", LOG].concat();
        for log in [last, first, torn, in_a_line] {
            for step in 1..log.len() {
                let told =
                    "Something may be missing: the engine or the container wrote Error grabbing logs: unexpected EOF";
                assert_eq!(walk(&log, step).lacks.as_deref(), Some(told));
            }
        }
        let long = walk(&[trouble.as_slice(), &[b'x'; 9_999]].concat(), 7).lacks.expect("told");
        assert!(long.len() < 400, "{long}");
    }
}
