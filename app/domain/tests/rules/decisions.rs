//! Incidents and action requests.

use proptest::prelude::*;
use quell_domain::{
    Code,
    action::{Action, ActionRequest, ContainerFacts, Intent, Parameters, RequestState, RunState},
    alarm::{AlarmClass, MappingMethod, Severity},
    ids::{ContainerId, Digest, EngineId, IncidentId, NodeId, PersonId},
    incident::{Closing, IncidentState, Verdict},
    playbook::{self, Playbooks, Step},
    policy::Policy,
    text,
    time::MINUTE,
};

use super::world::{NOW, alarm, container, incident, intent, network, policy, request, standing};

#[test]
fn the_worst_alarm_sets_severity_class_and_deadline() {
    let mut incident = incident(MappingMethod::Exact);
    assert_eq!(incident.contain_by, NOW.plus(30 * MINUTE));
    incident.join(&alarm(Severity::Critical, AlarmClass::Escape, NOW.plus(MINUTE)), &Playbooks::builtin());
    incident.join(&alarm(Severity::Low, AlarmClass::Other, NOW.plus(2 * MINUTE)), &Playbooks::builtin());
    assert_eq!((incident.severity, incident.class), (Severity::Critical, AlarmClass::Escape));
    assert_eq!(incident.contain_by, NOW.plus(15 * MINUTE));
    assert_eq!(incident.alarm_count, 3);
}

#[test]
fn among_equally_severe_alarms_an_escape_names_the_class() {
    let mut incident = incident(MappingMethod::Exact);
    incident.join(&alarm(Severity::High, AlarmClass::Escape, NOW), &Playbooks::builtin());
    incident.join(&alarm(Severity::High, AlarmClass::Network, NOW), &Playbooks::builtin());
    assert_eq!(incident.class, AlarmClass::Escape);
}

#[test]
fn an_alarm_from_after_the_containment_says_that_it_no_longer_holds() {
    let mut incident = incident(MappingMethod::Exact);
    incident.verified(Action::Pause, NOW);
    incident.join(&alarm(Severity::High, AlarmClass::Other, NOW.plus(-MINUTE)), &Playbooks::builtin());
    assert_eq!(incident.state, IncidentState::Contained, "delivered late, happened before");
    incident.join(&alarm(Severity::High, AlarmClass::Other, NOW.plus(MINUTE)), &Playbooks::builtin());
    assert_eq!((incident.state, incident.contained_at), (IncidentState::Containing, None));
    assert_eq!(playbook::next(&incident), Some(Step::Acknowledge));
}

#[test]
fn acknowledging_counts_once_and_acting_implies_it() {
    let mut incident = incident(MappingMethod::Exact);
    assert_eq!(playbook::next(&incident), Some(Step::Acknowledge));
    incident.acknowledge(NOW).expect("new");
    assert_eq!(incident.acknowledge(NOW).expect_err("again").code, Code::Conflict);
    let mut other = self::incident(MappingMethod::Exact);
    other.requested(Action::Pause, NOW).expect("open");
    assert_eq!((other.state, other.acknowledged_at), (IncidentState::Containing, Some(NOW)));
}

#[test]
fn a_dismissal_needs_a_reason_and_closes() {
    let mut incident = incident(MappingMethod::Exact);
    let refused = incident.give_verdict(Verdict::FalsePositive, "  ", None, NOW).expect_err("no reason");
    assert_eq!(refused.fields[0].field, "reason");
    incident.give_verdict(Verdict::FalsePositive, "a drill", None, NOW).expect("reason given");
    assert_eq!((incident.state, incident.closing), (IncidentState::Closed, Some(Closing::FalsePositive)));
    assert_eq!(incident.requested(Action::Pause, NOW).expect_err("closed").code, Code::Conflict);
    assert_eq!(playbook::next(&incident), None);
}

#[test]
fn a_pause_is_refused_unless_the_page_showed_exactly_this_running_container() {
    let running = container(RunState::Running);
    assert_eq!(request(&running).expect("fits").state, RequestState::Approved);

    for state in [RunState::Exited, RunState::Dead, RunState::Created] {
        assert_eq!(request(&container(state)).expect_err("not running").code, Code::Conflict);
    }
    // Paused by hand: the worker finds it done. Once that is recorded, there is nothing left to ask for.
    let paused = container(RunState::Paused);
    assert_eq!(request(&paused).expect("to be recorded").state, RequestState::Approved);
    let mut contained = incident(MappingMethod::Exact);
    contained.verified(Action::Pause, NOW);
    assert_eq!(
        Action::Pause.possible(&contained, &paused, &standing(), false).expect_err("recorded").code,
        Code::Conflict
    );
    let other_page = intent(Digest::of(b"another page"));
    let stale =
        ActionRequest::new(Action::Pause, &incident(MappingMethod::Exact), &running, &standing(), policy(), other_page);
    assert_eq!(stale.expect_err("stale").code, Code::Conflict);
}

