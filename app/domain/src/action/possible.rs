//! Whether an action on a container is possible now, and what a person must know before asking for it.

use super::{Action, Container, Parameters, RunState};
use crate::{
    error::Problem,
    ids::NodeId,
    incident::{Incident, IncidentState},
};

crate::words! {
    /// How far the evidence of a container's present run is kept.
    EvidenceStanding {
        /// Its root file system is sealed.
        Sealed = "sealed", "Its root file system is sealed";
        /// A collection is under way.
        Running = "running", "A collection is under way";
        /// Nothing sealed of this run.
        Missing = "missing", "Nothing of this run is sealed";
    }
}

/// What decides besides incident and container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What the last disconnecting took away.
    pub taken: Parameters,
    /// How far evidence is kept.
    pub evidence: EvidenceStanding,
}

impl Action {
    /// Could it be done to this container for this incident now? Gives the node to act on. `waived`: evidence that is
    /// not kept does not stand in the way, or somebody who may say so still can.
    ///
    /// # Errors
    /// Conflict, with why not.
    pub fn possible(
        self,
        incident: &Incident,
        container: &Container,
        standing: &Standing,
        waived: bool,
    ) -> Result<NodeId, Problem> {
        let Some(node) = incident.target_node() else {
            return no("Choose the container first: it is not sure which one this incident is about.");
        };
        if incident.state == IncidentState::Closed {
            return no("This incident is closed.");
        }
        let held = self.releases().is_none_or(|containment| incident.measures.contains(&containment));
        match (self, container.state) {
            (Self::Pause, RunState::Running) | (Self::Unpause, RunState::Paused) => {}
            // Paused by somebody else, or doubted since: the request will find it done, and that is recorded.
            (Self::Pause, RunState::Paused) if !incident.measures.contains(&Self::Pause) => {}
            (Self::Pause, RunState::Paused) => return no("The container is paused already."),
            (Self::Pause, other) => {
                return no(format!("Only a running container can be paused; this one is {}.", low(other)));
            }
            (Self::Unpause, RunState::Running) if held => {}
            (Self::Unpause, other) => {
                return no(format!("Only a paused container can be resumed; this one is {}.", low(other)));
            }
            (Self::Disconnect, _) if container.host_network => {
                return no(
                    "This container uses the node's own network, so there is no network to take away. Pause it, or cut it \
                     off where its traffic enters.",
                );
            }
            (Self::Disconnect, _) if container.shares_network() => {
                return no(
                    "This container talks over the network of another container, so there is none of its own to take away. \
                     Pause it, or disconnect the other one.",
                );
            }
            (Self::Disconnect, _)
                if container.attachments.is_empty() && incident.measures.contains(&Self::Disconnect) =>
            {
                return no("The container has no networks any more.");
            }
            (Self::Disconnect, _) if container.attachments.is_empty() => return no("The container has no networks."),
            (Self::Disconnect, RunState::Running | RunState::Paused | RunState::Restarting) => {}
            (Self::Disconnect, other) => return no(format!("The container is {}: nothing of it talks.", low(other))),
            (Self::Reconnect, _) if standing.taken.networks.is_empty() => {
                return no("Quell has not taken any network from this container.");
            }
            (Self::Reconnect, _) => {}
            (Self::Kill, _) if container.has_ended() && !container.restarts_itself() => {
                return no("The container has ended, and the engine does not start it again.");
            }
            (Self::Kill, RunState::Created | RunState::Removing) => {
                return no(format!("The container is {}: nothing of it runs.", low(container.state)));
            }
            (Self::Kill, _) => evidence_allows(container, standing.evidence, waived)?,
            // Whatever the container does; what the gate allows is asked of the gate.
            (Self::RestrictGate | Self::RestoreGate, _) => {}
        }
        Ok(node.clone())
    }

