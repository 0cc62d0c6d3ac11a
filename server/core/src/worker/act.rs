//! The engine calls of each action, and what their answers come to. Called between `attempted` and `concluded` only.
//!
//! An action of several calls stops at the first that fails. What was done until then is not taken back: reading the
//! engine back says how far it came.

use quell_domain::{
    action::{Action, ActionRequest, Attachment, Container},
    execution::Outcome,
    node::Node,
};

use crate::{Portal, ports::EngineError, usecase::nodes::in_words};

impl Portal {
    /// Does it, once. `container` is what the engine told a moment ago.
    pub(super) async fn act(&self, node: &Node, request: &ActionRequest, container: &Container) -> (Outcome, String) {
        let (at, id) = (node, &request.facts.container);
        match request.action {
            Action::Pause => heard(self.engines.pause(at, id).await),
            Action::Unpause => heard(self.engines.unpause(at, id).await),
            Action::Kill => {
                // Off first, or the engine starts it again: after the kill, or when it is restarted itself.
                if container.restarts_itself()
                    && let Err(error) = self.engines.no_restart(at, id).await
                {
                    let (outcome, detail) = heard(Err(error));
                    return (outcome, format!("Setting the restart policy to no: {detail} It was not killed."));
                }
                if container.has_ended() {
                    return (Outcome::Done, "It had ended; its restart policy is set to no now.".to_owned());
                }
                let (outcome, detail) = heard(self.engines.kill(at, id).await);
                // Not killed, and yet not as it was before.
                let changed = container.restarts_itself() && outcome != Outcome::Done;
                (outcome, if changed { format!("Its restart policy is set to no now. {detail}") } else { detail })
            }
            // These are done by their load balancer, see `gate`.
            Action::RestrictGate | Action::RestoreGate => {
                (Outcome::Failed, "It is about a gate, and the engine was not asked.".to_owned())
            }
            Action::Disconnect => {
                self.each(&container.attachments, |network| self.engines.disconnect(at, id, network)).await
            }
            Action::Reconnect => {
                let missing: Vec<Attachment> = request
                    .parameters
                    .networks
                    .iter()
                    .filter(|network| !container.is_attached(network))
                    .cloned()
                    .collect();
                self.each(&missing, |network| self.engines.connect(at, id, network)).await
            }
        }
    }

    async fn each<'a, F, Fut>(&self, networks: &'a [Attachment], call: F) -> (Outcome, String)
    where
        F: Fn(&'a Attachment) -> Fut,
        Fut: Future<Output = Result<(), EngineError>>,
    {
        for (done, network) in networks.iter().enumerate() {
            let (outcome, detail) = heard(call(network).await);
            if outcome != Outcome::Done {
                // Something was done before: how far it came is read back, as after a lost answer.
                let outcome = if done > 0 { Outcome::Unknown } else { outcome };
                return (outcome, format!("Network {}: {detail} Done before that: {done}.", network.name));
            }
        }
        (Outcome::Done, format!("The engine said yes, {} times.", networks.len()))
    }
}

/// What an answer, or its absence, comes to.
fn heard(answer: Result<(), EngineError>) -> (Outcome, String) {
    match answer {
        Ok(()) => (Outcome::Done, "The engine said yes.".to_owned()),
        Err(
            error @ (EngineError::NotFound
            | EngineError::Refused { .. }
            | EngineError::Barred { .. }
            | EngineError::Stranger
            | EngineError::Unreachable(_)),
        ) => {
            tracing::warn!(%error, "the engine did not do it");
            (Outcome::Failed, in_words(&error))
        }
        Err(error @ (EngineError::NoAnswer(_) | EngineError::Garbled(_))) => {
            tracing::warn!(%error, "outcome unknown");
            (Outcome::Unknown, in_words(&error))
        }
    }
}
