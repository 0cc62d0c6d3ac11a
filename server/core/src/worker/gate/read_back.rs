//! Reading a gate back: the only way to *verified*, and the way out of *unknown*.

use quell_domain::{
    action::{ActionRequest, RequestState},
    audit::codes,
    changeset::Op,
    execution::{Execution, Outcome},
    gate::{Gate, GateChange, GateWhat, Hold, HoldState, Proof, told},
    job::ClaimedJob,
    time::SECOND,
};

use crate::{
    Portal, failpoint,
    ports::GateError,
    usecase::balancers::gate_words,
    worker::{Retry, execute::about, verify::Verdict},
};

/// How long a load balancer whose answer was not heard, or that still lets through, may be at it.
const SETTLE: i64 = 10 * SECOND;

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
        let verdict = judge(change, gate.as_ref(), done, &proof, &execution.detail);
        let hold = Hold { proof, ..hold };
        let untouched = gate.as_ref().is_none_or(|gate| change.is_untouched_in(gate));
        self.keep_verdict(job, request, execution, (change, hold), (&verdict, untouched)).await
    }

    async fn keep_verdict(
        &self,
        job: &ClaimedJob,
        request: &ActionRequest,
        execution: &Execution,
        (change, hold): (&GateChange, Hold),
        (verdict, untouched): (&Verdict, bool),
    ) -> Result<(), Retry> {
        let now = self.now();
        let verified = verdict.state == RequestState::Verified;
        let event = about(request, now, codes::ACTION_VERIFIED)
            .gate(&change.balancer, &change.gate)
            .fact("proof", serde_json::to_value(&hold.proof).unwrap_or_default());
        let mut changes = verdict.changes(event, request, execution);
        let restores = matches!(change.what, GateWhat::Restore { .. });
        let to = match (restores, verdict.state) {
            (false, RequestState::Verified) => HoldState::Held,
            // Something of it is there, or somebody else has changed it since: what there was must not be forgotten.
            (false, RequestState::PartlyDone) => HoldState::Lost,
            (false, _) if !untouched => HoldState::Lost,
            (false, _) => HoldState::Dropped,
            (true, RequestState::Verified) => HoldState::Released,
            (true, _) => hold.was.unwrap_or(HoldState::Held),
        };
        changes = changes.with(Op::SetHold(hold.to(to, now)));
        let mut over = if verified { self.earlier(change, &hold).await? } else { Vec::new() };
        let ends_as = if restores { HoldState::Released } else { HoldState::Dropped };
        changes = changes.with_all(over.iter().map(|earlier| Op::SetHold(earlier.to(ends_as, now))));
        over.push(hold.clone());
        let elsewhere = self.holds_besides(&request.incident, &over).await?;
        if let Some(mut incident) = self.store.incident(&request.incident).await? {
            if verified && !(restores && elsewhere) {
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
    async fn earlier(&self, change: &GateChange, hold: &Hold) -> Result<Vec<Hold>, Retry> {
        let active = self.holds_on(&change.balancer, &change.gate).await?.active.into_iter().map(|(other, _)| other);
        let earlier = active.filter(|other| {
            other.incident == hold.incident && other.request != hold.request && other.shares_with(hold)
        });
        Ok(earlier.collect())
    }
}

/// What the load balancer's word about the gate, and the knocks, say of the change. `said` is what it answered when it was
/// asked.
fn judge(change: &GateChange, gate: Option<&Gate>, done: bool, proof: &Proof, said: &str) -> Verdict {
    let restores = matches!(change.what, GateWhat::Restore { .. });
    let Some(gate) = gate else {
        let detail = "Read back: the gate is gone.";
        return if restores { Verdict::verified(detail) } else { Verdict::failed(detail) };
    };
    if done && restores {
        return Verdict::verified(format!("The load balancer says that it is as before: {}", told(&gate.rules)));
    }
    if done {
        let cut = if change.cuts() { format!(" {said}") } else { String::new() };
        let detail = format!("{}{cut}", proof.words().join(" "));
        // Its own word is not enough when a knock says otherwise.
        return if proof.lets_outside_in() { Verdict::partly_done(detail) } else { Verdict::verified(detail) };
    }
    let is = told(&gate.rules);
    if change.is_begun_in(gate) {
        return Verdict::partly_done(format!("Only part of it was done. {said}"));
    }
    let not = if restores { "It is not restored." } else { "It is not restricted." };
    Verdict::failed(format!("Read back: {is} {not}"))
}
