//! From doors to gates: the pools that hold an address, the listeners that lead to these, by themselves or by a forwarding
//! policy, and then each of them whole.

use std::collections::BTreeSet;

use quell_core::ports::GateError;
use quell_domain::{
    gate::{Door, Gate},
    ids::{BalancerId, GateKey},
};

use super::{
    gates::{BackEnds, gate, listener},
    pages::list,
    session::Session,
    shapes::{BackEnd, Policy, Pool},
};

/// Every gate that leads through one of the doors.
pub(super) async fn locate(session: &Session<'_>, of: &BalancerId, doors: &[Door]) -> Result<Vec<Gate>, GateError> {
    let addresses: BTreeSet<String> = doors.iter().map(|door| door.address.to_string()).collect();
    if addresses.is_empty() {
        return Ok(Vec::new());
    }
    let filters: Vec<_> = addresses.into_iter().map(|address| ("member_address", address)).collect();
    let pools: Vec<Pool> = list(session, &session.v3("pools"), "pools", &filters).await?;
    let mut back_ends = BackEnds::default();
    let mut listeners = BTreeSet::new();
    for pool in pools {
        // The address of a node stands in many pools: the port tells which are the container's.
        if !back_ends.of(session, &pool.id).await?.iter().any(|back_end| doors.iter().any(|door| leads(back_end, door)))
        {
            continue;
        }
        let policies: Vec<Policy> =
            list(session, &session.v3("l7policies"), "l7policies", &[("redirect_pool_id", pool.id)]).await?;
        listeners.extend(pool.listeners.into_iter().map(|listener| listener.id));
        listeners.extend(policies.into_iter().map(|policy| policy.listener_id).filter(|id| !id.is_empty()));
    }
    let mut gates = Vec::new();
    for id in listeners {
        match listener(session, &GateKey::new(id)).await {
            Ok(listener) => gates.push(gate(session, of, listener, &mut back_ends).await?),
            // Taken away since.
            Err(GateError::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    gates.retain(|gate| gate.members_at(doors).next().is_some());
    Ok(gates)
}

/// May this back end be behind the door? One without a port of its own takes its listener's, which is not known yet.
fn leads(back_end: &BackEnd, door: &Door) -> bool {
    let port = back_end.protocol_port;
    back_end.address.parse() == Ok(door.address) && door.port.is_none_or(|wanted| port == 0 || port == wanted)
}
