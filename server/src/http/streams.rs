//! How many live streams are open, in all and for each person: each holds a connection and asks after its session.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use quell_domain::{Code, Problem, ids::PersonId};

/// Live streams at the same time.
const ALL: usize = 1_024;
/// Of these, one person's: that many pages open at once.
const OF_ONE: usize = 16;

/// Counts them. Clones share the count.
#[derive(Debug, Clone, Default)]
pub struct Streams(Arc<Mutex<HashMap<PersonId, usize>>>);

/// The right to one stream; given back when dropped.
#[derive(Debug)]
pub struct Place {
    streams: Streams,
    person: PersonId,
}

impl Streams {
    /// A place for one more stream of a person.
    ///
    /// # Errors
    /// Throttled when the person has as many as anybody may have; unavailable when everybody together has.
    pub fn take(&self, person: PersonId) -> Result<Place, Problem> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if open.values().sum::<usize>() >= ALL {
            return Err(Problem::new(Code::Unavailable, "Too many live streams are open."));
        }
        let count = open.entry(person.clone()).or_default();
        if *count >= OF_ONE {
            return Err(Problem::new(Code::Throttled, "You have too many live pages open. Close one of them."));
        }
        *count += 1;
        drop(open);
        Ok(Place { streams: self.clone(), person })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.streams.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.person) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.person);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_cannot_take_every_place() {
        let streams = Streams::default();
        let one = || streams.take(PersonId::new("one"));
        let mut places: Vec<Place> = (0..OF_ONE).filter_map(|_| one().ok()).collect();
        assert_eq!(places.len(), OF_ONE);
        assert_eq!(one().map(drop).map_err(|problem| problem.code), Err(Code::Throttled));
        assert!(streams.take(PersonId::new("two")).is_ok(), "others are not concerned");
        places.pop();
        assert!(one().is_ok(), "a closed stream makes room");
        drop(places);
        assert!(streams.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty(), "nothing is left of who is gone");
    }
}
