//! Chips: square for severity, round for state, so that the two never mix (ux, section 4.3).

use leptos::prelude::*;
use quell_domain::{
    action::{Action, RequestState},
    alarm::Severity,
    audit::EventOutcome,
    change::ChangeState,
    evidence::ItemState,
    incident::IncidentState,
    playbook::StepState,
};

use super::icon_small;

fn chip(class: &'static str, icon: &str, label: &'static str) -> impl IntoView + use<> {
    view! { <span class=class>{icon_small(icon)}{label}</span> }
}

/// How bad.
pub fn severity(severity: Severity) -> impl IntoView + use<> {
    let (class, icon) = match severity {
        Severity::Critical => ("chip crit", "sc"),
        Severity::High => ("chip high", "sh"),
        Severity::Medium => ("chip med", "sm"),
        Severity::Low => ("chip low", "sl"),
        Severity::Info => ("chip info", "si"),
    };
    chip(class, icon, severity.label())
}

/// How far an incident is.
pub fn state(state: IncidentState) -> impl IntoView + use<> {
    let (class, icon) = match state {
        IncidentState::New => ("chip st new", "disc"),
        IncidentState::Triage => ("chip st new", "eye"),
        IncidentState::Containing => ("chip st busy", "spin"),
        IncidentState::Contained => ("chip st ok", "shieldok"),
        IncidentState::Analysing => ("chip st busy", "micro"),
        IncidentState::Recovering => ("chip st busy", "undo"),
        IncidentState::Closed => ("chip st done", "check"),
    };
    chip(class, icon, state.label())
}

/// It is said to be contained, and cannot be read.
pub fn unknown() -> impl IntoView + use<> {
    chip("chip st amber", "help", "Unknown")
}

/// Where an action request stands.
pub fn request_chip(action: Action, state: RequestState) -> impl IntoView + use<> {
    let (class, icon) = match state {
        RequestState::AwaitingApproval => ("chip st wait", "lock"),
        RequestState::Approved | RequestState::Running => ("chip st busy", "spin"),
        RequestState::Verified => ("chip st ok", "shieldok"),
        RequestState::Failed => ("chip st bad", "x"),
        RequestState::Unknown => ("chip st amber", "help"),
        RequestState::PartlyDone => ("chip st amber", "alert"),
        RequestState::Denied => ("chip st bad", "lock"),
        RequestState::SentBack => ("chip st amber", "undo"),
        RequestState::Void | RequestState::Expired | RequestState::Withdrawn => ("chip st done", "minus"),
    };
    chip(class, icon, action.outcome(state))
}

/// What became of a change.
pub fn change_chip(state: ChangeState) -> impl IntoView + use<> {
    let (class, icon) = match state {
        ChangeState::Pending => ("chip st wait", "lock"),
        ChangeState::Applied => ("chip st ok", "check"),
        ChangeState::Refused => ("chip st bad", "lock"),
        ChangeState::Withdrawn | ChangeState::Expired | ChangeState::Void => ("chip st done", "minus"),
    };
    chip(class, icon, state.label())
}

/// The icon of an action.
#[must_use]
pub fn action_icon(action: Action) -> &'static str {
    match action {
        Action::Pause => "pause",
        Action::Unpause => "play",
        Action::Disconnect => "cut",
        Action::Reconnect => "link",
        Action::Kill => "x",
        Action::RestrictGate => "cut",
        Action::RestoreGate => "link",
    }
}

/// How an event ended.
pub fn outcome_chip(outcome: EventOutcome) -> impl IntoView + use<> {
    let (class, icon) = match outcome {
        EventOutcome::Ok => ("chip st ok", "check"),
        EventOutcome::Attempted => ("chip st busy", "spin"),
        EventOutcome::Denied => ("chip st bad", "lock"),
        EventOutcome::Failed => ("chip st bad", "x"),
        EventOutcome::Unknown => ("chip st amber", "help"),
    };
    chip(class, icon, outcome.label())
}

/// The icon of an evidence item's state, and the class of its line.
#[must_use]
pub fn item_mark(state: ItemState) -> (&'static str, &'static str) {
    match state {
        ItemState::Queued => ("ring", "ln"),
        ItemState::Collecting | ItemState::Verifying => ("spin", "ln"),
        ItemState::Sealed => ("check", "ln okc"),
        ItemState::Partial => ("alert", "ln warnc"),
        ItemState::Failed => ("x", "ln badc"),
        ItemState::Cancelled => ("minus", "ln"),
        ItemState::NeedsPause => ("pause", "ln"),
    }
}

/// Where each step of the playbook stands, as a bar with words for screen readers.
pub fn step_bar(steps: &[StepState]) -> impl IntoView + use<> {
    let marks = steps
        .iter()
        .map(|state| {
            let class = match state {
                StepState::Done | StepState::Skipped => "d",
                StepState::Current => "a",
                StepState::Later => "",
            };
            view! { <i class=class></i> }
        })
        .collect::<Vec<_>>();
    let done = steps.iter().filter(|state| matches!(state, StepState::Done | StepState::Skipped)).count();
    view! {
        <span class="steps" aria-hidden="true">{marks}</span>
        <span class="vh">{format!("{done} of {} playbook steps done", steps.len())}</span>
    }
}

/// Two letters for a person; a dashed ring for nobody.
pub fn avatar(name: &str) -> impl IntoView + use<> {
    let name = quell_domain::text::visible(name);
    let letters: String = match name.split_whitespace().collect::<Vec<_>>().as_slice() {
        [] => String::new(),
        [one] => one.chars().take(2).collect(),
        [first, .., last] => first.chars().take(1).chain(last.chars().take(1)).collect(),
    };
    let class = if letters.is_empty() { "av none" } else { "av" };
    view! { <span class=class aria-hidden="true">{letters}</span> }
}
