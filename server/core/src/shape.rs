//! The structural check of an artefact while it streams: does it end where its own format says that it ends?
//!
//! An engine answers 200 before it knows whether it can deliver the rest, and writes errors into the same stream
//! (security-and-forensics, finding 5). So the transfer's end proves nothing; the artefact's own structure must.
//! Owns: the walks of JSON, archives, images and logs, in bounded memory. Must not know: engines, files.

mod frames;
mod image;
mod json;
mod lines;
mod tar;

use quell_domain::text;

use crate::ports::Shape;

/// How the engine begins the line that says that it could not read logs on. With timestamps on (we always ask for them)
/// every line of the container begins with a digit, so the container cannot write this.
const TROUBLE: &[u8] = b"Error grabbing logs";

/// What a walk to the end found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// In words, for the record.
    pub words: String,
    /// Why something may be missing, when the engine said so, or may have: a sentence with its words.
    pub lacks: Option<String>,
}

/// Walks the bytes of one artefact.
#[derive(Debug)]
pub struct Checker(Walk);

#[derive(Debug)]
enum Walk {
    Json(json::Scan),
    Tar(tar::Walk<()>),
    Image(Box<tar::Walk<image::Parts>>),
    Frames(frames::Walk),
    Lines(lines::Walk),
}

impl Checker {
    /// Begins a walk.
    #[must_use]
    pub fn new(shape: Shape) -> Self {
        Self(match shape {
            Shape::Json => Walk::Json(json::Scan::default()),
            Shape::Tar => Walk::Tar(tar::Walk::default()),
            Shape::Image => Walk::Image(Box::default()),
            Shape::Frames => Walk::Frames(frames::Walk::default()),
            Shape::Lines => Walk::Lines(lines::Walk::default()),
        })
    }

    /// Takes the next bytes, however they are cut.
    ///
    /// # Errors
    /// One sentence for people: what breaks the format. The walk is over then; later calls mean nothing.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), String> {
        match &mut self.0 {
            Walk::Json(scan) => scan.push(bytes),
            Walk::Tar(walk) => walk.push(bytes),
            Walk::Image(walk) => walk.push(bytes),
            Walk::Frames(walk) => walk.push(bytes),
            Walk::Lines(walk) => {
                walk.push(bytes);
                Ok(())
            }
        }
    }

    /// All bytes are in. Answers what was found.
    ///
    /// # Errors
    /// One sentence for people: what is missing.
    pub fn finish(self) -> Result<Found, String> {
        let whole = |words| Found { words, lacks: None };
        match self.0 {
            Walk::Json(scan) => scan.finish().map(whole),
            Walk::Tar(walk) => walk.finish().map(whole),
            Walk::Image(walk) => walk.finish().map(whole),
            Walk::Frames(walk) => walk.finish(),
            Walk::Lines(walk) => Ok(walk.finish()),
        }
    }
}

/// `4,211`: digits in groups of three.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Bytes that do not belong, made harmless and short: an engine's error text tells the reader what went wrong.
fn quoted(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len()).min(200);
    text::visible(String::from_utf8_lossy(&bytes[..end]).trim_end())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Pushes bytes in pieces of `step` and answers what the walk says.
    pub(crate) fn check(shape: Shape, bytes: &[u8], step: usize) -> Result<String, String> {
        found(shape, bytes, step).map(|found| found.words)
    }

    /// The same with what the engine itself says is lacking.
    pub(crate) fn found(shape: Shape, bytes: &[u8], step: usize) -> Result<Found, String> {
        let mut checker = Checker::new(shape);
        for piece in bytes.chunks(step.max(1)) {
            checker.push(piece)?;
        }
        checker.finish()
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(4_211), "4,211");
        assert_eq!(grouped(1_000_000), "1,000,000");
    }

    #[test]
    fn what_is_quoted_is_harmless() {
        assert_eq!(quoted(b"{\"message\":\"x\x1b[31m\"}\n\0\0rest"), "{\"message\":\"x\\u001B[31m\"}");
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..2_000), step in 1_usize..700) {
            for shape in [Shape::Json, Shape::Tar, Shape::Image, Shape::Frames, Shape::Lines] {
                let _ = check(shape, &bytes, step);
            }
        }
    }
}
