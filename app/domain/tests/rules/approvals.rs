//! Approvals, as somebody would state them who must answer for what ran.

use proptest::prelude::*;
use quell_domain::{
    Code, Timestamp,
    action::{Action, ActionRequest, Container, RequestState, RunState},
    approval::{self, Ballot, Decision, Vote},
    ids::{Digest, PersonId, VoteId},
    policy::{Requirement, Role},
    time::MINUTE,
};

use super::world::{NOW, container, requested};

fn ballot(person: &str, decision: Decision, container: &Container) -> Ballot {
    Ballot {
        id: VoteId::new(format!("vote of {person}")),
        person: PersonId::new(person),
        person_name: person.to_owned(),
        roles: vec![Role::Approver],
        decision,
        reason: "looked at it".to_owned(),
        seen: Some(container.fingerprint()),
        ticked: Vec::new(),
        waives_evidence: false,
        now: NOW.plus(MINUTE),
    }
}

fn waiting(approvals: u32) -> (ActionRequest, Container) {
    let container = container(RunState::Paused);
    let request = requested(Action::Unpause, &container, approvals);
    assert_eq!(request.state, RequestState::AwaitingApproval);
    (request, container)
}

fn decide(
    request: &ActionRequest,
    votes: &mut Vec<Vote>,
    ballot: Ballot,
    container: &Container,
) -> Result<ActionRequest, quell_domain::Problem> {
    let (next, vote) = request.decide(votes, ballot, Some(container), &[request.needs])?;
    votes.push(vote);
    Ok(next)
}

#[test]
fn the_requester_never_decides_whatever_their_roles() {
    let (request, container) = waiting(1);
    for decision in Decision::ALL {
        let own = Ballot { roles: Role::ALL.to_vec(), ..ballot("requester", *decision, &container) };
        let refused = decide(&request, &mut Vec::new(), own, &container).expect_err("own request");
        assert_eq!(refused.code, Code::Forbidden);
    }
}

#[test]
fn one_approval_of_one_other_person_is_enough_for_one() {
    let (request, container) = waiting(1);
    let approved = decide(&request, &mut Vec::new(), ballot("b", Decision::Approve, &container), &container);
    assert_eq!(approved.expect("may").state, RequestState::Approved);
}

#[test]
fn two_approvals_of_one_person_are_one() {
    let (request, container) = waiting(2);
    let mut votes = Vec::new();
    let once = decide(&request, &mut votes, ballot("b", Decision::Approve, &container), &container).expect("may");
    assert_eq!(once.state, RequestState::AwaitingApproval);
    let again = decide(&once, &mut votes, ballot("b", Decision::Approve, &container), &container);
    assert_eq!(again.expect_err("counted once").code, Code::Forbidden);
    // Even when the store held it twice.
    votes.push(votes[0].clone());
    assert_eq!(approval::counted(&once, &votes).count(), 1);
    let twice = decide(&once, &mut votes, ballot("c", Decision::Approve, &container), &container).expect("may");
    assert_eq!(twice.state, RequestState::Approved);
}

#[test]
fn any_denial_and_any_sending_back_ends_it() {
    for (decision, state) in [(Decision::Deny, RequestState::Denied), (Decision::SendBack, RequestState::SentBack)] {
        let (request, container) = waiting(2);
        let mut votes = Vec::new();
        let once = decide(&request, &mut votes, ballot("b", Decision::Approve, &container), &container).expect("may");
        let over = decide(&once, &mut votes, ballot("c", decision, &container), &container).expect("may");
        assert_eq!(over.state, state);
        let late = decide(&over, &mut votes, ballot("d", Decision::Approve, &container), &container);
        assert_eq!(late.expect_err("over").code, Code::Forbidden);
    }
}

#[test]
fn a_changed_fact_must_be_seen_and_voids_earlier_approvals() {
    let (request, before) = waiting(2);
    let mut votes = Vec::new();
    let once = decide(&request, &mut votes, ballot("b", Decision::Approve, &before), &before).expect("may");
    let mut after = before.clone();
    after.facts.mounts.push("bind /etc → /host (rw)".to_owned());

    let unseen = decide(&once, &mut votes, ballot("c", Decision::Approve, &after), &after).expect_err("not ticked");
    assert_eq!(unseen.fields[0].field, "changed");
    let stale = Ballot { seen: Some(before.fingerprint()), ..ballot("c", Decision::Approve, &after) };
    assert_eq!(decide(&once, &mut votes, stale, &after).expect_err("another page").code, Code::Conflict);

    let ticked = Ballot { ticked: vec!["Mounts".to_owned()], ..ballot("c", Decision::Approve, &after) };
    let bound = decide(&once, &mut votes, ticked, &after).expect("seen");
    assert_eq!(bound.state, RequestState::AwaitingApproval, "the first approval was of other facts");
    assert_ne!(bound.digest, request.digest);
    assert_eq!(bound.facts_asked, request.facts, "what was asked for stays on record");
    // Whoever approved before may approve again what it is now.
    let again = decide(&bound, &mut votes, ballot("b", Decision::Approve, &after), &after).expect("new facts");
    assert_eq!(again.state, RequestState::Approved);
}

