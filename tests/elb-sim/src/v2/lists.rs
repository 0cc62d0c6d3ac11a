//! What there is of shared load balancers, in the older form: the project is a `tenant_id`.

use serde_json::{Value, json};

use crate::{
    call::Call,
    elb::{self, Elb, Listener, LoadBalancer, Member, Pool, row::Row, view::ids},
    list::{self, Filters},
    reply::{Answer, Dialect, Refusal, Reply},
};

const LOADBALANCERS: Filters = Filters {
    text: &[
        "id",
        "name",
        "description",
        "vip_address",
        "vip_port_id",
        "vip_subnet_id",
        "vpc_id",
        "provisioning_status",
        "operating_status",
        "member_address",
        "member_device_id",
    ],
    number: &[],
    switch: &["admin_state_up"],
};

const LISTENERS: Filters = Filters {
    text: &[
        "id",
        "name",
        "description",
        "loadbalancer_id",
        "protocol",
        "default_pool_id",
        "default_tls_container_ref",
        "client_ca_tls_container_ref",
        "tls_ciphers_policy",
        "tls_container_id",
    ],
    number: &["protocol_port", "connection_limit"],
    switch: &["admin_state_up", "http2_enable"],
};

const POOLS: Filters = Filters {
    text: &[
        "id",
        "name",
        "description",
        "healthmonitor_id",
        "loadbalancer_id",
        "protocol",
        "lb_algorithm",
        "member_address",
        "member_device_id",
    ],
    number: &[],
    switch: &["admin_state_up"],
};

const MEMBERS: Filters = Filters {
    text: &["id", "name", "address", "subnet_id"],
    number: &["protocol_port", "weight"],
    switch: &["admin_state_up"],
};

/// `GET /v2/{project_id}/elb/loadbalancers`
pub fn loadbalancers(call: &mut Call<'_>) -> Answer {
    let elb = &call.world.elb;
    let here = elb.loadbalancers.iter().filter(|it| it.project_id == call.project() && !it.guaranteed);
    let row = |it: &LoadBalancer| Row { view: loadbalancer(elb, it), ..elb.row_of_loadbalancer(it, 0) };
    many(call, "loadbalancers", &LOADBALANCERS, here.map(row).collect())
}

/// `GET /v2/{project_id}/elb/listeners`
pub fn listeners(call: &mut Call<'_>) -> Answer {
    let elb = &call.world.elb;
    let here = elb.listeners.iter().filter(|it| it.project_id == call.project() && shared(elb, &it.loadbalancer_id));
    let row = |it: &Listener| Row { view: listener(it), ..elb.row_of_listener(it) };
    many(call, "listeners", &LISTENERS, here.map(row).collect())
}

/// `GET /v2/{project_id}/elb/pools`
pub fn pools(call: &mut Call<'_>) -> Answer {
    let elb = &call.world.elb;
    let here = elb.pools.iter().filter(|it| it.project_id == call.project() && shared(elb, &it.loadbalancer_id));
    let row = |it: &Pool| Row { view: pool(elb, it), ..elb.row_of_pool(it) };
    many(call, "pools", &POOLS, here.map(row).collect())
}

/// `GET /v2/{project_id}/elb/pools/{pool_id}/members`
pub fn members(call: &mut Call<'_>) -> Answer {
    let elb = &call.world.elb;
    let pool = elb::find(&elb.pools, call.project(), call.id(), Dialect::V2)?;
    if !shared(elb, &pool.loadbalancer_id) {
        return Err(Dialect::V2.not_found("pool", &pool.id));
    }
    let rows = elb.members_of(&pool.id).map(|it| Row { view: member(it), also: Vec::new() });
    many(call, "members", &MEMBERS, rows.collect())
}

/// An answer of version 2 with a page: `{"listeners": […]}`.
pub fn many(call: &Call<'_>, name: &str, filters: &Filters, rows: Vec<Row>) -> Answer {
    let page = list::page(call.request, filters, rows, Dialect::V2)?;
    Ok(Reply::json(200, json!({ name: page.items })))
}

/// The listener, if it is one of a shared load balancer.
pub fn shared_listener<'a>(elb: &'a Elb, project: &str, id: &str) -> Result<&'a Listener, Refusal> {
    let it = elb::find(&elb.listeners, project, id, Dialect::V2)?;
    if shared(elb, &it.loadbalancer_id) { Ok(it) } else { Err(Dialect::V2.not_found("listener", id)) }
}

fn shared(elb: &Elb, loadbalancer: &str) -> bool {
    elb.loadbalancer(loadbalancer).is_some_and(|it| !it.guaranteed)
}

fn loadbalancer(elb: &Elb, it: &LoadBalancer) -> Value {
    let listeners = elb.listeners.iter().filter(|listener| listener.loadbalancer_id == it.id);
    let pools = elb.pools.iter().filter(|pool| pool.loadbalancer_id == it.id);
    json!({
        "id": it.id, "tenant_id": it.project_id, "project_id": it.project_id, "name": it.name, "description": "",
        "vip_subnet_id": "4f556606-ab1f-4cb5-add2-3811407facbd", "vip_port_id": "a04bca09-bbfd-4f8a-a9d2-84cac3dcfd51",
        "vip_address": it.vip_address, "listeners": ids(listeners.map(|it| &it.id)),
        "pools": ids(pools.map(|it| &it.id)), "provider": "vlb",
        "operating_status": "ONLINE", "provisioning_status": it.provisioning_status,
        "admin_state_up": true, "tags": [], "enterprise_project_id": "0", "created_at": it.created_at,
        "updated_at": it.updated_at,
    })
}

fn listener(it: &Listener) -> Value {
    json!({
        "id": it.id, "tenant_id": it.project_id, "project_id": it.project_id, "name": it.name, "description": "",
        "protocol": it.protocol, "protocol_port": it.protocol_port, "loadbalancers": [{ "id": it.loadbalancer_id }],
        "connection_limit": -1, "admin_state_up": true, "http2_enable": false, "default_pool_id": it.default_pool_id,
        "default_tls_container_ref": null, "client_ca_tls_container_ref": null, "sni_container_refs": [], "tags": [],
        "tls_ciphers_policy": null, "insert_headers": {}, "created_at": it.created_at, "updated_at": it.updated_at,
    })
}

fn pool(elb: &Elb, it: &Pool) -> Value {
    json!({
        "id": it.id, "tenant_id": it.project_id, "project_id": it.project_id, "name": it.name, "description": "",
        "protocol": it.protocol, "lb_algorithm": "ROUND_ROBIN", "admin_state_up": true, "healthmonitor_id": null,
        "members": ids(elb.members_of(&it.id).map(|member| &member.id)), "session_persistence": null,
        "listeners": ids(elb.default_listeners_of(&it.id).map(|listener| &listener.id)),
        "loadbalancers": [{ "id": it.loadbalancer_id }],
    })
}

fn member(it: &Member) -> Value {
    json!({
        "id": it.id, "tenant_id": it.project_id, "project_id": it.project_id, "name": it.name, "address": it.address,
        "protocol_port": it.protocol_port, "subnet_id": it.subnet_cidr_id, "admin_state_up": true, "weight": it.weight,
        "operating_status": it.operating_status,
    })
}
