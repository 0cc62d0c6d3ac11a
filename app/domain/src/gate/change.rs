//! What is wanted of a gate, exactly: what a person confirms, what approvals sign, and what is compared a moment before it
//! is done.

use serde::{Deserialize, Serialize};

use super::{AllowList, Door, Gate, Hold, How, Member, Rules};
use crate::{
    action::{Action, Difference},
    ids::{BalancerId, Digest, GateKey, RequestId},
};

/// A back end behind a gate, without what changes by itself from moment to moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackEnd {
    /// The pool that it is in.
    pub pool: String,
    /// The load balancer's own id or name of it.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its address, without port.
    pub address: String,
    /// Its port; 0 when it is the gate's own.
    pub port: u16,
    /// Its share of new connections.
    pub weight: u16,
    /// Does it lead to the container?
    pub own: bool,
}

impl BackEnd {
    fn of(member: &Member, own: bool) -> Self {
        Self {
            pool: member.pool.clone(),
            id: member.id.clone(),
            name: member.name.clone(),
            address: member.address.clone(),
            port: member.port,
            weight: member.weight,
            own,
        }
    }

    /// Is it the same one, whatever its weight is now?
    #[must_use]
    pub fn is(&self, member: &Member) -> bool {
        (&self.pool, &self.id, &self.address, self.port) == (&member.pool, &member.id, &member.address, member.port)
    }

    /// Is that the same one, at another moment?
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.pool, &self.id) == (&other.pool, &other.id)
    }

    /// `web-2 (10.0.0.5:8080)`
    #[must_use]
    pub fn words(&self) -> String {
        let place = match (self.address.contains(':'), self.port) {
            (_, 0) => self.address.clone(),
            (true, port) => format!("[{}]:{port}", self.address),
            (false, port) => format!("{}:{port}", self.address),
        };
        if self.name.is_empty() || self.name == self.address { place } else { format!("{} ({place})", self.name) }
    }
}

impl Gate {
    /// Every back end behind it, and which of them lead through one of these doors.
    #[must_use]
    pub fn back_ends(&self, doors: &[Door]) -> Vec<BackEnd> {
        self.back_ends_where(|member| doors.iter().any(|door| door.is_of(member, self.port)))
    }

    /// Every back end behind it, and which of them are the container's.
    #[must_use]
    pub fn back_ends_where(&self, own: impl Fn(&Member) -> bool) -> Vec<BackEnd> {
        self.members.iter().map(|member| BackEnd::of(member, own(member))).collect()
    }

    /// The back end as it is now.
    #[must_use]
    pub fn member(&self, wanted: &BackEnd) -> Option<&Member> {
        self.members.iter().find(|member| wanted.is(member))
    }
}

/// What shall be done to a gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateWhat {
    /// Only these may connect from now on, to any back end behind it.
    Restrict {
        /// Who.
        allow: AllowList,
        /// End the connections to the container that stand.
        cut: bool,
    },
    /// The container's own back ends get no new connections from now on; the others are left alone.
    TakeOut {
        /// End the connections to the container that stand.
        cut: bool,
    },
    /// What was done for this incident is taken back.
    Restore {
        /// The request that did it.
        hold: RequestId,
        /// How.
        how: How,
        /// What is put back.
        former: Box<Former>,
        /// Somebody else changed the gate meanwhile, and that stays: nothing is sent.
        leave: bool,
    },
}

/// One change of one gate: part of the facts that approvals sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateChange {
    /// Which load balancer.
    pub balancer: BalancerId,
    /// What people called it.
    pub balancer_name: String,
    /// Which of its listeners.
    pub gate: GateKey,
    /// What people called it.
    pub gate_name: String,
    /// What shall be done.
    pub what: GateWhat,
    /// Who may connect as long as nothing is done.
    pub expected: Rules,
    /// Every back end behind it: whom it hits.
    pub back_ends: Vec<BackEnd>,
}

