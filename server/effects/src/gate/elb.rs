//! Huawei Cloud's Elastic Load Balance: IP groups (v3), and whitelists (v2) for classic shared load balancers.
//!
//! Owns: the vendor's interface, how it is signed in to, and when it may be asked again. Must not know: incidents, people, and
//! what a restriction is for. What to set up, and what this cannot do, stands in `server/docs/elb.md`.

mod authority;
mod change;
mod credentials;
mod facts;
mod gates;
mod groups;
mod http;
mod locate;
mod pages;
mod patience;
mod refusal;
mod restore;
mod restrict;
mod session;
mod shapes;
mod sign;
mod token;
mod weigh;
mod whitelist;

use std::sync::Arc;

use quell_core::ports::{Clock, Done, GateError};
use quell_domain::{
    gate::{AllowList, Balancer, BalancerAccess, BalancerFacts, Door, Gate, Member, Rules},
    ids::GateKey,
};

use change::Wanted;
use gates::BackEnds;
pub use patience::Patience;
use session::Session;
use token::Tokens;

/// Every project of ELB. Keeps nothing but tokens of IAM, in memory.
pub(super) struct Elb {
    clock: Arc<dyn Clock>,
    pub(super) patience: Patience,
    tokens: Tokens,
}

impl Elb {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, patience: Patience::default(), tokens: Tokens::default() }
    }

    pub(super) async fn facts(&self, access: &BalancerAccess) -> Result<BalancerFacts, GateError> {
        facts::facts(&Session::open(self, access)?).await
    }

    pub(super) async fn locate(&self, balancer: &Balancer, doors: &[Door]) -> Result<Vec<Gate>, GateError> {
        locate::locate(&Session::open(self, &balancer.access)?, &balancer.id, doors).await
    }

    pub(super) async fn read(&self, balancer: &Balancer, key: &GateKey) -> Result<Gate, GateError> {
        let session = Session::open(self, &balancer.access)?;
        let listener = gates::listener(&session, key).await?;
        gates::gate(&session, &balancer.id, listener, &mut BackEnds::default()).await
    }

    pub(super) async fn restrict(
        &self,
        balancer: &Balancer,
        key: &GateKey,
        allow: &AllowList,
        expected: &Rules,
    ) -> Result<Done, GateError> {
        let session = Session::open(self, &balancer.access)?;
        change::change(&session, key, Wanted::Restricted(allow), expected).await
    }

    pub(super) async fn restore(
        &self,
        balancer: &Balancer,
        key: &GateKey,
        former: &Rules,
        expected: &Rules,
    ) -> Result<Done, GateError> {
        let session = Session::open(self, &balancer.access)?;
        change::change(&session, key, Wanted::Restored(former), expected).await
    }

    pub(super) async fn weigh(
        &self,
        balancer: &Balancer,
        key: &GateKey,
        member: &Member,
        weight: u16,
    ) -> Result<Done, GateError> {
        weigh::weigh(&Session::open(self, &balancer.access)?, key, member, weight).await
    }
}

/// What ELB answers when connections that stand shall be ended: its interface knows none.
pub(super) const NO_CUT: GateError = GateError::NotOffered(
    "ELB cannot end connections that stand. Disconnect the container's networks, or pause it, in place of that.",
);
