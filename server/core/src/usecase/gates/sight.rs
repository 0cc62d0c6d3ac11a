//! A gate as a change of it is decided on, read now.

use quell_domain::{
    Problem,
    action::{Action, ContainerFacts},
    gate::{BackEnd, Balancer, Gate, GateChange, GateWhat, Hold, fingerprint},
    ids::{Digest, GateKey},
    incident::Incident,
};

use super::{Holds, back_ends_of};
use crate::{Portal, usecase::balancers::gate_words};

/// A gate as a change of it is decided on.
pub(super) struct Sight {
    pub(super) balancer: Balancer,
    pub(super) gate: Gate,
    pub(super) back_ends: Vec<BackEnd>,
    pub(super) holds: Holds,
    /// Of the container that it is for.
    pub(super) facts: ContainerFacts,
    /// What the page carries.
    pub(super) fingerprint: Digest,
}

impl Sight {
    /// The same with what shall be done: what is signed.
    pub(super) fn change(&self, what: GateWhat) -> GateChange {
        GateChange {
            balancer: self.balancer.id.clone(),
            balancer_name: self.balancer.name.clone(),
            gate: self.gate.key.clone(),
            gate_name: self.gate.name.clone(),
            what,
            expected: self.gate.rules.clone(),
            back_ends: self.back_ends.clone(),
        }
    }
}

/// Taking a hold back. `leave`: what somebody else set meanwhile stays.
pub(super) fn restore(hold: &Hold, leave: bool) -> GateWhat {
    GateWhat::Restore { hold: hold.request.clone(), how: hold.how, former: Box::new(hold.former.clone()), leave }
}

impl Portal {
    /// What a change of a gate is decided on. Restoring must not depend on the container: it may be gone.
    pub(super) async fn sight(
        &self,
        incident: &Incident,
        balancer: &Balancer,
        key: &GateKey,
        action: Action,
    ) -> Result<Sight, Problem> {
        let holds = self.holds_on(&balancer.id, key).await?;
        let (facts, container, doors) = if action == Action::RestoreGate {
            let none = || Problem::conflict("Quell has not restricted this gate for this incident.");
            let hold = holds.mine(incident).ok_or_else(none)?;
            let taken = self.store.request(&hold.request).await?.ok_or_else(none)?;
            (taken.facts, None, Vec::new())
        } else {
            let (container, doors) = self.doors_of(incident).await?;
            (container.facts.clone(), Some(container.fingerprint()), doors)
        };
        let gate = self.read_gate(balancer, key).await.map_err(|error| Problem::conflict(gate_words(&error)))?;
        let back_ends = match holds.mine(incident) {
            Some(hold) if action == Action::RestoreGate => back_ends_of(hold, &gate),
            _ => gate.back_ends(&doors),
        };
        // Whoever may see incidents may see what is in front of their containers, and no other gate of the load balancer.
        if action != Action::RestoreGate && holds.mine(incident).is_none() && !back_ends.iter().any(|it| it.own) {
            return Err(Problem::conflict("No back end behind this gate leads to the container."));
        }
        let fingerprint = fingerprint(action, &gate, &back_ends, container.as_ref());
        Ok(Sight { balancer: balancer.clone(), gate, back_ends, holds, facts, fingerprint })
    }
}
