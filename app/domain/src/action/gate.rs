//! Requests about a gate: what stands in the way of restricting or restoring it, and the request itself.

use super::{Action, ActionRequest, ContainerFacts, Intent, Parameters};
use crate::{
    error::Problem,
    gate::{BackEnd, Gate, GateChange, GateWhat, Hold, HoldState, How},
    ids::{Digest, IncidentId, RequestId},
    incident::{Incident, IncidentState},
    policy::Requirement,
};

/// What a gate request is decided on besides what is wanted.
#[derive(Debug, Clone, Copy)]
pub struct GateStanding<'a> {
    /// As it is now.
    pub gate: &'a Gate,
    /// Holds on it that are not over, with the number of the incident that each is for.
    pub holds: &'a [(Hold, i64)],
}

impl<'a> GateStanding<'a> {
    /// This incident's hold of this kind.
    #[must_use]
    pub fn mine(&self, incident: &IncidentId, how: How) -> Option<&'a Hold> {
        let mut holds = self.holds.iter().map(|(hold, _)| hold);
        holds.rfind(|hold| hold.incident == *incident && hold.how == how)
    }

    /// Other incidents' holds by a list: they keep all of the gate closed.
    fn lists(&self, incident: &'a IncidentId) -> impl Iterator<Item = &'a (Hold, i64)> {
        self.holds.iter().filter(move |(hold, _)| {
            hold.incident != *incident && hold.how == How::List && hold.state != HoldState::Lost
        })
    }

    /// Other incidents' holds that keep the same closed as this one, or some of it.
    #[must_use]
    pub fn sharers(&self, mine: &Hold) -> Vec<&'a (Hold, i64)> {
        let shares =
            |hold: &Hold| hold.incident != mine.incident && hold.state != HoldState::Lost && hold.shares_with(mine);
        self.holds.iter().filter(|(hold, _)| shares(hold)).collect()
    }

    /// Why this hold cannot be ended alone: others keep some of its back ends out of service, and not all.
    ///
    /// # Errors
    /// Conflict, naming the others.
    pub fn separable(&self, mine: &Hold) -> Result<(), Problem> {
        let others = self.sharers(mine);
        let kept = |own: &BackEnd| others.iter().any(|(other, _)| other.own().any(|it| it.is_same(own)));
        if mine.how == How::List || others.is_empty() || mine.own().all(kept) {
            return Ok(());
        }
        let labels: Vec<String> = others.iter().map(|(_, number)| format!("INC-{number}")).collect();
        no(format!("{} keeps some of these back ends out of service too. Restore that first.", labels.join(" and ")))
    }
}

impl GateChange {
    /// Could it be done now, for this incident?
    ///
    /// # Errors
    /// Conflict, with why not; invalid, naming `allow`, when another incident holds the gate with another list, and naming
    /// `over` when somebody else changed the gate and nothing says what shall become of that.
    pub fn possible(&self, incident: &Incident, standing: &GateStanding<'_>, over: bool) -> Result<(), Problem> {
        if incident.target_node().is_none() {
            return no("Choose the container first: it is not sure which one this incident is about.");
        }
        if incident.state == IncidentState::Closed {
            return no("This incident is closed.");
        }
        let gate = standing.gate;
        let mine = standing.mine(&incident.id, self.how());
        match &self.what {
            GateWhat::Restrict { .. } | GateWhat::TakeOut { .. } => {
                if let Some(locked) = &gate.locked {
                    return no(format!("The load balancer does not let it be changed now: {locked}"));
                }
                if self.own().next().is_none() {
                    return no("No back end behind this gate leads to the container.");
                }
                if mine.is_some_and(|hold| hold.state.is_moving()) {
                    return no("It is being changed for this incident already.");
                }
                self.fits_others(incident, standing)?;
                let held = mine.filter(|hold| hold.state == HoldState::Held && hold.is_true_of(gate));
                let same = held.is_some_and(|hold| hold.allow.as_ref() == self.allow());
                // The container may have got another back end since.
                let same = same && self.is_done_in(gate);
                if same && !self.cuts() && incident.measures.contains(&Action::RestrictGate) {
                    return no("It is restricted in this way already.");
                }
                Ok(())
            }
            GateWhat::Restore { leave, .. } => {
                let Some(hold) = mine else {
                    return no("Quell has not restricted this gate for this incident.");
                };
                if hold.state.is_moving() {
                    return no("It is being changed for this incident already.");
                }
                if !leave {
                    standing.separable(hold)?;
                }
                let theirs = !hold.is_true_of(gate);
                if theirs && !over && !leave {
                    return Err(Problem::field(
                        "over",
                        "Somebody else changed the gate since Quell restricted it. Say whether that is replaced by what \
                         there was before Quell, or stays.",
                    ));
                }
                if !theirs && *leave {
                    return Err(Problem::field(
                        "leave",
                        "Nobody else has changed the gate: there is nothing to leave.",
                    ));
                }
                Ok(())
            }
        }
    }

