//! Carrying out a change of a gate: read, compare, keep what there was, `attempted`, one change, `concluded`.
//!
//! What there was is durable before the load balancer is asked, in the commit of `attempted`. Holds of other incidents are
//! looked at in the same commit: a gate is closed for as long as one of them wants it.

mod call;
mod probe;
mod read_back;

use quell_domain::{
    Changeset,
    action::{Action, ActionRequest, Difference, RequestState},
    audit::codes,
    changeset::Op,
    gate::{BackEnd, Balancer, Door, Former, Gate, GateChange, GateWhat, Hold, HoldState, Proof},
    ids::ExecutionId,
    incident::Incident,
    job::ClaimedJob,
    time::SECOND,
};

use super::{
    Retry,
    execute::{End, LATE, about, set},
};
use crate::{
    Portal, failpoint,
    ports::GateError,
    usecase::{balancers::gate_words, gates::Holds},
};

/// How long to wait for another request that changes the same gate, before looking again.
const PAUSE: i64 = SECOND / 2;

/// Everything that a change is decided on in the last moment.
struct Scene {
    incident: Incident,
    balancer: Balancer,
    gate: Gate,
    holds: Holds,
}

impl Portal {
    /// From the consumed approval to the answer. Nothing was sent yet: whatever forbids the change now ends it here.
    pub(super) async fn carry_out_gate(
        &self,
        job: &ClaimedJob,
        request: &ActionRequest,
        execution: ExecutionId,
        incident: Incident,
    ) -> Result<(), Retry> {
        let Some(change) = request.gate() else {
            return self.end(job, request, End::void("It does not say which gate. Nothing was done.")).await;
        };
        let balancer = self.store.balancer(&change.balancer).await?.filter(|it| it.removed_at.is_none());
        let Some(balancer) = balancer else {
            return self.end(job, request, End::void("The load balancer is no longer used. Nothing was done.")).await;
        };
        if self.now() >= request.expires_at {
            return self.end(job, request, End::expired(LATE)).await;
        }
        // Restoring must not depend on the container: it may be gone.
        if request.action == Action::RestrictGate {
            let node = match self.node_asked(request).await? {
                Ok(node) => node,
                Err(end) => return self.end(job, request, end).await,
            };
            let container = match self.container_asked(&node, request).await {
                Ok(container) => container,
                Err(end) => return self.end(job, request, end).await,
            };
            if is_elsewhere(change, &node.doors_of(&container)) {
                let end = End::void("Changed since the request: Addresses. Nothing was done.");
                return self.end(job, request, end).await;
            }
        }
        // Before the gate is read: of whoever comes in between, the commit of `attempted` knows.
        let holds = self.holds_on(&change.balancer, &change.gate).await?;
        let moves = |hold: &Hold| hold.how == change.how() && hold.state.is_moving() && hold.request != request.id;
        if holds.active.iter().any(|(hold, _)| moves(hold)) {
            return Err(Retry::NotYet(self.now().plus(PAUSE)));
        }
        let read = self.read_gate(&balancer, &change.gate).await;
        failpoint::hit("gate.after_read").await;
        let gate = match read {
            Ok(gate) => gate,
            Err(GateError::NotFound) if request.action == Action::RestoreGate => {
                let words = "The gate is gone: there is nothing to put back. Nothing was sent.";
                return self.let_go(job, request, change, (incident, holds), words).await;
            }
            Err(GateError::NotFound) => {
                return self.end(job, request, End::void("The gate is gone. Nothing was done.")).await;
            }
            Err(error) => {
                let end = End::failed(format!("{} Nothing was sent.", gate_words(&error)));
                return self.end(job, request, end).await;
            }
        };
        if request.action == Action::RestrictGate && self.notice_lost(&holds.active, &gate).await? {
            return Err(Retry::NotYet(self.now()));
        }
        let scene = Scene { incident, balancer, gate, holds };
        match &change.what {
            GateWhat::Restore { .. } => self.restore_gate(job, request, change, scene, execution).await,
            _ => self.restrict_gate(job, request, change, scene, execution).await,
        }
    }

    async fn restrict_gate(
        &self,
        job: &ClaimedJob,
        request: &ActionRequest,
        change: &GateChange,
        scene: Scene,
        execution: ExecutionId,
    ) -> Result<(), Retry> {
        let done = change.is_done_in(&scene.gate);
        // Another incident was quicker with the same list: that is what was wanted.
        let mut stale = change.differences(&scene.gate);
        stale.retain(|it| !(done && it.fact == "Who may connect"));
        if !stale.is_empty() {
            let end = End::void(format!("Changed since the request. {} Nothing was done.", both(&stale)));
            return self.end(job, request, end).await;
        }
        let standing = scene.holds.standing(&scene.gate);
        let mine = standing.mine(&scene.incident.id, change.how()).filter(|hold| hold.state == HoldState::Held);
        let same = mine.is_some_and(|hold| hold.allow.as_ref() == change.allow());
        if done && same && !change.cuts() && scene.incident.closed_at.is_none() {
            let detail = "It was restricted in this way already. The load balancer was not asked to change anything.";
            return self.was_done_already(job, request, scene.incident, detail.to_owned()).await;
        }
        if let Err(problem) = change.possible(&scene.incident, &standing, true) {
            return self.end(job, request, End::void(problem.undone().sentence())).await;
        }
        let (outside, inside) = self.knocks_before(change, &scene.gate).await;
        let outside = probe::as_before_the_first(outside, &scene.holds);
        let now = self.now();
        let hold = Hold {
            request: request.id.clone(),
            incident: request.incident.clone(),
            balancer: change.balancer.clone(),
            gate: change.gate.clone(),
            place: change.place(),
            how: change.how(),
            allow: change.allow().cloned(),
            former: Former::of(&scene.gate, with_weights(change, &scene.gate), change.how(), &scene.holds.all),
            cut: change.cuts().then_some(false),
            proof: Proof { read_back: None, outside, inside },
            state: HoldState::Taking,
            was: None,
            since: now,
            unknown: None,
            ended_at: None,
            looked_at: None,
            version: 0,
        };
        let along = vec![expect(change, &scene.holds), Op::AddHold(hold.clone())];
        self.attempt(request, &execution, along).await?;
        failpoint::hit("action.after_attempted").await;
        let mut heard = self.close_gate(&scene.balancer, change, &scene.gate).await;
        failpoint::hit("gate.after_call").await;
        failpoint::hit("action.after_engine").await;
        heard.ops = self.after_closing(&hold, &heard);
        self.conclude(job, request, execution, heard).await
    }

