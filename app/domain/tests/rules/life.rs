//! The life of an incident: what holds whatever people, engines and alarms do, in whatever order.

use proptest::prelude::*;
use quell_domain::{
    Code, Problem,
    action::Action,
    alarm::{Alarm, AlarmClass, MappingMethod, Severity},
    ids::{IncidentId, PersonId},
    incident::{Closing, Incident, IncidentState, Verdict, closing::Ending, merge::Tally},
    playbook::{self, Playbooks, Step},
    source,
    time::MINUTE,
};

use super::world::{NOW, alarm, incident, place};

fn ending(closing: Closing) -> Ending {
    Ending { closing, of: Vec::new(), reason: "nothing is left to do".to_owned(), without_evidence: false }
}

fn fields(problem: &Problem) -> Vec<&str> {
    problem.fields.iter().map(|field| field.field.as_str()).collect()
}

/// Confirmed, contained and with evidence: what a true positive is closed from.
fn worked_on() -> Incident {
    let mut incident = incident(MappingMethod::Exact);
    incident.give_verdict(Verdict::Confirmed, "", None, NOW).expect("open");
    incident.verified(Action::Pause, NOW);
    incident.evidence_at = Some(NOW);
    incident
}

#[test]
fn everything_that_is_wrong_with_closing_is_said_at_once() {
    let mut open = incident(MappingMethod::Exact);
    let mut wrong = ending(Closing::TruePositiveImpact);
    wrong.reason = " ".to_owned();
    wrong.of = vec![worked_on()];
    let problem = open.close(wrong, Some("an action runs"), NOW).expect_err("all wrong");
    assert_eq!(fields(&problem), ["closing", "of", "reason", "without_evidence"]);
    let problem = open.close(ending(Closing::Merged), None, NOW).expect_err("never by a person");
    assert_eq!(fields(&problem), ["closing"]);
    let problem = open.close(ending(Closing::Duplicate), None, NOW).expect_err("of what?");
    assert_eq!(fields(&problem), ["of"]);
    let problem = open.close(ending(Closing::Benign), Some("an action runs"), NOW).expect_err("in the way");
    assert_eq!((problem.code, problem.message.as_str()), (Code::Conflict, "an action runs"));
    assert_eq!(open, incident(MappingMethod::Exact), "a refusal changes nothing");
}

#[test]
fn a_true_positive_needs_the_verdict_and_evidence_or_that_its_lack_is_known() {
    let mut open = worked_on();
    open.evidence_at = None;
    let problem = open.close(ending(Closing::TruePositiveNoImpact), None, NOW).expect_err("no evidence");
    assert_eq!(fields(&problem), ["without_evidence"]);
    let known = Ending { without_evidence: true, ..ending(Closing::TruePositiveNoImpact) };
    open.clone().close(known, None, NOW).expect("they know");
    open.evidence_at = Some(NOW);
    open.close(ending(Closing::TruePositiveNoImpact), None, NOW).expect("sealed");
    assert_eq!((open.verdict, open.measures.len()), (Some(Verdict::Confirmed), 1));
    // What says that there was none is the verdict too, also of one that was confirmed.
    let mut revised = worked_on();
    revised.close(ending(Closing::Benign), None, NOW).expect("it was a drill");
    assert_eq!((revised.verdict, revised.closing), (Some(Verdict::Benign), Some(Closing::Benign)));
}

#[test]
fn a_duplicate_names_another_that_does_not_lead_back() {
    let numbered = |number: i64| Incident { id: IncidentId::new(number.to_string()), number, ..worked_on() };
    let (mut one, two, three) = (numbered(1), numbered(2), numbered(3));
    let of = |of: Vec<Incident>| Ending { of, ..ending(Closing::Duplicate) };
    for wrong in [vec![one.clone()], vec![two.clone(), three.clone(), one.clone()]] {
        let problem = one.clone().close(of(wrong), None, NOW).expect_err("a circle");
        assert_eq!(fields(&problem), ["of"]);
    }
    one.close(of(vec![two.clone(), three]), None, NOW).expect("another");
    assert_eq!((one.of.as_ref(), one.alarm_count, one.verdict), (Some(&two.id), 1, Some(Verdict::Confirmed)));
    assert!(one.closing_reason.starts_with("INC-2: "), "{}", one.closing_reason);
}

