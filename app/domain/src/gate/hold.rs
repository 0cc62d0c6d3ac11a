//! Which incident holds which gate, since when, and what there was before: what restoring goes by.

use serde::{Deserialize, Serialize};

use super::{AllowList, BackEnd, Former, Gate, change::is_out};
use crate::{
    ids::{BalancerId, GateKey, IncidentId, RequestId},
    playbook::Unknown,
    time::Timestamp,
};

crate::words! {
    /// How a gate keeps traffic off.
    How {
        /// Only chosen addresses may connect, to any back end.
        List = "list", "Only chosen addresses may connect";
        /// The container's own back ends get no new connections.
        Member = "member", "The container's back end is out of service";
    }
}

crate::words! {
    /// Where a hold stands.
    HoldState {
        /// The change was sent, or will be in this moment; what came of it is being read.
        Taking = "taking", "Being restricted";
        /// Read back: it is as it shall be.
        Held = "held", "Restricted";
        /// It was, and is no more: somebody else changed the gate.
        Lost = "lost", "No longer restricted";
        /// It is being taken back.
        Releasing = "releasing", "Being restored";
        /// It was taken back.
        Released = "released", "Restored";
        /// Nothing came of it.
        Dropped = "dropped", "Not restricted";
    }
}

impl HoldState {
    /// Is there still something that must be put back?
    #[must_use]
    pub fn is_active(self) -> bool {
        !matches!(self, Self::Released | Self::Dropped)
    }

    /// Is another hand at the gate in this moment?
    #[must_use]
    pub fn is_moving(self) -> bool {
        matches!(self, Self::Taking | Self::Releasing)
    }
}

crate::words! {
    /// What came of a knock.
    Knocked {
        /// The gate let us through.
        Through = "through", "Let through";
        /// The gate refused us.
        Refused = "refused", "Refused";
        /// Nobody knocked.
        NotProbed = "not_probed", "Not probed";
    }
}

/// Knocks from one address of ours, before and after a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// From where; empty when nobody knocked.
    pub from: String,
    /// To where.
    pub to: String,
    /// Before the change.
    pub before: Knocked,
    /// After it.
    pub after: Knocked,
    /// Why it was refused or not probed.
    pub words: String,
}

impl Probe {
    /// Nobody knocked, and why.
    #[must_use]
    pub fn none(why: impl Into<String>) -> Self {
        let never = Knocked::NotProbed;
        Self { from: String::new(), to: String::new(), before: never, after: never, words: why.into() }
    }
}

/// How it is known that a change of a gate works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// When the load balancer's own word was last read back, and was as it should be.
    pub read_back: Option<Timestamp>,
    /// From an address that must be refused.
    pub outside: Probe,
    /// From an address that must get through.
    pub inside: Probe,
}

impl Proof {
    /// Was a knock from outside let through before and refused after?
    #[must_use]
    pub fn refuses_outside(&self) -> bool {
        (self.outside.before, self.outside.after) == (Knocked::Through, Knocked::Refused)
    }

    /// Does one still come through from outside?
    #[must_use]
    pub fn lets_outside_in(&self) -> bool {
        self.outside.after == Knocked::Through
    }

    /// In sentences, for pages and the record. What was not probed is never called verified by a probe.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let (outside, inside) = (&self.outside, &self.inside);
        vec![
            match self.read_back {
                Some(at) => format!("The load balancer's own word, read back {}: it is as it was set.", at.clock()),
                None => "The load balancer has not been read back yet.".to_owned(),
            },
            match (outside.before, outside.after) {
                (Knocked::Through, Knocked::Refused) => {
                    format!("A knock from outside ({}) got through before and is refused now.", outside.from)
                }
                (_, Knocked::Refused) => format!(
                    "A knock from outside ({}) is refused, but it did not get through before either: that proves nothing.",
                    outside.from
                ),
                (_, Knocked::Through) => format!("A knock from outside ({}) still gets through.", outside.from),
                (_, Knocked::NotProbed) => format!("From outside: not probed. {}", outside.words),
            },
            match inside.after {
                Knocked::Through => format!("A knock from an allowed address ({}) gets through.", inside.from),
                Knocked::Refused => {
                    format!("A knock from an allowed address ({}) is refused. {}", inside.from, inside.words)
                }
                Knocked::NotProbed => format!("From an allowed address: not probed. {}", inside.words),
            },
        ]
    }
}

