//! Containments that do not hold: each is noticed, said with an alarm, and offers the next step.

use std::time::{Instant, SystemTime};

use quell_domain::{
    action::{Action, RequestState},
    evidence::{ItemKind, ItemState},
    incident::IncidentState,
    playbook::{Step, StepState},
    view::IncidentPage,
};
use quell_tests::{Behaviour, Client, Portal, engine::IDLE, wait_for};

use super::stage::{PATIENCE, Stage, assert_ended, incident, incident_of, queue, reverse_shell, state_of};

const BROKEN: &str = "Containment no longer holds";

impl Stage {
    /// A paused victim in incident 1.
    async fn paused(&self, name: &str, who: &Client) -> String {
        let victim = self.incident_about(name, IDLE, who).await;
        self.pause_it(who).await;
        victim
    }

    async fn pause_it(&self, who: &Client) {
        self.pause(who).await;
        assert_ended(&self.ended_request(who).await, RequestState::Verified);
        self.until(who, "the first look", |page| says(page, "Checked ").then_some(())).await;
        let held = incident(who).await.incident;
        assert_eq!((held.state, held.measures), (IncidentState::Contained, vec![Action::Pause]));
    }

    /// Waits until incident 1 is not contained any more; gives what its newest alarm says.
    async fn broken(&self, who: &Client) -> String {
        let page = self
            .until(who, "the break", |page| (page.incident.state == IncidentState::Containing).then(|| page.clone()))
            .await;
        assert_eq!((page.incident.contained_at, page.incident.measures.len()), (None, 0));
        let alarm = &page.alarms[0].alarm;
        assert_eq!((alarm.rule.as_str(), alarm.detector.as_str()), (BROKEN, "quell"));
        assert_eq!((alarm.severity, page.incident.alarm_count), (page.incident.severity, alarms(&page)));
        assert!(
            page.timeline.iter().any(|event| event.code == "containment.broken" && event.text == alarm.detail.message)
        );
        alarm.detail.message.clone()
    }

    async fn disconnect(&self, ana: &Client) {
        let ben = self.approver("ben").await;
        let request = self.waiting(ana, "disconnect").await;
        self.decide(&ben, &request, "approved", &[]).await;
        assert_ended(&self.end_of(ana, &request).await, RequestState::Verified);
    }

    async fn killed(&self, ana: &Client, ben: &Client) {
        let request = self.waiting(ana, "kill").await;
        self.decide(ben, &request, "approved", &[("waives_evidence", "yes")]).await;
        assert_ended(&self.end_of(ana, &request).await, RequestState::Verified);
        self.until(ana, "the first look", |page| says(page, "Checked ").then_some(())).await;
    }
}

fn alarms(page: &IncidentPage) -> i64 {
    i64::try_from(page.alarms.len()).expect("few")
}

/// Among what is still open, or at the steps.
fn says(page: &IncidentPage, words: &str) -> bool {
    page.still_open.iter().chain(page.steps.iter().map(|row| &row.result)).any(|point| point.contains(words))
}

