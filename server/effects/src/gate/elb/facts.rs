//! What a project of ELB says about itself. Asking also shows whether all that Quell reads may be read.

use quell_core::ports::GateError;
use quell_domain::{
    gate::BalancerFacts,
    time::{MINUTE, span},
};

use super::{
    gates::name,
    pages::list,
    session::Session,
    shapes::{IpGroup, Listener, LoadBalancer, Pool, Whitelist},
};

/// ELB refuses signatures from 15 minutes on.
const CLOCK: i64 = 5 * MINUTE;

pub(super) async fn facts(session: &Session<'_>) -> Result<BalancerFacts, GateError> {
    let balancers: Vec<LoadBalancer> = list(session, &session.v3("loadbalancers"), "loadbalancers", &[]).await?;
    let listeners: Vec<Listener> = list(session, &session.v3("listeners"), "listeners", &[]).await?;
    let _pools: Vec<Pool> = list(session, &session.v3("pools"), "pools", &[]).await?;
    if session.classic {
        let _whitelists: Vec<Whitelist> = list(session, &session.v2("whitelists"), "whitelists", &[]).await?;
    } else {
        let _groups: Vec<IpGroup> = list(session, &session.v3("ipgroups"), "ipgroups", &[]).await?;
    }
    let mut gates: Vec<String> = listeners.iter().map(|listener| gate(listener, &balancers)).collect();
    gates.sort();
    let dedicated = balancers.iter().filter(|balancer| balancer.guaranteed).count();
    let (with, count) = (if session.classic { " with whitelists of v2" } else { "" }, balancers.len());
    Ok(BalancerFacts {
        version: format!("Huawei Cloud ELB, v3{with}: {dedicated} dedicated, {} shared", count - dedicated),
        gates,
        warnings: warnings(session, &balancers, dedicated),
        checked_at: session.elb.clock.now(),
    })
}

fn gate(listener: &Listener, balancers: &[LoadBalancer]) -> String {
    let of = listener.loadbalancers.first().and_then(|one| balancers.iter().find(|balancer| balancer.id == one.id));
    of.map_or_else(|| listener.name.clone(), |balancer| name(balancer, listener))
}

fn warnings(session: &Session<'_>, balancers: &[LoadBalancer], dedicated: usize) -> Vec<String> {
    let mut warnings = Vec::new();
    warnings.extend(session.ahead().and_then(clock));
    warnings.extend(
        balancers
            .iter()
            .filter(|balancer| balancer.operating_status == "FROZEN")
            .map(|balancer| format!("Load balancer {} is frozen: nothing goes through it.", called(balancer))),
    );
    if session.classic && dedicated > 0 {
        warnings.push(format!(
            "{dedicated} of the load balancers are dedicated: these have no whitelists, so Quell cannot restrict them. \
             Register the project once more with v3 for them."
        ));
    }
    if session.is_temporary() {
        warnings
            .push("The keys are temporary. When they end, Quell is refused until their file is renewed.".to_owned());
    }
    warnings.push(
        "Whether these credentials may also change something shows only when they do. The permissions that are needed \
         stand in the manual."
            .to_owned(),
    );
    warnings
}

fn called(balancer: &LoadBalancer) -> &str {
    if balancer.name.is_empty() { &balancer.id } else { &balancer.name }
}

fn clock(ahead: i64) -> Option<String> {
    let which = if ahead > 0 { "ahead of" } else { "behind" };
    (ahead.abs() > CLOCK).then(|| {
        format!("This machine's clock is {} {which} ELB's. Signatures are refused from 15 minutes on.", span(ahead))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_may_differ_a_little() {
        assert_eq!(clock(CLOCK), None);
        assert!(clock(7 * MINUTE).is_some_and(|words| words.contains("7:00 ahead of")));
        assert!(clock(-7 * MINUTE).is_some_and(|words| words.contains("7:00 behind")));
    }
}
