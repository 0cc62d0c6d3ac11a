//! Rows as they lie in the tables, and their way back into the words of the domain. One file an area.

pub(crate) mod actions;
pub(crate) mod alarms;
pub(crate) mod audit;
pub(crate) mod changes;
pub(crate) mod evidence;
pub(crate) mod factors;
pub(crate) mod gates;
pub(crate) mod incidents;
pub(crate) mod jobs;
pub(crate) mod people;
pub(crate) mod places;
pub(crate) mod tokens;

use std::borrow::Cow;

use quell_core::ports::ReadError;
use quell_domain::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

use crate::error::unreadable;

/// Text as both databases can hold it: PostgreSQL knows no NUL character, and a detector may send one. The character
/// that depicts it stands in its place.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{2400}")) } else { Cow::Borrowed(text) }
}

/// As [`clean`], for a column that may be empty.
pub(crate) fn clean_opt(text: Option<&str>) -> Option<Cow<'_, str>> {
    text.map(clean)
}

/// A value as JSON text. JSON writes NUL as an escape, so that it fits both databases.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<String, ReadError> {
    serde_json::to_string(value).map_err(|error| ReadError(Box::new(error)))
}

/// JSON text back into a value.
pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, ReadError> {
    serde_json::from_str(text).map_err(|error| ReadError(Box::new(error)))
}

/// A word of a closed set.
pub(crate) fn word<T>(found: Option<T>, column: &'static str) -> Result<T, ReadError> {
    found.ok_or_else(|| unreadable(column))
}

/// A moment that may be missing.
pub(crate) fn moment(micros: Option<i64>) -> Option<Timestamp> {
    micros.map(Timestamp)
}

/// One number.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Number {
    pub(crate) n: i64,
}

/// One id.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Id {
    pub(crate) id: String,
}

/// A page's pattern for `LIKE … ESCAPE '\'`: the text itself, never a pattern, with anything before and after it.
pub(crate) fn containing(text: &str) -> String {
    format!("%{}%", escaped(text))
}

/// As [`containing`], but only at the beginning.
pub(crate) fn beginning(text: &str) -> String {
    format!("{}%", escaped(text))
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in clean(text).chars() {
        if matches!(c, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_never_a_pattern() {
        assert_eq!(containing("50%_\\"), "%50\\%\\_\\\\%");
        assert_eq!(beginning("action."), "action.%");
    }

    #[test]
    fn nul_is_shown_and_not_lost() {
        assert_eq!(clean("a\0b"), "a\u{2400}b");
        assert!(matches!(clean("plain"), Cow::Borrowed("plain")));
    }
}
