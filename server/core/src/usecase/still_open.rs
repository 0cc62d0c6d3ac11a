//! What containment so far does not stop: said on the page until it is no longer true.

use quell_domain::{
    action::{Action, RequestState},
    gate::Hold,
    incident::{Incident, IncidentState},
    playbook::Unknown,
    view::RequestRow,
};

/// The sentences for an incident, with what its holds on gates do not stop.
pub(crate) fn sentences(incident: &Incident, requests: &[RequestRow], holds: &[Hold]) -> Vec<String> {
    let held = |measure| incident.measures.contains(&measure);
    if incident.state == IncidentState::Closed {
        return incident.left_in_place();
    }
    let mut open = Vec::new();
    if requests.iter().any(|row| row.request.state == RequestState::Unknown) {
        open.push("The outcome of an action is unknown. Quell reads back every few seconds until it is known.");
    }
    if held(Action::Kill) {
        open.push("It was killed: no process of it runs. An orchestrator may start a replacement from the same image.");
    } else if held(Action::Pause) && held(Action::Disconnect) {
        open.push("It is paused and has no networks. Volumes that others share can still be changed by those.");
    } else if held(Action::Pause) {
        open.push(if held(Action::RestrictGate) {
            "Inbound traffic is kept off by a gate; whoever reaches the container in another way waits."
        } else {
            "Inbound traffic is not cut: clients still reach the container's address and wait."
        });
        open.push("Connections that were open stay open in the kernel; no process answers them.");
    } else if held(Action::Disconnect) {
        open.push("It has no networks, but its processes run: files and shared volumes can still be changed.");
    } else if held(Action::RestrictGate) {
        open.push(
            "A gate keeps new connections off. The container's processes run, and what it connects to itself is not stopped: \
             pause it, or disconnect its networks.",
        );
    } else if incident.state == IncidentState::Recovering {
        open.push("The containment was released: the container runs and talks again.");
    } else if requests.iter().any(|row| row.request.state == RequestState::Verified) {
        open.push(
            "Containment was verified before, and no longer holds or may no longer hold. Contain again; if the container is \
             as it should be, the engine is not asked and that is recorded.",
        );
    } else if incident.target_node().is_none() {
        open.push("Nothing is contained: it is not sure which container this is about.");
    } else {
        open.push("Nothing is contained: the container's processes run and its traffic flows.");
    }
    if held(Action::Pause) && !held(Action::Kill) {
        open.push(
            "A pause lasts as long as the engine leaves it: whoever resumes it on the node, or a restart of the engine \
             without live-restore, lets it run again.",
        );
    }
    let mut open: Vec<String> = open.into_iter().map(str::to_owned).collect();
    open.splice(0..0, unknown(incident));
    open.extend(holds.iter().flat_map(Hold::still_open));
    open
}

/// Unknown is not fine.
fn unknown(incident: &Incident) -> Option<String> {
    let Unknown { since, reason } = incident.unknown.as_ref().filter(|_| incident.is_unknown())?;
    Some(format!(
        "Quell has not been able to read the engine since {}: whether it is still contained is not known. {reason}",
        since.clock()
    ))
}
