//! Load balancers: list, show, and the tree of everything below one with its states.

use serde_json::{Value, json};

use crate::{
    call::Call,
    elb::{self, Elb, LoadBalancer, Pool},
    list::Filters,
    reply::{Answer, Dialect, Reply},
};

const FILTERS: Filters = Filters {
    text: &[
        "id",
        "name",
        "description",
        "vip_address",
        "vip_port_id",
        "vip_subnet_cidr_id",
        "vpc_id",
        "eips",
        "publicips",
        "member_address",
        "member_device_id",
        "member_instance_id",
        "provisioning_status",
        "operating_status",
        "billing_info",
        "elb_virsubnet_type",
        "protection_status",
        "ipv6_vip_port_id",
        "ipv6_vip_address",
        "ipv6_vip_virsubnet_id",
        "availability_zone_list",
        "l4_flavor_id",
        "l4_scale_flavor_id",
        "l7_flavor_id",
        "l7_scale_flavor_id",
        "global_eips",
        "log_topic_id",
        "log_group_id",
        "autoscaling",
    ],
    number: &["ip_version"],
    switch: &["admin_state_up", "guaranteed", "deletion_protection_enable", "include_recycle_bin"],
};

/// `GET /v3/{project_id}/elb/loadbalancers`
pub fn list(call: &mut Call<'_>) -> Answer {
    let (elb, now) = (&call.world.elb, call.world.clock.now());
    let here = elb.loadbalancers.iter().filter(|it| it.project_id == call.project());
    call.many("loadbalancers", &FILTERS, here.map(|it| elb.row_of_loadbalancer(it, now)).collect())
}

/// `GET /v3/{project_id}/elb/loadbalancers/{loadbalancer_id}`
pub fn show(call: &mut Call<'_>) -> Answer {
    call.no_query()?;
    let it = elb::find(&call.world.elb.loadbalancers, call.project(), call.id(), Dialect::V3)?;
    call.one(200, "loadbalancer", call.world.elb.view_loadbalancer(it, call.world.clock.now()))
}

/// `GET /v3/{project_id}/elb/loadbalancers/{loadbalancer_id}/statuses`
pub fn statuses(call: &mut Call<'_>) -> Answer {
    call.no_query()?;
    let it = elb::find(&call.world.elb.loadbalancers, call.project(), call.id(), Dialect::V3)?;
    let tree = tree(&call.world.elb, it, it.status(call.world.clock.now()));
    Ok(Reply::json(200, json!({ "statuses": { "loadbalancer": tree }, "request_id": call.request_id })))
}

fn tree(elb: &Elb, it: &LoadBalancer, status: &str) -> Value {
    let pool_ids = |wanted: &mut dyn Iterator<Item = &str>| -> Vec<Value> {
        wanted.filter_map(|id| elb.pool(id)).map(|pool| branch(elb, pool)).collect()
    };
    let listeners = elb.listeners.iter().filter(|listener| listener.loadbalancer_id == it.id).map(|listener| {
        let policies = elb.l7policies.iter().filter(|policy| policy.listener_id == listener.id).map(|policy| {
            json!({
                "id": policy.id, "name": policy.name, "action": "REDIRECT_TO_POOL", "provisioning_status": "ACTIVE",
                "rules": [],
            })
        });
        json!({
            "id": listener.id, "name": listener.name, "provisioning_status": "ACTIVE", "operating_status": "ONLINE",
            "l7policies": policies.collect::<Vec<_>>(), "pools": pool_ids(&mut elb.pool_ids_of(listener)),
        })
    });
    let own = elb.pools.iter().filter(|pool| pool.loadbalancer_id == it.id);
    json!({
        "id": it.id, "name": it.name, "provisioning_status": status, "operating_status": "ONLINE",
        "listeners": listeners.collect::<Vec<_>>(), "pools": own.map(|pool| branch(elb, pool)).collect::<Vec<_>>(),
    })
}

fn branch(elb: &Elb, pool: &Pool) -> Value {
    let members = elb.members_of(&pool.id).map(|member| {
        json!({
            "id": member.id, "address": member.address, "protocol_port": member.protocol_port,
            "provisioning_status": "ACTIVE", "operating_status": member.operating_status,
        })
    });
    json!({
        "id": pool.id, "name": pool.name, "provisioning_status": "ACTIVE", "operating_status": "ONLINE",
        "healthmonitor": null, "members": members.collect::<Vec<_>>(),
    })
}
