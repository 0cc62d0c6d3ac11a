//! Secrets that are shown once: in this process's memory between the form that made one and the page that shows it, and
//! nowhere else. Bounded, and gone after a few minutes or with the process; the page then says how to make another.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use quell_domain::ids::Digest;
use tower_sessions::{Session, session::Id};

/// At most so many wait to be shown; the oldest makes room.
const MOST: usize = 256;
/// How long one waits.
const WAITS: Duration = Duration::from_secs(5 * 60);

/// Secrets that wait to be shown, one a session. Clones share them.
#[derive(Clone, Default)]
pub struct Secrets(Arc<Mutex<HashMap<Digest, (Instant, String)>>>);

impl Secrets {
    /// Keeps a secret until the session's next page; one kept before is gone.
    pub fn keep(&self, session: &Session, secret: String) {
        if let Some(id) = session.id() {
            self.keep_at(&id, secret, Instant::now());
        }
    }

    /// Takes it out, if it is still there.
    #[must_use]
    pub fn take(&self, session: &Session) -> Option<String> {
        self.take_at(&session.id()?, Instant::now())
    }

    fn keep_at(&self, id: &Id, secret: String, now: Instant) {
        let mut kept = self.kept();
        kept.retain(|_, (since, _)| now.duration_since(*since) < WAITS);
        if kept.len() >= MOST
            && let Some(oldest) = kept.iter().min_by_key(|(_, (since, _))| *since).map(|(key, _)| key.clone())
        {
            kept.remove(&oldest);
        }
        kept.insert(hashed(id), (now, secret));
    }

    fn take_at(&self, id: &Id, now: Instant) -> Option<String> {
        let (since, secret) = self.kept().remove(&hashed(id))?;
        (now.duration_since(since) < WAITS).then_some(secret)
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<Digest, (Instant, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A memory dump gives nobody a session.
fn hashed(id: &Id) -> Digest {
    Digest::of(id.to_string().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_taken_once_and_in_time() {
        let (secrets, now) = (Secrets::default(), Instant::now());
        let (ann, bob) = (Id(1), Id(2));
        secrets.keep_at(&ann, "one".to_owned(), now);
        secrets.keep_at(&ann, "two".to_owned(), now);
        assert_eq!(secrets.take_at(&bob, now), None);
        assert_eq!(secrets.take_at(&ann, now).as_deref(), Some("two"));
        assert_eq!(secrets.take_at(&ann, now), None);
        secrets.keep_at(&ann, "three".to_owned(), now);
        assert_eq!(secrets.take_at(&ann, now + WAITS), None, "too late");
    }

    #[test]
    fn few_wait_at_a_time() {
        let (secrets, now) = (Secrets::default(), Instant::now());
        for n in 0..MOST as i128 + 1 {
            secrets.keep_at(&Id(n), n.to_string(), now + Duration::from_millis(n as u64));
        }
        assert_eq!(secrets.kept().len(), MOST);
        assert_eq!(secrets.take_at(&Id(0), now), None, "the oldest made room");
        assert_eq!(secrets.take_at(&Id(1), now + Duration::from_secs(1)).as_deref(), Some("1"));
        secrets.keep_at(&Id(0), "late".to_owned(), now + 2 * WAITS);
        assert_eq!(secrets.kept().len(), 1, "what nobody looked at is gone");
    }
}
