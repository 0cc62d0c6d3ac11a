//! Load balancers: for each verb of the port, the kind of load balancer that a way belongs to.
//!
//! Owns: which adapter is asked. Must not know: how any of them is spoken to.

mod haproxy;
mod knock;

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use async_trait::async_trait;
use quell_core::ports::{Clock, Done, GateError, Gates, Knock};
use quell_domain::{
    gate::{AllowList, Balancer, BalancerAccess, BalancerFacts, Door, Gate, Member, Rules},
    ids::GateKey,
};

use haproxy::Haproxy;

/// Load balancers of all kinds.
pub struct Balancers {
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Balancers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Balancers").finish_non_exhaustive()
    }
}

impl Balancers {
    /// Load balancers whose answers are dated by this clock.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock }
    }

    /// THE ARM OF ELB: it takes the place of this refusal.
    fn adapter(&self, access: &BalancerAccess) -> Result<Haproxy, GateError> {
        match access {
            BalancerAccess::Haproxy { socket, master, routes } => {
                Ok(Haproxy::new(socket, *master, routes.clone(), self.clock.now()))
            }
            BalancerAccess::Elb { .. } => Err(GateError::NotOffered("This build speaks with HAProxy only.")),
        }
    }
}

#[async_trait]
impl Gates for Balancers {
    async fn facts(&self, access: &BalancerAccess) -> Result<BalancerFacts, GateError> {
        self.adapter(access)?.facts().await
    }

    async fn locate(&self, balancer: &Balancer, doors: &[Door]) -> Result<Vec<Gate>, GateError> {
        self.adapter(&balancer.access)?.locate(&balancer.id, doors).await
    }

    async fn read(&self, balancer: &Balancer, gate: &GateKey) -> Result<Gate, GateError> {
        self.adapter(&balancer.access)?.read(&balancer.id, gate).await
    }

    async fn restrict(
        &self,
        balancer: &Balancer,
        gate: &GateKey,
        allow: &AllowList,
        expected: &Rules,
    ) -> Result<Done, GateError> {
        self.adapter(&balancer.access)?.restrict(gate, allow, expected).await
    }

    async fn restore(
        &self,
        balancer: &Balancer,
        gate: &GateKey,
        former: &Rules,
        expected: &Rules,
    ) -> Result<Done, GateError> {
        self.adapter(&balancer.access)?.restore(gate, former, expected).await
    }

    async fn weigh(
        &self,
        balancer: &Balancer,
        gate: &GateKey,
        member: &Member,
        weight: u16,
    ) -> Result<Done, GateError> {
        self.adapter(&balancer.access)?.weigh(gate, member, weight).await
    }

    async fn cut(&self, balancer: &Balancer, gate: &GateKey, member: &Member) -> Result<Done, GateError> {
        self.adapter(&balancer.access)?.cut(gate, member).await
    }

    async fn knock(&self, gate: SocketAddr, http: bool, from: Option<IpAddr>) -> Knock {
        knock::knock(gate, http, from).await
    }
}