impl GateChange {
    /// How it keeps traffic off, or let it in again.
    #[must_use]
    pub fn how(&self) -> How {
        match &self.what {
            GateWhat::Restrict { .. } => How::List,
            GateWhat::TakeOut { .. } => How::Member,
            GateWhat::Restore { how, .. } => *how,
        }
    }

    /// The list of who may still connect.
    #[must_use]
    pub fn allow(&self) -> Option<&AllowList> {
        match &self.what {
            GateWhat::Restrict { allow, .. } => Some(allow),
            GateWhat::TakeOut { .. } | GateWhat::Restore { .. } => None,
        }
    }

    /// Does it let in anybody whom the gate keeps out as long as nothing is done? Then it releases something as well.
    #[must_use]
    pub fn lets_in_more(&self) -> bool {
        self.allow().is_some_and(|allow| self.expected.keeps_out_any_of(allow))
    }

    /// Shall connections that stand be ended?
    #[must_use]
    pub fn cuts(&self) -> bool {
        matches!(self.what, GateWhat::Restrict { cut: true, .. } | GateWhat::TakeOut { cut: true })
    }

    /// The back ends that lead to the container.
    pub fn own(&self) -> impl Iterator<Item = &BackEnd> {
        self.back_ends.iter().filter(|it| it.own)
    }

    /// Has some of it been done, though not all? Only what is several changes at the load balancer can stop half-way.
    #[must_use]
    pub fn is_begun_in(&self, now: &Gate) -> bool {
        let is = |own: &BackEnd, weight: u16| now.member(own).is_some_and(|member| member.weight == weight);
        match &self.what {
            GateWhat::TakeOut { .. } => self.own().any(|own| own.weight != 0 && is(own, 0)),
            GateWhat::Restore { how: How::Member, former, .. } => {
                former.own().any(|own| own.weight != 0 && is(own, own.weight))
            }
            GateWhat::Restrict { .. } | GateWhat::Restore { .. } => false,
        }
    }

    /// Is what it touches as it was when it was asked for?
    #[must_use]
    pub fn is_untouched_in(&self, now: &Gate) -> bool {
        match self.how() {
            How::List => now.rules.is_restored_to(&self.expected),
            How::Member => has_shares(now, self.own()),
        }
    }

    /// `HTTPS 443 of cloud`
    #[must_use]
    pub fn place(&self) -> String {
        format!("{} of {}", self.gate_name, self.balancer_name)
    }

    /// The names of facts that are not as they were, with both values. A gate that hits fewer than was known is the same;
    /// one that hits others is not. What a change does not touch is not compared.
    #[must_use]
    pub fn differences(&self, now: &Gate) -> Vec<Difference> {
        let difference =
            |fact: &str, before: String, after: String| Difference { fact: fact.to_owned(), before, after };
        let mut found = Vec::new();
        if self.how() == How::List && now.rules != self.expected {
            found.push(difference("Who may connect", told(&self.expected), told(&now.rules)));
        }
        for own in self.own() {
            match now.member(own) {
                None => found.push(difference("Back end", own.words(), "gone".to_owned())),
                Some(member) if self.how() == How::Member && member.weight != own.weight => {
                    let weight = |weight: u16| format!("{}: weight {weight}", own.words());
                    found.push(difference("Back end", weight(own.weight), weight(member.weight)));
                }
                Some(_) => {}
            }
        }
        if matches!(self.what, GateWhat::Restrict { .. }) {
            let others = now.members.iter().filter(|member| !self.back_ends.iter().any(|known| known.is(member)));
            let others: Vec<String> = others.map(|member| BackEnd::of(member, false).words()).collect();
            if !others.is_empty() {
                found.push(difference("Other back ends", "not there".to_owned(), others.join(", ")));
            }
        }
        // What restoring puts back may be of a gate whose back ends are other ones by now.
        if matches!(self.what, GateWhat::Restore { how: How::List, .. }) {
            found.retain(|it| it.fact != "Back end");
        }
        found
    }

