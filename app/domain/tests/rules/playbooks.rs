//! Playbooks, as somebody would state them who works by them: whatever a team writes, there is one next step until the
//! incident is closed, and each deadline is that of the version that the incident follows.

use proptest::prelude::*;
use quell_domain::{
    Code, Timestamp,
    action::Action,
    alarm::{AlarmClass, MappingMethod, Severity},
    incident::{AFTER_ALL, Closing, Incident, IncidentState, Verdict, closing::Ending},
    playbook::{self, Goal, Playbook, PlaybookStep, Playbooks, Step, StepState, Target, Unknown},
    time::MINUTE,
};

use super::world::{NOW, alarm, incident};

/// Every valid order and choice of steps, with any texts and targets.
fn book() -> impl Strategy<Value = Playbook> {
    let optional = prop::sample::subsequence(vec![Step::Evidence, Step::Analyse, Step::Recover], 0..=3);
    let measures = prop::sample::subsequence(vec![Action::Pause, Action::Disconnect], 1..=2);
    let target = (1i64..1_000, 0i64..1_000, 0i64..1_000);
    let order = optional
        .prop_map(|mut kinds| {
            kinds.extend([Step::Acknowledge, Step::Verdict, Step::Contain]);
            kinds
        })
        .prop_shuffle();
    (order, measures.prop_shuffle(), any::<u8>(), prop::collection::vec(target, 5)).prop_map(
        |(mut kinds, measures, skips, targets)| {
            kinds.push(Step::Close);
            let step = |(at, kind): (usize, Step)| PlaybookStep {
                kind,
                title: format!("Step {at}"),
                guidance: String::new(),
                measures: if kind == Step::Contain { measures.clone() } else { Vec::new() },
                skippable: kind.may_be_skippable() && skips >> at & 1 == 1,
            };
            let steps = kinds.into_iter().enumerate().map(step).collect();
            let targets = Severity::ALL.iter().rev().zip(targets).map(|(severity, (first, more, most))| Target {
                severity: *severity,
                acknowledge: first,
                contain: first + more,
                recover: first + more + most,
            });
            Playbook { class: None, steps, targets: targets.collect() }
        },
    )
}

/// What may happen to an incident.
#[derive(Debug, Clone, Copy)]
enum Event {
    Acknowledge,
    Confirm,
    Contain(Action),
    Release(Action),
    Break(Action),
    Doubt,
    LoseSight,
    Evidence,
    Analyse,
    Restored,
    Skip(usize),
    TakeBack(usize),
    Alarm(usize, usize),
    Close,
}

fn event() -> impl Strategy<Value = Event> {
    let action = prop::sample::select(vec![Action::Pause, Action::Disconnect]);
    prop_oneof![
        Just(Event::Acknowledge),
        Just(Event::Confirm),
        action.clone().prop_map(Event::Contain),
        action.clone().prop_map(Event::Release),
        action.prop_map(Event::Break),
        Just(Event::Doubt),
        Just(Event::LoseSight),
        Just(Event::Evidence),
        Just(Event::Analyse),
        Just(Event::Restored),
        (0usize..7).prop_map(Event::Skip),
        (0usize..7).prop_map(Event::TakeBack),
        (0usize..5, 0usize..7).prop_map(|(severity, class)| Event::Alarm(severity, class)),
        Just(Event::Close),
    ]
}

/// A refusal is fine: it changes nothing.
fn happen(it: &mut Incident, event: Event, playbooks: &Playbooks, now: Timestamp) {
    match event {
        Event::Acknowledge => drop(it.acknowledge(now)),
        Event::Confirm => drop(it.give_verdict(Verdict::Confirmed, "", None, now)),
        Event::Contain(action) => it.verified(action, now),
        Event::Release(action) => it.verified(action.undo().expect("it can be undone"), now),
        Event::Break(action) => it.broken(action),
        Event::Doubt => it.doubted(),
        Event::LoseSight => it.unknown = Some(Unknown { since: now, reason: "no answer".to_owned() }),
        Event::Evidence => it.evidence_at = Some(now),
        Event::Analyse => drop(it.start_analysis(now).and_then(|()| it.finish_analysis("a shell", now))),
        Event::Restored => drop(it.restored("a replica", now)),
        Event::Skip(at) => drop(it.skip(Step::ALL[at], "not needed", "Ann", playbooks, now)),
        Event::TakeBack(at) => drop(it.take_back(Step::ALL[at])),
        Event::Alarm(severity, class) => {
            it.join(&alarm(Severity::ALL[severity], AlarmClass::ALL[class], now), playbooks);
        }
        Event::Close => {
            let ending = Ending {
                closing: Closing::Insufficient,
                of: Vec::new(),
                reason: "x".to_owned(),
                without_evidence: true,
            };
            drop(it.close(ending, None, now));
        }
    }
}

