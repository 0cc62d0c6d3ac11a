//! A listener as a gate: its load balancer, its rules, and every back end of every pool that it leads to.

use std::collections::{BTreeSet, HashMap, HashSet};

use quell_core::ports::GateError;
use quell_domain::{
    gate::{Gate, Member, Rules},
    ids::{BalancerId, GateKey},
};

use super::{
    groups,
    pages::list,
    refusal::Trouble,
    session::{Session, id},
    shapes::{BackEnd, Listener, LoadBalancer, Pool},
    whitelist,
};

/// Back ends by pool, each pool asked for once.
#[derive(Default)]
pub(super) struct BackEnds(HashMap<String, Vec<BackEnd>>);

impl BackEnds {
    pub(super) async fn of(&mut self, session: &Session<'_>, pool: &str) -> Result<&[BackEnd], GateError> {
        if !self.0.contains_key(pool) {
            let path = session.v3(&format!("pools/{}/members", id(pool)?));
            self.0.insert(pool.to_owned(), list(session, &path, "members", &[]).await?);
        }
        Ok(self.0.get(pool).map(Vec::as_slice).unwrap_or_default())
    }
}

/// Why a listener cannot be changed.
pub(super) enum Lock {
    /// It may be over soon.
    Passing(String),
    /// Not in this way.
    Lasting(&'static str),
}

impl Lock {
    fn words(self) -> String {
        match self {
            Self::Passing(words) => words,
            Self::Lasting(words) => words.to_owned(),
        }
    }
}

impl From<Lock> for Trouble {
    fn from(lock: Lock) -> Self {
        match lock {
            Lock::Passing(words) => Self::Again(GateError::Busy(words), None),
            Lock::Lasting(words) => Self::Over(GateError::NotOffered(words)),
        }
    }
}

/// ELB changes a listener only while its load balancer is active.
pub(super) fn busy(balancer: &LoadBalancer) -> Option<Lock> {
    let active = matches!(balancer.provisioning_status.as_str(), "ACTIVE" | "");
    (!active).then(|| Lock::Passing(format!("Its load balancer is {}.", balancer.provisioning_status)))
}

/// Why its access control cannot be changed.
pub(super) fn lock(session: &Session<'_>, balancer: &LoadBalancer, listener: &Listener) -> Option<Lock> {
    if session.classic && balancer.guaranteed {
        return Some(Lock::Lasting("Dedicated load balancers have no whitelists. Register this project with v3."));
    }
    if session.classic && listener.ipgroup.as_ref().is_some_and(|group| group.enable_ipgroup) {
        return Some(Lock::Lasting("An IP group is in force on this listener. Register this project with v3."));
    }
    busy(balancer)
}

/// One listener.
pub(super) async fn listener(session: &Session<'_>, key: &GateKey) -> Result<Listener, GateError> {
    session.one(&session.v3(&format!("listeners/{}", id(key.as_str())?)), "listener").await
}

/// The load balancer of a listener.
pub(super) async fn load_balancer(session: &Session<'_>, listener: &Listener) -> Result<LoadBalancer, GateError> {
    let Some(balancer) = listener.loadbalancers.first() else {
        return Err(GateError::Garbled("the listener belongs to no load balancer".to_owned()));
    };
    let found: Vec<LoadBalancer> =
        list(session, &session.v3("loadbalancers"), "loadbalancers", &[("id", balancer.id.clone())]).await?;
    found.into_iter().find(|found| found.id == balancer.id).ok_or(GateError::NotFound)
}

/// Who may connect, by the access control of the generation that was chosen.
pub(super) async fn rules(session: &Session<'_>, listener: &Listener) -> Result<Rules, GateError> {
    if session.classic { whitelist::rules(session, listener).await } else { groups::rules(session, listener).await }
}

/// All of a gate.
pub(super) async fn gate(
    session: &Session<'_>,
    of: &BalancerId,
    listener: Listener,
    back_ends: &mut BackEnds,
) -> Result<Gate, GateError> {
    let balancer = load_balancer(session, &listener).await?;
    // Also those that only a forwarding policy leads to.
    let pools: Vec<Pool> =
        list(session, &session.v3("pools"), "pools", &[("listener_id", listener.id.clone())]).await?;
    let mut pools: BTreeSet<String> = pools.into_iter().map(|pool| pool.id).collect();
    pools.extend(Some(listener.default_pool_id.clone()).filter(|id| !id.is_empty()));
    let mut members = Vec::new();
    for pool in &pools {
        let all = back_ends.of(session, pool).await?;
        members.extend(all.iter().map(|back_end| member(back_end, pool, &listener.id)));
    }
    let (addresses, public) = addresses(&balancer);
    Ok(Gate {
        balancer: of.clone(),
        key: GateKey::new(&listener.id),
        name: name(&balancer, &listener),
        protocol: protocol(&listener.protocol),
        port: listener.protocol_port,
        addresses,
        public,
        rules: rules(session, &listener).await?,
        members,
        rate: None,
        sessions: None,
        locked: lock(session, &balancer, &listener).map(Lock::words),
        checked_at: session.elb.clock.now(),
    })
}

/// `shop-balancer/https-443`: listeners of several load balancers often have the same names.
pub(super) fn name(balancer: &LoadBalancer, listener: &Listener) -> String {
    let called = |name: &str, id: &str| if name.is_empty() { id.to_owned() } else { name.to_owned() };
    format!("{}/{}", called(&balancer.name, &balancer.id), called(&listener.name, &listener.id))
}

/// Terminated HTTPS is HTTPS to clients.
fn protocol(theirs: &str) -> String {
    let lower = theirs.to_lowercase();
    lower.strip_prefix("terminated_").map_or_else(|| lower.clone(), str::to_owned)
}

fn member(back_end: &BackEnd, pool: &str, listener: &str) -> Member {
    let here = back_end.status.iter().find(|health| health.listener_id == listener);
    let health = here.map_or(&back_end.operating_status, |health| &health.operating_status);
    Member {
        id: back_end.id.clone(),
        pool: pool.to_owned(),
        name: if back_end.name.is_empty() { back_end.id.clone() } else { back_end.name.clone() },
        address: back_end.address.clone(),
        port: back_end.protocol_port,
        weight: back_end.weight,
        health: health.clone(),
        sessions: None,
    }
}

/// Where clients connect to, those on the Internet first, and whether there are such.
fn addresses(balancer: &LoadBalancer) -> (Vec<String>, Option<bool>) {
    let told = [&balancer.eips, &balancer.publicips, &balancer.global_eips];
    let public = told.iter().any(|list| list.is_some());
    let on_internet = told.into_iter().flatten().flatten().map(|address| &address.eip_address);
    let mut all: Vec<String> = on_internet.filter(|address| !address.is_empty()).cloned().collect();
    let public = public.then_some(!all.is_empty());
    all.extend([&balancer.vip_address, &balancer.ipv6_vip_address].into_iter().filter(|it| !it.is_empty()).cloned());
    let mut seen = HashSet::new();
    all.retain(|address| seen.insert(address.clone()));
    (all, public)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn addresses_on_the_internet_come_first_and_once() {
        let balancer: LoadBalancer = serde_json::from_value(json!({
            "id": "1",
            "vip_address": "192.168.10.200",
            "ipv6_vip_address": null,
            "eips": [{ "eip_id": "e", "eip_address": "203.0.113.50", "ip_version": 4 }],
            "publicips": [{ "publicip_id": "e", "publicip_address": "203.0.113.50", "ip_version": 4 }],
            "global_eips": [{ "global_eip_id": "g", "global_eip_address": "203.0.113.60", "ip_version": 4 }],
        }))
        .expect("a load balancer");
        let (all, public) = addresses(&balancer);
        assert_eq!(all, ["203.0.113.50", "203.0.113.60", "192.168.10.200"]);
        assert_eq!(public, Some(true));
        let of = |value| addresses(&serde_json::from_value(value).expect("a load balancer")).1;
        assert_eq!(of(json!({ "id": "1", "eips": [], "publicips": null })), Some(false));
        assert_eq!(of(json!({ "id": "1" })), None, "it is not told");
        assert_eq!(protocol("TERMINATED_HTTPS"), "https");
    }

    #[test]
    fn the_health_for_the_listener_counts() {
        let back_end: BackEnd = serde_json::from_value(json!({
            "id": "m", "name": "", "address": "10.0.0.5", "protocol_port": 8080, "weight": 1,
            "operating_status": "ONLINE", "status": [{ "listener_id": "a", "operating_status": "OFFLINE" }],
        }))
        .expect("a back end");
        assert_eq!(member(&back_end, "p", "a").health, "OFFLINE");
        assert_eq!(member(&back_end, "p", "b").health, "ONLINE");
        assert_eq!(member(&back_end, "p", "b").name, "m");
    }
}
