//! What the picture says of an incident, and that the sketches say the same.

use super::{sketch::Face, *};
use crate::{
    action::{Action, RequestState},
    alarm::{Alarm, AlarmClass, AlarmDetail, ContainerHint, MappingMethod, Severity},
    execution::Execution,
    ids::{AlarmId, ContainerId, Digest, ExecutionId, IncidentId, NodeId, RequestId, SourceId},
    incident::{Place, container_key},
    playbook::Playbooks,
    time::MINUTE,
    view::RequestBrief,
};

const NOW: Timestamp = Timestamp(1_800_000_000_000_000);

fn alarm(at: i64, process: &str, ancestors: &[&str], connection: Option<&str>) -> AlarmRow {
    let alarm = Alarm {
        id: AlarmId::new("a"),
        source: SourceId::new("s"),
        detector: "falco".to_owned(),
        received_at: NOW.plus(at * MINUTE),
        occurred_at: NOW.plus(at * MINUTE),
        clock_suspect: false,
        dedupe_key: Digest::of(b"a"),
        rule: "Outbound connection".to_owned(),
        class: AlarmClass::Network,
        severity_reported: String::new(),
        severity: Severity::High,
        severity_reason: String::new(),
        node_hint: None,
        container: ContainerHint::default(),
        detail: AlarmDetail {
            process: Some(process.to_owned()),
            command: Some(format!("{process} -x")),
            ancestors: ancestors.iter().map(|name| (*name).to_owned()).collect(),
            connection: connection.map(str::to_owned),
            ..AlarmDetail::default()
        },
        raw: Vec::new(),
    };
    AlarmRow { alarm, method: MappingMethod::Exact, reason: String::new() }
}

fn incident(method: MappingMethod, measures: &[Action]) -> Incident {
    let container = ContainerId::parse(&"ab".repeat(32)).expect("64 digits");
    let node = NodeId::new("n");
    let place = Place {
        node: Some(node.clone()),
        node_name: "worker-1".to_owned(),
        container: Some(container.clone()),
        container_name: "payments".to_owned(),
        image: "payments:1".to_owned(),
        image_id: String::new(),
        method,
        reason: String::new(),
    };
    let first = alarm(0, "sh", &[], None).alarm;
    let key = container_key(&node, &container);
    let mut incident = Incident::open(IncidentId::new("i"), key, &first, place, &Playbooks::builtin());
    measures.iter().for_each(|measure| incident.verified(*measure, NOW.plus(10 * MINUTE)));
    incident
}

fn request(action: Action, state: RequestState, at: i64) -> RequestRow {
    let request = RequestBrief {
        id: RequestId::new("r"),
        action,
        name: String::new(),
        reason: String::new(),
        requester_name: String::new(),
        created_at: NOW,
        break_glass: false,
        state,
        detail: String::new(),
    };
    let execution = Execution {
        id: ExecutionId::new("x"),
        request: RequestId::new("r"),
        attempted_at: NOW,
        concluded_at: Some(NOW.plus(at * MINUTE)),
        outcome: None,
        detail: String::new(),
    };
    RequestRow { request, execution: Some(execution) }
}

fn gate(name: &str, standing: GateState) -> GateSeen {
    let since = Some(NOW.plus(3 * MINUTE));
    GateSeen { name: name.to_owned(), standing, since, allowed: 2, cut: false }
}

fn of(measures: &[Action], requests: &[RequestRow], gates: &[GateSeen]) -> Picture {
    let alarms =
        [alarm(1, "nc", &["sh", "java", "containerd-shim", "systemd"], Some("10.0.0.5:4->198.51.100.23:4444"))];
    Picture::from(&incident(MappingMethod::Exact, measures), false, &alarms, requests, (gates, None))
}

