//! Listeners: list, show, and change in part.

use std::ops::RangeInclusive;

use serde_json::Value;

use super::access;
use crate::{
    call::Call,
    elb::{self, Listener},
    fields::Fields,
    list::Filters,
    reply::{Answer, Dialect, Refusal},
};

const FILTERS: Filters = Filters {
    text: &[
        "id",
        "name",
        "description",
        "protocol",
        "loadbalancer_id",
        "default_pool_id",
        "member_address",
        "member_device_id",
        "member_instance_id",
        "tls_ciphers_policy",
        "default_tls_container_ref",
        "client_ca_tls_container_ref",
        "protection_status",
    ],
    number: &["protocol_port", "connection_limit", "member_timeout", "client_timeout", "keepalive_timeout"],
    switch: &[
        "admin_state_up",
        "http2_enable",
        "enable_member_retry",
        "transparent_client_ip_enable",
        "proxy_protocol_enable",
        "enhance_l7policy_enable",
        "ssl_early_data_enable",
        "nat64_enable",
        "include_recycle_bin",
    ],
};

/// The form of a field that can be changed and only travels through.
enum Form {
    Text,
    OneOf(&'static [&'static str]),
    Switch,
    Number(RangeInclusive<i64>),
    List,
    Object,
}

/// Fields that can be changed, beside the access control, the name and the default pool.
const CHANGEABLE: &[(&str, Form)] = &[
    ("description", Form::Text),
    ("default_tls_container_ref", Form::Text),
    ("client_ca_tls_container_ref", Form::Text),
    ("tls_ciphers_policy", Form::Text),
    ("security_policy_id", Form::Text),
    ("protection_reason", Form::Text),
    ("protection_status", Form::OneOf(&["nonProtection", "consoleProtection"])),
    ("sni_match_algo", Form::OneOf(&["wildcard", "longest_suffix"])),
    ("admin_state_up", Form::Switch),
    ("http2_enable", Form::Switch),
    ("enable_member_retry", Form::Switch),
    ("transparent_client_ip_enable", Form::Switch),
    ("proxy_protocol_enable", Form::Switch),
    ("enhance_l7policy_enable", Form::Switch),
    ("gzip_enable", Form::Switch),
    ("ssl_early_data_enable", Form::Switch),
    ("nat64_enable", Form::Switch),
    ("client_timeout", Form::Number(1..=300)),
    ("member_timeout", Form::Number(1..=300)),
    ("keepalive_timeout", Form::Number(0..=4000)),
    ("cps", Form::Number(0..=1_000_000)),
    ("connection", Form::Number(0..=1_000_000)),
    ("sni_container_refs", Form::List),
    ("insert_headers", Form::Object),
    ("quic_config", Form::Object),
];

/// `GET /v3/{project_id}/elb/listeners`
pub fn list(call: &mut Call<'_>) -> Answer {
    let elb = &call.world.elb;
    let here = elb.listeners.iter().filter(|it| it.project_id == call.project());
    call.many("listeners", &FILTERS, here.map(|it| elb.row_of_listener(it)).collect())
}

/// `GET /v3/{project_id}/elb/listeners/{listener_id}`
pub fn show(call: &mut Call<'_>) -> Answer {
    call.no_query()?;
    let it = elb::find(&call.world.elb.listeners, call.project(), call.id(), Dialect::V3)?;
    call.one(200, "listener", call.world.elb.view_listener(it))
}

/// `PUT /v3/{project_id}/elb/listeners/{listener_id}`: only what is sent is changed, and all of it or nothing.
pub fn update(call: &mut Call<'_>) -> Answer {
    call.no_query()?;
    let mut changed = elb::find(&call.world.elb.listeners, call.project(), call.id(), Dialect::V3)?.clone();
    let mut fields = call.body("listener")?;
    if let Some(name) = fields.text("name", 255)? {
        changed.name = name;
    }
    if let Some(access) = fields.any("ipgroup") {
        changed.ipgroup = access::changed(call.world, &changed, access)?;
    }
    if let Some(pool) = fields.any("default_pool_id") {
        changed.default_pool_id = default_pool(call, &changed, &pool)?;
    }
    for (name, form) in CHANGEABLE {
        if let Some(value) = travelling(&mut fields, name, form)? {
            changed.other.insert((*name).to_owned(), value);
        }
    }
    fields.finish()?;
    let world = &mut *call.world;
    world.elb.must_be_active(&changed.loadbalancer_id, world.clock.now())?;
    changed.updated_at = world.clock.stamp();
    world.keep_pending(&changed.loadbalancer_id);
    elb::replace(&mut world.elb.listeners, changed.clone());
    let status = if world.settings.update_answers_202 { 202 } else { 200 };
    call.one(status, "listener", call.world.elb.view_listener(&changed))
}

/// A pool of the same load balancer, or none.
fn default_pool(call: &Call<'_>, listener: &Listener, value: &Value) -> Result<Option<String>, Refusal> {
    match value {
        Value::Null => Ok(None),
        Value::String(id) => {
            let pool = elb::find(&call.world.elb.pools, call.project(), id, Dialect::V3)?;
            let same = pool.loadbalancer_id == listener.loadbalancer_id;
            if same { Ok(Some(id.clone())) } else { Err(Dialect::V3.bad("default_pool_id")) }
        }
        _ => Err(Dialect::V3.bad("default_pool_id")),
    }
}

fn travelling(fields: &mut Fields, name: &str, form: &Form) -> Result<Option<Value>, Refusal> {
    let Some(value) = fields.any(name) else { return Ok(None) };
    let good = match form {
        Form::Text => value.as_str().is_some_and(|text| text.chars().count() <= 255),
        Form::OneOf(words) => value.as_str().is_some_and(|text| words.contains(&text)),
        Form::Switch => value.is_boolean(),
        Form::Number(range) => value.as_i64().is_some_and(|number| range.contains(&number)),
        Form::List => value.is_array(),
        Form::Object => value.is_object(),
    };
    if good { Ok(Some(value)) } else { Err(Dialect::V3.bad(name)) }
}
