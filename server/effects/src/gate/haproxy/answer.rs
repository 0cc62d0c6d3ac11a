//! What HAProxy's words mean, and ours about what was done.

use quell_core::ports::{Done, GateError};
use quell_domain::text;

/// Most characters kept of HAProxy's words.
const WORDS: usize = 300;

pub(super) fn done(words: String) -> Done {
    Done { requests: Vec::new(), words }
}

pub(super) fn barred(field: &'static str, words: &str, cause: String) -> GateError {
    GateError::Barred { field, words: words.to_owned(), cause }
}

pub(super) fn low_level(level: &str) -> GateError {
    let words = "The socket's level is too low. Write level admin in its line of HAProxy's configuration.";
    barred("socket", words, format!("level {level}"))
}

/// HAProxy says nothing when it did what was asked.
pub(super) fn silent(said: &str) -> Result<(), GateError> {
    if said.trim().is_empty() { Ok(()) } else { Err(meaning(said)) }
}

/// What HAProxy's words mean when it did not do what was asked.
pub(super) fn meaning(said: &str) -> GateError {
    let begins = |words: &str| said.starts_with(words);
    if begins("Permission denied") {
        low_level("below admin")
    } else if begins("Unknown map identifier") {
        let words = "HAProxy has not loaded the map file of this front end: Quell's lines are missing in its \
                     configuration, or it was not reloaded since.";
        barred("routes", words, text::cut(&text::visible(said.trim()), WORDS))
    } else if begins("Unknown command") {
        GateError::NotOffered("This needs HAProxy 2.4 or newer.")
    } else if begins("Version number out of range") {
        GateError::Busy("another hand replaced the map at the same moment".to_owned())
    } else if begins("No such server") || begins("No such backend") {
        GateError::NotFound
    } else {
        refused(said)
    }
}

pub(super) fn refused(words: &str) -> GateError {
    // It goes to the log too, where a line end would begin a line of somebody else's.
    let message = text::cut(&text::visible(words.trim()), WORDS);
    GateError::Refused { status: 0, code: String::new(), message, request: None }
}

/// `1 connection`, `3 connections`.
pub(super) fn counted<N: TryInto<i64>>(number: N, what: &str) -> String {
    text::count(number.try_into().unwrap_or(i64::MAX), what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_stays_on_one_line_and_short() {
        let said = format!("unable to parse\nERROR forged {}", "x".repeat(WORDS));
        for said in [said.clone(), format!("Unknown map identifier{said}")] {
            let error = meaning(&said).to_string();
            assert!(!error.contains('\n') && error.chars().count() < 2 * WORDS, "{error}");
        }
    }
}
