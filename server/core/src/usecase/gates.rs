//! Gates in front of an incident's container: finding them, and the page that shows them. Changing one is asked for in
//! [`request`]; a worker does it.

mod approve;
mod confirm;
mod request;
mod sight;

use std::time::Duration;

use futures::future::join_all;
use quell_domain::{
    Problem,
    action::{Action, ActionRequest, Container, GateStanding},
    gate::{BackEnd, Balancer, Door, Gate, Hold, HoldState, How, Look},
    ids::{BalancerId, GateKey, IncidentId, RequestId},
    incident::{Incident, IncidentState},
    policy::{self, Can, Permission},
    view::{GateRow, GatesPage, HoldRow, RequestBrief, RequestRow},
};
use tokio::time::Instant;

pub(super) use self::approve::may_approve;
pub use self::request::Choice;
use super::{balancers::gate_words, still_open};
use crate::{
    Portal,
    grant::{Grant, may},
    mask,
    ports::{GateError, ReadError},
};

/// How long a page waits for one load balancer.
const PATIENCE: Duration = Duration::from_secs(20);
/// Holds of one gate that are looked at for what there was before, past ones too.
const HOLDS: i64 = 200;

/// Who holds a gate.
#[derive(Debug, Clone)]
pub(crate) struct Holds {
    /// Those that are not over, the oldest first, each with the number of its incident.
    pub(crate) active: Vec<(Hold, i64)>,
    /// Past ones too, the newest first.
    pub(crate) all: Vec<Hold>,
}

impl Holds {
    /// Which of them, in which version: what a write expects still to be so.
    pub(crate) fn versions(&self) -> Vec<(RequestId, i64)> {
        self.active.iter().map(|(hold, _)| (hold.request.clone(), hold.version)).collect()
    }

    pub(crate) fn standing<'a>(&'a self, gate: &'a Gate) -> GateStanding<'a> {
        GateStanding { gate, holds: &self.active }
    }

    /// This incident's newest hold of any kind.
    fn mine(&self, incident: &Incident) -> Option<&Hold> {
        self.active.iter().map(|(hold, _)| hold).rfind(|hold| hold.incident == incident.id)
    }

    fn rows(&self, incident: &Incident) -> Vec<HoldRow> {
        let row = |(hold, number): &(Hold, i64)| HoldRow {
            hold: hold.clone(),
            number: *number,
            mine: hold.incident == incident.id,
        };
        self.active.iter().map(row).collect()
    }
}

/// The back ends of a gate as a hold knows them: by what led to the container when it was taken.
fn back_ends_of(hold: &Hold, gate: &Gate) -> Vec<BackEnd> {
    gate.back_ends_where(|member| hold.own().any(|own| (&own.pool, &own.id) == (&member.pool, &member.id)))
}

