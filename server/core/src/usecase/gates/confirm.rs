//! The confirm page of a change of a gate: the facts that a person asks for it on.

use quell_domain::{
    Problem,
    action::{Action, Purpose},
    gate::{AllowList, BalancerAccess, GateChange, GateWhat, Hold, How},
    ids::{BalancerId, GateKey},
    policy::{self, Can, Permission},
    text,
    view::GateConfirmPage,
};

use super::sight::{Sight, restore};
use crate::{
    Portal,
    grant::{Grant, may},
    usecase::actions::recorded_as,
};

impl Portal {
    /// The confirm page of restricting or restoring a gate.
    ///
    /// # Errors
    /// Not found. What cannot be asked is shown on the page.
    pub async fn confirm_gate(
        &self,
        grant: Grant<may::ReadIncidents>,
        number: i64,
        (balancer, gate): (BalancerId, GateKey),
        action: Action,
    ) -> Result<GateConfirmPage, Problem> {
        let incident = self.known_incident(number).await?;
        let known = self.known_balancer(&balancer).await?;
        let (_, needs) = self.needs(&incident, action).await?;
        let (sight, trouble) = match self.sight(&incident, &known, &gate, action).await {
            Ok(sight) => (Some(sight), None),
            Err(problem) => (None, Some(problem.message)),
        };
        let holds = match &sight {
            Some(sight) => sight.holds.clone(),
            None => self.holds_on(&balancer, &gate).await?,
        };
        let mine = holds.mine(&incident).cloned();
        let how = mine.as_ref().map_or(How::List, |hold| hold.how);
        let others: Vec<&(Hold, i64)> =
            holds.active.iter().filter(|(hold, _)| hold.incident != incident.id && hold.how == How::List).collect();
        let their_list = others.first().and_then(|(hold, _)| hold.allow.clone());
        let prefilled = match (&their_list, mine.as_ref().and_then(|hold| hold.allow.as_ref())) {
            (Some(list), _) | (None, Some(list)) => list.texts().join("\n"),
            (None, None) => {
                self.settings.gates.allow.split([',', ' ']).filter(|it| !it.is_empty()).collect::<Vec<_>>().join("\n")
            }
        };
        let possible = match &sight {
            Some(sight) => trial(action, sight, mine.as_ref(), their_list.as_ref())
                .possible(&incident, &sight.holds.standing(&sight.gate), true)
                .map_err(|problem| problem.sentence().to_owned()),
            None => Err(trouble.clone().unwrap_or_default()),
        };
        let open = self.open_request(&incident, action, Some((&balancer, &gate))).await?;
        let now = sight.as_ref().map(|sight| &sight.gate);
        let closed = action == Action::RestrictGate && now.is_some_and(|gate| gate.rules.enforced);
        let (_, most) = self.gate_needs(&incident, action, closed).await?;
        Ok(GateConfirmPage {
            conflict: action == Action::RestoreGate
                && mine.as_ref().zip(now).is_some_and(|(hold, gate)| !hold.is_true_of(gate)),
            former: mine.as_ref().filter(|_| action == Action::RestoreGate).map(|hold| hold.former.clone()),
            others: others.iter().map(|(_, number)| *number).collect(),
            can: Can::from_decision(policy::decide(grant.roles(), Permission::Contain).and(possible)),
            can_break_glass: most.approvals > 0 && action.purpose() == Purpose::Contain,
            can_cut: matches!(known.access, BalancerAccess::Haproxy { .. }),
            effects: action.effects().iter().map(|it| (*it).to_owned()).collect(),
            not_stopped: action.not_stopped().iter().map(|it| (*it).to_owned()).collect(),
            warnings: sight.as_ref().map(|sight| warnings(action, sight)).unwrap_or_default(),
            undo: undo(action),
            probes: self.probe_words(action),
            recorded_as: recorded_as(&grant),
            open: open.map(|request| request.id),
            holds: holds.rows(&incident),
            now: now.map(|gate| gate.rules.clone()),
            fingerprint: sight.as_ref().map(|sight| sight.fingerprint.clone()),
            back_ends: sight.as_ref().map(|sight| sight.back_ends.clone()).unwrap_or_default(),
            gate: sight.map(|sight| sight.gate),
            balancer_name: known.name,
            key: gate,
            as_of: self.now(),
            action,
            incident,
            balancer,
            trouble,
            mine,
            how,
            their_list,
            prefilled,
            needs,
        })
    }

    /// How it will be known that it works, and from where nobody knocks.
    fn probe_words(&self, action: Action) -> Vec<String> {
        let read = "The load balancer's own word is read back.".to_owned();
        // Whom former rules let in is not for Quell to say.
        if action == Action::RestoreGate {
            return vec![read, "Quell does not knock at a gate that it restores.".to_owned()];
        }
        let said = |what: &str, key: &str, address: Option<std::net::IpAddr>| match address {
            Some(address) => format!("With a list, Quell knocks from {address} before and after: it must {what}."),
            None => format!("From an address that must {what}: not probed. {key} is not set."),
        };
        let gates = &self.settings.gates;
        vec![
            read,
            said("be refused after", "gates.outside", gates.outside),
            said("get through", "gates.inside", gates.inside),
        ]
    }
}

/// The change that the page is about, to say whether it is possible. Nobody has said yet how it shall be restricted: the list
/// of who holds it too stands for that, or else taking out, which needs none.
fn trial(action: Action, sight: &Sight, mine: Option<&Hold>, theirs: Option<&AllowList>) -> GateChange {
    sight.change(match (action, mine, theirs) {
        (Action::RestoreGate, Some(hold), _) => restore(hold, false),
        (.., Some(allow)) => GateWhat::Restrict { allow: allow.clone(), cut: true },
        _ => GateWhat::TakeOut { cut: true },
    })
}

fn warnings(action: Action, sight: &Sight) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(locked) = &sight.gate.locked {
        warnings.push(format!("It cannot be changed now: {locked}"));
    }
    if action == Action::RestrictGate && sight.gate.rules.enforced {
        warnings
            .push("It keeps somebody out already. To let those in takes the approvals of a release too.".to_owned());
    }
    let others = sight.back_ends.iter().filter(|it| !it.own).count();
    // Nothing leads to the container: that is said instead.
    if others == sight.back_ends.len() {
        return warnings;
    }
    if action == Action::RestrictGate && others > 0 {
        let count = text::count(others, "other back end");
        warnings
            .push(format!("A list also hits {count} behind this gate. Taking the container out of service does not."));
    }
    if action == Action::RestrictGate && others == 0 {
        warnings.push("No other back end is behind this gate: taken out of service, clients get an error.".to_owned());
    }
    warnings
}

/// How it is taken back.
fn undo(action: Action) -> Vec<String> {
    let words: &[&str] = match action {
        Action::RestrictGate => &[
            "“Restore gate” on the page Gates puts back exactly what there was, after another person agrees.",
            "What there was is kept before the load balancer is asked to change anything.",
        ],
        _ => &["“Restrict gate” on the page Gates restricts it again."],
    };
    words.iter().map(|it| (*it).to_owned()).collect()
}
