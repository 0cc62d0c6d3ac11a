//! Pools and forwarding policies: list and show.

use crate::{
    call::Call,
    elb,
    list::Filters,
    reply::{Answer, Dialect},
};

const POOLS: Filters = Filters {
    text: &[
        "id",
        "name",
        "description",
        "member_address",
        "member_device_id",
        "member_instance_id",
        "listener_id",
        "loadbalancer_id",
        "protocol",
        "vpc_id",
        "type",
        "healthmonitor_id",
        "lb_algorithm",
        "ip_version",
        "protection_status",
        "public_border_group",
        "pool_health",
        "az_affinity",
    ],
    number: &["quic_cid_len", "quic_cid_offset"],
    switch: &["admin_state_up", "member_deletion_protection_enable", "any_port_enable", "connection_drain"],
};

const POLICIES: Filters = Filters {
    text: &[
        "id",
        "name",
        "description",
        "listener_id",
        "redirect_pool_id",
        "redirect_listener_id",
        "redirect_url",
        "action",
        "provisioning_status",
    ],
    number: &["position", "priority"],
    switch: &["admin_state_up", "display_all_rules"],
};

/// `GET /v3/{project_id}/elb/pools`
pub fn list(call: &mut Call<'_>) -> Answer {
    let elb = &call.world.elb;
    let here = elb.pools.iter().filter(|it| it.project_id == call.project());
    call.many("pools", &POOLS, here.map(|it| elb.row_of_pool(it)).collect())
}

/// `GET /v3/{project_id}/elb/pools/{pool_id}`
pub fn show(call: &mut Call<'_>) -> Answer {
    call.no_query()?;
    let it = elb::find(&call.world.elb.pools, call.project(), call.id(), Dialect::V3)?;
    call.one(200, "pool", call.world.elb.view_pool(it))
}

/// `GET /v3/{project_id}/elb/l7policies`
pub fn list_policies(call: &mut Call<'_>) -> Answer {
    let elb = &call.world.elb;
    let here = elb.l7policies.iter().filter(|it| it.project_id == call.project());
    call.many("l7policies", &POLICIES, here.map(|it| elb.row_of_l7policy(it)).collect())
}