    /// Where lists are things of their own, somebody may have written theirs anew while ours was attached in its place. What it
    /// holds was never ours to put back: that it is attached again is all.
    fn is_attached_again(&self, former: &Rules, now: &Rules) -> bool {
        let lists = [&self.expected.list, &former.list];
        let apart = lists.iter().all(|list| list.is_some()) && lists[0] != lists[1] && !former.ours;
        apart && (&now.list, now.enforced, now.kind) == (&former.list, former.enforced, former.kind)
    }

    /// Is the gate as it shall be?
    #[must_use]
    pub fn is_done_in(&self, now: &Gate) -> bool {
        match &self.what {
            GateWhat::Restrict { allow, .. } => now.rules.is_restricted_to(allow),
            GateWhat::TakeOut { .. } => is_out(now, self.own()),
            GateWhat::Restore { leave: true, .. } => true,
            GateWhat::Restore { how: How::List, former, .. } => {
                now.rules.is_restored_to(&former.rules) || self.is_attached_again(&former.rules, &now.rules)
            }
            GateWhat::Restore { how: How::Member, former, .. } => has_shares(now, former.own()),
        }
    }
}

/// What there was before Quell changed a gate: what restoring puts back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Former {
    /// Who might connect.
    pub rules: Rules,
    /// The back ends and their shares.
    pub back_ends: Vec<BackEnd>,
}

impl Former {
    /// What must be put back when the gate is changed now. What another hold of ours changed is not what there was: then
    /// its own snapshot counts, of back ends for each by itself. `holds`: of this gate, also past ones, the newest first.
    #[must_use]
    pub fn of(now: &Gate, back_ends: Vec<BackEnd>, how: How, holds: &[Hold]) -> Self {
        let known = || holds.iter().filter(move |hold| hold.how == how);
        match how {
            How::List => {
                let ours = now.rules.ours && now.rules.enforced;
                let taken = known().next().filter(|_| ours);
                taken.map_or_else(|| Self { rules: now.rules.clone(), back_ends }, |hold| hold.former.clone())
            }
            How::Member => {
                // What was put back long ago says nothing about who took it out now.
                let before = |it: &BackEnd| {
                    let mut open = known().filter(|hold| hold.state.is_active());
                    open.find_map(|hold| hold.own().find(|own| own.is_same(it)))
                };
                let put_back = |it: BackEnd| match before(&it) {
                    Some(own) if it.own && it.weight == 0 => BackEnd { weight: own.weight, ..it },
                    _ => it,
                };
                Self { rules: now.rules.clone(), back_ends: back_ends.into_iter().map(put_back).collect() }
            }
        }
    }

    /// The back ends that led to the container.
    pub fn own(&self) -> impl Iterator<Item = &BackEnd> {
        self.back_ends.iter().filter(|it| it.own)
    }
}

/// Do none of these get new connections? One that is not there gets none.
pub(super) fn is_out<'a>(now: &Gate, mut own: impl Iterator<Item = &'a BackEnd>) -> bool {
    own.all(|own| now.member(own).is_none_or(|member| member.weight == 0))
}

/// Do these get the shares that they have here? One that is not there cannot.
fn has_shares<'a>(now: &Gate, mut own: impl Iterator<Item = &'a BackEnd>) -> bool {
    own.all(|own| now.member(own).is_none_or(|member| member.weight == own.weight))
}

/// A hash of what a confirm page showed of a gate; its form carries it, so that stale facts are noticed.
#[must_use]
pub fn fingerprint(action: Action, gate: &Gate, back_ends: &[BackEnd], container: Option<&Digest>) -> Digest {
    let shown = (action, &gate.balancer, &gate.key, &gate.rules, back_ends, container);
    Digest::of(&serde_json::to_vec(&shown).unwrap_or_default())
}

/// Rules in words, with what the list holds.
#[must_use]
pub fn told(rules: &Rules) -> String {
    if rules.entries.is_empty() || !rules.enforced {
        return rules.words();
    }
    crate::text::cut(&format!("{} {}", rules.words(), rules.entries.join(", ")), 600)
}
