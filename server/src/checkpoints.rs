//! Checkpoints of the audit trail: a file beside the database that says which entry existed when.
//!
//! Whoever rewrites or shortens the database does not meet them any more, as long as they cannot rewrite the file too.
//! The format is in `server/docs/audit-format.md`.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufReader, Write as _},
    path::{Path, PathBuf},
};

use quell_domain::{Timestamp, ids::Digest};
use quell_verify::Checkpoint;

/// The file.
#[derive(Debug, Clone)]
pub struct Checkpoints {
    file: PathBuf,
}

impl Checkpoints {
    /// `audit-checkpoints.ndjson` in the data folder.
    pub fn in_folder(data: &Path) -> Self {
        Self { file: data.join("audit-checkpoints.ndjson") }
    }

    /// Another file.
    pub fn at(file: PathBuf) -> Self {
        Self { file }
    }

    /// All of them; none when there is no file yet.
    ///
    /// # Errors
    /// The file cannot be read, or is not such a file.
    pub fn read(&self) -> io::Result<Vec<Checkpoint>> {
        match File::open(&self.file) {
            Ok(file) => quell_verify::read_checkpoints(BufReader::new(file))
                .map_err(|finding| io::Error::new(io::ErrorKind::InvalidData, finding.to_string())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Appends one, durable when this returns.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn append(&self, seq: i64, hash: &Digest, at: Timestamp) -> io::Result<()> {
        let line = format!("{{\"seq\":{seq},\"hash\":\"{hash}\",\"at\":{}}}\n", at.0);
        self.drop_torn_line()?;
        let mut file = OpenOptions::new().create(true).append(true).open(&self.file)?;
        // One write: two portals on one folder do not mix their lines.
        file.write_all(line.as_bytes())?;
        file.sync_all()
    }

    /// A crash in the middle of [`Self::append`] leaves half a line: never durable, so never a checkpoint.
    fn drop_torn_line(&self) -> io::Result<()> {
        let whole = match std::fs::read(&self.file) {
            Ok(bytes) if bytes.last().is_some_and(|last| *last != b'\n') => {
                bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)
            }
            Ok(_) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        OpenOptions::new().write(true).open(&self.file)?.set_len(u64::try_from(whole).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_appended_is_read() {
        let folder = std::env::temp_dir().join(format!("quell-checkpoints-{}", quell_core::ids::mint()));
        std::fs::create_dir(&folder).expect("folder");
        let checkpoints = Checkpoints::in_folder(&folder);
        assert_eq!(checkpoints.read().expect("none"), []);
        checkpoints.append(1, &Digest::of(b"x"), Timestamp(5)).expect("written");
        checkpoints.append(2, &Digest::of(b"y"), Timestamp(6)).expect("written");
        let file = folder.join("audit-checkpoints.ndjson");
        let torn = [std::fs::read(&file).expect("lines"), b"{\"seq\":3,".to_vec()].concat();
        std::fs::write(&file, torn).expect("torn");
        checkpoints.append(4, &Digest::of(b"z"), Timestamp(7)).expect("written");
        let read = checkpoints.read().expect("three");
        assert_eq!(read.iter().map(|c| (c.seq, c.at)).collect::<Vec<_>>(), [(1, 5), (2, 6), (4, 7)]);
        std::fs::remove_dir_all(folder).expect("removed");
    }
}
