//! A gate: a load balancer's listener, through which traffic reaches containers. What may be let through it, who else
//! stands behind it, and what exactly an approval of closing it is about.
//!
//! Owns: the words of gates, whatever load balancer they belong to. Must not know: any load balancer's interface.

mod access;
mod allow;
mod balancer;
mod change;
mod hold;

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

pub use access::{BalancerAccess, BalancerForm, Route};
pub use allow::AllowList;
pub use balancer::{Balancer, BalancerFacts, parse_balancer_name};
pub use change::{BackEnd, Former, GateChange, GateWhat, fingerprint, told};
pub use hold::{Hold, HoldState, How, Knocked, Probe, Proof};

use crate::{
    ids::{BalancerId, GateKey},
    time::Timestamp,
};

crate::words! {
    /// Which addresses a gate's list is of.
    ListKind {
        /// Only these may connect.
        Only = "only", "Only these may connect";
        /// All others may connect.
        AllBut = "all_but", "All but these may connect";
    }
}

/// Who may connect through a gate, as its load balancer has it. Two that are equal let the same addresses in, by the same
/// list: what restoring must come back to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Is the list in force? When not, everybody may connect, whatever is attached.
    pub enforced: bool,
    /// What the list is.
    pub kind: ListKind,
    /// The load balancer's own name of the list, several joined by commas; none when none was ever attached.
    pub list: Option<String>,
    /// What the list holds, as the load balancer writes it; sorted, unless its order means something there.
    pub entries: Vec<String>,
    /// Is the list one that Quell made for this gate?
    pub ours: bool,
}

impl Rules {
    /// No list was ever attached.
    #[must_use]
    pub fn open() -> Self {
        Self { enforced: false, kind: ListKind::Only, list: None, entries: Vec::new(), ours: false }
    }

    /// Does it let in these addresses and no others, by a list of ours?
    #[must_use]
    pub fn is_restricted_to(&self, allowed: &AllowList) -> bool {
        self.ours && self.enforced && self.kind == ListKind::Only && self.entries == allowed.texts()
    }

    /// Does it keep out any of these? What an entry means that cannot be read is not known, so it counts against them.
    #[must_use]
    pub fn keeps_out_any_of(&self, allow: &AllowList) -> bool {
        let network = |entry: &String| -> Option<IpNet> {
            let entry = entry.trim();
            entry.parse::<IpNet>().ok().or_else(|| entry.parse::<IpAddr>().ok().map(IpNet::from))
        };
        let listed: Vec<IpNet> = self.entries.iter().filter_map(network).collect();
        let mut wanted = allow.networks().iter();
        match (self.enforced, self.kind) {
            (false, _) => false,
            (true, ListKind::Only) => wanted.any(|it| !listed.iter().any(|known| known.contains(it))),
            (true, ListKind::AllBut) => {
                let touches = |it: &IpNet| listed.iter().any(|known| known.contains(it) || it.contains(known));
                listed.len() < self.entries.len() || wanted.any(touches)
            }
        }
    }

    /// Does it come to the same as `former`? A load balancer may be unable to take a list off again: then one of ours that
    /// is not in force stands for none, whatever it holds.
    #[must_use]
    pub fn is_restored_to(&self, former: &Self) -> bool {
        self == former || (self.is_open() && former.is_open())
    }

    /// No list of anybody else's is attached, and none of ours is in force.
    fn is_open(&self) -> bool {
        !self.enforced && (self.ours || self.list.is_none())
    }

    /// In words, for a page: who may connect.
    #[must_use]
    pub fn words(&self) -> String {
        match (self.enforced, self.kind, self.entries.len()) {
            (false, ..) => "Everybody may connect.".to_owned(),
            (true, ListKind::Only, 0) => "A list that is empty is in force: nobody may connect.".to_owned(),
            (true, ListKind::Only, 1) => "Only 1 address or network may connect.".to_owned(),
            (true, ListKind::Only, count) => format!("Only {count} addresses and networks may connect."),
            (true, ListKind::AllBut, 1) => "All may connect but 1 address or network.".to_owned(),
            (true, ListKind::AllBut, count) => format!("All may connect but {count} addresses and networks."),
        }
    }
}

/// One back end behind a gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The load balancer's own id or name of it.
    pub id: String,
    /// The pool, or back end, that it is in.
    pub pool: String,
    /// What people call it; the id when it has no name.
    pub name: String,
    /// Its address, without port.
    pub address: String,
    /// Its port; 0 when it is the gate's own.
    pub port: u16,
    /// Its share of new connections; 0 gets none.
    pub weight: u16,
    /// What the load balancer says of its health, in its own word.
    pub health: String,
    /// Connections that stand now, when the load balancer tells.
    pub sessions: Option<u64>,
}

/// A gate as its load balancer describes it at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// Which load balancer.
    pub balancer: BalancerId,
    /// Which of its listeners.
    pub key: GateKey,
    /// What people call it.
    pub name: String,
    /// `tcp`, `http`, `https`, …
    pub protocol: String,
    /// The port that clients connect to; 0 when the load balancer does not tell.
    pub port: u16,
    /// Addresses that clients connect to, as far as the load balancer tells.
    pub addresses: Vec<String>,
    /// Is one of these on the Internet? None when the load balancer does not tell.
    pub public: Option<bool>,
    /// Who may connect.
    pub rules: Rules,
    /// Every back end behind it.
    pub members: Vec<Member>,
    /// Requests, or new connections, a second, when the load balancer tells.
    pub rate: Option<u64>,
    /// Connections that stand now, when the load balancer tells.
    pub sessions: Option<u64>,
    /// Why it cannot be changed now, when the load balancer says so.
    pub locked: Option<String>,
    /// When it was asked.
    pub checked_at: Timestamp,
}

/// A place where a container can be reached: what gates are looked for by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Door {
    /// Its own address, or the node's.
    pub address: std::net::IpAddr,
    /// The port there; none for every port: the address is the container's alone.
    pub port: Option<u16>,
}

impl Door {
    /// Does this back end lead through it? Where nobody tells the port, it may.
    #[must_use]
    pub fn is_of(&self, member: &Member, gate_port: u16) -> bool {
        let port = if member.port == 0 { gate_port } else { member.port };
        member.address.parse() == Ok(self.address) && self.port.is_none_or(|wanted| port == 0 || wanted == port)
    }
}

impl Gate {
    /// The back ends that are reached through one of these.
    pub fn members_at<'a>(&'a self, doors: &'a [Door]) -> impl Iterator<Item = &'a Member> {
        self.members.iter().filter(move |member| doors.iter().any(|door| door.is_of(member, self.port)))
    }
}

#[cfg(test)]
mod tests;
