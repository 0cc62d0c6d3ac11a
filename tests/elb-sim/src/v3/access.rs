//! The access control of a listener: what a change of its `ipgroup` makes of it.
//!
//! Only what is sent is changed. A group that is attached without `enable_ipgroup` is attached and not enforced, as was
//! seen with the vendor; without `type` it is a whitelist.

use serde_json::Value;

use crate::{
    elb::{self, Binding, Listed, Listener},
    reply::{Dialect, Refusal},
    world::World,
};

/// How many characters the ids of several groups may have together.
const LONGEST: usize = 3600;

/// The access control that the listener will have.
pub fn changed(world: &World, listener: &Listener, sent: Value) -> Result<Option<Binding>, Refusal> {
    let bad = |field: &str| Dialect::V3.bad(field);
    let mut sent = match sent {
        Value::Object(sent) => sent,
        Value::Null if world.settings.null_detaches => return Ok(None),
        _ => return Err(bad("ipgroup")),
    };
    let ids = match sent.remove("ipgroup_id") {
        None => None,
        Some(Value::String(ids)) => Some(ids),
        Some(_) => return Err(bad("ipgroup_id")),
    };
    let enable = match sent.remove("enable_ipgroup") {
        None => None,
        Some(Value::Bool(enable)) => Some(enable),
        Some(_) => return Err(bad("enable_ipgroup")),
    };
    let listed = match sent.remove("type").as_ref().map(Value::as_str) {
        None => None,
        Some(Some("white")) => Some(Listed::White),
        Some(Some("black")) => Some(Listed::Black),
        Some(_) => return Err(bad("type")),
    };
    if let Some(unknown) = sent.keys().next() {
        return Err(bad(unknown));
    }
    let was = listener.ipgroup.as_ref();
    let ids = ids.or_else(|| was.map(|was| was.ipgroup_id.clone())).ok_or_else(|| bad("ipgroup_id"))?;
    let binding = Binding {
        ipgroup_id: ids,
        enable_ipgroup: enable.unwrap_or(was.is_some_and(|was| was.enable_ipgroup)),
        r#type: listed.unwrap_or(was.map_or(Listed::White, |was| was.r#type)),
    };
    check_groups(world, listener, &binding)?;
    Ok(Some(binding))
}

/// Every group exists, is named once, is not empty, and has room for one more listener.
fn check_groups(world: &World, listener: &Listener, binding: &Binding) -> Result<(), Refusal> {
    let ids: Vec<&str> = binding.ids().collect();
    let twice = ids.iter().enumerate().any(|(at, id)| ids[..at].contains(id));
    if binding.ipgroup_id.len() > LONGEST || twice || ids.iter().any(|id| id.len() != 36) {
        return Err(Dialect::V3.bad("ipgroup_id"));
    }
    let quotas = &world.settings.quotas;
    if ids.len() > quotas.ipgroups_per_listener {
        return Err(Dialect::V3.quota("ipgroups_per_listener"));
    }
    for id in ids {
        let group = elb::find(&world.elb.ipgroups, &listener.project_id, id, Dialect::V3)?;
        if group.ip_list.is_empty() && !world.settings.empty_groups {
            return Err(Dialect::V3.bad("ipgroup_id"));
        }
        if world.elb.users_of(id).filter(|user| user.id != listener.id).count() >= quotas.ipgroup_bindings {
            return Err(Dialect::V3.quota("ipgroup_bindings"));
        }
    }
    Ok(())
}
