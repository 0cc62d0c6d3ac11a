//! The engine's log frames: 8 bytes of header (stream, three zeros, length as big-endian u32), then that many bytes.
//!
//! Streams 1 and 2 are the container's, whatever is in them; on stream 3 the engine tells its own trouble.

use super::{Found, grouped, quoted};

/// Enough of a frame's beginning to quote it.
const BEGINNING: usize = 256;

/// Walks frames.
#[derive(Debug, Default)]
pub(super) struct Walk {
    header: Vec<u8>,
    left: u32,
    beginning: Vec<u8>,
    stdout: u64,
    stderr: u64,
    lacks: Option<String>,
}

impl Walk {
    pub(super) fn push(&mut self, mut bytes: &[u8]) -> Result<(), String> {
        while !bytes.is_empty() {
            if self.header.len() < 8 {
                let take = bytes.len().min(8 - self.header.len());
                self.header.extend_from_slice(&bytes[..take]);
                bytes = &bytes[take..];
                if self.header.len() == 8 {
                    self.begin()?;
                }
            } else {
                let take = bytes.len().min(self.left as usize);
                let keep = take.min(BEGINNING - self.beginning.len());
                self.beginning.extend_from_slice(&bytes[..keep]);
                bytes = &bytes[take..];
                // `take` is at most `left`, which is a u32.
                self.left -= take as u32;
                if self.left == 0 {
                    self.end();
                }
            }
        }
        Ok(())
    }

    fn begin(&mut self) -> Result<(), String> {
        let number = self.stdout + self.stderr + 1;
        let &[0..=3, 0, 0, 0, l0, l1, l2, l3] = self.header.as_slice() else {
            return Err(format!("Frame {} has no valid header: {}", grouped(number), quoted(&self.header)));
        };
        self.left = u32::from_be_bytes([l0, l1, l2, l3]);
        self.beginning.clear();
        if self.left == 0 {
            self.end();
        }
        Ok(())
    }

    fn end(&mut self) {
        let stream = self.header.first().copied().unwrap_or_default();
        if stream == 3 {
            self.lacks
                .get_or_insert_with(|| format!("The engine did not give everything: {}", quoted(&self.beginning)));
        }
        let count = if stream == 2 { &mut self.stderr } else { &mut self.stdout };
        *count += 1;
        self.header.clear();
    }

    pub(super) fn finish(self) -> Result<Found, String> {
        let count = self.stdout + self.stderr;
        if self.header.is_empty() {
            let words = format!(
                "{} log frames ({} of standard output, {} of standard error), the last one whole",
                grouped(count),
                grouped(self.stdout),
                grouped(self.stderr)
            );
            Ok(Found { words, lacks: self.lacks })
        } else {
            Err(format!("The logs break off inside frame {}", grouped(count + 1)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check, found};
    use crate::ports::Shape;

    fn frame(stream: u8, body: &[u8]) -> Vec<u8> {
        let mut out = vec![stream, 0, 0, 0];
        out.extend_from_slice(&(body.len() as u32).to_be_bytes());
        out.extend_from_slice(body);
        out
    }

    #[test]
    fn whole_frames_pass_however_they_are_cut() {
        let logs =
            [frame(1, b"2026-11-24T10:00:00.000000000Z hello\n"), frame(2, b"2026 oh\n"), frame(1, b"")].concat();
        for step in 1..logs.len() {
            let found = check(Shape::Frames, &logs, step).expect("whole");
            assert_eq!(found, "3 log frames (2 of standard output, 1 of standard error), the last one whole");
        }
        assert!(check(Shape::Frames, b"", 1).is_ok(), "a container may have written nothing");
    }

    #[test]
    fn every_truncation_fails_but_between_frames() {
        let first = frame(1, b"2026 hello\n");
        let logs = [first.clone(), frame(2, b"2026 oh\n")].concat();
        for end in 1..logs.len() {
            assert_eq!(check(Shape::Frames, &logs[..end], 5).is_ok(), end == first.len(), "cut at {end}");
        }
    }

    #[test]
    fn the_engines_own_trouble_is_not_a_log_line() {
        let logs = [frame(1, b"2026 hello\n"), frame(3, b"Error grabbing logs: unexpected EOF\n")].concat();
        let lacks = found(Shape::Frames, &logs, 3).expect("well formed").lacks;
        let told = "The engine did not give everything: Error grabbing logs: unexpected EOF";
        assert_eq!(lacks.as_deref(), Some(told));
        for stream in [1, 2] {
            let logs = frame(stream, b"Error grabbing logs: x\n");
            let found = found(Shape::Frames, &logs, 9).expect("well formed");
            assert_eq!(found.lacks, None, "the container may say so on {stream}");
        }
        assert!(check(Shape::Frames, b"{\"message\":\"no such container\"}\n", 9).is_err());
    }
}
