//! The portal is killed at every named point of every flow, on both databases, and comes back: what must hold then, holds.
//!
//! Goes through the table of points itself: a new point without a scenario fails here.

mod gates;
mod scenarios;

use std::panic::AssertUnwindSafe;

use futures::{FutureExt as _, StreamExt as _, stream};
use quell_core::failpoint::POINTS;
use quell_domain::{
    action::RequestState,
    evidence::{ItemKind, ItemState},
    incident::IncidentState,
};
use quell_tests::{Client, Portal, wait_for};

use crate::flow::{
    ledger::{Ledger, assert_store_equals_record},
    stage::{PATIENCE, Stage, incident, state_of},
};

/// Portals at the same time; they mostly wait for leases.
const AT_ONCE: usize = 6;

/// What is going on when the portal dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Intake,
    Correlate,
    Action,
    /// Another person approves a kill.
    Approval,
    /// All evidence of a running container.
    Evidence,
    /// The image of a paused one: commit, tag, save.
    Image,
}

/// Every point with every flow that comes by it.
fn crashes() -> Vec<(&'static str, Flow)> {
    // Gates have their own, see `gates`.
    POINTS
        .iter()
        .filter(|point| !point.starts_with("gate."))
        .flat_map(|point| {
            let flows: &[Flow] = match *point {
                "evidence.after_commit" => &[Flow::Image],
                "action.after_request" => &[Flow::Action],
                _ => match point.split_once('.').expect("flow.point").0 {
                    "intake" => &[Flow::Intake],
                    "correlate" => &[Flow::Correlate],
                    "action" => &[Flow::Action, Flow::Approval],
                    "approval" => &[Flow::Approval],
                    "evidence" => &[Flow::Evidence, Flow::Image],
                    other => panic!("nothing here drives the flow {other} to {point}"),
                },
            };
            flows.iter().map(move |flow| (*point, *flow))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_every_point_the_portal_comes_back_to_the_truth_on_sqlite() {
    kill_everywhere("sqlite").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_every_point_the_portal_comes_back_to_the_truth_on_postgres() {
    kill_everywhere("postgres").await;
}

async fn kill_everywhere(database: &str) {
    let outcomes: Vec<_> = stream::iter(crashes())
        // One that fails must not hide what the others find.
        .map(|(point, flow)| async move {
            ((point, flow), AssertUnwindSafe(kill_at(point, flow, database)).catch_unwind().await.is_ok())
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let failed: Vec<_> = outcomes.iter().filter(|(_, good)| !good).map(|(crash, _)| crash).collect();
    assert!(failed.is_empty(), "{database}: killed here, something did not hold (see above): {failed:?}");
    assert!(
        POINTS
            .iter()
            .filter(|point| !point.starts_with("gate."))
            .all(|point| outcomes.iter().any(|((met, _), _)| met == point))
    );
}

async fn kill_at(point: &'static str, flow: Flow, database: &str) {
    let builder = Portal::builder().env("QUELL_FAILPOINT", point).env("QUELL__WORKER__LEASE_SECONDS", "5");
    let mut stage = match database {
        "postgres" => Stage::on_postgres_with(builder).await,
        _ => Stage::with(builder).await,
    };
    let who = match flow {
        Flow::Approval => stage.trusted("ana").await,
        _ => stage.responder("ana").await,
    };
    let name = format!("killed-{database}-{flow:?}-{}", point.replace(['.', '_'], "-")).to_lowercase();
    let victim = match flow {
        Flow::Intake => scenarios::intake(&mut stage, point, &name, &who).await,
        Flow::Correlate => scenarios::correlate(&mut stage, point, &name, &who).await,
        Flow::Action => scenarios::action(&mut stage, point, &name, &who).await,
        Flow::Approval => scenarios::approval(&mut stage, point, &name, &who).await,
        Flow::Evidence => scenarios::evidence(&mut stage, point, &name, &who).await,
        Flow::Image => scenarios::image(&mut stage, point, &name, &who).await,
    };
    assert_all_holds(&stage, point, &victim, &who).await;
}

/// What holds after any crash, once the portal had time to take up what was left.
async fn assert_all_holds(stage: &Stage, point: &str, victim: &str, who: &Client) {
    let ledger = stage.ledger().await;
    wait_for("the end of all jobs", PATIENCE, async || {
        (ledger.count("SELECT COUNT(*) FROM job WHERE state = 'ready'").await == 0).then_some(())
    })
    .await;
    assert_alarms(&ledger, point, who).await;
    assert_action(stage, point, victim, who).await;
    let held_still = stage.engine.state(victim) == "paused";
    for row in incident(who).await.packs {
        for kind in row.tasks.iter().map(|task| task.kind) {
            let waits = kind == ItemKind::Image && !held_still;
            let expected = if waits { ItemState::NeedsPause } else { ItemState::Sealed };
            assert_eq!(state_of(&row, kind), expected, "{point}: {}: {:?}", kind.word(), row.items);
        }
    }
    assert_store_equals_record(&ledger, &stage.store()).await;
    ledger.assert_every_attempt_is_concluded().await;
    stage.assert_audit_intact();
}

/// What was answered is there once, in one incident, and counted once.
async fn assert_alarms(ledger: &Ledger, point: &str, who: &Client) {
    assert_eq!(ledger.alarms().await, 1, "{point}");
    assert_eq!(ledger.count("SELECT COUNT(*) FROM incident").await, 1, "{point}");
    assert_eq!(ledger.count("SELECT COUNT(*) FROM alarm_unmapped").await, 0, "{point}");
    assert_eq!(incident(who).await.incident.alarm_count, 1, "{point}");
}

/// The engine was asked at most once, and what the page says is what the engine says.
async fn assert_action(stage: &Stage, point: &str, victim: &str, who: &Client) {
    assert!(stage.pauses() <= 1, "{point}: the engine was asked {} times", stage.pauses());
    let page = incident(who).await;
    assert!(page.requests.len() <= 1);
    let request = page.requests.first().map(|row| row.request.clone());
    if let Some(request) = &request {
        assert!(
            matches!(
                request.state,
                RequestState::Verified | RequestState::Failed | RequestState::Void | RequestState::Expired
            ),
            "{point}: {:?}",
            request.state
        );
    }
    let verified = request.is_some_and(|request| request.state == RequestState::Verified);
    let paused = matches!(stage.engine.state(victim).as_str(), "paused" | "exited");
    assert!(stage.proxy.count("POST", "/kill") <= 1, "{point}: killed more than once");
    let contained = page.incident.state == IncidentState::Contained;
    assert_eq!((verified, contained), (paused, paused), "{point}: request, incident and engine differ");
    if (point.starts_with("action.") || point.starts_with("approval.")) && point != "action.after_attempted" {
        assert!(paused, "{point}: what was asked for was not lost");
    }
}