#[test]
fn opened_again_it_stands_where_its_measures_say_and_its_clock_goes_on() {
    let mut contained = worked_on();
    contained.close(ending(Closing::TruePositiveImpact), None, NOW).expect("worked on");
    let (by, at) = (contained.contain_by, contained.contained_at);
    assert_eq!(fields(&contained.clone().reopen(" ", None, NOW).expect_err("why?")), ["reason"]);
    contained.reopen("seen again", None, NOW.plus(MINUTE)).expect("closed");
    assert_eq!((contained.state, contained.verdict), (IncidentState::Contained, Some(Verdict::Confirmed)));
    assert_eq!((contained.contain_by, contained.contained_at, contained.closed_at), (by, at, None));
    assert_eq!(contained.reopen("again", None, NOW).expect_err("open").code, Code::Conflict);

    let mut dismissed = incident(MappingMethod::Exact);
    dismissed.give_verdict(Verdict::FalsePositive, "a drill", None, NOW).expect("open");
    let mut rival = worked_on();
    rival.number = 9;
    let refused = dismissed.reopen("seen again", Some(&rival), NOW).expect_err("another is open");
    assert!(refused.message.contains("INC-9") && refused.message.contains("Merge"), "{refused}");
    dismissed.reopen("seen again", None, NOW).expect("closed");
    assert_eq!((dismissed.state, dismissed.verdict), (IncidentState::Triage, None));
    assert!(dismissed.verdict_reason.is_empty() && dismissed.closing_reason.is_empty());
}

#[test]
fn an_analysis_begins_once_contained_and_ends_when_that_breaks() {
    let mut open = incident(MappingMethod::Exact);
    assert_eq!(open.start_analysis(NOW).expect_err("not contained").code, Code::Conflict);
    open.verified(Action::Pause, NOW);
    assert_eq!(open.finish_analysis("a web shell", NOW).expect_err("none").code, Code::Conflict);
    open.start_analysis(NOW).expect("contained");
    open.verified(Action::Disconnect, NOW);
    assert_eq!(open.state, IncidentState::Analysing, "one more measure does not end it");
    open.broken(Action::Disconnect);
    assert_eq!(open.state, IncidentState::Analysing, "one still holds");
    let mut broken = open.clone();
    broken.broken(Action::Pause);
    assert_eq!((broken.state, broken.contained_at), (IncidentState::Containing, None));
    let mut released = open.clone();
    released.verified(Action::Unpause, NOW);
    assert_eq!(released.state, IncidentState::Recovering);
    assert!(released.may_start_analysis().is_err() && released.may_choose().is_err());
    assert_eq!(fields(&open.clone().finish_analysis(" ", NOW).expect_err("what?")), ["findings"]);
    open.finish_analysis("a web shell", NOW.plus(MINUTE)).expect("under way");
    assert_eq!((open.state, open.analysed_at), (IncidentState::Contained, Some(NOW.plus(MINUTE))));
    open.start_analysis(NOW).expect("once more");
}

#[test]
fn no_container_is_chosen_once_something_was_aimed_at_one() {
    let choose = |mut incident: Incident| incident.choose("k".to_owned(), place(MappingMethod::Chosen), NOW);
    let mut open = incident(MappingMethod::Inferred);
    choose(open.clone()).expect("new");
    open.requested(Action::Pause, NOW).expect("open");
    for state in [
        IncidentState::Containing,
        IncidentState::Contained,
        IncidentState::Analysing,
        IncidentState::Recovering,
        IncidentState::Closed,
    ] {
        open.state = state;
        open.closed_at = (state == IncidentState::Closed).then_some(NOW);
        assert_eq!(choose(open.clone()).expect_err("aimed at").code, Code::Conflict, "{state:?}");
    }
}

