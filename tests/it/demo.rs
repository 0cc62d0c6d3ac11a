//! `cargo xtask demo`, as a newcomer runs it: one incident with every alarm, logins that work, and nothing left behind.

use std::{process::Command, time::Duration};

use quell_domain::view::QueuePage;
use quell_tests::{Client, Engine, client::send, fixtures::ALARMS, portal, tied::Tied, wait_for};
use reqwest::{Method, header::ACCEPT};

/// It finds everything built, but it asks.
const PATIENCE: Duration = Duration::from_secs(300);
const VICTIM: &str = "payments-api-demo";

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_tells_its_story_and_cleans_up() {
    let engine = Engine::shared().await;
    let home = tempfile::tempdir().expect("a folder");
    let (port, said) = (portal::free_port(), home.path().join("said"));
    let mut command = Command::new(portal::target().join("debug/xtask"));
    command.args(["demo", "--port", &port.to_string(), "--data"]).arg(home.path());
    command.env("DOCKER_HOST", engine.endpoint());
    // Ends as Ctrl-C ends it.
    let mut demo = Tied::start(&mut command, &said, "INT", None);
    let said = || std::fs::read_to_string(&said).unwrap_or_default();
    wait_for("the demo's welcome", PATIENCE, async || {
        assert!(demo.ended().is_none(), "the demo ended:\n{}", said());
        said().contains("Ctrl-C ends the demo").then_some(())
    })
    .await;

    let text = said();
    let password = text.lines().find_map(|line| line.trim().strip_prefix("responder ")).expect("a responder").trim();
    let client = Client::new(&format!("http://localhost:{port}"));
    client.sign_in("responder", password).await;
    let alarms: usize = ALARMS.iter().map(|fixture| fixture.alarms).sum();
    let queue = wait_for("one incident with every alarm", PATIENCE, async || {
        let page =
            send(client.request(Method::GET, "/api/v1/incidents/queue?view=action").header(ACCEPT, "application/json"))
                .await;
        let queue: QueuePage = serde_json::from_slice(&page.body).unwrap_or_else(|_| panic!("{}", page.text()));
        (queue.rows.iter().map(|row| row.alarm_count).sum::<i64>() == alarms as i64).then_some(queue)
    });
    let queue = queue.await;
    assert_eq!(queue.rows.len(), 1, "{:?}", queue.rows);
    assert_eq!(engine.state(VICTIM), "running");

    let status = demo.stop();
    assert!(status.success(), "{}", said());
    assert!(engine.state(VICTIM).contains("No such"), "the victim is left behind");
}
