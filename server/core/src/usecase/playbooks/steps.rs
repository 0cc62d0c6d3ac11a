//! The steps of an incident's playbook as its pages show them: what came of each, what it is about, and what can be done.

use quell_domain::{
    Timestamp,
    action::{Action, ActionRequest, Purpose, RequestState},
    evidence::ItemState,
    execution::Execution,
    incident::{Incident, IncidentState},
    playbook::{self, Offer, Playbook, Step, StepState},
    policy::Can,
    text,
    time::span,
    view::{IncidentCan, PackRow, RequestRow, StepRow},
};

use crate::{
    Portal,
    grant::{Grant, may},
    ports::ReadError,
    usecase::incidents::abilities,
};

/// How far an incident is, and what the viewer may do.
pub(crate) struct Followed {
    pub(crate) requests: Vec<RequestRow>,
    pub(crate) packs: Vec<PackRow>,
    pub(crate) can: IncidentCan,
    /// In order.
    pub(crate) steps: Vec<StepRow>,
}

/// What the rows are made of.
struct Material<'a> {
    incident: &'a Incident,
    /// The playbook that it follows.
    book: &'a Playbook,
    /// Newest first.
    requests: &'a [RequestRow],
    /// Newest first.
    packs: &'a [PackRow],
    can: &'a IncidentCan,
    /// The ways to requests that wait for another person.
    waiting: Vec<Offer>,
    /// What the watch over its containment last found, in words; empty when nothing is watched.
    watched: String,
    /// What containing it needs of others, in words.
    approval: String,
}

impl Portal {
    /// How far an incident is under its playbook. Requests and packs newest first.
    pub(crate) async fn followed(
        &self,
        grant: &Grant<may::ReadIncidents>,
        incident: &Incident,
        book: &Playbook,
        requests: Vec<(ActionRequest, Option<Execution>)>,
        packs: Vec<PackRow>,
        as_of: Timestamp,
    ) -> Result<Followed, ReadError> {
        let waiting = waiting(&requests);
        let requests = requests.into_iter().map(|(it, execution)| RequestRow { request: it.into(), execution });
        let requests: Vec<RequestRow> = requests.collect();
        let can = abilities(grant, incident, &requests, &packs);
        let steps = rows(&Material {
            incident,
            book,
            requests: &requests,
            packs: &packs,
            can: &can,
            waiting,
            watched: watched(incident, self.store.looked_at(incident).await?, as_of),
            approval: self.approval_words(incident).await?,
        });
        Ok(Followed { requests, packs, can, steps })
    }

    /// How many must agree to the first choice of containing this incident, in words.
    async fn approval_words(&self, incident: &Incident) -> Result<String, ReadError> {
        let Some(action) = incident.course.measures.first() else { return Ok(String::new()) };
        let (_, needs) = self.needs(incident, *action).await?;
        Ok(match needs.approvals {
            0 => format!("None needed to {}, by the policy", action.label().to_lowercase()),
            1 => format!("One other person must agree first: {}", needs.approver.label()),
            more => format!("{more} other people must agree first: {}", needs.approver.label()),
        })
    }
}

/// The ways to those requests of an incident that wait for another person.
fn waiting(requests: &[(ActionRequest, Option<Execution>)]) -> Vec<Offer> {
    let waits = |request: &&ActionRequest| request.state == RequestState::AwaitingApproval;
    requests.iter().map(|(request, _)| request).filter(waits).map(playbook::decision).collect()
}

/// What the watch last found of a containment that can be read. What cannot be read is still open.
fn watched(incident: &Incident, looked_at: Option<Timestamp>, as_of: Timestamp) -> String {
    let Some(contained) = incident.contained_at.filter(|_| incident.closed_at.is_none()) else { return String::new() };
    // One that was closed for a time was not among those that were looked at then.
    let since = incident.reopened_at.map_or(contained, |reopened| reopened.max(contained));
    match looked_at.filter(|at| *at >= since) {
        Some(at) => {
            let ago = span(as_of.since(at).max(0));
            format!("Watched: an alarm comes up when it no longer holds. Checked {ago} before this was shown.")
        }
        None => "Not checked since it was contained or reopened. Quell looks within a few seconds.".to_owned(),
    }
}

/// All steps, in order.
fn rows(from: &Material<'_>) -> Vec<StepRow> {
    playbook::steps(from.incident).into_iter().map(|(step, state)| row(from, step, state)).collect()
}

fn row(from: &Material<'_>, step: Step, state: StepState) -> StepRow {
    let written = from.book.step(step);
    let over = matches!(state, StepState::Done | StepState::Skipped);
    let current = state == StepState::Current;
    // Containing and keeping evidence need not wait for their turn.
    let early = matches!(step, Step::Contain | Step::Evidence) && state == StepState::Later;
    let offers = playbook::offers(step, from.incident).into_iter().map(|offer| (offer.clone(), may(from.can, &offer)));
    let open = from.incident.state != IncidentState::Closed;
    let offers = offers.filter(|(_, can)| open && (current || (early && can.allowed)));
    let waiting = from.waiting.iter().filter(|offer| offer.step == step);
    let waiting = waiting.map(|offer| (offer.clone(), Can::from_decision(Ok(()))));
    StepRow {
        step,
        state,
        title: written.map_or_else(|| step.label().to_owned(), |written| written.title.clone()),
        guidance: written.filter(|_| !over).map(|written| written.guidance.clone()).unwrap_or_default(),
        result: result(from, step, state),
        about: if current && step == Step::Contain { about(from) } else { Vec::new() },
        offers: waiting.chain(offers).collect(),
        skippable: open && !over && written.is_some_and(|written| written.skippable),
    }
}

