use quell_domain::{action::Attachment, ids::EngineId};

use super::*;

const OTHER: &str = "2026-11-24T11:00:00Z";

fn id(digit: char) -> ContainerId {
    ContainerId::parse(&digit.to_string().repeat(64)).expect("an id")
}

fn container(state: RunState) -> Container {
    Container {
        facts: ContainerFacts {
            engine_id: EngineId::new("engine-1"),
            container: id('a'),
            name: "web".to_owned(),
            image: "shop/web:1".to_owned(),
            image_id: "sha256:00".to_owned(),
            created: "2026-11-24T10:00:00Z".to_owned(),
            started_at: "2026-11-24T10:00:01Z".to_owned(),
            restart_count: 0,
            mounts: Vec::new(),
        },
        state,
        pid: 7,
        command: String::new(),
        auto_remove: false,
        restart_policy: "no".to_owned(),
        attachments: Vec::new(),
        doors: Vec::new(),
        host_network: false,
        shared_namespaces: Vec::new(),
        privileged: false,
        health_check: false,
        managed_by: None,
        live_restore: false,
        processes: None,
        checked_at: Timestamp(0),
    }
}

fn said(measures: &[Action], now: Option<&Container>) -> Option<(Vec<Action>, String)> {
    let runs = [container(RunState::Running).facts];
    judge(measures, &runs, now).map(|broken| (broken.measures, broken.words))
}

fn breaks(measures: &[Action], now: Option<&Container>, which: &[Action], words: &str) {
    let (broken, said) = said(measures, now).expect("it is broken");
    assert_eq!(broken, which);
    assert!(said.starts_with(words), "{said}");
}

#[test]
fn what_was_done_and_still_is_holds() {
    let paused = container(RunState::Paused);
    assert_eq!(said(&[Action::Pause], Some(&paused)), None);
    assert_eq!(said(&[Action::Pause, Action::Disconnect], Some(&paused)), None);
    // A killed one is not paused any more, and need not be; nor need it be there at all.
    let ended = container(RunState::Exited);
    assert_eq!(said(&[Action::Pause, Action::Kill], Some(&ended)), None);
    assert_eq!(said(&[Action::Kill], None), None);
    assert_eq!(said(&[Action::Kill], Some(&container(RunState::Removing))), None);
    assert_eq!(said(&[], None), None, "nothing was done, nothing is broken");
}

#[test]
fn each_way_out_is_told_apart() {
    breaks(
        &[Action::Pause],
        Some(&container(RunState::Running)),
        &[Action::Pause],
        "Thawed: the container runs again.",
    );
    breaks(&[Action::Pause], Some(&container(RunState::Exited)), &[Action::Pause], "Ended:");
    breaks(&[Action::Pause], None, &[Action::Pause], "Gone:");
    let mut again = container(RunState::Paused);
    again.facts.started_at = OTHER.to_owned();
    breaks(&[Action::Pause], Some(&again), &[Action::Pause], "Restarted: another run of the container began at 2026");
    let mut policy = container(RunState::Exited);
    policy.restart_policy = "always".to_owned();
    breaks(&[Action::Kill], Some(&policy), &[Action::Kill], "Its restart policy is always again");
    let mut thawed = container(RunState::Running);
    let network = |name: &str| Attachment {
        network: name.to_owned(),
        name: name.to_owned(),
        aliases: Vec::new(),
        fixed_ipv4: None,
        fixed_ipv6: None,
    };
    breaks(&[Action::Disconnect, Action::Pause], Some(&thawed), &[Action::Pause], "Thawed:");
    thawed.attachments = vec![network("shop"), network("db")];
    thawed.state = RunState::Paused;
    breaks(
        &[Action::Disconnect, Action::Pause],
        Some(&thawed),
        &[Action::Disconnect],
        "Reconnected: the container is on the networks shop, db.",
    );
}

#[test]
fn live_restore_is_named_only_where_it_is_off() {
    let mut thawed = container(RunState::Running);
    assert!(said(&[Action::Pause], Some(&thawed)).expect("broken").1.contains("Live-restore is off"));
    thawed.live_restore = true;
    assert!(!said(&[Action::Pause], Some(&thawed)).expect("broken").1.contains("ive-restore"));
}

fn brief(digit: char, name: &str, image: &str, second: i64, part: Option<&str>) -> ContainerBrief {
    ContainerBrief {
        id: id(digit),
        name: name.to_owned(),
        image: "shop/web:1".to_owned(),
        state: RunState::Running,
        image_id: image.to_owned(),
        created_at: Timestamp(second * SECOND),
        part: part.map(str::to_owned),
    }
}

#[test]
fn only_what_does_the_same_work_and_came_since_is_a_replacement() {
    let run = container(RunState::Paused).facts;
    let since = Timestamp(100 * SECOND + SECOND / 2);
    let all = |listed: &[ContainerBrief]| {
        replacements(&run, &id('a'), since, listed).map(|brief| brief.id.clone()).collect::<Vec<_>>()
    };
    let of = |listed: &[ContainerBrief]| all(listed).pop();
    let own = brief('a', "web-old", "sha256:00", 1, Some("web"));
    assert_eq!(of(&[own.clone(), brief('b', "web", "sha256:ff", 100, None)]), Some(id('b')), "the name");
    assert_eq!(of(&[own.clone(), brief('b', "web.2", "sha256:00", 101, Some("web"))]), Some(id('b')), "the manager");
    assert_eq!(of(&[brief('b', "web.2", "sha256:00", 101, Some("?"))]), Some(id('b')), "nobody knows better");
    let two = [brief('c', "web.3", "sha256:00", 102, Some("web")), brief('b', "web.2", "sha256:00", 101, Some("web"))];
    assert_eq!(all(&[std::slice::from_ref(&own), &two[..]].concat()), [id('c'), id('b')], "each of several");
    for other in [
        brief('b', "web", "sha256:00", 99, Some("web")),
        brief('b', "web.2", "sha256:00", 101, Some("batch")),
        brief('b', "web.2", "sha256:ff", 101, Some("web")),
        brief('b', "by hand", "sha256:00", 101, None),
    ] {
        assert_eq!(of(&[own.clone(), other.clone()]), None, "{other:?}");
    }
    assert_eq!(of(&[brief('b', "by hand", "sha256:00", 101, None)]), None);
}