#[test]
fn nothing_done_is_open_and_no_gate_is_not_known() {
    let picture = of(&[], &[], &[]);
    assert_eq!((picture.inbound.state, picture.passed_on.state), (WayState::Unknown, WayState::Open));
    let [destination] = &*picture.destinations else { panic!("one") };
    assert_eq!((destination.name.as_str(), destination.way.state), ("198.51.100.23:4444", WayState::Open));
    assert_eq!(picture.standing, "Runs, nothing holds it");
    let names: Vec<_> = picture.processes.iter().map(|one| (one.depth, one.name.as_str(), one.accused)).collect();
    assert_eq!(names, [(0, "java", false), (1, "sh", false), (2, "nc", true)], "what starts containers is outside");
}

#[test]
fn each_measure_says_what_it_stops_and_what_not() {
    let states = |measures: &[Action]| {
        let picture = of(measures, &[], &[]);
        (picture.passed_on.state, picture.destinations[0].way.state)
    };
    assert_eq!(states(&[Action::Pause]), (WayState::Open, WayState::Open), "a pause cuts nothing");
    assert_eq!(states(&[Action::Disconnect]), (WayState::Cut, WayState::Cut));
    assert_eq!(states(&[Action::Pause, Action::Disconnect]), (WayState::Cut, WayState::Cut));
    assert_eq!(states(&[Action::Kill]), (WayState::Past, WayState::Past));
    assert_eq!(of(&[Action::Pause, Action::Disconnect], &[], &[]).standing, "Paused, no networks");
}

#[test]
fn a_connection_from_before_a_cut_is_past_once_that_is_taken_back() {
    let later =
        [request(Action::Reconnect, RequestState::Verified, 9), request(Action::Disconnect, RequestState::Verified, 5)];
    assert_eq!(of(&[], &later, &[]).destinations[0].way.state, WayState::Past);
    let before = [request(Action::Disconnect, RequestState::Verified, 0)];
    assert_eq!(of(&[], &before, &[]).destinations[0].way.state, WayState::Open, "it was seen afterwards");
}

#[test]
fn what_is_not_known_is_shown_as_that() {
    let unknown = [request(Action::Disconnect, RequestState::Unknown, 5)];
    let picture = of(&[], &unknown, &[]);
    assert_eq!((picture.passed_on.state, picture.held), (WayState::Unknown, WayState::Unknown));
    let held = incident(MappingMethod::Exact, &[Action::Disconnect]);
    let picture = Picture::from(&held, true, &[], &[], (&[], None));
    assert_eq!(picture.destinations[0].way.state, WayState::Unknown, "the watch cannot read it");
    let unsure = Picture::from(&incident(MappingMethod::Inferred, &[]), false, &[], &[], (&[], None));
    assert_eq!((unsure.passed_on.state, unsure.standing.as_str()), (WayState::Unknown, "Not sure which one it is"));
}

#[test]
fn several_gates_are_as_open_as_the_most_open_one() {
    let state = |gates: &[GateSeen]| of(&[], &[], gates).inbound.state;
    let (shut, open) = (gate("a", GateState::Restricted), gate("b", GateState::Restored));
    let unknown = gate("c", GateState::Unknown);
    assert_eq!(state(std::slice::from_ref(&shut)), WayState::Cut);
    assert_eq!(state(&[shut.clone(), open]), WayState::Open);
    assert_eq!(state(&[shut.clone(), unknown]), WayState::Unknown);
    assert_eq!(state(&[shut.clone(), shut.clone()]), WayState::Cut);
    let picture = of(&[], &[], &[shut]);
    assert!(picture.inbound.words.contains("only 2 addresses and networks"), "{}", picture.inbound.words);
    assert_eq!(picture.passed_on.state, WayState::Listed, "who is on the list gets through");
    assert!(picture.passed_on.words.contains("may still stand"), "{}", picture.passed_on.words);
    let spared = of(&[], &[], &[gate("d", GateState::Spared)]);
    assert_eq!((spared.inbound.state, spared.passed_on.state), (WayState::Open, WayState::Cut));
}

