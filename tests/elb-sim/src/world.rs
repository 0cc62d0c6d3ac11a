//! Everything there is in a simulator: accounts, load balancers, what was called, and what is to go wrong.

use crate::{calls::Calls, clock::Clock, elb::Elb, faults::Faults, iam::Accounts, ids::Ids, settings::Settings};

/// Everything there is.
#[derive(Debug)]
pub struct World {
    /// Who there is.
    pub accounts: Accounts,
    /// What they have.
    pub elb: Elb,
    /// Switches and quotas.
    pub settings: Settings,
    /// The time here.
    pub clock: Clock,
    /// New names.
    pub ids: Ids,
    /// What is to go wrong.
    pub faults: Faults,
    /// What was called.
    pub calls: Calls,
}

impl World {
    /// After a change: the load balancer is not `ACTIVE` for as long as the settings say.
    pub fn keep_pending(&mut self, loadbalancer: &str) {
        if self.settings.pending_ms > 0 {
            let until = self.clock.now() + self.settings.pending_ms;
            self.elb.keep_pending(loadbalancer, until);
        }
    }
}