#[test]
fn merging_needs_two_and_says_what_stands_in_the_way() {
    let playbooks = Playbooks::builtin();
    let (mut one, mut two) = (worked_on(), worked_on());
    assert_eq!(fields(&one.merge(&mut two, "", None, NOW, &playbooks).expect_err("the same")), ["into"]);
    two.id = IncidentId::new("two");
    // What holds its container contained goes on by itself, also beside another about the same.
    assert_eq!(one.merge(&mut two, "", None, NOW, &playbooks).expect_err("contained").code, Code::Conflict);
    two.key = "container:other".to_owned();
    assert_eq!(fields(&one.merge(&mut two, "", None, NOW, &playbooks).expect_err("two containers")), ["into"]);
    one.broken(Action::Pause);
    assert_eq!(fields(&one.merge(&mut two, "", None, NOW, &playbooks).expect_err("two containers")), ["into"]);
    let mut closed = two.clone();
    closed.close(ending(Closing::TruePositiveImpact), None, NOW).expect("worked on");
    // About the same container, it is opened again: that is how an incident with a rival comes back.
    closed.key.clone_from(&one.key);
    one.clone().merge(&mut closed, "", None, NOW, &playbooks).expect("the same container");
    assert_eq!((closed.closed_at, closed.state, closed.alarm_count), (None, IncidentState::Contained, 2));
    // What is not known to be about a container may become part of any.
    one.place.method = MappingMethod::Unresolved;
    assert_eq!(one.merge(&mut two, "", Some("it runs"), NOW, &playbooks).expect_err("in the way").message, "it runs");
    let mut over = two.clone();
    over.close(ending(Closing::TruePositiveImpact), None, NOW).expect("worked on");
    assert_eq!(fields(&one.merge(&mut over, "", None, NOW, &playbooks).expect_err("closed")), ["into"]);
    one.merge(&mut two, "one story", None, NOW, &playbooks).expect("both open");
    assert_eq!((one.closing, one.verdict), (Some(Closing::Merged), Some(Verdict::Confirmed)));
    assert_eq!(one.merge(&mut two, "", None, NOW, &playbooks).expect_err("merged already").code, Code::Conflict);
    assert_eq!(one.reopen("x", None, NOW).expect_err("unmerge it").code, Code::Conflict);
    assert!(two.may_unmerge(None).is_err());
}

fn consistent(it: &Incident) -> Result<(), TestCaseError> {
    let closed = it.closed_at.is_some();
    prop_assert_eq!(closed, it.state == IncidentState::Closed);
    prop_assert_eq!(closed, it.closing.is_some());
    prop_assert_eq!(it.contained_at.is_some(), it.is_held(), "{:?}", it.state);
    if !closed {
        let holds = matches!(it.state, IncidentState::Contained | IncidentState::Analysing);
        prop_assert_eq!(holds, it.is_held(), "{:?}", it.state);
        prop_assert!(matches!(it.verdict, None | Some(Verdict::Confirmed)));
        prop_assert!(it.of.is_none() && it.closing_reason.is_empty());
    }
    if let Some(verdict) = it.closing.and_then(Closing::verdict) {
        prop_assert_eq!(it.verdict, Some(verdict));
    }
    prop_assert_eq!(it.acknowledged_at.is_none(), it.state == IncidentState::New);
    Ok(())
}

