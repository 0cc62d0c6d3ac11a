//! The calls of each change of a gate, and what their answers come to. Called between `attempted` and `concluded` only, and
//! never again.

use quell_domain::{
    changeset::Op,
    execution::Outcome,
    gate::{BackEnd, Balancer, Gate, GateChange, GateWhat, Hold, HoldState, How},
};

use crate::{
    Portal,
    ports::{Done, GateError},
    usecase::balancers::gate_words,
    worker::execute::Heard,
};

/// What the calls came to so far.
#[derive(Default)]
struct Said {
    words: Vec<String>,
    requests: Vec<String>,
    done: usize,
}

impl Said {
    fn heard(self, outcome: Outcome) -> Heard {
        Heard { requests: self.requests, ..Heard::of(outcome, self.words.join(" ")) }
    }

    fn keep(&mut self, done: Done) {
        self.words.push(done.words);
        self.requests.extend(done.requests);
    }

    /// Takes an answer in; says how it ends when it must not go on.
    fn take(&mut self, answer: Result<Done, GateError>) -> Result<(), Outcome> {
        match answer {
            Ok(done) => {
                self.keep(done);
                self.done += 1;
                Ok(())
            }
            Err(error) => {
                tracing::warn!(%error, "the load balancer did not do it");
                self.words.push(gate_words(&error));
                if let GateError::Refused { request: Some(request), .. } = &error {
                    self.requests.push(request.clone());
                }
                let lost = matches!(error, GateError::NoAnswer(_) | GateError::Garbled(_));
                // Something was done before: how far it came is read back, as after a lost answer.
                Err(if lost || self.done > 0 { Outcome::Unknown } else { Outcome::Failed })
            }
        }
    }
}

impl Portal {
    /// Restricts it, once. `gate` is what the load balancer told a moment ago.
    pub(super) async fn close_gate(&self, balancer: &Balancer, change: &GateChange, gate: &Gate) -> Heard {
        let mut said = Said::default();
        let answer = match &change.what {
            GateWhat::Restrict { allow, .. } if gate.rules.is_restricted_to(allow) => {
                said.words.push("It held exactly this list already; nothing was sent.".to_owned());
                Ok(())
            }
            GateWhat::Restrict { allow, .. } => {
                said.take(self.gates.restrict(balancer, &gate.key, allow, &change.expected).await)
            }
            GateWhat::TakeOut { .. } => {
                let out = change.own().map(|own| (own, 0));
                self.weigh_all(&mut said, balancer, gate, &out.collect::<Vec<_>>()).await
            }
            GateWhat::Restore { .. } => Ok(()),
        };
        if let Err(outcome) = answer {
            return said.heard(outcome);
        }
        let cut = if change.cuts() { Some(self.cut_all(&mut said, balancer, change, gate).await) } else { None };
        Heard { cut, ..said.heard(Outcome::Done) }
    }

    /// Puts back what there was, once.
    pub(super) async fn open_gate(&self, balancer: &Balancer, change: &GateChange, gate: &Gate) -> Heard {
        let mut said = Said::default();
        let answer = match &change.what {
            GateWhat::Restore { how: How::List, former, .. } => {
                said.take(self.gates.restore(balancer, &gate.key, &former.rules, &change.expected).await)
            }
            GateWhat::Restore { how: How::Member, former, .. } => {
                let back: Vec<_> = former.own().map(|own| (own, own.weight)).collect();
                self.weigh_all(&mut said, balancer, gate, &back).await
            }
            GateWhat::Restrict { .. } | GateWhat::TakeOut { .. } => Ok(()),
        };
        said.heard(answer.err().unwrap_or(Outcome::Done))
    }

    async fn weigh_all(
        &self,
        said: &mut Said,
        balancer: &Balancer,
        gate: &Gate,
        wanted: &[(&BackEnd, u16)],
    ) -> Result<(), Outcome> {
        for (own, weight) in wanted {
            // One that is gone gets no connection, and cannot get its share back.
            let Some(member) = gate.member(own).filter(|member| member.weight != *weight) else { continue };
            said.take(self.gates.weigh(balancer, &gate.key, member, *weight).await)?;
        }
        if said.done == 0 {
            said.words.push("It was so already; nothing was sent.".to_owned());
        }
        Ok(())
    }

    /// Ends what stands to the container. That it is restricted counts, whatever comes of this. Gives whether all was ended.
    async fn cut_all(&self, said: &mut Said, balancer: &Balancer, change: &GateChange, gate: &Gate) -> bool {
        let mut all = true;
        for own in change.own() {
            let Some(member) = gate.member(own) else { continue };
            match self.gates.cut(balancer, &gate.key, member).await {
                Ok(done) => said.keep(done),
                Err(error) => {
                    tracing::warn!(%error, "connections that stand were not ended");
                    all = false;
                    said.words.push(format!(
                        "Connections that stand to {} were not ended, as far as is known: {}",
                        own.words(),
                        gate_words(&error)
                    ));
                }
            }
        }
        all
    }

    /// What of the hold follows from the answer to restricting.
    pub(super) fn after_closing(&self, hold: &Hold, heard: &Heard) -> Vec<Op> {
        let to = match heard.outcome {
            Outcome::Failed => hold.to(HoldState::Dropped, self.now()),
            _ => Hold { cut: heard.cut, ..hold.clone() },
        };
        vec![Op::SetHold(to)]
    }

    /// What of the hold follows from the answer to restoring.
    pub(super) fn after_opening(&self, hold: &Hold, heard: &Heard) -> Vec<Op> {
        match heard.outcome {
            Outcome::Failed => {
                let before = hold.was.unwrap_or(HoldState::Held);
                vec![Op::SetHold(hold.to(before, self.now()))]
            }
            _ => Vec::new(),
        }
    }
}
