//! The machine's clock.

use std::time::{SystemTime, UNIX_EPOCH};

use quell_core::ports::Clock;
use quell_domain::Timestamp;

/// UTC as this machine knows it.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}
