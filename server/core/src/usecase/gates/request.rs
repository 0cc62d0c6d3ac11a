//! Asking for a change of a gate: the facts that a person confirms it on, and the request that a worker carries out.

use quell_domain::{
    Problem,
    action::{Action, ActionRequest, ContainerFacts, Intent, Purpose},
    gate::{AllowList, BackEnd, Balancer, BalancerAccess, Former, Gate, GateChange, GateWhat, Hold, How, fingerprint},
    ids::{BalancerId, Digest, GateKey, RequestId},
    incident::Incident,
    policy::{self, Can, Permission},
    view::GateConfirmPage,
};

use super::{Holds, back_ends_of, not_stopped};
use crate::{
    Portal, failpoint,
    grant::{Grant, may},
    ids,
    ports::ReadError,
    usecase::{
        actions::{gives_way, recorded_as, requested},
        balancers::gate_words,
        triage::{short, until_written, written},
    },
};

/// What a person chose on the confirm page of a gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Restricting: `list` or `member`; a list when nothing is said.
    pub how: String,
    /// Restricting by a list: who may still connect.
    pub allow: String,
    /// Restricting: connections that stand are ended too.
    pub cut: bool,
    /// Restoring: what somebody else set meanwhile is replaced.
    pub over: bool,
    /// Restoring: what somebody else set meanwhile stays.
    pub leave: bool,
    /// Why, in their words.
    pub reason: String,
    /// The fingerprint that the page carried.
    pub seen: Digest,
    /// Users may notice, and they know.
    pub accepts_impact: bool,
    /// The last four digits of the container's id, where a policy asks for that.
    pub typed: String,
    /// Without the approvals, reviewed afterwards.
    pub break_glass: bool,
}

/// What shall be done when a gate is restricted, as it was typed and checked.
enum Wanted {
    List(AllowList),
    Member,
}

impl Choice {
    /// Checked before anybody is asked anything.
    fn wanted(&self) -> Result<Wanted, Problem> {
        match How::from_word(self.how.trim()) {
            None if !self.how.trim().is_empty() => {
                Err(Problem::field("how", "Choose a list of addresses, or the container's back end alone."))
            }
            Some(How::Member) => Ok(Wanted::Member),
            None | Some(How::List) => AllowList::parse(&self.allow).map(Wanted::List),
        }
    }
}

