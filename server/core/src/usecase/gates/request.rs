//! Asking for a change of a gate, exactly as the confirm page showed it; a worker carries it out.

use quell_domain::{
    Problem,
    action::{Action, ActionRequest},
    gate::{AllowList, GateWhat, How},
    ids::{BalancerId, GateKey},
    incident::Incident,
    policy::Requirement,
};

use super::sight::{Sight, restore};
use crate::{
    Portal,
    grant::{Grant, may},
    ports::ReadError,
    usecase::{
        actions::{self, Asked},
        triage::until_written,
    },
};

/// What a person chose on the confirm page of a gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Restricting: `list` or `member`; a list when nothing is said.
    pub how: String,
    /// Restricting by a list: who may still connect.
    pub allow: String,
    /// Restricting: connections that stand are ended too.
    pub cut: bool,
    /// Restoring: what somebody else set meanwhile is replaced.
    pub over: bool,
    /// Restoring: what somebody else set meanwhile stays.
    pub leave: bool,
    /// What is chosen for every action.
    pub asked: actions::Choice,
}

impl Choice {
    /// What restricting shall do.
    fn restricting(&self) -> Result<GateWhat, Problem> {
        match How::from_word(self.how.trim()) {
            None if !self.how.trim().is_empty() => {
                Err(Problem::field("how", "Choose a list of addresses, or the container's back end alone."))
            }
            Some(How::Member) => Ok(GateWhat::TakeOut { cut: self.cut }),
            None | Some(How::List) => Ok(GateWhat::Restrict { allow: AllowList::parse(&self.allow)?, cut: self.cut }),
        }
    }

    /// What restoring shall do.
    fn restoring(&self, sight: &Sight, incident: &Incident) -> Result<GateWhat, Problem> {
        let hold = sight.holds.mine(incident);
        let hold = hold.ok_or_else(|| Problem::conflict("Quell has not restricted this gate for this incident."))?;
        Ok(restore(hold, self.leave))
    }
}

impl Portal {
    /// Requests a change of a gate exactly as the confirm page showed it. A second request for the same while one is open is
    /// answered as if it were the first.
    ///
    /// # Errors
    /// Conflict when the gate changed since it was shown, or it is not possible now; invalid, naming the field.
    pub async fn request_gate(
        &self,
        grant: Grant<may::Contain>,
        number: i64,
        (balancer, gate): (BalancerId, GateKey),
        action: Action,
        choice: Choice,
    ) -> Result<ActionRequest, Problem> {
        let asked = Asked::new(&grant, action, &choice.asked, self.now())?;
        // Before anybody is asked anything.
        if action == Action::RestrictGate {
            choice.restricting()?;
        }
        let (asked, choice, at) = (&asked, &choice, (&balancer, &gate));
        until_written(|| async move {
            let incident = self.known_incident(number).await?;
            let open = self.open_request(&incident, action, Some(at)).await?;
            if let Some(open) = open.as_ref().filter(|open| asked.is_answered_by(open, &incident)) {
                return Ok(Some(open.clone()));
            }
            let known = self.known_balancer(at.0).await?;
            let sight = self.sight(&incident, &known, at.1, action).await.map_err(Problem::undone)?;
            let intent = asked.intent(self.now());
            let what = match action {
                Action::RestoreGate => choice.restoring(&sight, &incident)?,
                _ => choice.restricting()?,
            };
            let change = sight.change(what);
            let policy = self.gate_needs(&incident, action, change.lets_in_more()).await?;
            let request = ActionRequest::of_gate(
                (change, choice.over),
                &incident,
                sight.facts.clone(),
                &sight.holds.standing(&sight.gate),
                &sight.fingerprint,
                policy,
                intent,
            )?;
            self.keep_request(asked, incident, request, open.as_ref(), None).await
        })
        .await
    }

    /// What the policy asks for. A list that lets in whom the gate keeps out takes the approvals of a release too: else a wider
    /// list would be the way around them.
    pub(super) async fn gate_needs(
        &self,
        incident: &Incident,
        action: Action,
        lets_in_more: bool,
    ) -> Result<(i64, Requirement), ReadError> {
        let (version, needs) = self.needs(incident, action).await?;
        if !lets_in_more {
            return Ok((version, needs));
        }
        let (_, release) = self.needs(incident, Action::RestoreGate).await?;
        // The confirm page is made for the tier of restricting, before anybody wrote a list.
        Ok((version, Requirement { tier: needs.tier, ..needs.stricter(release) }))
    }
}
