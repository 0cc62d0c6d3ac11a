//! Two incidents on one gate: the second joins without a call, and the first to let go does not open it for the other.

use std::time::SystemTime;

use quell_domain::{
    action::{Action, RequestState},
    gate::HoldState,
    incident::IncidentState,
};
use quell_tests::{Client, wait_for};
use reqwest::StatusCode;

use super::stage::{Front, LIST, OUTSIDE, ask_about, builder, confirm, gate, hold_state, page};
use crate::flow::stage::{PATIENCE, Stage, assert_ended, incident, incident_of, reverse_shell};

/// A second container, which the same gate leads to, and its incident. Gives the state of the load balancer with both.
async fn second(front: &Front, ana: &Client, name: &str) -> String {
    let (other, address) = super::stage::networked(&front.stage, name);
    front.haproxy.ask("set server shop_be/neighbour state maint");
    front.haproxy.ask(&format!("set server shop_be/neighbour addr {address} port 8080"));
    front.haproxy.ask("set server shop_be/neighbour state ready");
    let answer = front.stage.post(reverse_shell(&other, name, SystemTime::now())).await;
    assert_eq!(answer.status, StatusCode::OK);
    wait_for("incident 2", PATIENCE, async || incident_of(ana, 2).await).await;
    front.state()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_joins_and_the_first_does_not_open_for_the_other() {
    let mut front = Front::set("gate-shared").await;
    let (ana, ben) = (front.stage.trusted("ana").await, front.stage.approver("ben").await);
    front.incident("gate-shared", &ana).await;
    let before = front.state();
    let with_both = second(&front, &ana, "gate-shared-2").await;

    front.restricted(&ana, &ben).await;
    let closed = front.map();
    let at = (2, front.balancer.as_str(), "shop");
    let seen = confirm(&ana, at, "restrict_gate").await;
    assert_eq!((seen.others.as_slice(), seen.prefilled.as_str()), ([1].as_slice(), LIST));
    let refused = ask_about(&ana, at, "restrict_gate", &[("allow", "127.0.0.2 127.0.0.9")]).await;
    assert!(refused.location().is_none_or(|path| !path.starts_with("/approvals/")), "another list is refused");
    let joined = ask_about(&ana, at, "restrict_gate", &[]).await;
    let joined = front.agreed(&ana, &ben, &joined).await;
    assert_ended(&joined, RequestState::Verified);
    assert_eq!(front.map(), closed);
    assert_eq!(gate(&ana, 2).await.holds.len(), 2);
    assert_eq!(incident_of(&ana, 2).await.expect("2").incident.measures, [Action::RestrictGate]);

    let first = front.restored(&ana, &ben).await;
    assert!(first.detail.contains("INC-2 holds this gate too"), "{}", first.detail);
    assert_eq!(front.map(), closed, "it stays closed");
    assert_eq!(page(OUTSIDE, front.shop).await, None);
    assert_eq!(incident(&ana).await.incident.state, IncidentState::Recovering);

    let last = ask_about(&ana, at, "restore_gate", &[]).await;
    let last = front.agreed(&ana, &ben, &last).await;
    assert_ended(&last, RequestState::Verified);
    assert_eq!(front.state(), with_both, "and not {before}");
    assert!(page(OUTSIDE, front.shop).await.is_some());
    front.stage.assert_audit_intact();
}

/// Before the watch has seen it.
#[tokio::test(flavor = "multi_thread")]
async fn what_another_hand_set_between_the_two_is_not_covered_up() {
    let seldom = builder().env("QUELL__GATES__EVERY_SECONDS", "3600");
    let mut front = Front::on(Stage::with(seldom).await, "gate-between").await;
    let (ana, ben) = (front.stage.trusted("ana").await, front.stage.approver("ben").await);
    front.incident("gate-between", &ana).await;
    second(&front, &ana, "gate-between-2").await;
    front.restricted(&ana, &ben).await;
    let map = front.haproxy.path("shop.map").display().to_string();
    front.haproxy.ask(&format!("clear map {map}"));
    front.haproxy.ask(&format!("add map {map} 198.51.100.0/24 closed"));
    let theirs = front.map();

    let at = (2, front.balancer.as_str(), "shop");
    let joined = ask_about(&ana, at, "restrict_gate", &[]).await;
    assert_ended(&front.agreed(&ana, &ben, &joined).await, RequestState::Verified);
    assert_eq!(hold_state(&ana, 1).await, Some(HoldState::Lost), "the first no longer had it");
    let last = ask_about(&ana, at, "restore_gate", &[]).await;
    assert_ended(&front.agreed(&ana, &ben, &last).await, RequestState::Verified);
    assert_eq!(front.map(), theirs, "what there was when the second took it");
}