/// A gate as a change of it is decided on.
struct Sight {
    balancer: Balancer,
    gate: Gate,
    back_ends: Vec<BackEnd>,
    holds: Holds,
    /// Of the container that it is for.
    facts: ContainerFacts,
    /// What the page carries.
    fingerprint: Digest,
}

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
        let seen = self.sight(&incident, &known, &gate, action).await;
        let (sight, trouble) = match seen {
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
        let possible = match (&sight, &trouble) {
            (Some(sight), _) => trial(action, sight, mine.as_ref(), their_list.as_ref())
                .map_or(Ok(()), |change| change.possible(&incident, &sight.holds.standing(&sight.gate), true))
                .map_err(|problem| problem.message),
            (None, trouble) => Err(trouble.clone().unwrap_or_default()),
        };
        let open = self.open_gate_request(&incident, action, (&balancer, &gate)).await?;
        let now = sight.as_ref().map(|sight| &sight.gate);
        Ok(GateConfirmPage {
            conflict: action == Action::RestoreGate
                && mine.as_ref().zip(now).is_some_and(|(hold, gate)| !hold.is_true_of(gate)),
            former: mine.as_ref().filter(|_| action == Action::RestoreGate).map(|hold| hold.former.clone()),
            others: others.iter().map(|(_, number)| *number).collect(),
            can: Can::from_decision(policy::decide(grant.roles(), Permission::Contain).and(possible)),
            can_break_glass: needs.approvals > 0 && action.purpose() == Purpose::Contain,
            can_cut: matches!(known.access, BalancerAccess::Haproxy { .. }),
            effects: action.effects().iter().map(|it| (*it).to_owned()).collect(),
            not_stopped: not_stopped(sight.as_ref().map(|it| it.back_ends.as_slice()).unwrap_or_default(), None),
            warnings: sight.as_ref().map(|sight| warnings(action, sight)).unwrap_or_default(),
            undo: undo(action),
            probes: self.probe_words(),
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

    /// Requests a change of a gate exactly as the confirm page showed it. A second request for the same while one is open is
    /// answered as if it were the first.
    ///
    /// # Errors
    /// Conflict when the gate changed since it was shown, or it is not possible now; invalid, naming the field.
    pub async fn request_gate(
        &self,
        grant: Grant<may::Contain>,
        number: i64,
        (balancer, gate): (BalancerId, GateKey),
        action: Action,
        choice: Choice,
    ) -> Result<ActionRequest, Problem> {
        if action.needs_proof() || choice.break_glass {
            grant.fresh(self.now())?;
        }
        let reason = short(&choice.reason, "detail")?;
        if reason.is_empty() {
            return Err(Problem::field("detail", "Say why, in a few words."));
        }
        if action == Action::RestrictGate {
            choice.wanted()?;
        }
        let requester = grant.only_person("request an action")?;
        let (grant, reason, choice, requester, at) = (&grant, &reason, &choice, &requester, (&balancer, &gate));
        until_written(|| async move {
            let mut incident = self.known_incident(number).await?;
            let open = self.open_gate_request(&incident, action, at).await?;
            if let Some(open) = open.as_ref().filter(|open| !(choice.break_glass && gives_way(open, &incident))) {
                return Ok(Some(open.clone()));
            }
            let known = self.known_balancer(at.0).await?;
            let sight = self.sight(&incident, &known, at.1, action).await?;
            let intent = Intent {
                id: RequestId::new(ids::mint()),
                nonce: ids::secret(),
                reason: reason.clone(),
                seen: choice.seen.clone(),
                accepts_impact: choice.accepts_impact,
                typed: choice.typed.clone(),
                break_glass: choice.break_glass,
                requester: requester.clone(),
                requester_name: grant.name.clone(),
                now: self.now(),
            };
            let policy = self.needs(&incident, action).await?;
            let what = match action {
                Action::RestoreGate => restoring(&sight, &incident, choice.leave)?,
                _ => match choice.wanted()? {
                    Wanted::List(allow) => GateWhat::Restrict { allow, cut: choice.cut },
                    Wanted::Member => GateWhat::TakeOut { cut: choice.cut },
                },
            };
            let standing = sight.holds.standing(&sight.gate);
            let request = ActionRequest::of_gate(
                (change_of(&sight, what), choice.over),
                &incident,
                sight.facts.clone(),
                &standing,
                &sight.fingerprint,
                policy,
                intent,
            )?;
            incident.requested(action, request.created_at)?;
            let changes = requested(grant, &incident, &request, open.as_ref(), None);
            let made = written(self.try_commit(changes).await.map(|_| request))?;
            if made.is_some() {
                failpoint::hit("action.after_request").await;
            }
            Ok(made)
        })
        .await
    }

    /// What a change of a gate is decided on. Restoring must not depend on the container: it may be gone.
    async fn sight(
        &self,
        incident: &Incident,
        balancer: &Balancer,
        key: &GateKey,
        action: Action,
    ) -> Result<Sight, Problem> {
        let holds = self.holds_on(&balancer.id, key).await?;
        let (facts, container, doors) = if action == Action::RestoreGate {
            let none = || Problem::conflict("Quell has not restricted this gate for this incident. Nothing was done.");
            let hold = holds.mine(incident).ok_or_else(none)?;
            let taken = self.store.request(&hold.request).await?.ok_or_else(none)?;
            (taken.facts, None, Vec::new())
        } else {
            let (container, doors) = self.doors_of(incident).await?;
            (container.facts.clone(), Some(container.fingerprint()), doors)
        };
        let gate = self.read_gate(balancer, key).await.map_err(|error| {
            Problem::conflict(format!("{} Nothing was requested, and nothing was done.", gate_words(&error)))
        })?;
        let back_ends = match holds.mine(incident) {
            Some(hold) if action == Action::RestoreGate => back_ends_of(hold, &gate),
            _ => gate.back_ends(&doors),
        };
        let fingerprint = fingerprint(action, &gate, &back_ends, container.as_ref());
        Ok(Sight { balancer: balancer.clone(), gate, back_ends, holds, facts, fingerprint })
    }

    async fn open_gate_request(
        &self,
        incident: &Incident,
        action: Action,
        at: (&BalancerId, &GateKey),
    ) -> Result<Option<ActionRequest>, ReadError> {
        let (Some(node), Some(container)) = (&incident.place.node, &incident.place.container) else { return Ok(None) };
        self.store.open_request(node, container, action, Some(at)).await
    }

    /// From where will be knocked, and why not.
    fn probe_words(&self) -> Vec<String> {
        let said = |what: &str, key: &str, address: Option<std::net::IpAddr>| match address {
            Some(address) => format!("Quell knocks from {address}, which must be {what}, before and after."),
            None => format!("From an address that must be {what}: not probed. {key} is not set."),
        };
        let gates = &self.settings.gates;
        vec![said("refused", "gates.outside", gates.outside), said("let through", "gates.inside", gates.inside)]
    }
}

fn change_of(sight: &Sight, what: GateWhat) -> GateChange {
    GateChange {
        balancer: sight.balancer.id.clone(),
        balancer_name: sight.balancer.name.clone(),
        gate: sight.gate.key.clone(),
        gate_name: sight.gate.name.clone(),
        what,
        expected: sight.gate.rules.clone(),
        back_ends: sight.back_ends.clone(),
    }
}

fn restoring(sight: &Sight, incident: &Incident, leave: bool) -> Result<GateWhat, Problem> {
    let hold = sight.holds.mine(incident);
    let hold = hold.ok_or_else(|| Problem::conflict("Quell has not restricted this gate for this incident."))?;
    let former: Box<Former> = Box::new(hold.former.clone());
    Ok(GateWhat::Restore { hold: hold.request.clone(), how: hold.how, former, leave })
}

/// The change that the confirm page is about, to say whether it is possible; none while nobody said whom to let in.
fn trial(action: Action, sight: &Sight, mine: Option<&Hold>, theirs: Option<&AllowList>) -> Option<GateChange> {
    let what = match (action, mine) {
        (Action::RestoreGate, Some(hold)) => GateWhat::Restore {
            hold: hold.request.clone(),
            how: hold.how,
            former: Box::new(hold.former.clone()),
            leave: false,
        },
        _ => match theirs {
            Some(allow) => GateWhat::Restrict { allow: allow.clone(), cut: true },
            None => GateWhat::TakeOut { cut: true },
        },
    };
    Some(change_of(sight, what))
}

fn warnings(action: Action, sight: &Sight) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(locked) = &sight.gate.locked {
        warnings.push(format!("It cannot be changed now: {locked}"));
    }
    let others = sight.back_ends.iter().filter(|it| !it.own).count();
    if action == Action::RestrictGate && others > 0 {
        let count = quell_domain::text::count(others, "other back end");
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
            "“Restore gate” on this page puts back exactly what there was, after another person agrees.",
            "What there was is kept before the load balancer is asked to change anything.",
        ],
        _ => &["“Restrict gate” on this page restricts it again."],
    };
    words.iter().map(|it| (*it).to_owned()).collect()
}