proptest! {
    #[test]
    fn any_valid_playbook_has_one_next_step_until_it_is_closed(
        first in book(), own in book(), class in 0usize..7, events in prop::collection::vec(event(), 0..40),
    ) {
        let own = Playbook { class: Some(AlarmClass::ALL[class]), ..own };
        let playbooks = Playbooks { version: 7, books: vec![first, own] };
        prop_assert_eq!(playbooks.check(), Ok(()));
        let mut it = incident(MappingMethod::Exact);
        it.use_version(&playbooks).expect("another version");
        for (minute, event) in (1..).zip(events) {
            happen(&mut it, event, &playbooks, NOW.plus(minute * MINUTE));
            let book = playbooks.book(it.class);
            let steps = playbook::steps(&it);
            prop_assert!(steps.iter().map(|(step, _)| *step).eq(book.steps.iter().map(|step| step.kind)), "its own steps");
            let current: Vec<Step> = steps.iter().filter(|(_, state)| *state == StepState::Current).map(|(step, _)| *step).collect();
            let closed = it.state == IncidentState::Closed;
            prop_assert_eq!(current.len(), usize::from(!closed), "{:?}", steps);
            prop_assert_eq!(current.first().copied(), playbook::next(&it));
            if let Some(next) = current.first() {
                prop_assert!(!playbook::offers(*next, &it).is_empty(), "there is a way to do it");
                let before = steps.iter().take_while(|(step, _)| step != next);
                prop_assert!(before.clone().all(|(_, state)| matches!(state, StepState::Done | StepState::Skipped)));
            }
            for (step, state) in &steps {
                let allowed = book.step(*step).is_some_and(|step| step.skippable) || it.course.skipped(*step).is_some();
                prop_assert!(*state != StepState::Skipped || allowed);
            }
            let target = book.target(it.severity);
            prop_assert_eq!(it.contain_by, it.first_alarm_at.plus(target.contain * MINUTE));
            prop_assert_eq!(it.due(Goal::Acknowledge).by, it.first_alarm_at.plus(target.acknowledge * MINUTE));
            prop_assert_eq!(it.due(Goal::Recover).by, it.first_alarm_at.plus(target.recover * MINUTE));
            prop_assert!(!it.needs_action() || !closed);
            if it.is_unknown() && !closed && it.course.skipped(Step::Contain).is_none() {
                prop_assert!(it.needs_action(), "unknown is not fine");
            }
        }
    }

    #[test]
    fn kinds_that_quell_does_not_know_are_no_playbook(kind in "[a-z_]{1,12}") {
        prop_assume!(Step::from_word(&kind).is_none());
        let mut json = serde_json::to_value(Playbooks::builtin()).expect("JSON");
        json["books"][0]["steps"][0]["kind"] = kind.into();
        prop_assert!(serde_json::from_value::<Playbooks>(json).is_err());
    }
}

#[test]
fn leaving_a_step_out_needs_leave_and_a_reason_and_can_be_taken_back() {
    let all = Playbooks::builtin();
    let mut it = incident(MappingMethod::Exact);
    let skip = |it: &mut Incident, step, reason: &str| it.skip(step, reason, "Ann", &all, NOW);
    assert_eq!(skip(&mut it, Step::Contain, "x").expect_err("not allowed").code, Code::Conflict);
    assert_eq!(skip(&mut it, Step::Evidence, "  ").expect_err("no reason").fields[0].field, "reason");
    it.give_verdict(Verdict::Confirmed, "", None, NOW).expect("open");
    it.verified(Action::Pause, NOW);
    assert_eq!(playbook::next(&it), Some(Step::Evidence));
    assert!(it.needs_action());
    skip(&mut it, Step::Evidence, " nothing to keep ").expect("allowed");
    assert_eq!(it.course.skipped(Step::Evidence).map(|it| it.reason.as_str()), Some("nothing to keep"));
    assert_eq!((playbook::next(&it), it.needs_action()), (Some(Step::Analyse), true), "the service is not restored");
    let mut restored = it.clone();
    restored.restored("a replica", NOW).expect("open");
    assert_eq!((playbook::next(&restored), restored.needs_action()), (Some(Step::Analyse), false));
    assert_eq!(skip(&mut it, Step::Evidence, "again").expect_err("once").code, Code::Conflict);
    it.take_back(Step::Evidence).expect("left out");
    assert_eq!(it.take_back(Step::Evidence).expect_err("not any more").code, Code::Conflict);
    assert_eq!(playbook::next(&it), Some(Step::Evidence));
    it.evidence_at = Some(NOW);
    assert_eq!(skip(&mut it, Step::Evidence, "x").expect_err("done").code, Code::Conflict);
}