#[test]
fn another_container_is_never_approved_even_when_ticked() {
    let (request, before) = waiting(1);
    for change in [
        (|c: &mut Container| c.facts.created.push('x')) as fn(&mut Container),
        |c| c.facts.image_id.push('x'),
        |c| c.facts.engine_id = quell_domain::ids::EngineId::new("other"),
    ] {
        let mut after = before.clone();
        change(&mut after);
        let all = request.facts.differences(&after.facts).into_iter().map(|d| d.fact).collect();
        let ticked = Ballot { ticked: all, ..ballot("b", Decision::Approve, &after) };
        assert_eq!(decide(&request, &mut Vec::new(), ticked, &after).expect_err("another").code, Code::Conflict);
    }
}

#[test]
fn nobody_approves_too_late_or_without_a_reason_or_the_role() {
    let (request, container) = waiting(1);
    let late = Ballot { now: request.expires_at, ..ballot("b", Decision::Approve, &container) };
    assert_eq!(decide(&request, &mut Vec::new(), late, &container).expect_err("late").code, Code::Conflict);
    let mute = Ballot { reason: " ".to_owned(), ..ballot("b", Decision::Approve, &container) };
    assert_eq!(decide(&request, &mut Vec::new(), mute, &container).expect_err("mute").fields[0].field, "reason");
    let other = Ballot { roles: vec![Role::Responder, Role::Admin], ..ballot("b", Decision::Approve, &container) };
    assert_eq!(decide(&request, &mut Vec::new(), other, &container).expect_err("role").code, Code::Forbidden);
}

/// A policy that gives less time counts for what waits, as one that asks for more people does.
#[test]
fn the_shorter_time_of_both_policies_counts() {
    let (request, container) = waiting(1);
    let today = Requirement { valid_for: 2 * MINUTE, ..request.needs };
    let at = |now| Ballot { now, ..ballot("b", Decision::Approve, &container) };
    let decide = |now| request.decide(&[], at(now), Some(&container), &[request.needs, today]).map(drop);
    assert_eq!(decide(request.created_at.plus(2 * MINUTE - 1)), Ok(()));
    assert_eq!(decide(request.created_at.plus(2 * MINUTE)).expect_err("late").code, Code::Conflict);
    let longer = Requirement { valid_for: 600 * MINUTE, ..request.needs };
    assert_eq!(request.ends_at(&[request.needs, longer]), request.expires_at, "and never a longer one");
}

#[test]
fn only_the_requester_withdraws_and_only_while_it_waits() {
    let (request, container) = waiting(1);
    assert_eq!(request.withdraw(&PersonId::new("b")).expect_err("not theirs").code, Code::Forbidden);
    assert_eq!(request.withdraw(&PersonId::new("requester")).expect("theirs").state, RequestState::Withdrawn);
    let approved =
        decide(&request, &mut Vec::new(), ballot("b", Decision::Approve, &container), &container).expect("may");
    assert_eq!(approved.withdraw(&PersonId::new("requester")).expect_err("runs").code, Code::Conflict);
}

#[test]
fn only_who_may_still_decide_waives_evidence() {
    let (request, container) = waiting(2);
    let mut votes = Vec::new();
    let waives = Ballot { waives_evidence: true, ..ballot("b", Decision::Approve, &container) };
    let once = decide(&request, &mut votes, waives, &container).expect("may");
    let twice = decide(&once, &mut votes, ballot("c", Decision::Approve, &container), &container).expect("may");
    let stand =
        |names: &[&str]| names.iter().map(|name| (PersonId::new(*name), vec![Role::Approver])).collect::<Vec<_>>();
    assert!(approval::is_waived(&twice, &votes, &stand(&["b", "c"])));
    // One is enough by now, and it is not the one who waived.
    assert!(approval::is_enough(&twice, &votes, &stand(&["c"]), &[Requirement { approvals: 1, ..request.needs }]));
    assert!(!approval::is_waived(&twice, &votes, &stand(&["c"])));
}

/// What may happen to a request between asking and running.
#[derive(Debug, Clone)]
enum Step {
    /// Somebody decides: person, decision, and whether they tick what changed.
    Decide(usize, Decision, bool),
    /// The container's mounts change.
    Change,
    /// Time passes, or the clock is set back.
    Clock(i64),
    /// A person loses or gets the approver's role.
    Role(usize, bool),
    /// Somebody is disabled.
    Disable(usize),
    /// The policy asks for this many from now on.
    Policy(u32),
    /// A worker tries to run it; a crash is a try after which nothing is remembered but what was written.
    Run,
}

