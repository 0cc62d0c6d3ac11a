//! The older access control: at most one whitelist for a listener of a shared load balancer.

use serde_json::{Value, json};

use super::lists::{many, shared_listener};
use crate::{
    addresses,
    call::Call,
    elb::{self, Whitelist, row::Row},
    fields::Fields,
    list::Filters,
    reply::{Answer, Dialect, Refusal, Reply},
};

const FILTERS: Filters =
    Filters { text: &["id", "listener_id", "whitelist"], number: &[], switch: &["enable_whitelist"] };
/// The longest text of a whitelist that is looked at.
const LONGEST: usize = 16 * 1024;

/// `GET /v2/{project_id}/elb/whitelists`
pub fn list(call: &mut Call<'_>) -> Answer {
    let here = call.world.elb.whitelists.iter().filter(|it| it.project_id == call.project());
    many(call, "whitelists", &FILTERS, here.map(|it| Row { view: view(it), also: Vec::new() }).collect())
}

/// `GET /v2/{project_id}/elb/whitelists/{whitelist_id}`
pub fn show(call: &mut Call<'_>) -> Answer {
    call.no_query()?;
    told(200, found(call)?)
}

/// `POST /v2/{project_id}/elb/whitelists`
pub fn create(call: &mut Call<'_>) -> Answer {
    call.no_query()?;
    let mut fields = call.body("whitelist")?;
    // Allowed and without meaning: the path says which project it is.
    let _tenant = fields.text("tenant_id", 255)?;
    let listener_id = fields.must_text("listener_id", 36)?;
    let (enable, addresses) = settings(&mut fields)?;
    fields.finish()?;
    let project_id = call.project().to_owned();
    let world = &mut *call.world;
    let listener = shared_listener(&world.elb, &project_id, &listener_id)?;
    let loadbalancer = listener.loadbalancer_id.clone();
    if world.elb.whitelists.iter().any(|it| it.listener_id == listener_id) {
        return Err(Refusal::conflict(format!("listener {listener_id} already has a whitelist.")));
    }
    world.elb.must_be_active(&loadbalancer, world.clock.now())?;
    world.keep_pending(&loadbalancer);
    let (enable_whitelist, whitelist) = (enable.unwrap_or(true), addresses.unwrap_or_default());
    let made = Whitelist { id: world.ids.uuid(), project_id, listener_id, enable_whitelist, whitelist };
    world.elb.whitelists.push(made.clone());
    told(201, &made)
}

/// `PUT /v2/{project_id}/elb/whitelists/{whitelist_id}`: only what is sent is changed.
pub fn update(call: &mut Call<'_>) -> Answer {
    call.no_query()?;
    let mut changed = found(call)?.clone();
    let mut fields = call.body("whitelist")?;
    let (enable, addresses) = settings(&mut fields)?;
    fields.finish()?;
    changed.enable_whitelist = enable.unwrap_or(changed.enable_whitelist);
    changed.whitelist = addresses.unwrap_or(changed.whitelist);
    touch(call, &changed)?;
    elb::replace(&mut call.world.elb.whitelists, changed.clone());
    told(200, &changed)
}

/// `DELETE /v2/{project_id}/elb/whitelists/{whitelist_id}`
pub fn delete(call: &mut Call<'_>) -> Answer {
    call.no_query()?;
    let gone = found(call)?.clone();
    touch(call, &gone)?;
    call.world.elb.whitelists.retain(|it| it.id != gone.id);
    Ok(Reply::nothing())
}

/// The switch, and the addresses: single ones and networks, with commas between them.
fn settings(fields: &mut Fields) -> Result<(Option<bool>, Option<String>), Refusal> {
    let enable = fields.switch("enable_whitelist")?;
    let addresses = fields.text("whitelist", LONGEST)?;
    if let Some(text) = addresses.as_ref().filter(|text| !text.is_empty()) {
        let mut seen = Vec::new();
        for part in text.split(',') {
            let entry = addresses::network(part).filter(|entry| !seen.contains(entry));
            seen.push(entry.ok_or_else(|| Dialect::V2.bad("whitelist"))?);
        }
    }
    Ok((enable, addresses))
}

/// A change needs a load balancer that is `ACTIVE`, and may take it out of that for a while.
fn touch(call: &mut Call<'_>, whitelist: &Whitelist) -> Result<(), Refusal> {
    let listener = shared_listener(&call.world.elb, call.project(), &whitelist.listener_id)?;
    let loadbalancer = listener.loadbalancer_id.clone();
    call.world.elb.must_be_active(&loadbalancer, call.world.clock.now())?;
    call.world.keep_pending(&loadbalancer);
    Ok(())
}

fn found<'a>(call: &'a Call<'_>) -> Result<&'a Whitelist, Refusal> {
    elb::find(&call.world.elb.whitelists, call.project(), call.id(), Dialect::V2)
}

fn told(status: u16, it: &Whitelist) -> Answer {
    Ok(Reply::json(status, json!({ "whitelist": view(it) })))
}

fn view(it: &Whitelist) -> Value {
    json!({
        "id": it.id, "tenant_id": it.project_id, "listener_id": it.listener_id,
        "enable_whitelist": it.enable_whitelist, "whitelist": it.whitelist,
    })
}