#[test]
fn the_clocks_are_of_the_design() {
    let mut it = incident(MappingMethod::Exact);
    assert_eq!((it.due_now().goal, it.due_now().by), (Goal::Acknowledge, NOW.plus(15 * MINUTE)), "high");
    it.acknowledge(NOW.plus(MINUTE)).expect("new");
    assert_eq!(it.due(Goal::Acknowledge).met, Some(NOW.plus(MINUTE)));
    assert_eq!((it.due_now().goal, it.due_now().met), (Goal::Contain, None));
    it.verified(Action::Pause, NOW.plus(2 * MINUTE));
    it.verified(Action::Disconnect, NOW.plus(3 * MINUTE));
    // What is contained waits for being restored: that clock runs, and orders the queue behind all that is not.
    assert_eq!((it.due_now().goal, it.due_now().by, it.due_now().met), (Goal::Recover, it.course.recover_by, None));
    assert_eq!(it.urgency(), AFTER_ALL + it.course.recover_by.0);
    assert_eq!(it.due(Goal::Contain).met, Some(NOW.plus(2 * MINUTE)), "the first that holds");
    it.verified(Action::Unpause, NOW.plus(4 * MINUTE));
    assert_eq!(it.due(Goal::Recover).met, None, "it has no networks yet");
    it.verified(Action::Reconnect, NOW.plus(5 * MINUTE));
    assert_eq!(it.due(Goal::Recover).met, Some(NOW.plus(5 * MINUTE)));
    assert_eq!(it.due(Goal::Contain).met, Some(NOW.plus(2 * MINUTE)), "released, and it was contained");
    assert_eq!(it.due_now().goal, Goal::Contain, "no clock runs any more");
    it.verified(Action::Pause, NOW.plus(6 * MINUTE));
    assert_eq!((it.due(Goal::Contain).met, it.due(Goal::Recover).met), (Some(NOW.plus(6 * MINUTE)), None));
    it.broken(Action::Pause);
    assert_eq!(it.due(Goal::Contain).met, None, "what did not hold was no containment");
    it.restored("a clean replica", NOW.plus(7 * MINUTE)).expect("open");
    assert_eq!(it.restored("again", NOW).expect_err("once").code, Code::Conflict);
    assert_eq!(it.due(Goal::Recover).met, Some(NOW.plus(7 * MINUTE)));
}

#[test]
fn an_incident_keeps_its_version_until_it_is_moved() {
    let mut newest = Playbooks { version: 2, ..Playbooks::builtin() };
    newest.books[0].targets[1].contain = 17;
    newest.books[0].steps.remove(4);
    let mut it = incident(MappingMethod::Exact);
    it.join(&alarm(Severity::High, AlarmClass::Other, NOW.plus(MINUTE)), &Playbooks::builtin());
    assert_eq!((it.course.version, it.contain_by), (1, NOW.plus(30 * MINUTE)));
    it.use_version(&newest).expect("newer");
    assert_eq!((it.course.version, it.contain_by), (2, NOW.plus(17 * MINUTE)));
    assert!(playbook::steps(&it).iter().all(|(step, _)| *step != Step::Analyse));
    assert_eq!(it.use_version(&newest).expect_err("it is there").code, Code::Conflict);
    it.give_verdict(Verdict::Benign, "a drill", None, NOW).expect("open");
    assert_eq!(it.use_version(&Playbooks::builtin()).expect_err("closed").code, Code::Conflict);
}
