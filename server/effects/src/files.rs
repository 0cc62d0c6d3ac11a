//! The files that a way to an engine or a load balancer is made with, read anew each time so that a renewed one counts at
//! once. Their contents leave this module only for what uses them, and never for a log or a sentence.

use std::{
    fmt::Display,
    fs::{File, Metadata},
    io::{ErrorKind, Read as _},
    os::unix::fs::MetadataExt as _,
};

use quell_core::ports::{EngineError, GateError};
use secrecy::SecretString;

/// Longest file of keys, certificates or credentials.
const LONGEST: u64 = 1_024 * 1_024;

/// What stands in the way, by the form's field that names it.
#[derive(Debug)]
pub(crate) struct Barred {
    field: &'static str,
    words: String,
    cause: String,
}

/// `words` are for people, `cause` is for the log. Neither holds anything of a secret.
pub(crate) fn barred(field: &'static str, words: impl Into<String>, cause: impl Display) -> Barred {
    Barred { field, words: words.into(), cause: cause.to_string() }
}

impl From<Barred> for EngineError {
    fn from(Barred { field, words, cause }: Barred) -> Self {
        Self::Barred { field, words, cause }
    }
}

impl From<Barred> for GateError {
    fn from(Barred { field, words, cause }: Barred) -> Self {
        Self::Barred { field, words, cause }
    }
}

/// A file that anybody may read. `what` is what it holds, for people.
pub(crate) fn read(field: &'static str, what: &str, path: &str) -> Result<String, Barred> {
    let (file, _) = open(field, what, path)?;
    text(field, what, file)
}

/// A secret. Like ssh and PostgreSQL we do not use one that others can read: its owner alone may, or also the group when it
/// is root's. `what` is what it holds, for people.
pub(crate) fn read_private(field: &'static str, what: &str, path: &str) -> Result<SecretString, Barred> {
    let (file, metadata) = open(field, what, path)?;
    let others = if metadata.uid() == 0 { 0o037 } else { 0o077 };
    if metadata.mode() & others != 0 {
        let words = format!("The {what} file can be read or changed by others. Make it its owner's alone (chmod 600).");
        return Err(barred(field, words, format!("{path}: mode {:o}", metadata.mode() & 0o7777)));
    }
    text(field, what, file).map(SecretString::from)
}

fn open(field: &'static str, what: &str, path: &str) -> Result<(File, Metadata), Barred> {
    let refuse = |cause: std::io::Error| {
        let why = match cause.kind() {
            ErrorKind::NotFound => "there is no such file",
            ErrorKind::PermissionDenied => "Quell may not read it",
            _ => "it cannot be read",
        };
        barred(field, format!("The {what} file cannot be opened: {why}."), format!("{path}: {cause}"))
    };
    // What is no file is not opened: a pipe would let us wait for ever.
    if !std::fs::metadata(path).map_err(refuse)?.is_file() {
        return Err(barred(field, format!("The path of the {what} is not that of a file."), path));
    }
    let file = File::open(path).map_err(refuse)?;
    let metadata = file.metadata().map_err(refuse)?;
    Ok((file, metadata))
}

fn text(field: &'static str, what: &str, file: File) -> Result<String, Barred> {
    let mut text = String::new();
    match file.take(LONGEST + 1).read_to_string(&mut text) {
        Ok(read) if read as u64 <= LONGEST => Ok(text),
        Ok(_) => Err(barred(field, format!("The {what} file is too long to be one."), "too long")),
        Err(cause) => Err(barred(field, format!("The {what} file is not readable text."), cause)),
    }
}