    async fn restore_gate(
        &self,
        job: &ClaimedJob,
        request: &ActionRequest,
        change: &GateChange,
        scene: Scene,
        execution: ExecutionId,
    ) -> Result<(), Retry> {
        let standing = scene.holds.standing(&scene.gate);
        let mine = standing.mine(&request.incident, change.how());
        let Some(mine) = mine.filter(|hold| request.hold() == Some(&hold.request)).cloned() else {
            let end = End::void("Quell does not hold this gate for this incident any more. Nothing was done.");
            return self.end(job, request, end).await;
        };
        let leaves = matches!(change.what, GateWhat::Restore { leave: true, .. });
        if !leaves && let Err(problem) = standing.separable(&mine) {
            return self.end(job, request, End::void(problem.message)).await;
        }
        let others = standing.sharers(&mine).into_iter().map(|(_, number)| format!("INC-{number}"));
        let others: Vec<String> = others.collect();
        let words = if leaves {
            Some("What somebody else set stays, as it was decided. Nothing was sent.".to_owned())
        } else if !others.is_empty() {
            let others = others.join(" and ");
            Some(format!("{others} holds this gate too: it stays closed until that releases it. Nothing was sent."))
        } else if change.is_done_in(&scene.gate) {
            Some("It was as before already. Nothing was sent.".to_owned())
        } else {
            None
        };
        if let Some(words) = words {
            return self.let_go(job, request, change, (scene.incident, scene.holds), &words).await;
        }
        let stale = change.differences(&scene.gate);
        if !stale.is_empty() {
            let words = both(&stale);
            let end =
                End::void(format!("Changed since the request. {words} Nothing was done; look at it and ask again."));
            return self.end(job, request, end).await;
        }
        let releasing = mine.to(HoldState::Releasing, self.now());
        let along = vec![expect(change, &scene.holds), Op::SetHold(releasing.clone())];
        self.attempt(request, &execution, along).await?;
        // The store has counted it up.
        let releasing = Hold { version: releasing.version + 1, ..releasing };
        failpoint::hit("action.after_attempted").await;
        let mut heard = self.open_gate(&scene.balancer, change, &scene.gate).await;
        failpoint::hit("gate.after_call").await;
        failpoint::hit("action.after_engine").await;
        heard.ops = self.after_opening(&releasing, &heard);
        self.conclude(job, request, execution, heard).await
    }

    /// Ends this incident's hold without asking the load balancer for anything.
    async fn let_go(
        &self,
        job: &ClaimedJob,
        request: &ActionRequest,
        change: &GateChange,
        (mut incident, holds): (Incident, Holds),
        words: &str,
    ) -> Result<(), Retry> {
        let now = self.now();
        let mine = |hold: &&Hold| hold.incident == request.incident && hold.how == change.how();
        let released: Vec<Hold> = holds.active.iter().map(|(hold, _)| hold).filter(mine).cloned().collect();
        let left = matches!(change.what, GateWhat::Restore { leave: true, .. });
        let elsewhere = self.holds_besides(&request.incident, &released).await?;
        if left && !elsewhere {
            incident.broken(Action::RestrictGate);
            incident.came_to_nothing();
        } else if !left && !elsewhere {
            incident.verified(Action::RestoreGate, now);
        }
        let event =
            about(request, now, codes::ACTION_VERIFIED).gate(&change.balancer, &change.gate).fact("detail", words);
        let changes = Changeset::new(event)
            .with(Op::ExpectNotAttempted(request.id.clone()))
            .with(expect(change, &holds))
            .with(set(request, RequestState::Verified, words))
            .with_all(released.iter().map(|hold| Op::SetHold(hold.to(HoldState::Released, now))))
            .with(Op::SetIncident(incident));
        self.finish(job, Some(changes)).await
    }
}

/// What changed, with both values.
fn both(differences: &[Difference]) -> String {
    let words = differences.iter().map(|it| format!("{} was: {} It is: {}", it.fact, it.before, it.after));
    words.collect::<Vec<_>>().join(" ")
}

/// Nobody else has come to hold it, or let it go, since it was looked up.
fn expect(change: &GateChange, holds: &Holds) -> Op {
    Op::ExpectHolds { balancer: change.balancer.clone(), gate: change.gate.clone(), holds: holds.versions() }
}

/// The back ends with the shares that they have now: what is put back must be of the last moment.
fn with_weights(change: &GateChange, gate: &Gate) -> Vec<BackEnd> {
    gate.back_ends_where(|member| change.own().any(|known| known.is(member)))
}

/// Has the container moved to other addresses? Whoever has its former one by now is not meant. One that has none at all is
/// cut off, and its back ends are still its own.
fn is_elsewhere(change: &GateChange, doors: &[Door]) -> bool {
    let here = |own: &BackEnd| doors.iter().any(|door| own.address.parse() == Ok(door.address));
    !doors.is_empty() && !change.own().all(here)
}
