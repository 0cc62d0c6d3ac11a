//! What the incident knows of the ways into its container and out of it.

use super::{Destination, GateSeen, GateState, Way, WayState};
use crate::{
    action::{Action, RequestState},
    alarm::Alarm,
    gate::Look,
    incident::Incident,
    text::count,
    time::Timestamp,
    view::{AlarmRow, RequestRow},
};

/// The measures on the container, and what ended connections before.
pub(super) struct Known {
    /// It is not sure which container this is about.
    unsure: bool,
    /// Whether the measures hold cannot be read, or an outcome is open.
    unknown: bool,
    paused: Option<Timestamp>,
    disconnected: Option<Timestamp>,
    killed: Option<Timestamp>,
    /// Connections that were seen before this moment were ended by a measure that was verified, whatever holds now.
    ended_before: Option<Timestamp>,
}

impl Known {
    pub(super) fn of(incident: &Incident, unknown: bool, requests: &[RequestRow]) -> Self {
        // Requests come newest first.
        let verified = |action| {
            let done = |row: &&RequestRow| row.request.action == action && row.request.state == RequestState::Verified;
            requests.iter().find(done).map(when)
        };
        let held = |action| {
            let since = || verified(action).or(incident.contained_at).unwrap_or(incident.first_alarm_at);
            incident.measures.contains(&action).then(since)
        };
        // What is open about a gate stands at the gate.
        let open_outcome =
            |row: &RequestRow| row.request.state == RequestState::Unknown && !row.request.action.is_of_gate();
        Self {
            unsure: incident.target_node().is_none(),
            unknown: unknown || requests.iter().any(open_outcome),
            paused: held(Action::Pause),
            disconnected: held(Action::Disconnect),
            killed: held(Action::Kill),
            ended_before: verified(Action::Disconnect).max(verified(Action::Kill)),
        }
    }

    /// `Paused, no networks`.
    pub(super) fn standing(&self) -> String {
        if self.unsure {
            return "Not sure which one it is".to_owned();
        }
        let words = match (self.killed, self.paused, self.disconnected) {
            (Some(_), ..) => "Killed",
            (None, Some(_), Some(_)) => "Paused, no networks",
            (None, Some(_), None) => "Paused",
            (None, None, Some(_)) => "No networks",
            (None, None, None) if self.unknown => "Not known",
            (None, None, None) => return "Runs, nothing holds it".to_owned(),
        };
        if self.unknown && words != "Not known" { format!("{words}: may not hold") } else { words.to_owned() }
    }

    pub(super) fn held(&self) -> WayState {
        let held = self.killed.or(self.paused).or(self.disconnected).is_some();
        match (self.unsure || self.unknown, held) {
            (true, _) => WayState::Unknown,
            (false, true) => WayState::Cut,
            (false, false) => WayState::Open,
        }
    }

    /// From the gates to the container; `free` more were found that nothing restricts.
    pub(super) fn passed_on(&self, gates: &[GateSeen], free: usize) -> Way {
        if let Some(way) = self.stopped("It has no networks: nothing reaches it.") {
            return way;
        }
        let waits = self.paused.map(|_| " It is paused: clients reach its address and wait.").unwrap_or_default();
        let spared = |gate: &GateSeen| gate.standing == GateState::Spared;
        let restricted = |gate: &GateSeen| gate.standing == GateState::Restricted;
        let stand = if gates.iter().all(|gate| gate.cut) { "" } else { " Connections from before may still stand." };
        if gates.is_empty() {
            Way::new(WayState::Open, format!("Nothing stops inbound traffic to it.{waits}"))
        } else if free == 0 && gates.iter().all(spared) {
            Way::new(WayState::Cut, format!("It gets no new connections.{stand}"))
        } else if free == 0 && gates.iter().all(|gate| spared(gate) || restricted(gate)) {
            Way::new(WayState::Listed, format!("Only listed addresses get through.{stand}{waits}"))
        } else if gates.iter().any(|gate| restricted(gate) && !gate.cut) {
            Way::new(
                WayState::Open,
                format!("Whoever may connect gets through, and connections from before may still stand.{waits}"),
            )
        } else {
            Way::new(WayState::Open, format!("Whoever may connect gets through.{waits}"))
        }
    }

