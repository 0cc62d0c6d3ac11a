//! Back ends: all of them, those of a pool, one; its weight; its removal.

use crate::{
    call::Call,
    elb::{self, Member, row::Row},
    list::Filters,
    reply::{Answer, Dialect, Refusal, Reply},
};

const OF_ALL: Filters = Filters {
    text: &["id", "name", "address", "subnet_cidr_id", "operating_status", "ip_version", "pool_id", "loadbalancer_id"],
    number: &["protocol_port", "weight"],
    switch: &["admin_state_up"],
};

const OF_ONE_POOL: Filters = Filters {
    text: &[
        "id",
        "name",
        "address",
        "subnet_cidr_id",
        "operating_status",
        "ip_version",
        "member_type",
        "instance_id",
        "availability_zone",
    ],
    number: &["protocol_port", "weight"],
    switch: &["admin_state_up"],
};

/// `GET /v3/{project_id}/elb/members`: of all pools.
pub fn list_all(call: &mut Call<'_>) -> Answer {
    let rows = rows(call, |it| it.project_id == call.project());
    call.many("members", &OF_ALL, rows)
}

/// `GET /v3/{project_id}/elb/pools/{pool_id}/members`
pub fn list(call: &mut Call<'_>) -> Answer {
    let pool = elb::find(&call.world.elb.pools, call.project(), call.id(), Dialect::V3)?;
    let rows = rows(call, |it| it.pool_id == pool.id);
    call.many("members", &OF_ONE_POOL, rows)
}

/// `GET /v3/{project_id}/elb/pools/{pool_id}/members/{member_id}`
pub fn show(call: &mut Call<'_>) -> Answer {
    call.no_query()?;
    let member = found(call)?.clone();
    one(call, &member)
}

/// `PUT /v3/{project_id}/elb/pools/{pool_id}/members/{member_id}`: a weight of 0 gets no new requests.
pub fn update(call: &mut Call<'_>) -> Answer {
    call.no_query()?;
    let mut changed = found(call)?.clone();
    let mut fields = call.body("member")?;
    if let Some(name) = fields.text("name", 255)? {
        changed.name = name;
    }
    if let Some(weight) = fields.number("weight", 0..=100)? {
        changed.weight = u8::try_from(weight).map_err(|_| Dialect::V3.bad("weight"))?;
    }
    if let Some(port) = fields.number("protocol_port", 1..=65_535)? {
        changed.protocol_port = u16::try_from(port).map_err(|_| Dialect::V3.bad("protocol_port"))?;
    }
    if let Some(up) = fields.switch("admin_state_up")? {
        changed.other.insert("admin_state_up".into(), up.into());
    }
    fields.finish()?;
    touch(call)?;
    changed.updated_at = call.world.clock.stamp();
    elb::replace(&mut call.world.elb.members, changed.clone());
    one(call, &changed)
}

/// `DELETE /v3/{project_id}/elb/pools/{pool_id}/members/{member_id}`
pub fn delete(call: &mut Call<'_>) -> Answer {
    call.no_query()?;
    let id = found(call)?.id.clone();
    touch(call)?;
    call.world.elb.members.retain(|it| it.id != id);
    Ok(Reply::nothing())
}

/// A change needs a load balancer that is `ACTIVE`, and may take it out of that for a while.
fn touch(call: &mut Call<'_>) -> Result<(), Refusal> {
    let pool = elb::find(&call.world.elb.pools, call.project(), call.id(), Dialect::V3)?;
    let loadbalancer = pool.loadbalancer_id.clone();
    call.world.elb.must_be_active(&loadbalancer, call.world.clock.now())?;
    call.world.keep_pending(&loadbalancer);
    Ok(())
}

fn found<'a>(call: &'a Call<'_>) -> Result<&'a Member, Refusal> {
    let pool = elb::find(&call.world.elb.pools, call.project(), call.id(), Dialect::V3)?;
    let member = elb::find(&call.world.elb.members, call.project(), call.below(), Dialect::V3)?;
    if member.pool_id == pool.id { Ok(member) } else { Err(Dialect::V3.not_found("member", &member.id)) }
}

fn rows(call: &Call<'_>, here: impl Fn(&Member) -> bool) -> Vec<Row> {
    let elb = &call.world.elb;
    let without_pool = call.world.settings.members_without_pool;
    elb.members.iter().filter(|it| here(it)).map(|it| elb.row_of_member(it, without_pool)).collect()
}

fn one(call: &Call<'_>, member: &Member) -> Answer {
    call.one(200, "member", call.world.elb.row_of_member(member, call.world.settings.members_without_pool).view)
}
