//! Reading a gate back: the only way to *verified*, and the way out of *unknown*.

use quell_domain::{
    Changeset,
    action::{Action, ActionRequest, RequestState},
    audit::{EventOutcome, codes},
    changeset::Op,
    execution::{Execution, Outcome},
    gate::{Gate, GateChange, GateWhat, Hold, HoldState, told},
    job::ClaimedJob,
    time::SECOND,
};

use super::super::{
    Retry,
    execute::{about, set},
};
use crate::{Portal, failpoint, ports::GateError, usecase::balancers::gate_words};

/// How long a load balancer whose answer was not heard, or that still lets through, may be at it.
const SETTLE: i64 = 10 * SECOND;

/// What reading back came to.
struct Verdict {
    state: RequestState,
    outcome: Outcome,
    detail: String,
}

impl Portal {
    pub(in crate::worker) async fn verify_gate(
        &self,
        job: &ClaimedJob,
        request: &ActionRequest,
        execution: &Execution,
    ) -> Result<(), Retry> {
        let (Some(change), Some(taken)) = (request.gate(), request.hold()) else {
            return self.finish(job, None).await;
        };
        let Some(balancer) = self.store.balancer(&change.balancer).await? else {
            return self.finish(job, None).await;
        };
        let Some(hold) = self.store.hold(taken).await? else { return self.finish(job, None).await };
        let gate = match self.read_gate(&balancer, &change.gate).await {
            Ok(gate) => Some(gate),
            Err(GateError::NotFound) => None,
            Err(error) => return Err(Retry::NoAnswer(gate_words(&error))),
        };
        failpoint::hit("action.after_verify_read").await;
        let restores = matches!(change.what, GateWhat::Restore { .. });
        let done = gate.as_ref().map_or(restores, |gate| change.is_done_in(gate));
        let heard = execution.concluded_at.unwrap_or(execution.attempted_at);
        let settled = self.now().since(heard) >= SETTLE;
        if !done && execution.outcome == Some(Outcome::Unknown) && !settled {
            return Err(Retry::NoAnswer("the load balancer may still be at it".to_owned()));
        }
        let proof = match &gate {
            Some(gate) if done && !restores => self.knocks_after(&hold, gate).await,
            _ => hold.proof.clone(),
        };
        if done && proof.lets_outside_in() && !settled {
            return Err(Retry::NoAnswer("a knock from outside still gets through".to_owned()));
        }
        let verdict = judge(change, gate.as_ref(), done, &proof.words(), proof.lets_outside_in(), &execution.detail);
        let hold = Hold { proof, ..hold };
        self.keep_verdict(job, request, execution, (change, hold), verdict).await
    }

    async fn keep_verdict(
        &self,
        job: &ClaimedJob,
        request: &ActionRequest,
        execution: &Execution,
        (change, hold): (&GateChange, Hold),
        Verdict { state, outcome, detail }: Verdict,
    ) -> Result<(), Retry> {
        let now = self.now();
        let verified = state == RequestState::Verified;
        let event = about(request, now, codes::ACTION_VERIFIED)
            .outcome(if verified { EventOutcome::Ok } else { EventOutcome::Failed })
            .fact("execution", execution.id.to_string())
            .gate(&change.balancer, &change.gate)
            .fact("proof", serde_json::to_value(&hold.proof).unwrap_or_default())
            .fact("detail", detail.clone());
        let mut changes = Changeset::new(event).with(set(request, state, &detail));
        if execution.outcome == Some(Outcome::Unknown) {
            let execution = execution.id.clone();
            changes = changes.with(Op::ConcludeExecution { execution, outcome, detail, at: now });
        }
        let restores = matches!(change.what, GateWhat::Restore { .. });
        let to = match (restores, state) {
            (false, RequestState::Verified) => HoldState::Held,
            // Something of it is there, and must be put back.
            (false, RequestState::PartlyDone) => HoldState::Lost,
            (false, _) => HoldState::Dropped,
            (true, RequestState::Verified) => HoldState::Released,
            (true, _) => hold.was.unwrap_or(HoldState::Held),
        };
        changes = changes.with(Op::SetHold(hold.to(to, now)));
        changes = changes.with_all(self.replaced_by(request, change, &hold, verified).await?);
        let mut all = self.store.holds_of(&request.incident).await?;
        all.retain(|other| {
            other.request != hold.request && other.state == HoldState::Held && !other.shares_with(&hold)
        });
        if let Some(mut incident) = self.store.incident(&request.incident).await? {
            if verified && (!restores || all.is_empty()) {
                incident.verified(request.action, now);
                changes = changes.with(Op::SetIncident(incident));
            } else if !verified {
                changes = changes.with_all(self.nothing_came_of(request).await?);
            }
        }
        self.finish(job, Some(changes)).await?;
        self.store.gate_looked(&hold.request, now).await?;
        failpoint::hit("action.after_verified").await;
        Ok(())
    }

    /// Earlier holds of this incident on the same: a new list, or what was lost and is restricted again, takes their place;
    /// what is restored, ends them all.
    async fn replaced_by(
        &self,
        request: &ActionRequest,
        change: &GateChange,
        hold: &Hold,
        verified: bool,
    ) -> Result<Vec<Op>, Retry> {
        if !verified {
            return Ok(Vec::new());
        }
        let now = self.now();
        let to = match request.action {
            Action::RestoreGate => HoldState::Released,
            _ => HoldState::Dropped,
        };
        let earlier = self.holds_on(&change.balancer, &change.gate).await?.active.into_iter().map(|(other, _)| other);
        let earlier = earlier.filter(|other| {
            other.incident == hold.incident && other.request != hold.request && other.shares_with(hold)
        });
        Ok(earlier.map(|other| Op::SetHold(other.to(to, now))).collect())
    }
}

fn judge(
    change: &GateChange,
    gate: Option<&Gate>,
    done: bool,
    proof: &[String],
    lets_outside_in: bool,
    said: &str,
) -> Verdict {
    let restores = matches!(change.what, GateWhat::Restore { .. });
    let Some(gate) = gate else {
        let detail = "Read back: the gate is gone.".to_owned();
        return match restores {
            true => Verdict { state: RequestState::Verified, outcome: Outcome::Verified, detail },
            false => Verdict { state: RequestState::Failed, outcome: Outcome::Failed, detail },
        };
    };
    if done && restores {
        let detail = format!("The load balancer says that it is as before: {}", told(&gate.rules));
        return Verdict { state: RequestState::Verified, outcome: Outcome::Verified, detail };
    }
    if done {
        let cut = if change.cuts() { format!(" {said}") } else { String::new() };
        let detail = format!("{}{cut}", proof.join(" "));
        // Its own word is not enough when a knock says otherwise.
        return match lets_outside_in {
            true => Verdict { state: RequestState::PartlyDone, outcome: Outcome::Failed, detail },
            false => Verdict { state: RequestState::Verified, outcome: Outcome::Verified, detail },
        };
    }
    let is = told(&gate.rules);
    if change.is_begun_in(gate) {
        let detail = format!("Only part of it was done. {said}");
        return Verdict { state: RequestState::PartlyDone, outcome: Outcome::Failed, detail };
    }
    let not = if restores { "It is not restored." } else { "It is not restricted." };
    Verdict { state: RequestState::Failed, outcome: Outcome::Failed, detail: format!("Read back: {is} {not}") }
}