/// One thing that people, the worker or the watch may do to it. Most are refused in most states.
fn step(it: &mut Incident, what: usize, which: usize) {
    let action = Action::ALL[which % Action::ALL.len()];
    let now = NOW.plus(MINUTE);
    match what {
        0 => drop(it.acknowledge(now)),
        1 => drop(it.assign(&PersonId::new("p"), now)),
        2 => drop(it.requested(action, now)),
        3 => {
            // Nobody can act on what nobody has looked at.
            if it.requested(action, now).is_ok() || it.acknowledged_at.is_some() {
                it.verified(action, now);
            }
        }
        4 => it.came_to_nothing(),
        5 if it.measures.contains(&action) => it.broken(action),
        5 => {}
        6 => it.doubted(),
        7 => drop(it.start_analysis(now)),
        8 => drop(it.finish_analysis("found", now)),
        9 => drop(it.give_verdict(Verdict::ALL[which % Verdict::ALL.len()], "why", None, now)),
        10 => {
            let closing = Closing::ALL[which % Closing::ALL.len()];
            drop(it.close(Ending { without_evidence: true, ..ending(closing) }, None, now));
        }
        11 => drop(it.reopen("why", None, now)),
        _ => it.join(&alarm(Severity::ALL[which % Severity::ALL.len()], AlarmClass::Other, now), &Playbooks::builtin()),
    }
}

/// The alarms of some incidents, each with the incidents that it went through: its own first, the one that has it last.
struct Web {
    incidents: Vec<Incident>,
    alarms: Vec<(Alarm, Vec<usize>)>,
}

impl Web {
    fn of(count: usize) -> Self {
        let mut web = Self { incidents: Vec::new(), alarms: Vec::new() };
        for n in 0..count {
            let first = alarm(Severity::ALL[n % Severity::ALL.len()], AlarmClass::ALL[n], NOW.plus(n as i64 * MINUTE));
            let id = IncidentId::new(n.to_string());
            let place = place(MappingMethod::Unresolved);
            let mut incident = Incident::open(id, format!("hint:{n}"), &first, place, &Playbooks::builtin());
            incident.number = n as i64;
            web.incidents.push(incident);
            web.alarms.push((first, vec![n]));
        }
        web
    }

    fn tally(&self, keep: impl Fn(&[usize]) -> bool) -> Tally {
        let mut tally = Tally::default();
        for (alarm, _) in self.alarms.iter().filter(|(_, way)| keep(way)) {
            tally.add(1, alarm.says(), (alarm.received_at, alarm.received_at));
        }
        tally
    }

    /// Follows a merged incident to where its alarms are: that one comes last.
    fn way(&self, at: usize) -> Vec<usize> {
        let mut way = vec![at];
        while let (true, Some(of)) =
            (self.incidents[way[way.len() - 1]].is_merged(), &self.incidents[way[way.len() - 1]].of)
        {
            way.push(of.as_str().parse().expect("a number"));
        }
        way
    }

    fn home(&self, at: usize) -> usize {
        self.way(at)[self.way(at).len() - 1]
    }

    fn merge(&mut self, from: usize, into: usize) {
        let mut one = self.incidents[from].clone();
        let mut other = self.incidents[into].clone();
        if one.merge(&mut other, "", None, NOW, &Playbooks::builtin()).is_ok() {
            (self.incidents[from], self.incidents[into]) = (one, other);
            let moved = self.alarms.iter_mut().filter(|(_, way)| way.last() == Some(&from));
            moved.for_each(|(_, way)| way.push(into));
        }
    }

    fn unmerge(&mut self, part: usize) {
        let root = self.home(part);
        let returns = |way: &[usize]| way.contains(&part) && way.last() == Some(&root);
        if self.incidents[part].unmerge(None, NOW).is_ok() {
            for (_, way) in self.alarms.iter_mut().filter(|(_, way)| returns(way)) {
                let at = way.iter().position(|it| *it == part).expect("it went through");
                way.truncate(at + 1);
            }
            for at in [part, root] {
                let tally = self.tally(|way| way.last() == Some(&at));
                self.incidents[at].recount(&tally, &Playbooks::builtin());
            }
        }
    }

