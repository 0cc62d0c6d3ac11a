//! The files that a way to an engine is made with, read anew for each connection so that a renewed one counts at once.
//! Their contents leave this module only for the library that uses them, and never for a log or a sentence.

use std::{
    fmt::Display,
    fs::{File, Metadata},
    io::{ErrorKind, Read as _},
    os::unix::fs::MetadataExt as _,
};

use quell_core::ports::EngineError;
use secrecy::SecretString;

/// Longest file of keys or certificates.
const LONGEST: u64 = 1_024 * 1_024;

/// What stands in the way, by the form's field that names it.
pub(super) fn barred(field: &'static str, words: impl Into<String>, cause: impl Display) -> EngineError {
    EngineError::Barred { field, words: words.into(), cause: cause.to_string() }
}

/// A file that anybody may read. `what` is what it holds, for people.
pub(super) fn read(field: &'static str, what: &str, path: &str) -> Result<String, EngineError> {
    let (file, _) = open(field, what, path)?;
    text(field, what, file)
}

/// A private key. Like ssh and PostgreSQL we do not use one that others can read: its owner alone may, or also the group
/// when it is root's.
pub(super) fn read_private(field: &'static str, path: &str) -> Result<SecretString, EngineError> {
    const WHAT: &str = "private key";
    let (file, metadata) = open(field, WHAT, path)?;
    let others = if metadata.uid() == 0 { 0o037 } else { 0o077 };
    if metadata.mode() & others != 0 {
        let words = "The private key file can be read or changed by others. Make it its owner's alone (chmod 600).";
        return Err(barred(field, words, format!("{path}: mode {:o}", metadata.mode() & 0o7777)));
    }
    text(field, WHAT, file).map(SecretString::from)
}

fn open(field: &'static str, what: &str, path: &str) -> Result<(File, Metadata), EngineError> {
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

fn text(field: &'static str, what: &str, file: File) -> Result<String, EngineError> {
    let mut text = String::new();
    match file.take(LONGEST + 1).read_to_string(&mut text) {
        Ok(read) if read as u64 <= LONGEST => Ok(text),
        Ok(_) => Err(barred(field, format!("The {what} file is too long to be one."), "too long")),
        Err(cause) => Err(barred(field, format!("The {what} file is not readable text."), cause)),
    }
}
