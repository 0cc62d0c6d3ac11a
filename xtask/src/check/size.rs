//! How long a file and how large a download may be.

use std::{fs, path::Path};

use super::Source;
use crate::sh;

/// A Rust file longer than this is an error: it holds more than one thing.
pub const MAX_LINES: usize = 500;
/// A Rust file longer than this is worth a look.
pub const WARN_LINES: usize = 300;
/// What a first visit may cost, brotli, in bytes.
const BUDGETS: [(&str, u64); 3] = [("WASM", 200 * 1024), ("JS", 14 * 1024), ("CSS", 16 * 1024)];

/// Rust files with more lines than `limit`.
pub fn long_files(sources: &[Source], limit: usize) -> Vec<String> {
    let rust = sources.iter().filter(|source| source.path.ends_with(".rs"));
    let long = rust.map(|source| (source, source.text.lines().count())).filter(|(_, lines)| *lines > limit);
    long.map(|(source, lines)| format!("{}: {lines} lines, more than {limit}", source.path)).collect()
}

/// Brotli bytes of each kind of file in `pkg`.
pub fn downloads(pkg: &Path) -> sh::Result<Vec<(&'static str, u64)>> {
    let entries = fs::read_dir(pkg).map_err(|error| format!("cannot read {}: {error}", pkg.display()))?;
    let mut sums = BUDGETS.map(|(kind, _)| (kind, 0));
    for entry in entries.filter_map(Result::ok) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let bytes = entry.metadata().map_err(|error| error.to_string())?.len();
        for (kind, sum) in &mut sums {
            if name.ends_with(&format!(".{}.br", kind.to_lowercase())) {
                *sum += bytes;
            }
        }
    }
    Ok(sums.to_vec())
}

/// What is larger than its budget, or is not there at all.
pub fn over_budget(sizes: &[(&'static str, u64)]) -> Vec<String> {
    let mut broken = Vec::new();
    for (kind, limit) in BUDGETS {
        match sizes.iter().find(|(name, _)| *name == kind).map_or(0, |(_, bytes)| *bytes) {
            0 => broken.push(format!("{kind}: no precompressed file in the site")),
            bytes if bytes > limit => broken.push(format!("{kind}: {bytes} bytes brotli, more than {limit}")),
            _ => {}
        }
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_is_found() {
        let source = |lines: usize| [Source { path: "a.rs".into(), text: "x\n".repeat(lines) }];
        assert!(long_files(&source(MAX_LINES), MAX_LINES).is_empty());
        assert_eq!(long_files(&source(MAX_LINES + 1), MAX_LINES).len(), 1);
    }

    #[test]
    fn budgets_can_be_broken() {
        assert!(over_budget(&[("WASM", 1), ("JS", 14 * 1024), ("CSS", 1)]).is_empty());
        assert_eq!(over_budget(&[("WASM", 1), ("JS", 14 * 1024 + 1), ("CSS", 1)]).len(), 1);
        assert_eq!(over_budget(&[("WASM", 1), ("JS", 1)]).len(), 1);
    }
}
