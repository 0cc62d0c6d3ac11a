//! Waiting for a condition. The only place in the tests that sleeps.

use std::time::{Duration, Instant};

const EVERY: Duration = Duration::from_millis(20);

/// Looks until there is something; panics with `what` when `limit` is over.
pub async fn wait_for<T>(what: &str, limit: Duration, look: impl AsyncFnMut() -> Option<T>) -> T {
    look_for(limit, look).await.unwrap_or_else(|| panic!("{what} did not happen within {limit:?}"))
}

/// Looks until there is something or `limit` is over.
pub async fn look_for<T>(limit: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + limit;
    loop {
        let found = look().await;
        if found.is_some() || Instant::now() >= end {
            return found;
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// The same for code that is not asynchronous.
pub fn wait_blocking<T>(what: &str, limit: Duration, look: impl FnMut() -> Option<T>) -> T {
    poll(limit, look).unwrap_or_else(|| panic!("{what} did not happen within {limit:?}"))
}

/// [`look_for`] for code that is not asynchronous.
pub fn poll<T>(limit: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + limit;
    loop {
        let found = look();
        if found.is_some() || Instant::now() >= end {
            return found;
        }
        std::thread::sleep(EVERY);
    }
}