    /// A later alarm with the key of an incident: from a detector, or from Quell's own watch. It goes where that is now,
    /// and comes back with it.
    fn alarm(&mut self, about: usize, kind: usize) {
        let home = self.home(about);
        let mut new =
            alarm(Severity::ALL[kind % Severity::ALL.len()], AlarmClass::ALL[kind % 7], NOW.plus(kind as i64));
        let incident = &mut self.incidents[home];
        if incident.closed_at.is_some() {
            return;
        }
        if kind.is_multiple_of(4) {
            new.source = source::own();
            new.class = AlarmClass::Escape;
            new.received_at = NOW.plus(60 * MINUTE + kind as i64);
            incident.found_broken(&[], &new);
        } else {
            incident.join(&new, &Playbooks::builtin());
        }
        self.alarms.push((new, self.way(about)));
    }

    fn check(&self) -> Result<(), TestCaseError> {
        let all: i64 = self.incidents.iter().map(|incident| incident.alarm_count).sum();
        prop_assert_eq!(all, self.alarms.len() as i64, "none is lost or doubled");
        for (at, incident) in self.incidents.iter().enumerate() {
            consistent(incident)?;
            let tally = self.tally(|way| way.last() == Some(&at));
            prop_assert_eq!(incident.alarm_count, tally.count);
            prop_assert!(incident.closing != Some(Closing::Merged) || tally.count == 0);
            let mut anew = incident.clone();
            anew.recount(&tally, &Playbooks::builtin());
            prop_assert_eq!(&anew, incident, "what is made of its alarms");
        }
        Ok(())
    }
}

proptest! {
    #[test]
    fn state_measures_closing_and_verdict_agree(steps in prop::collection::vec((0usize..13, 0usize..24), 1..60)) {
        let mut it = incident(MappingMethod::Exact);
        for (what, which) in steps {
            let (first, by) = (it.first_alarm_at, it.acknowledged_at);
            step(&mut it, what, which);
            consistent(&it)?;
            prop_assert_eq!(it.first_alarm_at, first);
            prop_assert!(by.is_none() || it.acknowledged_at == by, "the first look counts");
        }
    }

    #[test]
    fn merging_and_unmerging_in_any_order_loses_and_doubles_no_alarm(
        steps in prop::collection::vec((0usize..8, 0usize..5, 0usize..24), 1..60),
    ) {
        let mut web = Web::of(5);
        for (what, a, b) in steps {
            match what {
                0..3 => web.merge(a, b % 5),
                3..5 => web.unmerge(a),
                5 => drop(web.incidents[a].give_verdict(Verdict::Benign, "why", None, NOW)),
                6 => drop(web.incidents[a].reopen("why", None, NOW)),
                _ => web.alarm(a, b),
            }
            web.check()?;
        }
        // Taken apart, each has its own again.
        for part in 0..5 {
            web.unmerge(part);
            web.check()?;
        }
        for (at, incident) in web.incidents.iter().enumerate() {
            prop_assert!(incident.closing != Some(Closing::Merged));
            prop_assert_eq!(web.alarms[at].1.as_slice(), &[at], "the first alarm is back where it began");
        }
    }
}

#[test]
fn a_restricted_gate_alone_contains_nothing() {
    let mut it = incident(MappingMethod::Exact);
    it.requested(Action::RestrictGate, NOW).expect("open");
    it.verified(Action::RestrictGate, NOW);
    assert_eq!((it.state, it.contained_at, it.measures.len()), (IncidentState::Containing, None, 1));
    assert!(!playbook::is_done(Step::Contain, &it), "what runs goes on, and what it sends gets out");
    it.verified(Action::Pause, NOW);
    assert_eq!((it.state, it.contained_at), (IncidentState::Contained, Some(NOW)));
    // An alarm after that casts doubt on the pause; who gets in is read at the gate.
    let mut doubted = it.clone();
    doubted.doubted();
    assert_eq!((doubted.state, doubted.measures), (IncidentState::Containing, vec![Action::RestrictGate]));
    it.verified(Action::Unpause, NOW);
    assert_eq!((it.state, it.contained_at, it.course.restored_at), (IncidentState::Recovering, None, None));
    it.verified(Action::RestoreGate, NOW);
    assert_eq!((it.state, it.course.restored_at), (IncidentState::Recovering, Some(NOW)));
}
