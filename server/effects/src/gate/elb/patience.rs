//! How long is waited, and for what. Every waiting has an end.

use std::time::Duration;

use quell_core::ports::GateError;
use tokio::time::Instant;

use super::refusal::Trouble;

/// Longest waits for a load balancer's interface.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For a connection.
    pub connect: Duration,
    /// For the whole answer of a call that only tells something; longer than for a connection.
    pub read: Duration,
    /// For the whole answer of a call that changes something; longer than for a connection.
    pub change: Duration,
    /// For a change that was answered to be seen when it is read back.
    pub settle: Duration,
    /// For all tries of one thing that is asked for. Limits of the gateway are counted by the minute.
    pub whole: Duration,
    /// Before the second try; later ones wait twice as long each.
    pub first: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            read: Duration::from_secs(10),
            change: Duration::from_secs(30),
            settle: Duration::from_secs(10),
            whole: Duration::from_secs(75),
            first: Duration::from_millis(300),
        }
    }
}

/// Longest pause between two tries, unless the load balancer asks for a longer one.
const LONGEST: Duration = Duration::from_secs(8);

/// Pauses that grow, until an end.
pub(super) struct Pauses {
    next: Duration,
    ends: Instant,
}

impl Pauses {
    pub(super) fn new(first: Duration, ends: Instant) -> Self {
        Self { next: first, ends }
    }

    /// Waits when it may be tried again and time is left; the error when not.
    pub(super) async fn wait(&mut self, trouble: Trouble) -> Result<(), GateError> {
        let (error, asked) = match trouble {
            Trouble::Over(error) => return Err(error),
            Trouble::Again(error, asked) => (error, asked),
        };
        let pause = shaken(self.next).max(asked.unwrap_or_default());
        self.next = (self.next * 2).min(LONGEST);
        match Instant::now().checked_add(pause) {
            Some(then) if then < self.ends => tokio::time::sleep_until(then).await,
            _ => return Err(error),
        }
        Ok(())
    }
}

/// Between a half and the whole of it, so that portals that were refused together do not come back together.
fn shaken(pause: Duration) -> Duration {
    let share = f64::from(getrandom::u32().unwrap_or(u32::MAX)) / f64::from(u32::MAX);
    pause.mul_f64(0.5 + share / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn busy() -> GateError {
        GateError::Busy("busy".to_owned())
    }

    #[tokio::test]
    async fn patience_ends() {
        let limit = Duration::from_millis(60);
        let began = Instant::now();
        let mut pauses = Pauses::new(Duration::from_millis(1), began + limit);
        let mut tries = 0;
        while pauses.wait(Trouble::Again(busy(), None)).await.is_ok() {
            tries += 1;
        }
        assert!((3..=12).contains(&tries), "pauses grow: {tries}");
        assert!(began.elapsed() < limit * 2);
    }

    #[tokio::test]
    async fn nothing_is_waited_for_that_cannot_come_in_time() {
        let mut pauses = Pauses::new(Duration::from_millis(1), Instant::now() + Duration::from_secs(5));
        assert!(pauses.wait(Trouble::Over(busy())).await.is_err());
        for asked in [Duration::from_secs(60), Duration::MAX] {
            assert!(pauses.wait(Trouble::Again(busy(), Some(asked))).await.is_err());
        }
    }

    #[test]
    fn pauses_are_shaken() {
        let pause = Duration::from_millis(100);
        let some: Vec<_> = (0..50).map(|_| shaken(pause)).collect();
        assert!(some.iter().all(|it| (pause / 2..=pause).contains(it)));
        assert!(some.iter().any(|it| *it != some[0]));
    }
}
