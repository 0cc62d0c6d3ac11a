//! What strangers and people were refused, told in the audit trail without letting them fill it.
//!
//! Of the refusals of one kind from one network, or of one permission to one person, the first is written down, and then each one that doubles their number:
//! a million tries make twenty entries. The counts live in memory: a restart costs one entry more.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
};

use quell_domain::{
    Changeset, Problem, Timestamp,
    audit::{Actor, Event, EventOutcome, codes},
    time::HOUR,
};

use crate::Portal;

/// Kinds and whose they are, counted one by one; beyond, all others of a kind count together.
const MOST: usize = 1_024;
/// Refusals after such a pause begin anew.
const QUIET: i64 = HOUR;

/// How often what was refused.
#[derive(Default)]
pub(crate) struct Refusals(Mutex<HashMap<(String, String), Count>>);

struct Count {
    times: i64,
    last: Timestamp,
}

impl Refusals {
    /// Counts one more of a network or person; says how many there were when it is to be told.
    fn count(&self, code: &str, whose: String, now: Timestamp) -> Option<i64> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut key = (code.to_owned(), whose);
        if counts.len() >= MOST && !counts.contains_key(&key) {
            counts.retain(|_, count| now.since(count.last) < QUIET);
            if counts.len() >= MOST {
                key.1 = "elsewhere".to_owned();
            }
        }
        let count = counts.entry(key).or_insert(Count { times: 0, last: now });
        if now.since(count.last) >= QUIET {
            count.times = 0;
        }
        count.times += 1;
        count.last = now;
        (count.times & (count.times - 1) == 0).then_some(count.times)
    }
}

impl Portal {
    /// Records that a request from another site, or from no page at all, was refused. `route` is a template of ours.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn record_foreign(&self, address: Option<String>, method: &str, route: &str) -> Result<(), Problem> {
        let event = Event::new(self.now(), Actor::anonymous(address), codes::FOREIGN_REQUEST)
            .fact("method", method)
            .fact("route", route);
        self.record_refused(event).await
    }

    /// Records that a person was refused what needs this permission.
    pub(crate) async fn record_forbidden(&self, actor: Actor, permission: &str) -> Result<(), Problem> {
        let whose = format!("{} {permission}", actor.id);
        let event = Event::new(self.now(), actor, codes::PERMISSION_DENIED).fact("permission", permission);
        self.record(event, whose).await
    }

    /// Records what a stranger was refused.
    pub(crate) async fn record_refused(&self, event: Event) -> Result<(), Problem> {
        let network = network(event.actor.address.as_deref());
        self.record(event, network).await
    }

    /// Records what somebody we know of was refused: `whose` is what counts together.
    pub(crate) async fn record_refused_of(&self, event: Event, whose: &str) -> Result<(), Problem> {
        self.record(event, whose.to_owned()).await
    }

    /// Writes a refusal down, with how many there were, unless it is one of many like it.
    async fn record(&self, event: Event, whose: String) -> Result<(), Problem> {
        match self.refusals.count(&event.code, whose, event.at) {
            Some(times) => {
                let event = event.outcome(EventOutcome::Denied).fact("times", times);
                self.commit(Changeset::new(event)).await.map(drop)
            }
            None => Ok(()),
        }
    }
}

/// What one person can easily have all of: an IPv4 address, or the 64-bit network of an IPv6 address.
pub(super) fn network(address: Option<&str>) -> String {
    let address = address.unwrap_or_default();
    match address.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V6(ip)) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{}/64", Ipv6Addr::from([a, b, c, d, 0, 0, 0, 0]))
        }
        Ok(ip) => ip.to_string(),
        Err(_) => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_refusals_are_told_seldom() {
        let refusals = Refusals::default();
        let told = |n: i64| refusals.count("x", "10.0.0.1".to_owned(), Timestamp(n));
        let all: Vec<i64> = (1..=100_000).filter_map(told).collect();
        assert_eq!(all.len(), 17);
        assert_eq!(all[..4], [1, 2, 4, 8]);
        assert_eq!(refusals.count("y", "10.0.0.1".to_owned(), Timestamp(0)), Some(1), "another kind");
        assert_eq!(told(100_000 + QUIET), Some(1), "after a pause");
    }

    #[test]
    fn many_networks_are_told_as_one() {
        let refusals = Refusals::default();
        let told = (0..20_000).filter(|n| refusals.count("x", n.to_string(), Timestamp(*n)).is_some());
        assert!(told.count() < MOST + 16);
        assert!(refusals.0.lock().expect("whole").len() <= MOST + 1);
        assert_eq!(refusals.count("x", "new".to_owned(), Timestamp(20_000 + QUIET)), Some(1), "old ones make room");
    }

    #[test]
    fn a_network_is_what_one_person_can_have() {
        assert_eq!(network(Some("10.0.0.1")), "10.0.0.1");
        assert_eq!(network(Some("::ffff:10.0.0.1")), "10.0.0.1");
        assert_eq!(network(Some("2001:db8:1:2:3:4:5:6")), "2001:db8:1:2::/64");
        assert_eq!(network(Some("2001:db8:1:2::9")), "2001:db8:1:2::/64");
        assert_eq!(network(None), "");
    }
}
