//! The simulator's clock: the machine's, and so much ahead of it as control has asked for.
//!
//! Owns the forms in which the vendor writes a time.

use std::time::{SystemTime, UNIX_EPOCH};

use time::{OffsetDateTime, PrimitiveDateTime, format_description::FormatItem, macros::format_description};

const SECONDS: &[FormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
const MICROS: &[FormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");
const SDK_DATE: &[FormatItem<'_>] = format_description!("[year][month][day]T[hour][minute][second]Z");

/// Milliseconds since 1970.
pub type Millis = i64;

/// A clock that can be put ahead.
#[derive(Debug, Default)]
pub struct Clock {
    /// How much it is ahead of the machine's clock, in seconds; negative is behind.
    pub ahead_seconds: i64,
}

impl Clock {
    /// Now.
    pub fn now(&self) -> Millis {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX).saturating_add(self.ahead_seconds.saturating_mul(1000))
    }

    /// Now, as objects carry it: `2026-03-11T08:32:40Z`.
    pub fn stamp(&self) -> String {
        write(self.now(), SECONDS)
    }
}

/// As tokens and temporary keys carry a time: `2026-03-12T08:30:15.123000Z`.
pub fn micros(at: Millis) -> String {
    write(at, MICROS)
}

/// As `X-Sdk-Date` carries it: `20260311T083015Z`.
pub fn sdk_date(at: Millis) -> String {
    write(at, SDK_DATE)
}

/// What an `X-Sdk-Date` says, if it has that form.
pub fn read_sdk_date(text: &str) -> Option<Millis> {
    PrimitiveDateTime::parse(text, SDK_DATE).ok().map(|at| at.assume_utc().unix_timestamp().saturating_mul(1000))
}

fn write(at: Millis, form: &[FormatItem<'_>]) -> String {
    let at =
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(at) * 1_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    at.format(form).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_sdk_date_is_read_as_it_is_written() {
        let at = read_sdk_date("20260311T083015Z").unwrap();
        assert_eq!(sdk_date(at), "20260311T083015Z");
        assert_eq!(micros(at + 123), "2026-03-11T08:30:15.123000Z");
        for wrong in ["", "20260311T083015", "2026-03-11T08:30:15Z", "20261311T083015Z", "20260311T083015Z "] {
            assert_eq!(read_sdk_date(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn it_can_be_put_ahead() {
        let here = Clock::default().now();
        assert!(Clock { ahead_seconds: 3600 }.now() >= here + 3_600_000);
    }
}
