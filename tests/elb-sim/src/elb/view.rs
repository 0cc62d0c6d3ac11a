//! How objects look in answers of version 3: all fields of the vendor's model, with the values of an ordinary object
//! where nobody said otherwise.

use serde_json::{Map, Value, json};

use super::{Elb, IpGroup, L7Policy, Listener, LoadBalancer, Member, Pool};
use crate::clock::Millis;

impl Elb {
    /// A load balancer.
    pub fn view_loadbalancer(&self, it: &LoadBalancer, now: Millis) -> Value {
        let pools = ids(self.pools.iter().filter(|pool| pool.loadbalancer_id == it.id).map(|pool| &pool.id));
        let listeners = self.listeners.iter().filter(|listener| listener.loadbalancer_id == it.id);
        let eip = |key: &str, value: &str, address: &str, at: &str| json!({ key: value, address: at, "ip_version": 4 });
        let eips = it.eips.iter().map(|e| eip("eip_id", &e.eip_id, "eip_address", &e.eip_address));
        let publicips = it.eips.iter().map(|e| eip("publicip_id", &e.eip_id, "publicip_address", &e.eip_address));
        let ordinary = json!({
            "id": it.id, "name": it.name, "description": "", "project_id": it.project_id, "enterprise_project_id": "0",
            "provisioning_status": it.status(now), "operating_status": "ONLINE", "admin_state_up": true,
            "provider": "vlb", "guaranteed": it.guaranteed, "pools": pools, "listeners": ids(listeners.map(|l| &l.id)),
            "vip_subnet_cidr_id": "4f556606-ab1f-4cb5-add2-3811407facbd", "vip_address": it.vip_address,
            "vip_port_id": "7caa5271-8286-4a20-af3b-9c734e4c3cd1", "vpc_id": "3918767c-49f0-4517-a123-6f3b99d1ce7c",
            "eips": eips.collect::<Vec<_>>(), "publicips": publicips.collect::<Vec<_>>(), "global_eips": [],
            "ipv6_vip_address": null, "ipv6_vip_virsubnet_id": null, "ipv6_vip_port_id": null, "tags": [],
            "availability_zone_list": ["cn-north-4a"], "billing_info": "",
            "l4_flavor_id": null, "l4_scale_flavor_id": null, "l7_flavor_id": null, "l7_scale_flavor_id": null,
            "elb_virsubnet_ids": ["40fa73c9-d008-4043-a657-6dd2b40511e4"], "elb_virsubnet_type": "ipv4",
            "ip_target_enable": it.guaranteed, "frozen_scene": null, "charge_mode": "flavor",
            "protection_status": "nonProtection", "protection_reason": "", "log_group_id": null, "log_topic_id": null,
            "created_at": it.created_at, "updated_at": it.updated_at,
        });
        with(ordinary, &it.other)
    }

    /// A listener.
    pub fn view_listener(&self, it: &Listener) -> Value {
        let http = it.protocol.contains("HTTP").then_some(60);
        let ordinary = json!({
            "id": it.id, "name": it.name, "description": "", "project_id": it.project_id, "enterprise_project_id": "0",
            "protocol": it.protocol, "protocol_port": it.protocol_port, "loadbalancers": [{ "id": it.loadbalancer_id }],
            "default_pool_id": it.default_pool_id, "ipgroup": it.ipgroup, "admin_state_up": true,
            "connection_limit": -1, "http2_enable": false,
            "insert_headers": { "X-Forwarded-ELB-IP": false, "X-Forwarded-Host": true },
            "default_tls_container_ref": null, "client_ca_tls_container_ref": null, "sni_container_refs": [],
            "sni_match_algo": "wildcard", "tls_ciphers_policy": null, "security_policy_id": null, "tags": [],
            "enable_member_retry": true, "keepalive_timeout": http.unwrap_or(300), "client_timeout": http,
            "member_timeout": http, "transparent_client_ip_enable": true, "proxy_protocol_enable": false,
            "enhance_l7policy_enable": false, "quic_config": null, "protection_status": "nonProtection",
            "protection_reason": "", "gzip_enable": false, "port_ranges": [], "ssl_early_data_enable": false, "cps": 0,
            "connection": 0, "nat64_enable": false, "created_at": it.created_at, "updated_at": it.updated_at,
        });
        with(ordinary, &it.other)
    }