    /// The list of whoever holds it too.
    fn fits_others(&self, incident: &Incident, standing: &GateStanding<'_>) -> Result<(), Problem> {
        // Taken out of service twice is the same; restricted to two lists is not.
        for (other, number) in standing.lists(&incident.id).filter(|_| self.how() == How::List) {
            if other.allow.as_ref() != self.allow() {
                let list = other.allow.as_ref().map(|allow| allow.texts().join(", ")).unwrap_or_default();
                return Err(Problem::field(
                    "allow",
                    format!("INC-{number} holds this gate with another list. Use the same, or change it there: {list}"),
                ));
            }
        }
        Ok(())
    }
}

impl ActionRequest {
    /// Decides whether a change of a gate may be requested now, and makes the request. `facts`: of the container that it is
    /// for. `fingerprint`: of what is there now.
    ///
    /// # Errors
    /// As [`GateChange::possible`]; conflict when the gate is not what the page showed; invalid, naming the field, when the
    /// care that the tier asks for was not taken.
    pub fn of_gate(
        (change, over): (GateChange, bool),
        incident: &Incident,
        facts: ContainerFacts,
        standing: &GateStanding<'_>,
        fingerprint: &Digest,
        policy: (i64, Requirement),
        intent: Intent,
    ) -> Result<Self, Problem> {
        let action = match change.what {
            GateWhat::Restrict { .. } | GateWhat::TakeOut { .. } => Action::RestrictGate,
            GateWhat::Restore { .. } => Action::RestoreGate,
        };
        let Some(node) = incident.target_node().cloned() else {
            return no("Choose the container first: it is not sure which one this incident is about.")
                .map_err(Problem::undone);
        };
        if *fingerprint != intent.seen {
            return Err(Problem::conflict(
                "The gate changed since the page was shown. Nothing was done; look at it again.",
            ));
        }
        change.possible(incident, standing, over).map_err(Problem::undone)?;
        intent.check(action, &facts, policy.1)?;
        let parameters = Parameters { networks: Vec::new(), gate: Some(Box::new(change)) };
        Ok(Self::asked((action, parameters, facts), (incident.id.clone(), node), policy, intent))
    }

    /// What it wants of which gate, when it is about one.
    #[must_use]
    pub fn gate(&self) -> Option<&GateChange> {
        self.parameters.gate.as_deref()
    }

    /// The request that took the hold which it is about: itself, or the one that it takes back. None when it is about no gate.
    #[must_use]
    pub fn hold(&self) -> Option<&RequestId> {
        Some(match &self.gate()?.what {
            GateWhat::Restore { hold, .. } => hold,
            GateWhat::Restrict { .. } | GateWhat::TakeOut { .. } => &self.id,
        })
    }

    /// What it is done to, in words: the gate, or the container.
    #[must_use]
    pub fn object(&self) -> String {
        self.gate().map_or_else(|| self.facts.name.clone(), GateChange::place)
    }
}

fn no<T>(why: impl std::fmt::Display) -> Result<T, Problem> {
    Err(Problem::conflict(why.to_string()))
}
