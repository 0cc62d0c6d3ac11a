//! Points in time: microseconds since 1970-01-01 UTC, as the database holds them.
//!
//! Nothing here reads a clock: the server's `Clock` port does, and hands the value in.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339, macros::format_description};

/// Microseconds since the epoch, UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// One second in the unit of [`Timestamp`].
pub const SECOND: i64 = 1_000_000;
/// One minute in the unit of [`Timestamp`].
pub const MINUTE: i64 = 60 * SECOND;
/// One hour in the unit of [`Timestamp`].
pub const HOUR: i64 = 60 * MINUTE;
/// One day in the unit of [`Timestamp`].
pub const DAY: i64 = 24 * HOUR;

impl Timestamp {
    /// Reads RFC 3339 text of any offset and any fraction; digits past the microsecond are dropped.
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let at = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        i64::try_from(at.unix_timestamp_nanos() / 1_000).ok().map(Self)
    }

    /// `2026-11-24T14:06:30.123456Z`, for machines and for `<time datetime>`.
    #[must_use]
    pub fn rfc3339(self) -> String {
        self.date_time()
            .format(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z"))
            .unwrap_or_default()
    }

    /// `14:06:30`, UTC.
    #[must_use]
    pub fn clock(self) -> String {
        self.date_time().format(format_description!("[hour]:[minute]:[second]")).unwrap_or_default()
    }

    /// `2026-11-24 14:06:30`, UTC.
    #[must_use]
    pub fn date_clock(self) -> String {
        self.date_time()
            .format(format_description!("[year]-[month]-[day] [hour]:[minute]:[second]"))
            .unwrap_or_default()
    }

    /// This moment plus some microseconds, never wrapping around.
    #[must_use]
    pub fn plus(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// Microseconds from `earlier` to this moment; negative when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    fn date_time(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
            .to_offset(UtcOffset::UTC)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

/// A length of time as people read it: `42 s`, `6:42`, `3 h 05 min`, `2 days`. Takes microseconds; the sign is dropped.
#[must_use]
pub fn span(micros: i64) -> String {
    let seconds = micros.unsigned_abs() / 1_000_000;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{}:{:02}", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {:02} min", seconds / 3_600, seconds % 3_600 / 60),
        86_400..172_800 => "1 day".to_owned(),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nine_digits_and_offsets_are_read() {
        let at = Timestamp::parse_rfc3339("2024-08-28T21:35:04.518808525Z").expect("nine digits");
        assert_eq!(at.rfc3339(), "2024-08-28T21:35:04.518808Z");
        assert_eq!(Timestamp::parse_rfc3339("2024-08-28T23:35:04.518808+02:00"), Some(at));
        assert_eq!(Timestamp::parse_rfc3339("yesterday"), None);
    }

    #[test]
    fn spans_read_like_a_clock() {
        assert_eq!(span(42 * SECOND), "42 s");
        assert_eq!(span(-402 * SECOND), "6:42");
        assert_eq!(span(3 * HOUR + 5 * MINUTE), "3 h 05 min");
        assert_eq!(span(49 * HOUR), "2 days");
    }
}
