//! The table that is printed, and the small arithmetic behind its numbers.

use std::{fmt, time::Duration};

/// Lines so far.
#[derive(Default)]
pub struct Table(Vec<[String; 4]>);

impl Table {
    /// One line: what was measured, what came out, next to what, and the ratio or limit.
    pub fn line(&mut self, what: &str, value: String, beside: String, ratio: String) {
        eprintln!("bench:   {what}: {value}; {beside}; {ratio}");
        self.0.push([what.to_owned(), value, beside, ratio]);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| what | measured | next to it, same run | ratio or bar |\n|---|---|---|---|")?;
        self.0
            .iter()
            .try_for_each(|[what, value, beside, ratio]| writeln!(f, "| {what} | {value} | {beside} | {ratio} |"))
    }
}

/// The value below which so many of a hundred lie.
pub fn percentile(times: &mut [Duration], of_hundred: usize) -> Duration {
    times.sort_unstable();
    let last = times.len().saturating_sub(1);
    times.get(last * of_hundred / 100).copied().unwrap_or_default()
}

/// The middle one.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// So many in that time, each second.
pub fn rate(count: usize, time: Duration) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "counts here are far below 2^52")]
    let count = count as f64;
    count / time.as_secs_f64()
}

/// `12.3 ms`
pub fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1_000.0)
}

/// `12,300/s`
pub fn per_second(rate: f64) -> String {
    format!("{}/s", rounded(rate))
}

/// `230 MB/s` from bytes each second.
pub fn megabytes(rate: f64) -> String {
    format!("{:.0} MB/s", rate / 1e6)
}

/// Three digits that count, with separators.
fn rounded(value: f64) -> String {
    let digits = value.abs().max(1.0).log10().floor();
    let step = 10f64.powf((digits - 2.0).max(0.0));
    separated(&format!("{:.0}", (value / step).round() * step))
}

/// `600,000`
pub fn thousands(count: usize) -> String {
    separated(&count.to_string())
}

fn separated(text: &str) -> String {
    let mut out = String::new();
    for (place, digit) in text.chars().enumerate() {
        if place > 0 && (text.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
