//! The watch over restricted gates: each is read again on a schedule, and what is no longer as it was set is recorded with an
//! alarm. A reload, another hand or an orchestrator may put other rules back. What cannot be read is recorded as unknown.
//!
//! Of several portals each looks. Two that look at the same time do no harm: what they would write names the hold's version.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use quell_domain::{
    Changeset,
    action::Action,
    audit::{EventOutcome, codes},
    changeset::Op,
    gate::{Gate, Hold, HoldState, How, told},
    ids::{BalancerId, GateKey},
    playbook::Unknown,
};
use tokio::sync::watch;

use super::{
    alarm::{alarm, joined},
    look::{about, fenced},
};
use crate::{
    Portal,
    ports::{CommitError, GateError},
    usecase::balancers::gate_words,
};

/// How often it looks for gates whose turn it is.
const ROUND: Duration = Duration::from_secs(1);
/// Holds that are looked at in one round.
const AT_ONCE: i64 = 200;
const LOST: &str = "Gate no longer restricted";

impl Portal {
    /// Runs until `shutdown` turns true.
    pub async fn run_gate_watch(self: Arc<Self>, mut shutdown: watch::Receiver<bool>) {
        loop {
            if let Err(error) = self.look_at_gates().await {
                tracing::warn!(%error, "watching gates");
            }
            tokio::select! {
                () = tokio::time::sleep(ROUND) => {}
                _ = shutdown.wait_for(|stop| *stop) => return,
            }
        }
    }

    async fn look_at_gates(&self) -> Result<(), CommitError> {
        let (now, every) = (self.now(), self.settings.gates.every);
        let due = self.store.holds_to_look_at(now.plus(-every), now.plus(every), AT_ONCE).await?;
        let mut gates: BTreeMap<(BalancerId, GateKey), Vec<Hold>> = BTreeMap::new();
        for hold in due {
            gates.entry((hold.balancer.clone(), hold.gate.clone())).or_default().push(hold);
        }
        let looks = gates.into_iter().map(async |((balancer, gate), holds)| {
            let found = match self.store.balancer(&balancer).await? {
                Some(balancer) => self.read_gate(&balancer, &gate).await,
                None => Err(GateError::NotFound),
            };
            for hold in holds {
                self.judge_gate(&hold, &found).await?;
                self.store.gate_looked(&hold.request, self.now()).await?;
            }
            Ok::<_, CommitError>(())
        });
        for looked in futures::future::join_all(looks).await {
            if let Err(error) = looked {
                tracing::warn!(%error, "keeping what became of a gate; it is looked at again");
            }
        }
        Ok(())
    }

    /// Records which of these holds the gate is no longer true to, before another hand of ours covers that up: what somebody
    /// else set would be replaced by whoever of them is restored last. Gives whether there was one.
    pub(in crate::worker) async fn notice_lost(&self, holds: &[(Hold, i64)], gate: &Gate) -> Result<bool, CommitError> {
        let mut noticed = false;
        for (hold, _) in holds.iter().filter(|(hold, _)| hold.state == HoldState::Held && !hold.is_true_of(gate)) {
            let incident = self.store.incident(&hold.incident).await?;
            // Of a closed incident nothing is watched.
            if incident.is_some_and(|incident| incident.closed_at.is_none()) {
                self.keep_lost(hold, &instead(hold, gate)).await?;
                noticed = true;
            }
        }
        Ok(noticed)
    }

    async fn judge_gate(&self, hold: &Hold, found: &Result<Gate, GateError>) -> Result<(), CommitError> {
        match found {
            Ok(gate) if hold.is_true_of(gate) => match hold.unknown {
                Some(_) => self.gate_is_known(hold).await,
                None => Ok(()),
            },
            Ok(gate) => self.keep_lost(hold, &instead(hold, gate)).await,
            Err(GateError::NotFound) => self.keep_lost(hold, "The load balancer knows this gate no longer.").await,
            Err(_) if hold.unknown.is_some() => Ok(()),
            Err(error) => self.gate_is_unknown(hold, gate_words(error)).await,
        }
    }

    async fn gate_is_unknown(&self, hold: &Hold, reason: String) -> Result<(), CommitError> {
        let Some(incident) = self.store.incident(&hold.incident).await? else { return Ok(()) };
        let since = self.now();
        let event = about(&incident, since, codes::GATE_UNKNOWN)
            .outcome(EventOutcome::Unknown)
            .gate(&hold.balancer, &hold.gate)
            .fact("detail", format!("{}: {reason}", hold.place));
        let changed = Hold { unknown: Some(Unknown { since, reason }), ..hold.clone() };
        fenced(self.try_commit(Changeset::new(event).with(Op::SetHold(changed))).await).map(drop)
    }

    async fn gate_is_known(&self, hold: &Hold) -> Result<(), CommitError> {
        let Some(incident) = self.store.incident(&hold.incident).await? else { return Ok(()) };
        let now = self.now();
        let micros = hold.unknown.as_ref().map_or(0, |unknown| now.since(unknown.since));
        let event = about(&incident, now, codes::GATE_KNOWN)
            .gate(&hold.balancer, &hold.gate)
            .fact("micros", micros)
            .fact("detail", hold.place.clone());
        let changed = Hold { unknown: None, ..hold.clone() };
        fenced(self.try_commit(Changeset::new(event).with(Op::SetHold(changed))).await).map(drop)
    }

    /// Hold, incident, alarm and audit event in one commit.
    async fn keep_lost(&self, hold: &Hold, words: &str) -> Result<(), CommitError> {
        let Some(incident) = self.store.incident(&hold.incident).await? else { return Ok(()) };
        let now = self.now();
        let words = format!("{}: {words}", hold.place);
        let alarm = alarm(&incident, now, LOST, &words, incident.place.container.as_ref());
        let event = about(&incident, now, codes::GATE_LOST)
            .outcome(EventOutcome::Failed)
            .gate(&hold.balancer, &hold.gate)
            .fact("detail", words);
        let mut changed = incident.clone();
        // Read after the incident, whose version is written: of two gates that are lost at once, the later sees the other.
        let elsewhere = self.holds_besides(&incident.id, std::slice::from_ref(hold)).await?;
        let broken: &[Action] = if elsewhere { &[] } else { &[Action::RestrictGate] };
        changed.found_broken(broken, &alarm);
        let mapped = joined(&alarm, &incident);
        let lost = Hold { unknown: None, ..hold.to(HoldState::Lost, now) };
        let changes = Changeset::new(event)
            .with(Op::SetHold(lost))
            .with(Op::SetIncident(changed))
            .with(Op::AddAlarms(vec![alarm]))
            .with(mapped);
        fenced(self.try_commit(changes).await).map(drop)
    }
}

/// What is there in place of what was set.
fn instead(hold: &Hold, gate: &Gate) -> String {
    match hold.how {
        How::List => format!("somebody else changed who may connect, or a reload forgot it. {}", told(&gate.rules)),
        How::Member => {
            let back = hold.own().filter_map(|own| gate.member(own).filter(|member| member.weight != 0));
            let back: Vec<String> = back.map(|member| format!("{} (weight {})", member.name, member.weight)).collect();
            format!("new connections are led to the container again: {}.", back.join(", "))
        }
    }
}
