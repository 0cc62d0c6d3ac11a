//! `GET /v3/{project_id}/elb/quotas/details`: how much of what is used, and how much there may be.

use serde_json::{Value, json};

use crate::{
    call::Call,
    reply::{Answer, Dialect, Reply},
};

/// All quotas that are simulated, or those that `quota_key` names.
pub fn details(call: &mut Call<'_>) -> Answer {
    let (elb, quotas) = (&call.world.elb, &call.world.settings.quotas);
    let groups: Vec<_> = elb.ipgroups.iter().filter(|it| it.project_id == call.project()).collect();
    let bindings = groups.iter().map(|group| elb.users_of(&group.id).count()).max();
    let length = groups.iter().map(|group| group.ip_list.len()).max();
    let listeners = elb.listeners.iter().filter(|it| it.project_id == call.project());
    let on_one = listeners.filter_map(|it| it.ipgroup.as_ref()).map(|binding| binding.ids().count()).max();
    let known = [
        ("ipgroup", quotas.ipgroup, groups.len()),
        ("ipgroup_bindings", quotas.ipgroup_bindings, bindings.unwrap_or_default()),
        ("ipgroup_max_length", quotas.ipgroup_max_length, length.unwrap_or_default()),
        ("ipgroups_per_listener", quotas.ipgroups_per_listener, on_one.unwrap_or_default()),
    ];
    for (key, value) in &call.request.pairs {
        if key != "quota_key" {
            return Err(Dialect::V3.bad(key));
        }
        if !known.iter().any(|(name, ..)| name == value) {
            return Err(Dialect::V3.bad("quota_key"));
        }
    }
    let wanted = |name: &str| call.request.pairs.is_empty() || call.request.values("quota_key").any(|it| it == name);
    let told = known
        .into_iter()
        .filter(|(name, ..)| wanted(name))
        .map(|(name, limit, used)| json!({ "quota_key": name, "quota_limit": limit, "used": used, "unit": "count" }));
    let told: Vec<Value> = told.collect();
    Ok(Reply::json(200, json!({ "quotas": told, "request_id": call.request_id })))
}
