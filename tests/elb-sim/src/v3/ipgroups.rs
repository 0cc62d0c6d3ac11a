//! Groups of addresses: list, show, create, change, delete, and who uses one. Its entries are in [`entries`].

use serde_json::json;

use super::entries;
use crate::{
    call::Call,
    elb::{self, IpGroup, view},
    fields::Fields,
    list::Filters,
    reply::{Answer, Dialect, Refusal, Reply},
};

const FILTERS: Filters = Filters { text: &["id", "name", "description", "ip_list"], number: &[], switch: &[] };

/// `GET /v3/{project_id}/elb/ipgroups`
pub fn list(call: &mut Call<'_>) -> Answer {
    let elb = &call.world.elb;
    let here = elb.ipgroups.iter().filter(|it| it.project_id == call.project());
    call.many("ipgroups", &FILTERS, here.map(|it| elb.row_of_ipgroup(it)).collect())
}

/// `GET /v3/{project_id}/elb/ipgroups/{ipgroup_id}`
pub fn show(call: &mut Call<'_>) -> Answer {
    call.no_query()?;
    call.one(200, "ipgroup", call.world.elb.view_ipgroup(found(call)?))
}

/// `POST /v3/{project_id}/elb/ipgroups`
pub fn create(call: &mut Call<'_>) -> Answer {
    call.no_query()?;
    let mut fields = call.body("ipgroup")?;
    // Allowed and without meaning: the path says which project it is.
    let _project = fields.text("project_id", 32)?;
    let name = fields.text("name", 255)?.unwrap_or_default();
    let description = fields.text("description", 255)?.unwrap_or_default();
    let enterprise_project_id = fields.text("enterprise_project_id", 36)?.unwrap_or_else(|| "0".into());
    if enterprise_project_id != "0" && enterprise_project_id.len() != 36 {
        return Err(Dialect::V3.bad("enterprise_project_id"));
    }
    let sent = fields.objects("ip_list")?.ok_or_else(|| Dialect::V3.missing("ip_list"))?;
    let ip_list = entries::read(sent, &call.world.settings)?;
    fields.finish()?;
    let project_id = call.project().to_owned();
    let world = &mut *call.world;
    let used = world.elb.ipgroups.iter().filter(|it| it.project_id == project_id).count();
    if used >= world.settings.quotas.ipgroup {
        return Err(Dialect::V3.quota("ipgroup"));
    }
    let (id, created_at) = (world.ids.uuid(), world.clock.stamp());
    let updated_at = created_at.clone();
    let group = IpGroup { id, project_id, name, description, ip_list, enterprise_project_id, created_at, updated_at };
    let told = world.elb.view_ipgroup(&group);
    world.elb.ipgroups.push(group);
    call.one(201, "ipgroup", told)
}

/// `PUT /v3/{project_id}/elb/ipgroups/{ipgroup_id}`: a list of addresses that is sent replaces the whole list.
pub fn update(call: &mut Call<'_>) -> Answer {
    call.no_query()?;
    let mut changed = found(call)?.clone();
    let mut fields = call.body("ipgroup")?;
    rename(&mut changed, &mut fields)?;
    if let Some(sent) = fields.objects("ip_list")? {
        changed.ip_list = entries::read(sent, &call.world.settings)?;
    }
    fields.finish()?;
    put(call, changed)
}

/// `DELETE /v3/{project_id}/elb/ipgroups/{ipgroup_id}`: not while it is attached to a listener, enforced or not.
pub fn delete(call: &mut Call<'_>) -> Answer {
    call.no_query()?;
    let id = found(call)?.id.clone();
    if call.world.elb.users_of(&id).next().is_some() {
        return Err(Refusal::conflict(format!("ipgroup {id} is in use.")));
    }
    call.world.elb.ipgroups.retain(|it| it.id != id);
    Ok(Reply::nothing())
}

/// `GET /v3/{project_id}/elb/ipgroups/{ipgroup_id}/related-listeners`: without the id of the request.
pub fn related_listeners(call: &mut Call<'_>) -> Answer {
    call.no_query()?;
    let group = found(call)?;
    let listeners = view::ids(call.world.elb.users_of(&group.id).map(|listener| &listener.id));
    Ok(Reply::json(200, json!({ "listeners": listeners })))
}

/// `POST …/iplist/create-or-update`: adds what is new, describes anew what is there, removes nothing.
pub fn add_entries(call: &mut Call<'_>) -> Answer {
    call.no_query()?;
    let mut changed = found(call)?.clone();
    let mut fields = call.body("ipgroup")?;
    rename(&mut changed, &mut fields)?;
    let sent = fields.objects("ip_list")?.ok_or_else(|| Dialect::V3.missing("ip_list"))?;
    fields.finish()?;
    entries::add(&mut changed.ip_list, entries::read(sent, &call.world.settings)?, &call.world.settings)?;
    put(call, changed)
}

/// `POST …/iplist/batch-delete`: what is not there is not missed.
pub fn remove_entries(call: &mut Call<'_>) -> Answer {
    call.no_query()?;
    let mut changed = found(call)?.clone();
    let mut fields = call.body("ipgroup")?;
    let sent = fields.objects("ip_list")?.ok_or_else(|| Dialect::V3.missing("ip_list"))?;
    fields.finish()?;
    entries::remove(&mut changed.ip_list, &entries::read_bare(sent, &call.world.settings)?);
    put(call, changed)
}

/// A name and a description, if they are sent.
fn rename(group: &mut IpGroup, fields: &mut Fields) -> Result<(), Refusal> {
    if let Some(name) = fields.text("name", 255)? {
        group.name = name;
    }
    if let Some(description) = fields.text("description", 255)? {
        group.description = description;
    }
    Ok(())
}

fn found<'a>(call: &'a Call<'_>) -> Result<&'a IpGroup, Refusal> {
    elb::find(&call.world.elb.ipgroups, call.project(), call.id(), Dialect::V3)
}

/// Puts the changed group in its place. A group that a listener uses is not emptied: see the settings.
fn put(call: &mut Call<'_>, mut changed: IpGroup) -> Answer {
    let world = &mut *call.world;
    let used = world.elb.users_of(&changed.id).next().is_some();
    if changed.ip_list.is_empty() && used && !world.settings.empty_groups {
        return Err(Dialect::V3.bad("ip_list"));
    }
    changed.updated_at = world.clock.stamp();
    elb::replace(&mut world.elb.ipgroups, changed.clone());
    call.one(200, "ipgroup", call.world.elb.view_ipgroup(&changed))
}
