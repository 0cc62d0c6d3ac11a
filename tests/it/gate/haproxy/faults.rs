//! A command that gets lost between Quell and HAProxy, and a hand that is quicker.

use std::{
    path::PathBuf,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use quell_core::ports::GateError;
use quell_tests::haproxy::say;
use tokio::net::UnixListener;

use super::*;

/// What happens to a command.
enum Fate {
    /// HAProxy gets it, and its answer comes back.
    Answered,
    /// HAProxy gets it, and its answer does not come back whole.
    Cut(usize),
    /// HAProxy does not get it.
    Swallowed,
}

/// A socket before HAProxy's own, at which this is asked for each command.
fn between(stage: &Stage, fate: impl Fn(&str) -> Fate + Send + 'static) -> Balancer {
    let (own, path): (PathBuf, PathBuf) = (stage.haproxy.path("admin.sock"), stage.haproxy.path("between.sock"));
    let listener = UnixListener::bind(&path).expect("a socket");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut command = String::new();
            stream.read_to_string(&mut command).await.expect("a command");
            let fate = fate(&command);
            if matches!(fate, Fate::Swallowed) {
                continue;
            }
            let answer = say(&own, command.strip_suffix('\n').expect("a line")).unwrap_or_default();
            let length = if let Fate::Cut(length) = fate { length.min(answer.len()) } else { answer.len() };
            let _ = stream.write_all(&answer.as_bytes()[..length]).await;
        }
    });
    stage.balancer_at(&path.display().to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_to_a_change_is_unknown_and_to_a_question_nothing() {
    for (fate, done) in [(Fate::Cut(0), true), (Fate::Swallowed, false)] {
        let stage = Stage::new().await;
        let fate = Mutex::new(Some(fate));
        let spoilt = between(&stage, move |command| match command {
            it if it.starts_with("commit map") => fate.lock().expect("a lock").take().unwrap_or(Fate::Answered),
            _ => Fate::Answered,
        });
        let (gate, allow) = (key("shop"), only("127.0.0.2"));
        let lost = adapter().restrict(&spoilt, &gate, &allow, &Rules::open()).await;
        assert!(matches!(lost, Err(GateError::NoAnswer(_))), "{lost:?}");
        // Reading tells what became of it, and doing it again comes to the same.
        let rules = adapter().read(&spoilt, &gate).await.expect("a gate").rules;
        assert_eq!(rules.is_restricted_to(&allow), done);
        adapter().restrict(&spoilt, &gate, &allow, &rules).await.expect("restricted");
        assert_eq!(page(OUTSIDE, stage.shop).await, None);
    }
    let stage = Stage::new().await;
    let spoilt = between(&stage, |command| if command.starts_with("show map") { Fate::Cut(5) } else { Fate::Answered });
    stage.restrict("shop", &only("127.0.0.2")).await;
    let lost = adapter().read(&spoilt, &key("shop")).await;
    assert!(matches!(lost, Err(GateError::Unreachable(_))), "{lost:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hand_that_changes_the_map_while_it_is_prepared_is_not_overwritten() {
    let stage = Stage::new().await;
    let (own, map) = (stage.haproxy.path("admin.sock"), stage.haproxy.path("shop.map").display().to_string());
    let spoilt = between(&stage, move |command| {
        if command.starts_with("add map @") {
            say(&own, &format!("add map {map} 198.51.100.9 closed")).expect("an answer");
        }
        Fate::Answered
    });
    let refused = adapter().restrict(&spoilt, &key("shop"), &only("127.0.0.2"), &Rules::open()).await;
    let Err(GateError::Conflict(found)) = refused else { panic!("a conflict, not {refused:?}") };
    assert_eq!(found.entries, ["198.51.100.9 closed"]);
    assert_eq!(stage.haproxy.map("shop.map"), ["198.51.100.9 closed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_haproxy_that_dies_is_unreachable_and_midway_unknown() {
    let mut stage = Stage::new().await;
    let echo = stage.member("raw", "echo").await;
    let pid = stage.haproxy.ask("show info");
    let pid = pid.lines().find_map(|line| line.strip_prefix("Pid: ")).expect("a pid").to_owned();
    let dying = between(&stage, move |command| {
        if command.starts_with("shutdown sessions") {
            let killed = std::process::Command::new("kill").args(["-KILL", &pid]).status();
            assert!(killed.expect("kill").success());
            return Fate::Swallowed;
        }
        Fate::Answered
    });
    let lost = adapter().cut(&dying, &key("raw"), &echo).await;
    assert!(matches!(lost, Err(GateError::NoAnswer(_))), "{lost:?}");
    stage.haproxy.kill_9();
    let gone = adapter().read(&stage.balancer(), &key("shop")).await;
    assert!(matches!(gone, Err(GateError::Unreachable(_))), "{gone:?}");
    let gone = adapter().restrict(&stage.balancer(), &key("shop"), &only("127.0.0.2"), &Rules::open()).await;
    assert!(matches!(gone, Err(GateError::Unreachable(_))), "{gone:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_taken_out_and_cannot_be_read_back_is_unknown() {
    let stage = Stage::new().await;
    let (a, sent) = (stage.member("shop", "a").await, AtomicBool::new(false));
    let spoilt = between(&stage, move |command| match command {
        it if it.starts_with("set server") => {
            sent.store(true, Ordering::SeqCst);
            Fate::Answered
        }
        _ if sent.load(Ordering::SeqCst) => Fate::Swallowed,
        _ => Fate::Answered,
    });
    let lost = adapter().weigh(&spoilt, &key("shop"), &a, 0).await;
    assert!(matches!(lost, Err(GateError::NoAnswer(_))), "it was done: {lost:?}");
    assert_eq!(stage.member("shop", "a").await.weight, 0);
}