/// The policy may ask for more care than an action has by itself, and that counts at once.
#[test]
fn a_pause_that_the_policy_puts_at_a_higher_tier_asks_for_that_care() {
    let running = container(RunState::Running);
    let mut policy = Policy::builtin();
    policy.version = 2;
    let mut ask = |tier: u8, accepts_impact: bool, typed: &str| {
        policy.rules[0].needs.tier = tier;
        assert_eq!(policy.check(), Ok(()));
        let needs = policy.requirement(Action::Pause, Severity::High, &[]);
        let intent = Intent { accepts_impact, typed: typed.to_owned(), ..intent(running.fingerprint()) };
        let incident = incident(MappingMethod::Exact);
        let asked = ActionRequest::new(Action::Pause, &incident, &running, &standing(), (2, needs), intent);
        asked.map(|request| request.needs.tier).map_err(|problem| problem.fields[0].field.clone())
    };
    assert_eq!(ask(1, false, ""), Ok(1), "one click and a preset");
    assert_eq!(ask(2, false, ""), Err("accepts_impact".to_owned()));
    assert_eq!(ask(2, true, ""), Ok(2));
    assert_eq!(ask(3, true, ""), Err("typed".to_owned()));
    assert_eq!(ask(3, true, "abab"), Ok(3));
}

#[test]
fn an_inferred_container_is_never_acted_on() {
    for method in [MappingMethod::Inferred, MappingMethod::Unresolved] {
        assert!(incident(method).target_node().is_none());
        assert!(Action::Pause.possible(&incident(method), &container(RunState::Running), &standing(), false).is_err());
    }
    for method in [MappingMethod::Exact, MappingMethod::Likely, MappingMethod::Chosen] {
        assert!(incident(method).target_node().is_some());
    }
}

#[test]
fn any_changed_fact_is_named_and_changes_the_digest() {
    let before = container(RunState::Running);
    let signed = request(&before).expect("fits");
    type Change = fn(&mut ContainerFacts);
    let changes: [(&str, Change); 9] = [
        ("Engine", |f| f.engine_id = EngineId::new("other")),
        ("Container id", |f| f.container = ContainerId::parse(&"cd".repeat(32)).expect("64 digits")),
        ("Name", |f| f.name.push('x')),
        ("Image", |f| f.image.push('x')),
        ("Image digest", |f| f.image_id.push('x')),
        ("Created", |f| f.created.push('x')),
        ("Started", |f| f.started_at.push('x')),
        ("Restarts", |f| f.restart_count += 1),
        ("Mounts", |f| f.mounts.clear()),
    ];
    for (name, change) in changes {
        let mut now = signed.clone();
        change(&mut now.facts);
        let differences = before.facts.differences(&now.facts);
        assert_eq!(differences.iter().map(|d| d.fact.as_str()).collect::<Vec<_>>(), [name]);
        assert_ne!(now.signed_facts(), signed.digest, "{name}");
    }
    for other in [
        ActionRequest { requester: PersonId::new("q"), ..signed.clone() },
        ActionRequest { incident: IncidentId::new("j"), ..signed.clone() },
        ActionRequest { expires_at: signed.expires_at.plus(1), ..signed.clone() },
        ActionRequest { nonce: "other".to_owned(), ..signed.clone() },
        ActionRequest { node: NodeId::new("m"), ..signed.clone() },
        ActionRequest { action: Action::Kill, ..signed.clone() },
        ActionRequest { break_glass: true, ..signed.clone() },
        ActionRequest { parameters: Parameters { networks: vec![network("net-1")], gate: None }, ..signed.clone() },
    ] {
        assert_ne!(other.signed_facts(), signed.digest);
    }
    assert_eq!(signed.signed_facts(), signed.digest);
}

/// “No networks” would be read as cut off.
#[test]
fn a_container_on_another_ones_network_is_not_said_to_have_none() {
    let mut shared = container(RunState::Running);
    shared.shared_namespaces = vec!["the network namespace of container 0123456789ab".to_owned()];
    let incident = incident(MappingMethod::Exact);
    let why = Action::Disconnect.possible(&incident, &shared, &standing(), true).expect_err("nothing to take");
    assert!(why.message.contains("over the network of another container"), "{why}");
}

proptest! {
    #[test]
    fn shown_text_hides_nothing_and_moves_nothing(typed in any::<String>()) {
        let shown = text::visible(&typed);
        let bidi = |c: char| ('\u{202A}'..='\u{202E}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c);
        let hidden = shown.chars().any(|c| c.is_control() || bidi(c));
        prop_assert!(!hidden);
        prop_assert_eq!(text::visible(&shown), shown);
    }

    #[test]
    fn short_forms_never_panic(typed in any::<String>(), max in 0usize..50) {
        let _ = text::cut(&typed, max);
        let _ = text::middle(&typed);
    }
}
