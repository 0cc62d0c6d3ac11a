//! The picture of an incident: source → gate → node{container{processes}} → destinations, and which of these ways are open,
//! cut, past or not known.
//!
//! Owns: what of an incident is drawn, in which words, and where ([`sketch`]); drawing and text are made of the same
//! [`Picture`], so that they cannot say different things. Must not know: HTML, SVG, colours, or how a gate is asked. Nothing
//! here is looked up: it shows what the incident knows, and what that does not tell is *not known*.

mod known;
pub mod sketch;
mod tree;

use crate::{
    gate::{Hold, HoldState, How, Look},
    incident::Incident,
    time::Timestamp,
    view::{AlarmRow, IncidentPage, RequestRow},
};

/// Most sources that are named; others are counted.
pub const SOURCES: usize = 3;
/// Most gates that are drawn.
pub const GATES: usize = 4;
/// Most processes that are drawn.
pub const PROCESSES: usize = 10;
/// Most destinations that are drawn. With all others it makes no more than 25 things in one picture (ux, 3.9).
pub const DESTINATIONS: usize = 5;

crate::words! {
    /// Does something get through?
    WayState {
        /// Nothing that Quell knows of stops it.
        Open = "open", "Open";
        /// Addresses on a list get through, others do not; that was read back.
        Listed = "listed", "Only listed";
        /// A measure stops it, and that was read back.
        Cut = "cut", "Cut";
        /// It was there, and has ended.
        Past = "past", "Past";
        /// It cannot be told.
        Unknown = "unknown", "Unknown";
    }
}

/// A way from one part of the picture to another, in the direction in which connections are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// Does something get through?
    pub state: WayState,
    /// One sentence: why, and since when. Holds no text of others.
    pub words: String,
}

impl Way {
    pub(crate) fn new(state: WayState, words: impl Into<String>) -> Self {
        Self { state, words: words.into() }
    }
}

crate::words! {
    /// What an incident knows of a gate in front of its container.
    GateState {
        /// Everybody may connect as far as its own rules go.
        Open = "open", "Open";
        /// Restricted by Quell, read back.
        Restricted = "restricted", "Restricted";
        /// Gives this container no new connections; others get theirs.
        Spared = "spared", "No new connections for this container";
        /// Restored by Quell, read back.
        Restored = "restored", "Restored";
        /// It was restricted, and is no more: somebody else changed it.
        Lost = "lost", "No longer restricted";
        /// The outcome of a change, or whether the restriction still holds, is not known.
        Unknown = "unknown", "Not known";
    }
}

/// A gate as the incident knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateSeen {
    /// What people call the listener and its load balancer; text of others.
    pub name: String,
    /// What is known.
    pub standing: GateState,
    /// Since when, if that is known.
    pub since: Option<Timestamp>,
    /// Addresses and networks that may connect while it is restricted.
    pub allowed: usize,
    /// Were the connections that stood ended too?
    pub cut: bool,
}

impl GateSeen {
    /// The gates that an incident holds or held, one for each, those that it holds first. `holds`: oldest first.
    #[must_use]
    pub fn all(holds: &[Hold]) -> Vec<Self> {
        let told = holds.iter().rev().filter(|hold| hold.state != HoldState::Dropped);
        let (active, past): (Vec<_>, Vec<_>) = told.partition(|hold| hold.state.is_active());
        let mut seen: Vec<&Hold> = Vec::new();
        for hold in active.into_iter().chain(past) {
            if !seen.iter().any(|known| (&known.balancer, &known.gate) == (&hold.balancer, &hold.gate)) {
                seen.push(hold);
            }
        }
        seen.into_iter().map(Self::of).collect()
    }

    fn of(hold: &Hold) -> Self {
        let standing = match (hold.state, hold.how) {
            _ if hold.state.is_active() && hold.unknown.is_some() => GateState::Unknown,
            (HoldState::Taking | HoldState::Releasing, _) => GateState::Unknown,
            (HoldState::Held, How::List) => GateState::Restricted,
            (HoldState::Held, How::Member) => GateState::Spared,
            (HoldState::Lost, _) => GateState::Lost,
            (HoldState::Released | HoldState::Dropped, _) => GateState::Restored,
        };
        Self {
            name: hold.place.clone(),
            standing,
            since: Some(hold.ended_at.unwrap_or(hold.since)),
            allowed: hold.allow.as_ref().map_or(0, |allow| allow.networks().len()),
            cut: hold.cut == Some(true),
        }
    }

    /// The state of the way to it.
    #[must_use]
    pub fn way(&self) -> Way {
        let at = self.since.map(|at| format!(" at {} UTC", at.clock())).unwrap_or_default();
        match self.standing {
            GateState::Open => Way::new(WayState::Open, "No restriction of Quell is on it."),
            GateState::Spared => Way::new(WayState::Open, "Everybody may connect, to other back ends."),
            GateState::Restored => {
                Way::new(WayState::Open, format!("Let go{at}: open, unless another incident holds it."))
            }
            GateState::Lost => Way::new(WayState::Open, "Somebody else changed it: it is not as Quell left it."),
            GateState::Unknown => Way::new(WayState::Unknown, "Whether it is restricted is not known."),
            GateState::Restricted => {
                let who = if self.allowed == 1 {
                    "1 address or network".to_owned()
                } else {
                    format!("{} addresses and networks", self.allowed)
                };
                Way::new(WayState::Cut, format!("Cut{at}: only {who} may connect."))
            }
        }
    }
}