/// One incident's hold on one gate. Kept for ever; written before the load balancer is asked to change anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// The request that took it.
    pub request: RequestId,
    /// For which incident.
    pub incident: IncidentId,
    /// Which load balancer.
    pub balancer: BalancerId,
    /// Which of its listeners.
    pub gate: GateKey,
    /// What people called the two.
    pub place: String,
    /// How.
    pub how: How,
    /// Who may still connect, when a list was set.
    pub allow: Option<AllowList>,
    /// What there was before: what restoring puts back.
    pub former: Former,
    /// Were the connections ended that stood? None when nobody asked for it.
    pub cut: Option<bool>,
    /// How it is known that it works.
    pub proof: Proof,
    /// Where it stands.
    pub state: HoldState,
    /// While it is being taken back: where it stood before.
    pub was: Option<HoldState>,
    /// Since when.
    pub since: Timestamp,
    /// Since when the gate cannot be read, and why not.
    pub unknown: Option<Unknown>,
    /// When it was taken back, or came to nothing.
    pub ended_at: Option<Timestamp>,
    /// When the gate was last looked at; written apart from the rest.
    pub looked_at: Option<Timestamp>,
    /// Counts writes; every write names the version it read.
    pub version: i64,
}

impl Hold {
    /// Is the gate as this hold wants it?
    #[must_use]
    pub fn is_true_of(&self, gate: &Gate) -> bool {
        match (self.how, &self.allow) {
            (How::List, Some(allow)) => gate.rules.is_restricted_to(allow),
            (How::List, None) => false,
            (How::Member, _) => is_out(gate, self.own()),
        }
    }

    /// The back ends that led to the container.
    pub fn own(&self) -> impl Iterator<Item = &BackEnd> {
        self.former.own()
    }

    /// Is it about one of these back ends of the container?
    #[must_use]
    pub fn is_about(&self, back_ends: &[BackEnd]) -> bool {
        self.own().any(|mine| back_ends.iter().any(|other| other.own && mine.is_same(other)))
    }

    /// Does this other hold keep the same thing closed?
    #[must_use]
    pub fn shares_with(&self, other: &Self) -> bool {
        (&self.balancer, &self.gate, self.how) == (&other.balancer, &other.gate, other.how)
            && (self.how == How::List || self.is_about(&other.former.back_ends))
    }

    /// The same in another state.
    #[must_use]
    pub fn to(&self, state: HoldState, now: Timestamp) -> Self {
        let ended_at = (!state.is_active()).then_some(now);
        let was = (state == HoldState::Releasing).then_some(self.state);
        Self { state, was, ended_at, ..self.clone() }
    }

    /// What it does not stop, in sentences, until it is over.
    #[must_use]
    pub fn still_open(&self) -> Vec<String> {
        let place = &self.place;
        let mut open = Vec::new();
        match self.state {
            HoldState::Released | HoldState::Dropped => return open,
            HoldState::Lost => {
                open.push(format!("{place}: somebody else changed it. It does not keep traffic off any more."));
                return open;
            }
            HoldState::Taking => open.push(format!("{place}: whether it is restricted is being read.")),
            HoldState::Releasing => open.push(format!("{place}: it is being restored.")),
            HoldState::Held => {}
        }
        if let Some(Unknown { since, reason }) = &self.unknown {
            open.push(format!(
                "{place}: it cannot be read since {}; whether it is still restricted is not known. {reason}",
                since.clock()
            ));
        }
        if let Some(allow) = &self.allow {
            let texts = allow.texts();
            let some = texts.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
            let more = texts.len().saturating_sub(5);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            open.push(format!("{place}: {some}{more} can still connect."));
        }
        if self.how == How::Member {
            open.push(format!("{place}: the container's other back ends, and other gates, lead to it as before."));
        }
        if self.cut != Some(true) {
            open.push(format!("{place}: connections that stood before were not ended."));
        }
        if self.proof.lets_outside_in() {
            open.push(format!("{place}: a knock from outside still gets through."));
        } else if !self.proof.refuses_outside() {
            open.push(format!("{place}: not probed from outside; only the load balancer's own word says so."));
        }
        open
    }
}
