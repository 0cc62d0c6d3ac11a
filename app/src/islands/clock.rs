//! The portal's time in the browser: what the server said at the last answer, plus what has passed here since. The
//! browser's own clock is never believed.

use leptos::prelude::*;
use quell_domain::Timestamp;

/// A moment that moves on in the browser and stands still on the server.
#[derive(Clone, Copy)]
pub struct Clock {
    now: RwSignal<Timestamp>,
    #[cfg(feature = "hydrate")]
    base: StoredValue<(Timestamp, f64)>,
}

impl Clock {
    /// Starts at the moment that the data was read.
    #[must_use]
    pub fn at(as_of: Timestamp) -> Self {
        let clock = Self {
            now: RwSignal::new(as_of),
            #[cfg(feature = "hydrate")]
            base: StoredValue::new((as_of, passed())),
        };
        #[cfg(feature = "hydrate")]
        clock.tick();
        clock
    }

    /// The moment now.
    #[must_use]
    pub fn now(self) -> Signal<Timestamp> {
        self.now.into()
    }

    /// Takes the server's time from a new answer.
    pub fn set(self, as_of: Timestamp) {
        #[cfg(feature = "hydrate")]
        self.base.set_value((as_of, passed()));
        self.now.set(as_of);
    }

    #[cfg(feature = "hydrate")]
    fn tick(self) {
        let handle = set_interval_with_handle(
            move || {
                let (as_of, then) = self.base.get_value();
                self.now.set(as_of.plus(((passed() - then) * 1_000.0) as i64));
            },
            std::time::Duration::from_secs(1),
        );
        if let Ok(handle) = handle {
            on_cleanup(move || handle.clear());
        }
    }
}

/// Milliseconds since the page was opened.
#[cfg(feature = "hydrate")]
fn passed() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}
