//! What can be done to a container, and what is true of each: its undo, its care, its end state.

use super::{Container, Parameters, RequestState, RunState};

crate::words! {
    /// What can be done to a container, or to a gate in front of it. There is no stop, restart, exec, remove or prune: a stop signal thaws a paused
    /// container and runs the attacker's handler.
    Action {
        /// Freeze all processes; memory is kept.
        Pause = "pause", "Pause";
        /// Let a paused container run again.
        Unpause = "unpause", "Resume";
        /// Take all its networks away.
        Disconnect = "disconnect", "Disconnect networks";
        /// Give the networks back that were taken.
        Reconnect = "reconnect", "Reconnect networks";
        /// Restart policy off, then SIGKILL. Memory is lost.
        Kill = "kill", "Kill";
        /// Let only chosen addresses through a gate, or lead nobody to the container any more.
        RestrictGate = "restrict_gate", "Restrict gate";
        /// Put back what was there before.
        RestoreGate = "restore_gate", "Restore gate";
    }
}

/// What an action is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Stops the attacker.
    Contain,
    /// Ends a containment: lets the attacker run or talk again.
    Release,
}

impl Action {
    /// What contains and can be taken back, the first choice first: what playbooks contain with, and what is offered for
    /// several containers at once. A gate needs a look at whom else it hits, so it is not among them.
    pub const MEASURES: &'static [Self] = &[Self::Pause, Self::Disconnect];

    /// What it is for.
    #[must_use]
    pub fn purpose(self) -> Purpose {
        match self {
            Self::Pause | Self::Disconnect | Self::Kill | Self::RestrictGate => Purpose::Contain,
            Self::Unpause | Self::Reconnect | Self::RestoreGate => Purpose::Release,
        }
    }

    /// The action that takes it back; none when nothing does.
    #[must_use]
    pub fn undo(self) -> Option<Self> {
        match self {
            Self::Pause => Some(Self::Unpause),
            Self::Disconnect => Some(Self::Reconnect),
            Self::Unpause => Some(Self::Pause),
            Self::Reconnect => Some(Self::Disconnect),
            Self::RestrictGate => Some(Self::RestoreGate),
            Self::RestoreGate => Some(Self::RestrictGate),
            Self::Kill => None,
        }
    }

    /// Is it done to a gate, by its load balancer, and not to the container by its engine?
    #[must_use]
    pub fn is_of_gate(self) -> bool {
        matches!(self, Self::RestrictGate | Self::RestoreGate)
    }

    /// What became of a request for it, as a page says it. Of a gate only its load balancer's own word is read back: whether that
    /// is so in fact is for knocks to say, in words beside it, and *verified* would say too much where nobody could knock
    /// (issue 4).
    #[must_use]
    pub fn outcome(self, state: RequestState) -> &'static str {
        if self.is_of_gate() && state == RequestState::Verified { "Read back" } else { state.label() }
    }

    /// The containment that it ends, if it ends one.
    #[must_use]
    pub fn releases(self) -> Option<Self> {
        match self.purpose() {
            Purpose::Contain => None,
            Purpose::Release => self.undo(),
        }
    }

    /// Approvals that no policy can go below: letting the attacker run again, and what cannot be undone, is never one
    /// person's alone.
    #[must_use]
    pub fn least_approvals(self) -> u32 {
        match self {
            Self::Pause | Self::Disconnect | Self::RestrictGate => 0,
            Self::Unpause | Self::Reconnect | Self::Kill | Self::RestoreGate => 1,
        }
    }

    /// The care that no policy can go below (ux, 3.6).
    #[must_use]
    pub fn least_tier(self) -> u8 {
        match self {
            Self::Pause => 1,
            Self::Unpause | Self::Disconnect | Self::Reconnect | Self::RestrictGate | Self::RestoreGate => 2,
            Self::Kill => 3,
        }
    }

    /// Must the requester give a fresh second proof?
    #[must_use]
    pub fn needs_proof(self) -> bool {
        self == Self::Kill || self.purpose() == Purpose::Release
    }

    /// Is a container as the action makes it? Of a gate, its load balancer tells.
    #[must_use]
    pub fn is_done_in(self, container: &Container, parameters: &Parameters) -> bool {
        match self {
            Self::Pause => container.state == RunState::Paused,
            Self::Unpause => container.state == RunState::Running,
            Self::Disconnect => container.attachments.is_empty(),
            Self::Reconnect => parameters.networks.iter().all(|network| container.is_attached(network)),
            Self::Kill => container.has_ended() && !container.restarts_itself(),
            Self::RestrictGate | Self::RestoreGate => false,
        }
    }

    /// What a container [is](Self::is_done_in) when it is done, in a sentence with “It was …”.
    #[must_use]
    pub fn done_word(self, container: &Container) -> String {
        match self {
            Self::Pause | Self::Unpause | Self::Kill => container.state.label().to_lowercase(),
            Self::Disconnect => "without networks".to_owned(),
            Self::Reconnect => "on these networks".to_owned(),
            Self::RestrictGate => "restricted".to_owned(),
            Self::RestoreGate => "restored".to_owned(),
        }
    }

    /// Has the action begun to work, though it is not [done](Self::is_done_in)? `parameters` say what there was before.
    #[must_use]
    pub fn is_begun_in(self, container: &Container, parameters: &Parameters) -> bool {
        match self {
            Self::Pause | Self::Unpause | Self::RestrictGate | Self::RestoreGate => false,
            Self::Disconnect => container.attachments.len() < parameters.networks.len(),
            Self::Reconnect => parameters.networks.iter().any(|network| container.is_attached(network)),
            Self::Kill => container.has_ended(),
        }
    }
}