/// A process that alarms name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its name; attacker text.
    pub name: String,
    /// Its command line in the newest alarm about it; attacker text, empty when none says it.
    pub command: String,
    /// How many processes are above it here.
    pub depth: usize,
    /// Is an alarm about it? Others are only named as ancestors.
    pub accused: bool,
    /// When an alarm last was about it or one below it.
    pub last_at: Timestamp,
}

/// A place that the container connects to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Address and port, or what the detector wrote; attacker text. Empty for whatever else it may reach.
    pub name: String,
    /// The process that was seen to connect; attacker text.
    pub process: String,
    /// When a detector last saw it.
    pub last_at: Option<Timestamp>,
    /// The way there.
    pub way: Way,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Who connected, as far as alarms tell; attacker text.
    pub sources: Vec<String>,
    /// How many more.
    pub more_sources: usize,
    /// From the sources to the gates; of several gates the most open one counts.
    pub inbound: Way,
    /// Gates in front of the container that the incident knows.
    pub gates: Vec<GateSeen>,
    /// How many more.
    pub more_gates: usize,
    /// How many more were found when they were last looked for, which this incident has never held.
    pub free_gates: usize,
    /// Were gates looked for at all?
    pub looked: bool,
    /// From the gates to the container.
    pub passed_on: Way,
    /// The node's name; empty when not known.
    pub node: String,
    /// The container's name; attacker text, empty when not known.
    pub container: String,
    /// The first characters of its id; empty when not known.
    pub id: String,
    /// What holds it: `Paused, no networks`.
    pub standing: String,
    /// Does one of Quell's measures hold the container itself, as far as is known?
    pub held: WayState,
    /// Those that alarms name, each below the one that started it.
    pub processes: Vec<Process>,
    /// How many more.
    pub more_processes: usize,
    /// Where it connects to.
    pub destinations: Vec<Destination>,
    /// How many more.
    pub more_destinations: usize,
    /// Newest alarms that were looked at, and how many there are.
    pub alarms: (usize, i64),
}

impl Picture {
    /// What there is to say of gates besides those that it names; nothing when that is all.
    #[must_use]
    pub fn other_gates(&self) -> Option<String> {
        match (self.gates.is_empty(), self.looked, self.free_gates) {
            (true, false, _) => Some("not looked for yet".to_owned()),
            (true, true, 0) => Some("none found".to_owned()),
            (true, true, free) => Some(format!("{free} found, not restricted")),
            (false, _, 0) => None,
            (false, _, free) => Some(format!("and {free} not restricted")),
        }
    }

    /// The picture of an incident.
    #[must_use]
    pub fn of(page: &IncidentPage) -> Self {
        let gates = GateSeen::all(&page.holds);
        Self::from(&page.incident, page.unknown, &page.alarms, &page.requests, (&gates, page.looked))
    }

    /// The same from its parts: `unknown` when the watch cannot read whether the container is held, `alarms` newest first,
    /// the gates that it holds or held with the last look for all.
    #[must_use]
    pub fn from(
        incident: &Incident,
        unknown: bool,
        alarms: &[AlarmRow],
        requests: &[RequestRow],
        (gates, look): (&[GateSeen], Option<Look>),
    ) -> Self {
        let known = known::Known::of(incident, unknown, requests);
        let (mut sources, mut destinations) = known::ends(alarms, &known);
        let more_sources = rest(&mut sources, SOURCES);
        let more_destinations = rest(&mut destinations, DESTINATIONS);
        let mut processes = tree::processes(alarms);
        let more_processes = rest(&mut processes, PROCESSES);
        let mut drawn = gates.to_vec();
        let more_gates = rest(&mut drawn, GATES);
        let free_gates = look.map_or(0, |look| look.found.saturating_sub(gates.len()));
        let place = &incident.place;
        Self {
            sources,
            more_sources,
            inbound: known::inbound(gates, look, free_gates),
            gates: drawn,
            more_gates,
            free_gates,
            looked: look.is_some(),
            passed_on: known.passed_on(gates, free_gates),
            node: place.node_name.clone(),
            container: place.container_name.clone(),
            id: place.container.as_ref().map(|id| id.short().to_owned()).unwrap_or_default(),
            standing: known.standing(),
            held: known.held(),
            processes,
            more_processes,
            destinations,
            more_destinations,
            alarms: (alarms.len(), incident.alarm_count),
        }
    }
}

/// Keeps the first ones; says how many are left out.
fn rest<T>(all: &mut Vec<T>, most: usize) -> usize {
    let left_out = all.len().saturating_sub(most);
    all.truncate(most);
    left_out
}

#[cfg(test)]
mod tests;
