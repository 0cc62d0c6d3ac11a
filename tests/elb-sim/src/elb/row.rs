//! A line of a list: how an object looks, and by what else it can be found.

use serde_json::Value;

use super::{Elb, IpGroup, L7Policy, Listener, LoadBalancer, Member, Pool};
use crate::clock::Millis;

/// A line of a list.
#[derive(Debug)]
pub struct Row {
    /// The object, as the answer shows it. A filter with the name of one of its fields compares with that field.
    pub view: Value,
    /// Further values that a filter finds it by; one filter can have several.
    pub also: Vec<(&'static str, String)>,
}

impl Elb {
    /// Also found by its addresses on the Internet and by its members.
    pub fn row_of_loadbalancer(&self, it: &LoadBalancer, now: Millis) -> Row {
        let mut also = Vec::new();
        for eip in &it.eips {
            also.extend(
                ["eips", "publicips"]
                    .into_iter()
                    .flat_map(|key| [(key, eip.eip_id.clone()), (key, eip.eip_address.clone())]),
            );
        }
        let pools: Vec<&str> =
            self.pools.iter().filter(|p| p.loadbalancer_id == it.id).map(|p| p.id.as_str()).collect();
        by_members(&mut also, self.members.iter().filter(|member| pools.contains(&member.pool_id.as_str())));
        Row { view: self.view_loadbalancer(it, now), also }
    }

    /// Also found by its load balancer and by the members behind it.
    pub fn row_of_listener(&self, it: &Listener) -> Row {
        let mut also = vec![("loadbalancer_id", it.loadbalancer_id.clone())];
        by_members(&mut also, self.members_behind(it));
        Row { view: self.view_listener(it), also }
    }

    /// Also found by its load balancer, its members, and the listeners that send to it, through forwarding policies
    /// too.
    pub fn row_of_pool(&self, it: &Pool) -> Row {
        let mut also = vec![("loadbalancer_id", it.loadbalancer_id.clone())];
        also.extend(self.listeners_of(&it.id).map(|listener| ("listener_id", listener.id.clone())));
        by_members(&mut also, self.members_of(&it.id));
        Row { view: self.view_pool(it), also }
    }

    /// Found by what it shows; by its pool and load balancer also where it does not show them.
    pub fn row_of_member(&self, it: &Member, without_pool: bool) -> Row {
        let loadbalancer = self.pool(&it.pool_id).map(|pool| pool.loadbalancer_id.clone()).unwrap_or_default();
        let mut view = self.view_member(it);
        if let (true, Value::Object(fields)) = (without_pool, &mut view) {
            fields.retain(|key, _| !["pool_id", "loadbalancer_id", "loadbalancers"].contains(&key.as_str()));
        }
        Row { view, also: vec![("pool_id", it.pool_id.clone()), ("loadbalancer_id", loadbalancer)] }
    }

    /// Found by what it shows.
    pub fn row_of_l7policy(&self, it: &L7Policy) -> Row {
        Row { view: self.view_l7policy(it), also: Vec::new() }
    }

    /// Also found by an entry, written exactly as it is: an address does not find the range that it is in.
    pub fn row_of_ipgroup(&self, it: &IpGroup) -> Row {
        Row {
            view: self.view_ipgroup(it),
            also: it.ip_list.iter().map(|entry| ("ip_list", entry.ip.clone())).collect(),
        }
    }
}

fn by_members<'a>(also: &mut Vec<(&'static str, String)>, members: impl Iterator<Item = &'a Member>) {
    for member in members {
        also.push(("member_address", member.address.clone()));
        if !member.instance_id.is_empty() {
            also.push(("member_device_id", member.instance_id.clone()));
            also.push(("member_instance_id", member.instance_id.clone()));
        }
    }
}