impl Portal {
    /// The gates that lead to an incident's container, and those that it holds.
    ///
    /// # Errors
    /// Not found. Engines and load balancers that do not answer are shown on the page.
    pub async fn gates(&self, grant: Grant<may::ReadIncidents>, number: i64) -> Result<GatesPage, Problem> {
        let incident = self.known_incident(number).await?;
        let (container, doors, trouble) = match self.doors_of(&incident).await {
            Ok((container, doors)) => (Some(container), doors, None),
            Err(problem) => (None, Vec::new(), Some(problem.message)),
        };
        let balancers = self.store.balancers().await?;
        let requests: Vec<ActionRequest> =
            self.store.requests_of(&incident.id).await?.into_iter().map(|(request, _)| request).collect();
        let mine = self.store.holds_of(&incident.id).await?;
        let (mut gates, mut silent) = (Vec::new(), Vec::new());
        let asked = if doors.is_empty() { Vec::new() } else { self.located(&balancers, &doors).await };
        for (balancer, found) in balancers.iter().zip(asked) {
            match found {
                Ok(found) => {
                    for gate in found {
                        let back_ends = gate.back_ends(&doors);
                        gates.push(self.gate_row(&grant, &incident, balancer, Ok((gate, back_ends)), &requests).await?);
                    }
                }
                Err(words) => silent.push((balancer.name.clone(), words)),
            }
        }
        // What did not answer, and where there was nothing to ask, says nothing of the gates.
        if !doors.is_empty() && !balancers.is_empty() && silent.is_empty() {
            let look = Look { at: self.now(), found: gates.len() };
            if let Err(error) = self.store.gates_looked_for(&incident.id, look).await {
                tracing::warn!(incident = %incident.label(), %error, "remembering a look for gates");
            }
        }
        // What is held is shown, also when nothing leads to the container any more.
        for hold in mine.iter().filter(|hold| hold.state.is_active()) {
            let shown = |row: &GateRow| (&row.balancer, &row.key) == (&hold.balancer, &hold.gate);
            if gates.iter().any(shown) {
                continue;
            }
            let Some(balancer) = self.store.balancer(&hold.balancer).await? else { continue };
            let read = self.read_gate(&balancer, &hold.gate).await;
            let read = match read {
                Ok(gate) => {
                    let back_ends = back_ends_of(hold, &gate);
                    Ok((gate, back_ends))
                }
                Err(error) => Err((hold.gate.clone(), hold.place.clone(), gate_words(&error))),
            };
            gates.push(self.gate_row(&grant, &incident, &balancer, read, &requests).await?);
        }
        let rows = requests.into_iter().map(|request| RequestRow { request: request.into(), execution: None });
        let mut still_open = still_open::sentences(&incident, &rows.collect::<Vec<_>>(), &mine);
        let untouched = gates.iter().filter(|row| !row.holds.iter().any(|it| it.hold.state == HoldState::Held));
        still_open.extend(untouched.map(|row| format!("{} leads to the container and is not restricted.", row.place)));
        still_open.extend(
            silent
                .iter()
                .map(|(name, _)| format!("{name} could not be asked: whether it leads to the container is not known.")),
        );
        Ok(GatesPage {
            can: Can::from_decision(policy::decide(grant.roles(), Permission::Contain).and(is_open(&incident))),
            container: container.map(|it| Container { command: mask::words(&it.command), ..it }),
            balancers: balancers.len(),
            as_of: self.now(),
            incident,
            trouble,
            doors,
            gates,
            silent,
            still_open,
        })
    }

    /// The container that an incident is surely about, and where it can be reached.
    pub(crate) async fn doors_of(&self, incident: &Incident) -> Result<(Container, Vec<Door>), Problem> {
        let container = self.target_container_by(incident, Instant::now() + PATIENCE).await?;
        let doors = match &incident.place.node {
            Some(node) => self.known_node(node).await?.doors_of(&container),
            None => Vec::new(),
        };
        Ok((container, doors))
    }

    async fn located(&self, balancers: &[Balancer], doors: &[Door]) -> Vec<Result<Vec<Gate>, String>> {
        join_all(balancers.iter().map(async |balancer| {
            let answer = tokio::time::timeout(PATIENCE, self.gates.locate(balancer, doors)).await;
            let answer = answer.unwrap_or_else(|late| Err(GateError::NoAnswer(late.to_string())));
            answer.map_err(|error| {
                tracing::warn!(balancer = %balancer.name, %error, "looking for gates");
                gate_words(&error)
            })
        }))
        .await
    }

    /// One gate as it is now; not waited for without end.
    pub(crate) async fn read_gate(&self, balancer: &Balancer, gate: &GateKey) -> Result<Gate, GateError> {
        let answer = tokio::time::timeout(PATIENCE, self.gates.read(balancer, gate)).await;
        let answer = answer.unwrap_or_else(|late| Err(GateError::NoAnswer(late.to_string())));
        answer.inspect_err(|error| tracing::warn!(balancer = %balancer.name, %gate, %error, "reading a gate"))
    }