fn told(page: &IncidentPage, code: &str) -> usize {
    page.timeline.iter().filter(|event| event.code == code).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_thawed_by_hand_is_noticed_and_can_be_paused_again() {
    let stage = Stage::set().await;
    let ana = stage.trusted("ana").await;
    let victim = stage.paused("watch-thawed", &ana).await;
    // Pages only: the watch asks, and changes nothing.
    assert_eq!(stage.pauses(), 1);
    stage.engine.docker(&["unpause", &victim]).expect("thawed");
    let words = stage.broken(&ana).await;
    assert!(words.starts_with("Thawed: the container runs again. Live-restore is off"), "{words}");
    let page = ana.read("/incidents/1").await;
    assert!(page.contains("href=\"/incidents/1/actions/pause\"") && page.contains("no longer holds"), "{page}");
    stage.pause_it(&ana).await;
    assert_eq!((stage.pauses(), stage.engine.state(&victim).as_str()), (2, "paused"));
    // The second break is another one.
    stage.engine.docker(&["unpause", &victim]).expect("thawed");
    stage.broken(&ana).await;
    assert_eq!(told(&incident(&ana).await, "containment.broken"), 2);
    stage.assert_audit_intact();
}

/// What people with approval do is no break.
#[tokio::test(flavor = "multi_thread")]
async fn a_release_and_a_kill_of_our_own_raise_no_alarm() {
    let stage = Stage::set().await;
    let (ana, ben) = (stage.trusted("ana").await, stage.approver("ben").await);
    stage.paused("watch-released", &ana).await;
    let request = stage.waiting(&ana, "unpause").await;
    stage.decide(&ben, &request, "approved", &[]).await;
    assert_ended(&stage.end_of(&ana, &request).await, RequestState::Verified);
    assert_eq!(incident(&ana).await.incident.state, IncidentState::Recovering);
    stage.pause_it(&ana).await;
    stage.killed(&ana, &ben).await;
    let page = incident(&ana).await;
    assert_eq!(page.incident.measures, [Action::Pause, Action::Kill]);
    assert_eq!((told(&page, "containment.broken"), page.incident.alarm_count), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_of_the_engine_that_thaws_is_noticed() {
    let stage = Stage::on_own_engine().await;
    let ana = stage.trusted("ana").await;
    let victim = stage.paused("watch-daemon", &ana).await;
    stage.engine.docker(&["update", "--restart", "always", &victim]).expect("updated");
    stage.engine.stop();
    stage.until(&ana, "unknown", |page| says(page, "has not been able to read the engine since").then_some(())).await;
    let page = incident(&ana).await;
    assert_eq!(page.incident.state, IncidentState::Contained, "nobody knows better");
    assert_eq!(told(&page, "containment.unknown"), 1);
    // Unknown is not fine: the queue says so, and it is to be looked at.
    let contain = page.steps.iter().find(|row| row.step == Step::Contain).expect("a step");
    assert!(contain.state != StepState::Done && contain.result.contains("it is not known whether it still holds"));
    let row = queue(&ana, "action").await.rows.remove(0);
    assert!(row.unknown && queue(&ana, "action").await.counters.unknown == 1);
    for path in ["/incidents", "/incidents/1"] {
        assert!(ana.read(path).await.contains("</svg>Unknown</span>"), "{path}");
    }
    stage.engine.start_again();
    let back = Instant::now();
    let words = stage.broken(&ana).await;
    println!("noticed {:?} after the engine's return: {words}", back.elapsed());
    assert!(words.contains("Live-restore is off") && words.contains("The engine could not be read since"), "{words}");
    let page = incident(&ana).await;
    assert_eq!((told(&page, "containment.unknown"), told(&page, "containment.known")), (1, 1));
    stage.assert_audit_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_container_that_always_restarts_stays_dead_over_a_restart_of_the_engine() {
    let stage = Stage::on_own_engine().await;
    let (ana, ben) = (stage.trusted("ana").await, stage.approver("ben").await);
    let victim = stage.incident_about("watch-killed", IDLE, &ana).await;
    stage.engine.docker(&["update", "--restart", "always", &victim]).expect("updated");
    stage.killed(&ana, &ben).await;
    stage.engine.stop();
    stage.engine.start_again();
    stage
        .until(&ana, "a look after", |page| {
            (told(page, "containment.known") >= told(page, "containment.unknown") && says(page, "Checked "))
                .then_some(())
        })
        .await;
    assert_eq!(stage.engine.state(&victim), "exited");
    let page = incident(&ana).await;
    assert_eq!((page.incident.state, told(&page, "containment.broken")), (IncidentState::Contained, 0));

    // Somebody lets it be started again: said before it is.
    stage.engine.docker(&["update", "--restart", "always", &victim]).expect("updated");
    let words = stage.broken(&ana).await;
    assert!(words.starts_with("Its restart policy is always again"), "{words}");
    stage.assert_audit_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_container_started_again_by_hand_is_noticed() {
    let stage = Stage::set().await;
    let (ana, ben) = (stage.trusted("ana").await, stage.approver("ben").await);
    let victim = stage.incident_about("watch-started", IDLE, &ana).await;
    stage.killed(&ana, &ben).await;
    stage.engine.docker(&["start", &victim]).expect("started");
    let words = stage.broken(&ana).await;
    assert!(words.starts_with("Restarted: another run of the container began at 20"), "{words}");
}

/// Removed and made anew under its name: the new one gets an incident, and each names the other.
#[tokio::test(flavor = "multi_thread")]
async fn a_container_recreated_under_its_name_is_noticed_and_gets_an_incident() {
    let stage = Stage::set().await;
    let ana = stage.trusted("ana").await;
    stage.paused("watch-recreated", &ana).await;
    let new = stage.engine.victim("watch-recreated", IDLE);
    let second = new_incident(&ana).await;
    assert_eq!(second.incident.place.container.as_ref().map(ToString::to_string), Some(new.clone()));
    assert_eq!(second.incident.severity, incident(&ana).await.incident.severity);
    let first = stage.until(&ana, "the link", |page| (page.related == [2]).then(|| page.clone())).await;
    assert_eq!(first.incident.state, IncidentState::Containing);
    assert!(first.timeline.iter().any(|event| event.text.contains(&new[..12])), "{:?}", first.timeline);
    assert!(first.timeline.iter().any(|event| event.text.starts_with("INC-2")));
    assert!(second.timeline.iter().any(|event| event.text.starts_with("INC-1")));
    assert!(ana.read("/incidents/1").await.contains("href=\"/incidents/2\""));
    assert_eq!((told(&first, "containment.broken"), second.incident.alarm_count), (1, 1));
    stage.assert_audit_intact();
}

async fn new_incident(who: &Client) -> IncidentPage {
    wait_for("the new container's incident", PATIENCE, async || {
        incident_of(who, 2).await.filter(|it| it.related == [1])
    })
    .await
}

/// The labels, names and events of containers are the attacker's.
#[tokio::test(flavor = "multi_thread")]
async fn a_manager_that_makes_another_is_noticed_whatever_its_labels_hold() {
    let stage = Stage::set().await;
    let ana = stage.trusted("ana").await;
    let image = stage.engine.docker(&["images", "-q"]).expect("told").lines().next().expect("an image").to_owned();
    let labels = [
        "com.docker.compose.project=</script><img src=x onerror=alert(1)>\u{202e}\n\0".replace('\0', ""),
        format!("com.docker.compose.service={}", "s\u{1b}[31m'\"".repeat(300)),
    ];
    let make = |name: &str| {
        let _ = stage.engine.docker(&["rm", "-f", name]);
        let words = ["run", "-d", "--name", name, "--network", "none", "--stop-timeout", "1"];
        let labels: Vec<&str> = labels.iter().flat_map(|label| ["--label", label.as_str()]).collect();
        let rest = [image.as_str(), "sh", "-c", IDLE];
        stage.engine.docker(&[words.as_slice(), &labels, &rest].concat()).expect("made")
    };
    let _ = stage.engine.docker(&["rm", "-f", "watch-part-2"]);
    let victim = make("watch-part-1");
    stage.post(reverse_shell(&victim, "watch-part-1", SystemTime::now())).await;
    stage.until(&ana, "the incident", |page| (page.incident.alarm_count == 1).then_some(())).await;
    stage.pause_it(&ana).await;
    let new = make("watch-part-2");
    let words = stage.broken(&ana).await;
    assert_eq!(words, format!("Recreated: the container watch-part-2 runs under the new id {}.", &new[..12]));
    assert_eq!(stage.engine.state(&victim), "paused", "it still is; a person looks again");
    new_incident(&ana).await;
    // Found as it should be: recorded, and the known one is not told of again.
    stage.pause(&ana).await;
    stage.until(&ana, "contained", |page| (page.incident.state == IncidentState::Contained).then_some(())).await;
    stage.until(&ana, "a look", |page| says(page, "Checked ").then_some(())).await;
    let page = incident(&ana).await;
    assert_eq!((page.incident.state, told(&page, "containment.broken")), (IncidentState::Contained, 1));
    for raw in ["<img", "\u{1b}"] {
        assert!(!ana.read("/incidents/1").await.contains(raw) && !stage.portal.log().contains(raw), "{raw:?}");
    }
    let _ = stage.engine.docker(&["rm", "-f", "watch-part-2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn networks_given_back_by_hand_are_noticed_and_were_kept_before_they_were_taken() {
    let stage = Stage::set().await;
    let ana = stage.trusted("ana").await;
    let victim = stage.incident_about("watch-network", IDLE, &ana).await;
    let net = "watch-net";
    stage.engine.docker(&["network", "disconnect", "none", &victim]).expect("alone");
    let _ = stage.engine.docker(&["network", "rm", net]);
    stage.engine.docker(&["network", "create", "--internal", net]).expect("made");
    stage.engine.docker(&["network", "connect", net, &victim]).expect("connected");
    stage.disconnect(&ana).await;

    // In a pack of its own, with whoever asked for the disconnect, sealed before the engine was asked.
    let page = incident(&ana).await;
    let [pack] = page.packs.as_slice() else { panic!("{:?}", page.packs) };
    assert_eq!((pack.pack.requester_name.as_str(), state_of(pack, ItemKind::Network)), ("ana", ItemState::Sealed));
    let run = page.requests[0].execution.as_ref().expect("a run");
    assert!(pack.items[0].ended_at <= run.attempted_at && run.detail.starts_with("The network state was kept before."));
    assert_eq!(page.incident.evidence_at, None, "the pack of evidence is still to be kept");
    let file = ana.get(&format!("/evidence/{}/download", pack.items[0].id)).await;
    let kept: serde_json::Value = serde_json::from_slice(&file.body).expect("one document");
    assert!(kept["settings"]["Networks"][net].is_object() && kept["networks"][net]["Id"].is_string(), "{kept}");
    assert!(kept["kernel"]["tables"]["tcp"].as_str().is_some_and(|text| text.contains("local_address")), "{kept}");

    stage.until(&ana, "the first look", |page| says(page, "Checked ").then_some(())).await;
    stage.engine.docker(&["network", "connect", net, &victim]).expect("connected");
    let words = stage.broken(&ana).await;
    assert_eq!(words, "Reconnected: the container is on the networks watch-net.");
    stage.ledger().await.assert_every_attempt_is_concluded().await;
    stage.assert_audit_intact();
}

/// Containment does not wait for what cannot be had.
#[tokio::test(flavor = "multi_thread")]
async fn a_disconnect_goes_on_when_the_network_state_cannot_be_kept() {
    let stage = Stage::set().await;
    let ana = stage.trusted("ana").await;
    let victim = stage.incident_about("watch-unkept", IDLE, &ana).await;
    let net = "unkept-net";
    stage.engine.docker(&["network", "disconnect", "none", &victim]).expect("alone");
    let _ = stage.engine.docker(&["network", "rm", net]);
    stage.engine.docker(&["network", "create", "--internal", net]).expect("made");
    stage.engine.docker(&["network", "connect", net, &victim]).expect("connected");
    let form = stage.portal.data().join("evidence");
    // No folder can be made where a file is.
    std::fs::rename(&form, form.with_extension("away")).expect("moved");
    std::fs::write(&form, b"").expect("in the way");
    stage.disconnect(&ana).await;
    let page = incident(&ana).await;
    assert_eq!(state_of(&page.packs[0], ItemKind::Network), ItemState::Failed);
    let run = page.requests[0].execution.as_ref().expect("a run");
    assert!(run.detail.starts_with("The network state could not be kept before:"), "{}", run.detail);
    assert_eq!(page.incident.measures, [Action::Disconnect]);
}

/// An engine that is not to be read says nothing about the container: unknown is neither fine nor broken.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_unknown_until_it_can_be_also_over_a_restart_of_the_portal() {
    let mut stage = Stage::set().await;
    let ana = stage.trusted("ana").await;
    stage.paused("watch-unknown", &ana).await;
    stage.proxy.on("GET", "", Behaviour::Close);
    stage.until(&ana, "unknown", |page| says(page, "has not been able to read the engine since").then_some(())).await;
    let page = incident(&ana).await;
    assert_eq!((page.incident.state, page.incident.alarm_count), (IncidentState::Contained, 1));
    let since = page.still_open[0].clone();
    stage.portal.kill_9();
    stage.portal.serve().await;
    assert_eq!(incident(&ana).await.still_open[0], since, "kept over the restart");
    stage.proxy.clear_rules();
    stage.until(&ana, "known again", |page| says(page, "Checked ").then_some(())).await;
    let page = incident(&ana).await;
    assert_eq!((told(&page, "containment.unknown"), told(&page, "containment.known")), (1, 1), "{:?}", page.timeline);
    assert_eq!((page.incident.state, told(&page, "containment.broken")), (IncidentState::Contained, 0));
    stage.assert_audit_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_break_while_the_portal_is_down_is_noticed_when_it_is_back() {
    let mut stage = Stage::set().await;
    let ana = stage.trusted("ana").await;
    let victim = stage.paused("watch-down", &ana).await;
    stage.portal.kill_9();
    stage.engine.docker(&["unpause", &victim]).expect("thawed");
    stage.portal.serve().await;
    let words = stage.broken(&ana).await;
    assert!(words.starts_with("Thawed"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_portals_make_one_alarm_of_a_break() {
    let stage = Stage::on_postgres().await;
    let second = Portal::builder().database(stage.database()).start().await;
    let (ana, ben) = (stage.trusted("ana").await, second.person("ben", &["analyst", "responder"]).await);
    let victim = stage.paused("watch-two", &ana).await;
    stage.engine.docker(&["unpause", &victim]).expect("thawed");
    stage.broken(&ana).await;
    // Both watch the same incident further on: a second break is the second alarm, and no other came between.
    stage.pause_it(&ben).await;
    stage.engine.docker(&["unpause", &victim]).expect("thawed");
    stage.broken(&ben).await;
    let page = incident(&ana).await;
    assert_eq!((told(&page, "containment.broken"), page.incident.alarm_count), (2, 3));
    let ledger = stage.ledger().await;
    assert_eq!(ledger.count("SELECT COUNT(*) FROM alarm WHERE source_id = 'quell'").await, 2);
    assert_eq!(ledger.count("SELECT COUNT(*) FROM node_watch").await, 1);
    stage.assert_audit_intact();
}

/// The portal that watches dies: the other takes over.
#[tokio::test(flavor = "multi_thread")]
async fn the_watch_goes_on_in_another_portal() {
    let mut stage = Stage::on_postgres().await;
    let ben = {
        let ana = stage.trusted("ana").await;
        stage.paused("watch-heir", &ana).await;
        let second = Portal::builder().database(stage.database()).start().await;
        let ben = second.person("ben", &["analyst", "responder"]).await;
        stage.portal.kill_9();
        (second, ben)
    };
    let victim = "watch-heir";
    stage.engine.docker(&["unpause", victim]).expect("thawed");
    let start = Instant::now();
    stage.broken(&ben.1).await;
    println!("noticed {:?} after the first portal died", start.elapsed());
    drop(ben.0);
}

/// An action whose outcome nobody knows does not keep the watch from saying that nothing can be read.
#[tokio::test(flavor = "multi_thread")]
async fn a_containment_is_unknown_also_while_an_outcome_is() {
    let point = "action.after_attempted";
    let mut stage = Stage::with(Portal::builder().env("QUELL__WORKER__LEASE_SECONDS", "5")).await;
    let (ana, ben) = (stage.trusted("ana").await, stage.approver("ben").await);
    let victim = stage.paused("watch-both", &ana).await;
    stage.portal.kill_9();
    stage.portal.set_env("QUELL_FAILPOINT", Some(point));
    stage.portal.serve().await;
    let request = stage.waiting(&ana, "unpause").await;
    stage.decide(&ben, &request, "approved", &[]).await;
    stage.at_failpoint(point).await;
    stage.proxy.on("GET", "/", Behaviour::Close);
    stage.crash_and_return().await;
    let page = stage
        .until(&ana, "both unknown", |page| {
            let outcome = page.requests[0].request.state == RequestState::Unknown;
            (outcome && says(page, "has not been able to read the engine since")).then(|| page.clone())
        })
        .await;
    assert_eq!(told(&page, "containment.unknown"), 1);
    assert!(queue(&ana, "action").await.rows.remove(0).unknown, "it is to be looked at");
    stage.proxy.clear_rules();
    assert_ended(&stage.end_of(&ana, &request).await, RequestState::Failed);
    stage.until(&ana, "known again", |page| (told(page, "containment.known") == 1).then_some(())).await;
    assert_eq!((stage.proxy.count("POST", "/unpause"), stage.engine.state(&victim).as_str()), (0, "paused"));
    assert_eq!(incident(&ana).await.incident.measures, [Action::Pause]);
    stage.assert_audit_intact();
}

/// Its manager makes two at once in the contained one's place: both are told of.
#[tokio::test(flavor = "multi_thread")]
async fn each_of_two_containers_that_come_at_once_gets_an_incident() {
    let stage = Stage::set().await;
    let ana = stage.trusted("ana").await;
    let run = |name: &str| {
        let _ = stage.engine.docker(&["rm", "-f", name]);
        let labels = ["com.docker.compose.project=twice", "com.docker.compose.service=web"];
        let words = ["run", "-d", "--name", name, "--network", "none", "--stop-timeout", "1", "--label", labels[0]];
        let more = ["--label", labels[1], "quell-test/victim:1", "sh", "-c", IDLE];
        stage.engine.docker(&[&words[..], &more[..]].concat()).expect("runs")
    };
    let victim = run("twice-1");
    stage.post(reverse_shell(&victim, "twice-1", SystemTime::now())).await;
    stage.until(&ana, "the incident", |page| (page.incident.alarm_count == 1).then_some(())).await;
    stage.pause_it(&ana).await;
    // No look in between: the next one that is answered sees both.
    stage.proxy.on("GET", "/containers/json", Behaviour::Hang);
    let mut new = [run("twice-2"), run("twice-3")];
    stage.proxy.clear_rules();
    let ledger = stage.ledger().await;
    let count = "SELECT COUNT(*) FROM incident";
    wait_for("both", PATIENCE, async || (ledger.count(count).await == 3).then_some(())).await;
    let mut told = Vec::new();
    for number in [2, 3] {
        let place = incident_of(&ana, number).await.expect("an incident").incident.place;
        told.push(place.container.expect("a container").to_string());
    }
    told.sort();
    new.sort();
    assert_eq!(told, new);
    stage.assert_audit_intact();
}