const PEOPLE: [&str; 4] = ["requester", "b", "c", "d"];

fn step() -> impl Strategy<Value = Step> {
    let decision = prop_oneof![4 => Just(Decision::Approve), 1 => Just(Decision::SendBack), 1 => Just(Decision::Deny)];
    prop_oneof![
        5 => (0..PEOPLE.len(), decision, any::<bool>()).prop_map(|(who, what, ticks)| Step::Decide(who, what, ticks)),
        1 => Just(Step::Change),
        1 => (-30 * MINUTE..30 * MINUTE).prop_map(Step::Clock),
        1 => (0..PEOPLE.len(), any::<bool>()).prop_map(|(who, has)| Step::Role(who, has)),
        1 => (0..PEOPLE.len()).prop_map(Step::Disable),
        1 => (0u32..4).prop_map(Step::Policy),
        4 => Just(Step::Run),
    ]
}

proptest! {
    /// However people, clocks, roles and policies move: it runs at most once, in time, on what its approvers saw, with
    /// as many distinct people in good standing, none of them the requester, as the stricter policy asks for.
    #[test]
    fn nothing_runs_without_the_distinct_people_it_needs(asked in 1u32..4, steps in prop::collection::vec(step(), 1..40)) {
        let mut container = container(RunState::Paused);
        let mut request = requested(Action::Unpause, &container, asked);
        let mut votes: Vec<Vote> = Vec::new();
        let mut people: Vec<(PersonId, Vec<Role>, bool)> =
            PEOPLE.iter().map(|name| (PersonId::new(*name), vec![Role::Approver], true)).collect();
        let (mut now, mut today, mut runs) = (NOW, request.needs, 0);
        for (at, step) in steps.into_iter().enumerate() {
            match step {
                Step::Decide(who, decision, ticks) => {
                    let (person, roles, enabled) = &people[who];
                    if !enabled { continue; }
                    let changed = request.facts.differences(&container.facts).into_iter().map(|d| d.fact).collect();
                    let ballot = Ballot {
                        id: VoteId::new(at.to_string()),
                        roles: roles.clone(),
                        ticked: if ticks { changed } else { Vec::new() },
                        now,
                        ..ballot(person.as_str(), decision, &container)
                    };
                    if let Ok((next, vote)) = request.decide(&votes, ballot, Some(&container), &[request.needs, today]) {
                        request = next;
                        votes.push(vote);
                    }
                }
                Step::Change => container.facts.mounts.push(format!("bind /{at} → /{at} (rw)")),
                Step::Clock(by) => now = Timestamp(now.plus(by).0.max(0)),
                Step::Role(who, has) => people[who].1 = if has { vec![Role::Approver] } else { vec![Role::Analyst] },
                Step::Disable(who) => people[who].2 = false,
                Step::Policy(approvals) => today = Requirement { approvals, ..today },
                Step::Run => {
                    let standing: Vec<(PersonId, Vec<Role>)> =
                        people.iter().filter(|(_, _, on)| *on).map(|(id, roles, _)| (id.clone(), roles.clone())).collect();
                    let may = request.state == RequestState::Approved
                        && now < request.expires_at
                        && request.digest == request.signed_facts()
                        && approval::is_enough(&request, &votes, &standing, &[request.needs, today])
                        && request.facts.differences(&container.facts).is_empty();
                    if may {
                        runs += 1;
                        let mut voters: Vec<&PersonId> = votes
                            .iter()
                            .filter(|vote| vote.decision == Decision::Approve && vote.digest == request.digest)
                            .map(|vote| &vote.person)
                            .filter(|person| person.as_str() != "requester")
                            .filter(|person| standing.iter().any(|(id, roles)| id == *person && roles.contains(&Role::Approver)))
                            .collect();
                        voters.sort();
                        voters.dedup();
                        prop_assert!(voters.len() >= asked.max(today.approvals) as usize);
                        prop_assert!(!votes.iter().any(|vote| vote.decision != Decision::Approve));
                        // The one statement that consumes leaves it running: nobody else finds it approved.
                        request.state = RequestState::Running;
                    }
                }
            }
        }
        prop_assert!(runs <= 1);
    }

    /// No typed fingerprint but the right one, and no edited field, ever approves.
    #[test]
    fn a_forged_fingerprint_approves_nothing(forged in "[0-9a-f]{64}") {
        let (request, container) = waiting(1);
        let ballot = Ballot { seen: Some(Digest::from_hex(forged)), ..ballot("b", Decision::Approve, &container) };
        prop_assert!(decide(&request, &mut Vec::new(), ballot, &container).is_err());
    }
}