    /// What Quell knows of who holds a gate.
    pub(crate) async fn holds_on(&self, balancer: &BalancerId, gate: &GateKey) -> Result<Holds, ReadError> {
        // Apart from the past ones: however much came after it, what is held must be seen. And before them: whoever writes
        // expects these to be all still.
        let open = self.store.open_holds_at(balancer, gate).await?;
        let all = self.store.holds_at(balancer, gate, HOLDS).await?;
        let mut active = Vec::new();
        for hold in open {
            let incident = self.store.incident(&hold.incident).await?;
            active.push((hold, incident.map(|it| it.number).unwrap_or_default()));
        }
        Ok(Holds { active, all })
    }

    /// Does an incident hold anything at a gate besides these?
    pub(crate) async fn holds_besides(&self, incident: &IncidentId, these: &[Hold]) -> Result<bool, ReadError> {
        let holds = self.store.holds_of(incident).await?;
        let besides = |hold: &Hold| these.iter().all(|other| other.request != hold.request);
        Ok(holds.iter().any(|hold| hold.state == HoldState::Held && besides(hold)))
    }

    async fn gate_row(
        &self,
        grant: &Grant<may::ReadIncidents>,
        incident: &Incident,
        balancer: &Balancer,
        read: Result<(Gate, Vec<BackEnd>), (GateKey, String, String)>,
        requests: &[ActionRequest],
    ) -> Result<GateRow, Problem> {
        let (key, place, gate, back_ends, trouble) = match read {
            Ok((gate, back_ends)) => {
                (gate.key.clone(), format!("{} of {}", gate.name, balancer.name), Some(gate), back_ends, None)
            }
            Err((key, place, trouble)) => (key, place, None, Vec::new(), Some(trouble)),
        };
        let holds = self.holds_on(&balancer.id, &key).await?;
        let mine = holds.mine(incident);
        let open: Vec<RequestBrief> = requests
            .iter()
            .filter(|request| request.state.is_open())
            .filter(|it| it.gate().is_some_and(|change| (&change.balancer, &change.gate) == (&balancer.id, &key)))
            .map(|request| request.clone().into())
            .collect();
        let may = policy::decide(grant.roles(), Permission::Contain).and(is_open(incident));
        let told = trouble.clone().map_or(Ok(()), Err);
        let free = if open.is_empty() { Ok(()) } else { Err("A request for this gate is under way.".to_owned()) };
        let unlocked = gate.as_ref().and_then(|gate| gate.locked.clone()).map_or(Ok(()), Err);
        let held = mine.map(drop).ok_or_else(|| "Quell has not restricted this gate for this incident.".to_owned());
        Ok(GateRow {
            conflict: mine
                .zip(gate.as_ref())
                .is_some_and(|(hold, gate)| !hold.state.is_moving() && !hold.is_true_of(gate)),
            not_stopped: not_stopped(&back_ends, mine),
            restrict: Can::from_decision(may.clone().and(told.clone()).and(unlocked).and(free.clone())),
            restore: Can::from_decision(may.and(held).and(told).and(free)),
            holds: holds.rows(incident),
            balancer: balancer.id.clone(),
            balancer_name: balancer.name.clone(),
            key,
            place,
            gate,
            trouble,
            back_ends,
            open,
        })
    }
}

fn is_open(incident: &Incident) -> Result<(), String> {
    if incident.state == IncidentState::Closed { Err("This incident is closed.".to_owned()) } else { Ok(()) }
}

/// What closing a gate does not stop. Where it is held, *Still open* beside it says most of it: only the other ways in are
/// left to say.
fn not_stopped(back_ends: &[BackEnd], mine: Option<&Hold>) -> Vec<String> {
    let all = Action::RestrictGate.not_stopped();
    let said = if mine.is_some() { all.len().saturating_sub(1) } else { 0 };
    let mut open: Vec<String> = all.iter().skip(said).map(|it| (*it).to_owned()).collect();
    if back_ends.iter().filter(|it| it.own).count() > 1 && mine.is_some_and(|hold| hold.how == How::Member) {
        open.push("Back ends that were added since.".to_owned());
    }
    open
}
