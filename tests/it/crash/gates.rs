//! The portal is killed at every arrow of restricting and of restoring a gate, on HAProxy and on the simulated cloud: what
//! there was is never lost, nothing is sent twice, and page and load balancer say the same.

use std::panic::AssertUnwindSafe;

use futures::{FutureExt as _, StreamExt as _, stream};
use quell_core::failpoint::POINTS;
use quell_domain::{action::RequestState, gate::HoldState};
use quell_tests::{Client, wait_for};
use reqwest::{Method, header::ACCEPT};

use crate::flow::{
    gates::{
        cloud::{Cloud, MANY},
        stage::{Front, LIST, ask_about, builder, confirm, hold_state, waiting},
    },
    stage::{PATIENCE, Stage, approval, assert_ended, incident},
};

/// Each has an HAProxy or a simulator of its own.
const AT_ONCE: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Haproxy,
    Cloud,
}

/// What is under way when the portal dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum During {
    Restricting,
    Restoring,
}

fn crashes() -> Vec<(&'static str, Way, During)> {
    // Containers are looked at for restricting only.
    let meets = |point: &str, during| point != "action.after_inspect" || during == During::Restricting;
    // Where the adapters differ.
    let calls = ["gate.after_read", "gate.after_call", "action.after_attempted", "action.after_concluded"];
    let mut all = Vec::new();
    for point in POINTS.iter().copied().filter(|it| it.starts_with("gate.") || it.starts_with("action.")) {
        for during in [During::Restricting, During::Restoring] {
            if meets(point, during) {
                all.push((point, Way::Haproxy, during));
            }
            if calls.contains(&point) {
                all.push((point, Way::Cloud, during));
            }
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_every_arrow_a_gate_is_as_the_record_says_on_sqlite() {
    kill_everywhere("sqlite").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_every_arrow_a_gate_is_as_the_record_says_on_postgres() {
    kill_everywhere("postgres").await;
}

async fn kill_everywhere(database: &str) {
    let outcomes: Vec<_> = stream::iter(crashes().into_iter().enumerate())
        .map(|(number, crash)| async move {
            (crash, AssertUnwindSafe(kill_at(crash, database, number)).catch_unwind().await.is_ok())
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let failed: Vec<_> = outcomes.iter().filter(|(_, good)| !good).map(|(crash, _)| crash).collect();
    assert!(failed.is_empty(), "{database}: killed here, something did not hold (see above): {failed:?}");
}

async fn stage(database: &str) -> Stage {
    let builder = builder().env("QUELL__WORKER__LEASE_SECONDS", "5");
    match database {
        "postgres" => Stage::on_postgres_with(builder).await,
        _ => Stage::with(builder).await,
    }
}

async fn kill_at((point, way, during): (&'static str, Way, During), database: &str, number: usize) {
    let name = format!("gk-{database}-{number}");
    match way {
        Way::Haproxy => {
            let mut front = Front::on(stage(database).await, &name).await;
            let (ana, ben) = (front.stage.trusted("ana").await, front.stage.approver("ben").await);
            front.incident(&name, &ana).await;
            let before = front.state();
            let at = (1, front.balancer.clone(), "shop");
            let is_restricted = |front: &Front| !front.map().is_empty();
            if during == During::Restoring {
                front.restricted(&ana, &ben).await;
            }
            let request = killed(&mut front.stage, point, during, (at.0, &at.1, at.2), (&ana, &ben)).await;
            holds(&front.stage, &request, is_restricted(&front), &ana).await;
            if is_restricted(&front) {
                let page = ask_about(&ana, (at.0, &at.1, at.2), "restore_gate", &[]).await;
                let back = agreed(&front.stage, &ana, &ben, &page).await;
                assert_ended(&approval(&ana, &back).await.request, RequestState::Verified);
            }
            assert_eq!(front.state(), before, "{point} {during:?}: as before");
        }
        Way::Cloud => {
            let pg = usize::from(database == "postgres");
            let address = format!("10.20.{pg}.{}", 100 + number);
            let mut cloud = Cloud::on(stage(database).await, &name, &address).await;
            let (ana, ben) = (cloud.stage.trusted("ana").await, cloud.stage.approver("ben").await);
            cloud.incident(&name, &ana).await;
            let at = (1, cloud.balancer.clone(), MANY);
            if during == During::Restoring {
                let page = ask_about(&ana, (at.0, &at.1, at.2), "restrict_gate", &[]).await;
                agreed(&cloud.stage, &ana, &ben, &page).await;
            }
            let before = cloud.changes();
            let request = killed(&mut cloud.stage, point, during, (at.0, &at.1, at.2), (&ana, &ben)).await;
            assert!(cloud.changes() - before <= 2, "{point} {during:?}: nothing is sent twice");
            holds(&cloud.stage, &request, cloud.is_restricted(), &ana).await;
            if cloud.is_restricted() {
                let page = ask_about(&ana, (at.0, &at.1, at.2), "restore_gate", &[]).await;
                agreed(&cloud.stage, &ana, &ben, &page).await;
            }
            assert!(!cloud.is_restricted(), "{point} {during:?}");
        }
    }
}

/// Asks, has it approved, kills the portal on the way, and waits for the end. Gives the request's id.
async fn killed(
    stage: &mut Stage,
    point: &'static str,
    during: During,
    at: (i64, &str, &str),
    (ana, ben): (&Client, &Client),
) -> String {
    let action = match during {
        During::Restricting => "restrict_gate",
        During::Restoring => "restore_gate",
    };
    let on_request = point == "action.after_request";
    if on_request {
        stand_at(stage, point).await;
    }
    let seen = confirm(ana, at, action).await.fingerprint.expect("seen").to_string();
    let asked = sent(ana, at, action, &seen);
    if on_request {
        stage.at_failpoint(point).await;
        stage.crash_and_return().await;
    }
    let request = wait_for("the request", PATIENCE, async || {
        let row = incident(ana).await.requests.first().map(|row| row.request.clone())?;
        (row.action.word() == action).then(|| row.id.to_string())
    })
    .await;
    asked.abort();
    if !on_request {
        stand_at(stage, point).await;
    }
    stage.decide(ben, &request, "approved", &[]).await;
    if !on_request {
        stage.at_failpoint(point).await;
        stage.crash_and_return().await;
    }
    stage.end_of(ana, &request).await;
    request
}

/// The portal begins again, and will stand still there.
async fn stand_at(stage: &mut Stage, point: &str) {
    stage.portal.kill_9();
    stage.portal.set_env("QUELL_FAILPOINT", Some(point));
    stage.portal.serve().await;
}

fn sent(
    who: &Client,
    (number, balancer, gate): (i64, &str, &str),
    action: &str,
    seen: &str,
) -> tokio::task::JoinHandle<()> {
    let number = number.to_string();
    let form = [
        ("number", number.as_str()),
        ("balancer", balancer),
        ("gate", gate),
        ("action", action),
        ("allow", if action == "restrict_gate" { LIST } else { "" }),
        ("detail", "it must be done"),
        ("accepts_impact", "yes"),
        ("fingerprint", seen),
    ];
    let request = who.request(Method::POST, "/api/v1/gates/request").header(ACCEPT, "application/json");
    let request = request.header("sec-fetch-site", "same-origin").form(&form);
    tokio::spawn(async move {
        let _ = request.send().await;
    })
}

async fn agreed(stage: &Stage, ana: &Client, ben: &Client, page: &quell_tests::Page) -> String {
    let request = waiting(page);
    stage.decide(ben, &request, "approved", &[]).await;
    assert_ended(&stage.end_of(ana, &request).await, RequestState::Verified);
    request
}

/// Request, hold, incident and load balancer say the same.
async fn holds(stage: &Stage, request: &str, restricted: bool, ana: &Client) {
    let ledger = stage.ledger().await;
    wait_for("the end of all jobs", PATIENCE, async || {
        (ledger.count("SELECT COUNT(*) FROM job WHERE state = 'ready'").await == 0).then_some(())
    })
    .await;
    let ended = approval(ana, request).await.request;
    assert!(!ended.state.is_open(), "{:?}", ended.state);
    let held = hold_state(ana, 1).await;
    assert_eq!(held == Some(HoldState::Held), restricted, "{held:?}: {} {}", ended.state.word(), ended.detail);
    let measures = incident(ana).await.incident.measures;
    assert_eq!(!measures.is_empty(), restricted, "{measures:?}: {}", ended.detail);
    ledger.assert_every_attempt_is_concluded().await;
    stage.assert_audit_intact();
}
