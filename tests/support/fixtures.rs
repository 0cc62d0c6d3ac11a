//! Alarm payloads written for this project, one for each shape that Falco and Falcosidekick send, and how they are filled in.
//!
//! Owns the templates in `fixtures/alarms/`. Uses only std: `xtask demo` takes this file in too, because it must build
//! when the crates of the portal do not.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Who sends the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// Falco's `http_output`.
    Falco,
    /// Falcosidekick's webhook.
    Falcosidekick,
}

/// One payload with gaps: `@ID12@ @ID64@ @NAME@ @NODE@ @TIME@ @NANOS@ @SECONDS@ @SUBSEC@`.
#[derive(Debug, Clone, Copy)]
pub struct Fixture {
    /// Describes the shape.
    pub name: &'static str,
    /// Who sends it.
    pub sender: Sender,
    /// The template.
    pub template: &'static str,
    /// How many alarms it makes.
    pub alarms: usize,
}

/// What the payload is about.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// 64 hex.
    pub container: &'a str,
    /// The container's name; JSON-safe, as engine names are.
    pub name: &'a str,
    /// What the detector calls the node.
    pub node: &'a str,
}

macro_rules! fixture {
    ($sender:ident, $alarms:literal, $name:literal) => {
        Fixture {
            name: $name,
            sender: Sender::$sender,
            template: include_str!(concat!("fixtures/alarms/", $name)),
            alarms: $alarms,
        }
    };
}

/// Every shape, in the order of the story that they tell.
pub const ALARMS: &[Fixture] = &[
    fixture!(Falco, 0, "falco-internal-sensor-health.json"),
    fixture!(Falco, 1, "falco-output-and-tags-off.json"),
    fixture!(Falco, 1, "falco-http-output-full-id.json"),
    fixture!(Falco, 1, "falco-null-fields.json"),
    fixture!(Falcosidekick, 1, "falcosidekick-truncated.json"),
    fixture!(Falco, 1, "falco-least-metadata.json"),
    fixture!(Falco, 1, "falco-message-on-attempt-failed.json"),
    fixture!(Falcosidekick, 1, "falcosidekick-webhook.json"),
    fixture!(Falco, 1, "falco-grpc-shape.json"),
    fixture!(Falco, 2, "falco-lines.ndjson"),
    fixture!(Falcosidekick, 1, "falcosidekick-flattened.json"),
    fixture!(Falco, 2, "falco-array.json"),
];

impl Fixture {
    /// The body for this subject, as if it had happened at `time`.
    pub fn fill(&self, subject: Subject<'_>, time: SystemTime) -> String {
        let since = since_epoch(time);
        let short = subject.container.get(..12).unwrap_or(subject.container);
        self.template
            .replace("@ID64@", subject.container)
            .replace("@ID12@", short)
            .replace("@NAME@", subject.name)
            .replace("@NODE@", subject.node)
            .replace("@TIME@", &rfc3339(time))
            .replace("@NANOS@", &since.as_nanos().to_string())
            .replace("@SECONDS@", &since.as_secs().to_string())
            .replace("@SUBSEC@", &since.subsec_nanos().to_string())
    }

    /// What the sender puts into `Content-Type`.
    pub fn content_type(&self) -> &'static str {
        match self.sender {
            Sender::Falco if self.name.ends_with(".ndjson") => "application/x-ndjson",
            Sender::Falco => "application/json",
            Sender::Falcosidekick => "application/json; charset=utf-8",
        }
    }
}

/// RFC 3339 in UTC with nine digits, as Falco writes it.
pub fn rfc3339(time: SystemTime) -> String {
    let elapsed = since_epoch(time);
    let (days, second) = (elapsed.as_secs() / 86_400, elapsed.as_secs() % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:09}Z", elapsed.subsec_nanos())
}

fn since_epoch(time: SystemTime) -> Duration {
    time.duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Days since 1970-01-01 → date. Counts in eras of 400 years that begin on 1 March, so that the leap day comes last.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_right_around_leap_days() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00.000000000Z"),
            (951_782_400, "2000-02-29T00:00:00.000000000Z"),
            (1_709_251_199, "2024-02-29T23:59:59.000000000Z"),
            (1_735_689_599, "2024-12-31T23:59:59.000000000Z"),
            (1_795_564_800, "2026-11-25T00:00:00.000000000Z"),
        ] {
            assert_eq!(rfc3339(UNIX_EPOCH + Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn every_gap_is_filled_and_the_rest_is_json() {
        let subject = Subject { container: &"ab".repeat(32), name: "victim", node: "node-1" };
        for fixture in ALARMS {
            let body = fixture.fill(subject, SystemTime::now());
            assert!(!body.contains('@'), "{}", fixture.name);
            let lines = fixture.name.ends_with(".ndjson");
            let parts: Vec<&str> =
                if lines { body.lines().filter(|l| l.starts_with('{')).collect() } else { vec![&body] };
            for part in parts {
                serde_json::from_str::<serde_json::Value>(part).unwrap_or_else(|e| panic!("{}: {e}", fixture.name));
            }
        }
    }
}