    /// A pool; its members by id only, its listeners without those that reach it through a forwarding policy.
    pub fn view_pool(&self, it: &Pool) -> Value {
        let ordinary = json!({
            "id": it.id, "name": it.name, "description": "", "project_id": it.project_id, "enterprise_project_id": "0",
            "protocol": it.protocol, "lb_algorithm": "ROUND_ROBIN", "admin_state_up": true, "healthmonitor_id": null,
            "listeners": ids(self.default_listeners_of(&it.id).map(|listener| &listener.id)),
            "loadbalancers": [{ "id": it.loadbalancer_id }],
            "members": ids(self.members_of(&it.id).map(|member| &member.id)), "session_persistence": null,
            "ip_version": "dualstack", "slow_start": null, "member_deletion_protection_enable": false,
            "vpc_id": "3918767c-49f0-4517-a123-6f3b99d1ce7c", "type": "", "protection_status": "nonProtection",
            "protection_reason": "", "any_port_enable": false, "created_at": it.created_at, "updated_at": it.updated_at,
        });
        with(ordinary, &it.other)
    }

    /// A member.
    pub fn view_member(&self, it: &Member) -> Value {
        let listeners = self.listeners_of(&it.pool_id);
        let status = listeners
            .map(|l| json!({ "listener_id": l.id, "operating_status": it.operating_status }))
            .collect::<Vec<_>>();
        let loadbalancer = self.pool(&it.pool_id).map_or("", |pool| &pool.loadbalancer_id);
        let ordinary = json!({
            "id": it.id, "name": it.name, "project_id": it.project_id, "pool_id": it.pool_id,
            "availability_zone": "cn-north-4a", "admin_state_up": true, "subnet_cidr_id": it.subnet_cidr_id,
            "address": it.address, "protocol_port": it.protocol_port, "weight": it.weight,
            "ip_version": if it.address.contains(':') { "v6" } else { "v4" },
            "device_owner": if it.instance_id.is_empty() { "" } else { "compute:cn-north-4a" },
            "device_id": it.instance_id, "instance_id": it.instance_id,
            "member_type": if it.subnet_cidr_id.is_none() { "ip" } else { "instance" },
            "operating_status": it.operating_status, "status": status, "loadbalancer_id": loadbalancer,
            "loadbalancers": [{ "id": loadbalancer }], "created_at": it.created_at, "updated_at": it.updated_at,
        });
        with(ordinary, &it.other)
    }

    /// A forwarding policy.
    pub fn view_l7policy(&self, it: &L7Policy) -> Value {
        let ordinary = json!({
            "id": it.id, "name": it.name, "description": "", "project_id": it.project_id, "enterprise_project_id": "0",
            "action": "REDIRECT_TO_POOL", "admin_state_up": true, "listener_id": it.listener_id, "position": 1,
            "priority": null, "provisioning_status": "ACTIVE", "redirect_pool_id": it.redirect_pool_id,
            "redirect_listener_id": null, "redirect_url": null, "redirect_url_config": null,
            "fixed_response_config": null, "redirect_pools_extend_config": null, "rules": [],
            "created_at": it.created_at, "updated_at": it.updated_at,
        });
        with(ordinary, &it.other)
    }

    /// A group of addresses.
    pub fn view_ipgroup(&self, it: &IpGroup) -> Value {
        json!({
            "id": it.id, "name": it.name, "description": it.description, "ip_list": it.ip_list,
            "listeners": ids(self.users_of(&it.id).map(|listener| &listener.id)), "project_id": it.project_id,
            "enterprise_project_id": it.enterprise_project_id, "created_at": it.created_at, "updated_at": it.updated_at,
        })
    }
}

/// `[{"id": …}, …]`
pub fn ids<'a>(ids: impl Iterator<Item = &'a String>) -> Value {
    ids.map(|id| json!({ "id": id })).collect()
}

fn with(mut ordinary: Value, other: &Map<String, Value>) -> Value {
    if let Value::Object(fields) = &mut ordinary {
        fields.extend(other.clone());
    }
    ordinary
}
