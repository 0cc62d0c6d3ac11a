//! Detector formats to alarms.

#![forbid(unsafe_code)]

use quell_domain::{
    Problem, Timestamp,
    alarm::{Alarm, DeadLetter},
    ids::SourceId,
};

quell_domain::words! {
    /// The format a payload is read as.
    Format {
        /// Falco `http_output`.
        Falco = "falco", "Falco http_output";
        /// Falcosidekick webhook.
        Falcosidekick = "falcosidekick", "Falcosidekick webhook";
        /// Quell's own JSON.
        Quell = "quell", "Quell JSON";
        /// Found out from the payload.
        Detect = "detect", "detected";
    }
}

/// One push.
pub struct Delivery<'a> {
    /// Format.
    pub format: Format,
    /// Header.
    pub content_type: Option<&'a str>,
    /// Header.
    pub content_encoding: Option<&'a str>,
    /// Body.
    pub body: &'a [u8],
    /// When.
    pub received_at: Timestamp,
    /// Whose.
    pub source: SourceId,
    /// Node of the source.
    pub default_node: Option<String>,
}

/// Sensor health.
pub struct Health {
    /// Node.
    pub node: Option<String>,
    /// Words.
    pub message: String,
}

/// What was read.
pub struct Batch {
    /// Alarms.
    pub alarms: Vec<Alarm>,
    /// Unreadable.
    pub dead_letters: Vec<DeadLetter>,
    /// Sensor health.
    pub health: Vec<Health>,
}

/// Limit of a push.
pub const MAX_BODY: usize = 1024 * 1024;
/// Limit after unpacking.
pub const MAX_INFLATED: usize = 8 * 1024 * 1024;

/// Reads a push.
///
/// # Errors
/// Too large.
pub fn read(_delivery: &Delivery<'_>, _mint: &mut dyn FnMut() -> String) -> Result<Batch, Problem> {
    Ok(Batch { alarms: Vec::new(), dead_letters: Vec::new(), health: Vec::new() })
}
