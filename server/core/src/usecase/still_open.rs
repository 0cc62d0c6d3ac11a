//! What containment so far does not stop: said on the page until it is no longer true.

use quell_domain::{
    action::RequestState,
    incident::{Incident, IncidentState},
    view::RequestRow,
};

/// What pausing does and does not do, for the confirm page.
pub(crate) const PAUSE_EFFECTS: &[&str] = &[
    "All processes of the container stop at once. Their memory and open files stay as they are.",
    "It is not a network cut: the kernel keeps open connections alive, and the load balancer still sends requests, which then hang.",
    "Volumes that other containers share can still be changed by those.",
    "The attacker's program is not told. It runs on where it stood if somebody resumes the container.",
];

/// The sentences for an incident.
pub(crate) fn sentences(incident: &Incident, requests: &[RequestRow]) -> Vec<String> {
    if incident.state == IncidentState::Closed {
        let frozen = incident.contained_at.map(|_| {
            "The container was paused, and it is until somebody resumes it on its node (docker unpause): Quell does not."
                .to_owned()
        });
        return frozen.into_iter().collect();
    }
    let unknown = requests.iter().any(|row| row.request.state == RequestState::Unknown);
    let mut open = Vec::new();
    if unknown {
        open.push(
            "The outcome of an action is unknown. Quell reads the engine every few seconds until it is known."
                .to_owned(),
        );
    }
    if incident.contained_at.is_some() {
        open.push("Inbound traffic is not cut: clients still reach the container's address and wait.".to_owned());
        open.push("Connections that were open stay open in the kernel; no process answers them.".to_owned());
        open.push(
            "That it is paused was read once, after pausing: Quell does not watch it yet. Whoever resumes it on the node, or a \
             restart of the engine without live-restore, lets it run again."
                .to_owned(),
        );
    } else if requests.iter().any(|row| row.request.state == RequestState::Verified) {
        open.push(
            "An alarm tells of something after containment was verified: it may no longer hold. Pause again; if the container \
             is still paused, the engine is not asked and that is recorded."
                .to_owned(),
        );
    } else if incident.target_node().is_none() {
        open.push("Nothing is contained: it is not sure which container this is about.".to_owned());
    } else {
        open.push("Nothing is contained: the container's processes run and its traffic flows.".to_owned());
    }
    open
}
