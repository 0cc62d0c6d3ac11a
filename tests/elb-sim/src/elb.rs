//! The state of the load balancers, and how its objects hang together.
//!
//! Every fact is kept once: which listeners use a group, or which members a pool has, is looked up, never written down
//! a second time. Must not know: callers, HTTP, how an object looks in an answer (that is [`view`]).

pub mod objects;
pub mod row;
pub mod view;

use serde::{Deserialize, Serialize};

pub use objects::{Binding, IpGroup, L7Policy, Listed, Listener, LoadBalancer, Member, Object, Pool, Whitelist};

use crate::{
    clock::Millis,
    reply::{Dialect, Refusal},
};

/// All objects of all projects, each kind in the order in which it came.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Elb {
    /// Load balancers.
    pub loadbalancers: Vec<LoadBalancer>,
    /// Their listeners.
    pub listeners: Vec<Listener>,
    /// Groups of back ends.
    pub pools: Vec<Pool>,
    /// Back ends.
    pub members: Vec<Member>,
    /// Forwarding policies: a pool behind a listener that is not its default one.
    pub l7policies: Vec<L7Policy>,
    /// Groups of addresses.
    pub ipgroups: Vec<IpGroup>,
    /// The older access control.
    pub whitelists: Vec<Whitelist>,
}

/// The object with this id, if it is in this project.
pub fn find<'a, T: Object>(objects: &'a [T], project: &str, id: &str, dialect: Dialect) -> Result<&'a T, Refusal> {
    let mut here = objects.iter().filter(|object| object.project() == project);
    here.find(|object| object.id() == id).ok_or_else(|| dialect.not_found(T::KIND, id))
}

/// Puts a changed object in the place of the one that it was.
pub fn replace<T: Object>(objects: &mut [T], changed: T) {
    if let Some(place) = objects.iter_mut().find(|object| object.id() == changed.id()) {
        *place = changed;
    }
}

impl Elb {
    /// The load balancer of a listener or pool.
    pub fn loadbalancer(&self, id: &str) -> Option<&LoadBalancer> {
        self.loadbalancers.iter().find(|it| it.id == id)
    }

    /// The pool with this id.
    pub fn pool(&self, id: &str) -> Option<&Pool> {
        self.pools.iter().find(|it| it.id == id)
    }

    /// The members of a pool.
    pub fn members_of<'a>(&'a self, pool: &'a str) -> impl Iterator<Item = &'a Member> {
        self.members.iter().filter(move |it| it.pool_id == pool)
    }

    /// The listeners that have this pool as their default one.
    pub fn default_listeners_of<'a>(&'a self, pool: &'a str) -> impl Iterator<Item = &'a Listener> {
        self.listeners.iter().filter(move |it| it.default_pool_id.as_deref() == Some(pool))
    }

    /// The listeners that send anything to this pool: as their default one, or through a forwarding policy.
    pub fn listeners_of<'a>(&'a self, pool: &'a str) -> impl Iterator<Item = &'a Listener> {
        self.listeners.iter().filter(move |it| self.pool_ids_of(it).any(|id| id == pool))
    }

    /// The pools that a listener sends anything to.
    pub fn pool_ids_of<'a>(&'a self, listener: &'a Listener) -> impl Iterator<Item = &'a str> {
        let policies = self.l7policies.iter().filter(move |it| it.listener_id == listener.id);
        listener.default_pool_id.as_deref().into_iter().chain(policies.map(|it| it.redirect_pool_id.as_str()))
    }

    /// The members behind a listener.
    pub fn members_behind<'a>(&'a self, listener: &'a Listener) -> impl Iterator<Item = &'a Member> {
        self.members.iter().filter(move |member| self.pool_ids_of(listener).any(|pool| pool == member.pool_id))
    }

    /// The listeners that a group is attached to, enforced or not.
    pub fn users_of<'a>(&'a self, group: &'a str) -> impl Iterator<Item = &'a Listener> {
        self.listeners.iter().filter(move |it| it.ipgroup.as_ref().is_some_and(|b| b.ids().any(|id| id == group)))
    }

    /// Refuses a change below a load balancer that is not `ACTIVE`.
    pub fn must_be_active(&self, id: &str, now: Millis) -> Result<(), Refusal> {
        let Some(loadbalancer) = self.loadbalancer(id) else { return Ok(()) };
        match loadbalancer.status(now) {
            "ACTIVE" => Ok(()),
            status => Err(Refusal::conflict(format!("loadbalancer {id} is in state {status} and cannot be changed."))),
        }
    }

    /// Takes a load balancer out of `ACTIVE` until then.
    pub fn keep_pending(&mut self, id: &str, until: Millis) {
        if let Some(loadbalancer) = self.loadbalancers.iter_mut().find(|it| it.id == id) {
            loadbalancer.pending_until = Some(until);
        }
    }
}