/// May the viewer do this?
fn may(can: &IncidentCan, offer: &Offer) -> Can {
    let acts = can.actions.iter().find(|(known, _)| Some(*known) == offer.action).map(|(_, can)| can);
    let found = match offer.step {
        _ if offer.action.is_some_and(Action::is_of_gate) => &can.gates,
        _ if acts.is_some() => acts.unwrap_or(&can.triage),
        Step::Acknowledge => &can.acknowledge,
        Step::Evidence => &can.collect,
        _ => &can.triage,
    };
    found.clone()
}

/// What containing it affects.
fn about(from: &Material<'_>) -> Vec<(String, String)> {
    let place = &from.incident.place;
    let container = match &place.container {
        Some(id) => format!("{} ({})", place.container_name, id.short()),
        None => place.container_name.clone(),
    };
    let reversible = "Yes, after another person agrees. Clients and connections may give up meanwhile";
    [
        ("Container", container),
        ("Image", place.image.clone()),
        ("Node", place.node_name.clone()),
        ("Reversible", reversible.to_owned()),
        ("Approval", from.approval.clone()),
    ]
    .into_iter()
    .filter(|(_, words)| !words.is_empty())
    .map(|(name, words)| (name.to_owned(), words))
    .collect()
}

/// What came of a step, or what it waits for.
fn result(from: &Material<'_>, step: Step, state: StepState) -> String {
    let incident = from.incident;
    if let (StepState::Skipped, Some(skipped)) = (state, incident.course.skipped(step)) {
        return format!("Left out {} by {}: “{}”", skipped.at.clock(), skipped.by, skipped.reason);
    }
    let after = |at: Timestamp| span(at.since(incident.first_alarm_at));
    match step {
        Step::Acknowledge => incident.acknowledged_at.map_or_else(
            || "Nobody has looked yet.".to_owned(),
            |at| format!("Done {}, {} after the first alarm.", at.clock(), after(at)),
        ),
        Step::Verdict => {
            incident.verdict.map_or_else(|| "No verdict yet.".to_owned(), |verdict| format!("{}.", verdict.label()))
        }
        Step::Contain => contained(from),
        Step::Evidence => kept(from.packs),
        Step::Analyse => match incident.analysed_at {
            Some(at) => format!("Done {}. What was found is in the timeline.", at.clock()),
            None if incident.state == IncidentState::Analysing => "Under way.".to_owned(),
            None => incident.may_start_analysis().err().unwrap_or_else(|| "It can begin.".to_owned()),
        },
        Step::Recover => match incident.course.restored_at {
            Some(at) => format!("Restored {}, {} after the first alarm.", at.clock(), after(at)),
            None if incident.measures.is_empty() => "Nothing is contained that could be released.".to_owned(),
            None => "Needs the approval that releasing asks for, or a clean container in its place.".to_owned(),
        },
        Step::Close => match incident.closing {
            Some(closing) => format!("{}.", closing.label()),
            None => "Needs a reason, and nothing under way.".to_owned(),
        },
    }
}

fn contained(from: &Material<'_>) -> String {
    let incident = from.incident;
    if let (Some(unknown), true) = (&incident.unknown, incident.is_unknown()) {
        return format!("Since {} it is not known whether it still holds. {}", unknown.since.clock(), unknown.reason);
    }
    if let Some(at) = incident.contained_at {
        let how: Vec<&str> = incident.measures.iter().map(|measure| state_after(*measure)).collect();
        let how = how.join(" and ");
        let words = format!("Verified {}: the container is {how}. {}", at.clock(), from.watched);
        return words.trim_end().to_owned();
    }
    if incident.state == IncidentState::Recovering {
        return "It was contained, and was released.".to_owned();
    }
    let mut asked = from.requests.iter().filter(|row| row.request.action.purpose() == Purpose::Contain);
    match asked.next().map(|row| (row, row.request.state)) {
        None => "Nothing is contained yet.".to_owned(),
        Some((row, RequestState::Verified))
            if row.request.action.is_of_gate() && incident.measures.contains(&Action::RestrictGate) =>
        {
            "A gate keeps new connections off. The container itself is not contained yet: it runs on.".to_owned()
        }
        Some((_, RequestState::Verified)) => "It was verified before and no longer holds. Contain again.".to_owned(),
        Some((row, RequestState::Approved | RequestState::Running)) => {
            let (at, by) = (row.request.created_at.clock(), &row.request.requester_name);
            format!("Requested {at} by {by}. Waiting for the engine.")
        }
        Some((row, state)) => format!("{}. {}", state.label(), row.request.detail).trim().to_owned(),
    }
}

fn state_after(measure: Action) -> &'static str {
    match measure {
        Action::Pause => "paused",
        Action::Disconnect => "without networks",
        Action::Kill => "killed",
        Action::RestrictGate => "behind a restricted gate",
        Action::Unpause | Action::Reconnect | Action::RestoreGate => "released",
    }
}

fn kept(packs: &[PackRow]) -> String {
    let sealed = packs.iter().flat_map(|pack| &pack.items).filter(|item| item.state == ItemState::Sealed).count();
    let sealed = text::count(sealed, "item");
    match packs.first() {
        None => "Nothing is kept yet.".to_owned(),
        Some(_) if packs.iter().any(|row| row.pack.done_at.is_none()) => {
            format!("Being collected; {sealed} sealed so far.")
        }
        Some(_) => format!("{sealed} sealed."),
    }
}
