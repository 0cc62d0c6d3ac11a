//! What can be done about a step: words and the way, for the queue and the incident's page alike.

use serde::{Deserialize, Serialize};

use super::Step;
use crate::{
    action::{Action, ActionRequest, Purpose},
    incident::Incident,
};

/// What stands on the button that keeps evidence.
const RETAIN: &str = "Retain evidence";

/// One way to do a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Of which step.
    pub step: Step,
    /// What stands on the button.
    pub label: String,
    /// Where it leads: a path of ours; empty when it is done at once, by a form.
    pub href: String,
    /// The action on the container that it begins.
    pub action: Option<Action>,
}

impl Offer {
    /// The words of a step that is done at once.
    #[must_use]
    pub fn step_words(&self) -> &'static str {
        if self.step == Step::Evidence { RETAIN } else { Step::Acknowledge.label() }
    }
}

/// The ways to do a step for this incident, the first choice first; at least one.
#[must_use]
pub fn offers(step: Step, incident: &Incident) -> Vec<Offer> {
    let at_once = |label: &str| Offer { step, label: label.to_owned(), href: String::new(), action: None };
    let link = |label: &str, rest: &str| Offer { href: incident.path() + rest, ..at_once(label) };
    let act = |action: Action| {
        let place = if action.is_of_gate() { "/gates".to_owned() } else { format!("/actions/{}", action.word()) };
        let link = link(&format!("{}…", action.label()), &place);
        Offer { action: Some(action), ..link }
    };
    match step {
        Step::Acknowledge => vec![at_once(Step::Acknowledge.label())],
        Step::Verdict => vec![link("Give verdict", "#verdict")],
        Step::Contain if incident.target_node().is_none() => vec![link("Choose container…", "#choose")],
        Step::Contain => {
            let held = |measure: &&Action| incident.measures.contains(*measure);
            let open: Vec<Offer> = incident.course.measures.iter().filter(|it| !held(it)).map(|it| act(*it)).collect();
            // All hold as far as is known, and it is not known.
            let ways: Vec<Offer> =
                if open.is_empty() { incident.course.measures.iter().map(|it| act(*it)).collect() } else { open };
            // Which gate, and whom else it hits, is chosen on a page of its own.
            let gate = (!held(&&Action::RestrictGate)).then(|| act(Action::RestrictGate));
            ways.into_iter().chain(gate).collect()
        }
        Step::Evidence => vec![at_once(RETAIN)],
        Step::Analyse => vec![link("Analysis…", "/life/analysis")],
        Step::Recover => {
            let releases =
                Action::ALL.iter().filter(|action| action.releases().is_some_and(|it| incident.measures.contains(&it)));
            let own = link("Service is restored…", "/playbook#restored");
            releases.map(|action| act(*action)).chain([own]).collect()
        }
        Step::Close => vec![link("Close…", "/life/close")],
    }
}

/// The way to decide a request that waits for another person; says who that is.
#[must_use]
pub fn decision(request: &ActionRequest) -> Offer {
    Offer {
        step: if request.action.purpose() == Purpose::Contain { Step::Contain } else { Step::Recover },
        label: format!("{} decides…", request.needs.approver.label()),
        href: format!("/approvals/{}", request.id),
        action: None,
    }
}