    /// From the container to a place that was last seen at a moment.
    fn outbound(&self, seen: Option<Timestamp>) -> Way {
        if let Some(way) = self.stopped("It has no networks: it reaches nothing.") {
            return way;
        }
        let ended = self.ended_before.zip(seen).is_some_and(|(ended, seen)| seen < ended);
        if ended {
            return Way::new(WayState::Past, "Ended with a measure that was verified later.");
        }
        match self.paused {
            Some(at) => Way::new(
                WayState::Open,
                format!(
                    "Not cut: the connection stands, and nothing answers it since the pause at {} UTC.",
                    at.clock()
                ),
            ),
            None => Way::new(WayState::Open, "Nothing stops it."),
        }
    }

    /// What stops everything into it and out of it, or that this is not known.
    fn stopped(&self, without_networks: &str) -> Option<Way> {
        if self.unsure {
            return Some(Way::new(WayState::Unknown, "It is not sure which container this is about."));
        }
        let measure = self.killed.or(self.disconnected);
        if self.unknown && (measure.is_some() || self.paused.is_some()) {
            return Some(Way::new(WayState::Unknown, "Whether the measure still holds is not known."));
        }
        if self.unknown {
            return Some(Way::new(WayState::Unknown, "The outcome of an action is not known."));
        }
        if let Some(at) = self.killed {
            return Some(Way::new(WayState::Past, format!("Killed at {} UTC: no process of it runs.", at.clock())));
        }
        let at = self.disconnected?;
        Some(Way::new(WayState::Cut, format!("Cut at {} UTC. {without_networks}", at.clock())))
    }
}

/// When a request came to what it came to.
fn when(row: &RequestRow) -> Timestamp {
    row.execution.as_ref().and_then(|run| run.concluded_at).unwrap_or(row.request.created_at)
}

/// From the sources to the gates: as open as the most open one. `free` more were found by the last look than the incident
/// has held.
pub(super) fn inbound(gates: &[GateSeen], look: Option<Look>, free: usize) -> Way {
    let found = look.map(|look| format!("at the last look ({} UTC)", look.at.clock()));
    if let Some(found) = found.as_ref().filter(|_| free > 0) {
        let count = count(free, if gates.is_empty() { "gate" } else { "other gate" });
        return Way::new(WayState::Open, format!("{count} led to it {found}, not restricted by this incident."));
    }
    let [first, others @ ..] = gates else {
        let words = match found {
            Some(found) => format!("No gate led to it {found}."),
            None => "Gates were not looked for yet: the page Gates asks the load balancers.".to_owned(),
        };
        return Way::new(WayState::Unknown, words);
    };
    if others.is_empty() {
        return first.way();
    }
    let count = |state| gates.iter().filter(|gate| gate.way().state == state).count();
    let all = gates.len();
    match (count(WayState::Open), count(WayState::Unknown)) {
        (0, 0) => Way::new(WayState::Cut, format!("All {all} gates are restricted.")),
        (0, unknown) => Way::new(WayState::Unknown, format!("Of {all} gates, {unknown} may be open.")),
        (open, _) => Way::new(WayState::Open, format!("Of {all} gates, {open} let everybody in.")),
    }
}

/// Who connected and what it connected to, each once, newest first. Detectors write `client->server`; which of the two the
/// container is, they say in the rule's words at best: it counts as the client unless these say *inbound*.
pub(super) fn ends(alarms: &[AlarmRow], known: &Known) -> (Vec<String>, Vec<Destination>) {
    let (mut sources, mut destinations) = (Vec::new(), Vec::<Destination>::new());
    for alarm in alarms.iter().map(|row| &row.alarm) {
        let Some(connection) = alarm.detail.connection.as_deref().filter(|text| !text.is_empty()) else { continue };
        let (client, server) = connection.split_once("->").unwrap_or(("", connection));
        if is_inbound(alarm) && !client.is_empty() {
            if !sources.iter().any(|known| known == client) {
                sources.push(client.to_owned());
            }
        } else if !destinations.iter().any(|known| known.name == server) {
            destinations.push(Destination {
                name: server.to_owned(),
                process: alarm.detail.process.clone().unwrap_or_default(),
                last_at: Some(alarm.occurred_at),
                way: known.outbound(Some(alarm.occurred_at)),
            });
        }
    }
    if destinations.is_empty() {
        let none =
            Destination { name: String::new(), process: String::new(), last_at: None, way: known.outbound(None) };
        destinations.push(none);
    }
    (sources, destinations)
}

fn is_inbound(alarm: &Alarm) -> bool {
    let says = |text: &str| text.to_ascii_lowercase().contains("inbound");
    says(&alarm.rule) || says(&alarm.detail.message)
}
