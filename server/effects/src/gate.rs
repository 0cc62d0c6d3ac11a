//! Load balancers: for each verb of the port, the kind of load balancer that a way belongs to.
//!
//! Owns: which adapter is asked. Must not know: how any of them is spoken to.

mod elb;
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

use elb::Elb;
pub use elb::Patience;
use haproxy::Haproxy;

/// Load balancers of all kinds.
pub struct Balancers {
    clock: Arc<dyn Clock>,
    elb: Elb,
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
        Self { elb: Elb::new(Arc::clone(&clock)), clock }
    }

    /// The same, with another patience towards interfaces in a cloud.
    #[must_use]
    pub fn with_patience(mut self, patience: Patience) -> Self {
        self.elb.patience = patience;
        self
    }

    /// What asks the load balancer of this way.
    fn adapter(&self, access: &BalancerAccess) -> Adapter<'_> {
        match access {
            BalancerAccess::Haproxy { socket, master, routes } => {
                Adapter::Haproxy(Haproxy::new(socket, *master, routes.clone(), self.clock.now()))
            }
            BalancerAccess::Elb { .. } => Adapter::Elb(&self.elb),
        }
    }
}

/// One kind of load balancer.
enum Adapter<'a> {
    Haproxy(Haproxy),
    Elb(&'a Elb),
}

#[async_trait]
impl Gates for Balancers {
    async fn facts(&self, access: &BalancerAccess) -> Result<BalancerFacts, GateError> {
        match self.adapter(access) {
            Adapter::Haproxy(haproxy) => haproxy.facts().await,
            Adapter::Elb(elb) => elb.facts(access).await,
        }
    }

    async fn locate(&self, balancer: &Balancer, doors: &[Door]) -> Result<Vec<Gate>, GateError> {
        match self.adapter(&balancer.access) {
            Adapter::Haproxy(haproxy) => haproxy.locate(&balancer.id, doors).await,
            Adapter::Elb(elb) => elb.locate(balancer, doors).await,
        }
    }

    async fn read(&self, balancer: &Balancer, gate: &GateKey) -> Result<Gate, GateError> {
        match self.adapter(&balancer.access) {
            Adapter::Haproxy(haproxy) => haproxy.read(&balancer.id, gate).await,
            Adapter::Elb(elb) => elb.read(balancer, gate).await,
        }
    }

    async fn restrict(
        &self,
        balancer: &Balancer,
        gate: &GateKey,
        allow: &AllowList,
        expected: &Rules,
    ) -> Result<Done, GateError> {
        match self.adapter(&balancer.access) {
            Adapter::Haproxy(haproxy) => haproxy.restrict(gate, allow, expected).await,
            Adapter::Elb(elb) => elb.restrict(balancer, gate, allow, expected).await,
        }
    }

    async fn restore(
        &self,
        balancer: &Balancer,
        gate: &GateKey,
        former: &Rules,
        expected: &Rules,
    ) -> Result<Done, GateError> {
        match self.adapter(&balancer.access) {
            Adapter::Haproxy(haproxy) => haproxy.restore(gate, former, expected).await,
            Adapter::Elb(elb) => elb.restore(balancer, gate, former, expected).await,
        }
    }

    async fn weigh(
        &self,
        balancer: &Balancer,
        gate: &GateKey,
        member: &Member,
        weight: u16,
    ) -> Result<Done, GateError> {
        match self.adapter(&balancer.access) {
            Adapter::Haproxy(haproxy) => haproxy.weigh(gate, member, weight).await,
            Adapter::Elb(elb) => elb.weigh(balancer, gate, member, weight).await,
        }
    }

    async fn cut(&self, balancer: &Balancer, gate: &GateKey, member: &Member) -> Result<Done, GateError> {
        match self.adapter(&balancer.access) {
            Adapter::Haproxy(haproxy) => haproxy.cut(gate, member).await,
            Adapter::Elb(_) => Err(elb::NO_CUT),
        }
    }

    async fn knock(&self, gate: SocketAddr, http: bool, from: Option<IpAddr>) -> Knock {
        knock::knock(gate, http, from).await
    }
}