    /// What a person must know before asking for it, most important first.
    #[must_use]
    pub fn warnings(self, container: &Container, standing: &Standing) -> Vec<String> {
        let mut warnings = Vec::new();
        if self == Self::Pause && container.state == RunState::Paused {
            warnings.push(
                "It is paused already. The engine will not be asked; that it holds is looked up and recorded."
                    .to_owned(),
            );
        }
        if self == Self::Kill && standing.evidence != EvidenceStanding::Sealed {
            warnings.push(
                "Evidence of this run is not sealed. Killing loses memory, open files and connections for good; whoever \
                 approves must waive the evidence, with a reason."
                    .to_owned(),
            );
        }
        if container.auto_remove {
            warnings.push("The engine deletes this container and its anonymous volumes as soon as it ends. Keep evidence first where you can.".to_owned());
        }
        if matches!(self, Self::Pause | Self::Kill) {
            for shared in &container.shared_namespaces {
                let not = if self == Self::Pause { "frozen" } else { "stopped" };
                warnings.push(format!("It shares {shared}; what runs there besides is not {not}."));
            }
        }
        if self == Self::Pause && container.health_check {
            warnings.push(
                "A health check runs in it. While paused it shows as unhealthy, and an auto-heal tool may restart it."
                    .to_owned(),
            );
        }
        if let Some(manager) = &container.managed_by {
            warnings.push(format!("It is managed by {manager}, which may start a replacement or restart it."));
        }
        if self.is_of_gate() && container.doors.is_empty() {
            warnings.push("The engine tells no address of it: which gates lead to it cannot be told.".to_owned());
        }
        if self == Self::Reconnect && container.state == RunState::Running {
            warnings.push("The container runs: the attacker's program can talk again at once.".to_owned());
        }
        warnings
    }

    /// What it does and does not do, for the confirm page.
    #[must_use]
    pub fn effects(self) -> &'static [&'static str] {
        match self {
            Self::Pause => &[
                "All processes of the container stop at once. Their memory and open files stay as they are.",
                "It is not a network cut: the kernel keeps open connections alive, and the load balancer still sends requests, which then hang.",
                "Volumes that other containers share can still be changed by those.",
                "The attacker's program is not told. It runs on where it stood if somebody resumes the container.",
            ],
            Self::Unpause => &[
                "All processes run on where they stood, the attacker's too: it may wipe, spread or call home at once.",
                "Connections that the kernel kept open are answered again.",
                "What was kept as evidence stays as it is.",
            ],
            Self::Disconnect => &[
                "The container loses all its networks. Nothing new reaches it, and it reaches nothing.",
                "Connections that stand now break; the attacker may notice. What is known of them is kept as evidence first.",
                "Its processes run on: files can still be changed, unless it is also paused.",
                "Ports that were published on the node lead nowhere.",
            ],
            Self::Reconnect => &[
                "The container gets back the networks that were taken, under the names it had. Its addresses may be new ones.",
                "If it runs, the attacker's program can talk again at once.",
                "Connections that were broken do not come back.",
            ],
            Self::Kill => &[
                "The restart policy is set to no first; then all processes end at once by SIGKILL. No handler of the attacker runs.",
                "Memory, open files, connections and what lay in tmpfs are lost for good.",
                "The container's own files stay, until somebody removes it. With auto-remove the engine deletes it at once.",
                "An orchestrator may start a replacement from the same image.",
            ],
            Self::RestrictGate => &[
                "New connections through this gate are taken from the chosen addresses only, or, when the container is taken out of service, led to other back ends.",
                "A list hits every back end behind the gate, not the container alone.",
            ],
            Self::RestoreGate => &[
                "Who might connect before may connect again, exactly; a back end gets its former share again.",
                "Where another incident holds the gate too, it stays closed until that releases it.",
                "Connections that were ended do not come back.",
            ],
        }
    }

    /// What restricting a gate does not stop, the ways in that are left last. Of actions on a container,
    /// [`effects`](Self::effects) say it.
    #[must_use]
    pub fn not_stopped(self) -> &'static [&'static str] {
        if self != Self::RestrictGate {
            return &[];
        }
        &[
            "Connections that stand go on, unless they are ended too and the load balancer can do that.",
            "What the container itself connects to is not stopped. Pause it, or disconnect its networks.",
            "Other ways in, such as another gate, a published port or the inside of the network, stay open.",
        ]
    }
}

/// What killing needs of the evidence.
fn evidence_allows(container: &Container, evidence: EvidenceStanding, waived: bool) -> Result<(), Problem> {
    match evidence {
        EvidenceStanding::Sealed => Ok(()),
        EvidenceStanding::Running => {
            Err(refusal("Evidence is being collected. Kill when that has ended, or cancel it."))
        }
        EvidenceStanding::Missing if container.auto_remove => Err(refusal(
            "The engine deletes this container as soon as it ends, and nothing of this run is sealed. Retain evidence first.",
        )),
        EvidenceStanding::Missing if waived => Ok(()),
        EvidenceStanding::Missing => Err(refusal(
            "Nothing of this run is sealed as evidence, and no approver has waived it. Retain evidence first.",
        )),
    }
}

fn low(state: RunState) -> String {
    state.label().to_lowercase()
}

fn refusal(why: impl std::fmt::Display) -> Problem {
    Problem::conflict(why.to_string())
}

fn no<T>(why: impl std::fmt::Display) -> Result<T, Problem> {
    Err(refusal(why))
}
