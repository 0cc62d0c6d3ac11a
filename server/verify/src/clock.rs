//! Microseconds since the epoch as text for people. Own arithmetic, so that the verifier needs no time library.

/// `2026-11-24 14:06:30 UTC`.
pub(crate) fn words(micros: i64) -> String {
    let seconds = micros.div_euclid(1_000_000);
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Days to a date, counted from 1 March of year 0 in cycles of 400 years.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02} UTC", second / 3_600, second / 60 % 60, second % 60)
}

#[cfg(test)]
mod tests {
    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(super::words(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(super::words(-1), "1969-12-31 23:59:59 UTC");
        assert_eq!(super::words(1_709_210_096_999_999), "2024-02-29 12:34:56 UTC");
        assert_eq!(super::words(1_795_557_600_000_000), "2026-11-24 22:00:00 UTC");
        // The ends of the range must not overflow.
        for edge in [i64::MIN, i64::MAX] {
            assert!(super::words(edge).ends_with(" UTC"));
        }
    }
}