#[test]
fn gates_that_were_only_found_are_open() {
    let looked = |found, gates: &[GateSeen]| {
        let look = Look { at: NOW, found };
        Picture::from(&incident(MappingMethod::Exact, &[]), false, &[], &[], (gates, Some(look)))
    };
    let words = |picture: &Picture| picture.other_gates().unwrap_or_default();
    assert_eq!(words(&of(&[], &[], &[])), "not looked for yet");
    let none = looked(0, &[]);
    assert_eq!((none.inbound.state, words(&none)), (WayState::Unknown, "none found".to_owned()));
    let one = looked(1, &[]);
    assert_eq!((one.inbound.state, words(&one)), (WayState::Open, "1 found, not restricted".to_owned()));
    let held = [gate("a", GateState::Restricted)];
    let all = looked(1, &held);
    assert_eq!((all.inbound.state, all.passed_on.state, words(&all)), (WayState::Cut, WayState::Listed, String::new()));
    let another = looked(2, &held);
    assert_eq!((another.inbound.state, another.passed_on.state), (WayState::Open, WayState::Open));
    assert_eq!(words(&another), "and 1 not restricted");
}

#[test]
fn who_connects_in_is_a_source() {
    let mut inbound = alarm(1, "sshd", &[], Some("203.0.113.77:5050->10.0.0.5:22"));
    inbound.alarm.rule = "Unexpected inbound connection source".to_owned();
    let picture = Picture::from(&incident(MappingMethod::Exact, &[]), false, &[inbound], &[], (&[], None));
    assert_eq!(picture.sources, ["203.0.113.77:5050"]);
    assert_eq!(picture.destinations[0].name, "");
}

/// However much there is, and whatever it is called, everything stands within the drawing and nothing on top of another.
#[test]
fn a_sketch_holds_whatever_alarms_say() {
    let names = ["x", "\u{202e}gpj.exe\n<script>", "漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字", ""];
    let mut alarms = Vec::new();
    for n in 0..40 {
        let name = format!("{}{n}", names[n % names.len()].repeat(1 + n % 60));
        let to = format!("10.0.0.5:1->{name}:443");
        let chain: Vec<String> = (0..n % 12).map(|level| format!("p{level}")).collect();
        let chain: Vec<&str> = chain.iter().map(String::as_str).collect();
        alarms.push(alarm(i64::try_from(n).expect("small"), &name, &chain, Some(&to)));
    }
    let gates: Vec<_> = (0..7).map(|n| gate(&names[1].repeat(n + 1), GateState::Restricted)).collect();
    let picture = Picture::from(&incident(MappingMethod::Exact, &[Action::Pause]), false, &alarms, &[], (&gates, None));
    let drawn = picture.sources.len() + picture.gates.len() + picture.processes.len() + picture.destinations.len();
    assert!(drawn + 3 <= 25, "{drawn}");
    assert_eq!((picture.more_gates, picture.destinations.len()), (3, DESTINATIONS));
    for sketch in [sketch::across(&picture), sketch::down(&picture)] {
        for text in &sketch.texts {
            let width = i32::try_from(text.text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>());
            let right = match text.face {
                Face::Name | Face::Plain => text.x + width.expect("short") * 730 / 100,
                _ => text.x,
            };
            assert!(text.x > 0 && right <= sketch.width && text.y < sketch.height, "{text:?}");
            assert!(!text.text.contains(['\u{202e}', '\n']), "{text:?}");
        }
        for (at, one) in sketch.frames.iter().enumerate() {
            assert!(one.h > 0 && one.x + one.w <= sketch.width && one.y + one.h <= sketch.height, "{one:?}");
            for other in &sketch.frames[at + 1..] {
                let apart = one.x + one.w <= other.x
                    || other.x + other.w <= one.x
                    || one.y + one.h <= other.y
                    || other.y + other.h <= one.y;
                let inside = one.part == sketch::Part::Node && other.part == sketch::Part::Container;
                assert!(apart || inside, "{one:?} and {other:?}");
            }
        }
        assert_eq!(sketch.lines.len(), 2 + picture.destinations.len());
        assert_eq!(
            sketch,
            if sketch.width == sketch::WIDE { sketch::across(&picture) } else { sketch::down(&picture) }
        );
    }
}
