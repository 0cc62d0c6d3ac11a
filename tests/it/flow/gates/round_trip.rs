//! Restrict, prove, restore, on a real HAProxy: what there was comes back, and everybody is told what is still open.

use quell_domain::{
    action::{Action, RequestState},
    gate::{HoldState, Knocked},
    incident::IncidentState,
};

use super::stage::{Front, INSIDE, OUTSIDE, confirm, gate, gates, page, servers, still_open};
use crate::flow::stage::{Stage, assert_ended, incident};

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_is_restricted_proved_and_restored_on_sqlite() {
    round_trip(Front::set("gate-round").await, "gate-round").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_is_restricted_proved_and_restored_on_postgres() {
    let stage = Stage::on_postgres_with(super::stage::builder()).await;
    round_trip(Front::on(stage, "gate-round-pg").await, "gate-round-pg").await;
}

async fn round_trip(mut front: Front, name: &str) {
    let (ana, ben) = (front.stage.trusted("ana").await, front.stage.approver("ben").await);
    front.incident(name, &ana).await;
    let before = front.state();
    assert_eq!(servers(OUTSIDE, front.shop).await, ["neighbour", "victim"]);

    // What the pages show before.
    let found = gates(&ana, 1).await;
    let row = &found.gates[0];
    assert!(row.restrict.allowed && !row.restore.allowed, "{row:?}");
    let own: Vec<&str> = row.back_ends.iter().filter(|it| it.own).map(|it| it.name.as_str()).collect();
    assert_eq!((own.as_slice(), row.back_ends.len()), (["victim"].as_slice(), 2));
    assert!(found.still_open.iter().any(|it| it.contains("leads to the container and is not restricted")));
    let seen = confirm(&ana, (1, &front.balancer, "shop"), "restrict_gate").await;
    assert_eq!((seen.prefilled.as_str(), seen.can_cut, seen.conflict), ("127.0.0.2", true, false));
    assert!(seen.warnings.iter().any(|it| it.contains("1 other back end")), "{:?}", seen.warnings);
    assert!(seen.can.allowed, "{}", seen.can.why_not);

    let request = front.restricted(&ana, &ben).await;
    assert_eq!(page(OUTSIDE, front.shop).await, None);
    assert_eq!(servers(INSIDE, front.shop).await, ["neighbour", "victim"]);
    let shown = incident(&ana).await;
    assert_eq!(
        (shown.incident.state, shown.incident.measures),
        (IncidentState::Containing, vec![Action::RestrictGate])
    );
    let open = shown.still_open.join(" ");
    for words in ["127.0.0.2 can still connect", "what it connects to itself is not stopped", "were not ended"] {
        assert!(open.contains(words), "{words}: {open}");
    }
    assert!(!open.contains("not probed"), "{open}");
    let hold = gate(&ana, 1).await.holds[0].hold.clone();
    assert_eq!((hold.state, hold.request), (HoldState::Held, request.id));
    assert_eq!((hold.proof.outside.before, hold.proof.outside.after), (Knocked::Through, Knocked::Refused));
    assert_eq!((hold.proof.inside.before, hold.proof.inside.after), (Knocked::Through, Knocked::Through));
    assert!(hold.proof.read_back.is_some());

    let back = front.done(&ana, &ben, "restore_gate", &[]).await;
    assert_ended(&back, RequestState::Verified);
    assert_eq!(front.state(), before, "everything is as before");
    assert_eq!(servers(OUTSIDE, front.shop).await, ["neighbour", "victim"]);
    let after = incident(&ana).await;
    assert_eq!((after.incident.state, after.incident.measures.len()), (IncidentState::Recovering, 0));
    assert!(!still_open(&ana).await.contains("can still connect"));
    assert!(gate(&ana, 1).await.holds.is_empty());
    front.stage.ledger().await.assert_every_attempt_is_concluded().await;
    front.stage.assert_audit_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_back_end_is_taken_out_and_put_back() {
    let mut front = Front::set("gate-member").await;
    let (ana, ben) = (front.stage.trusted("ana").await, front.stage.approver("ben").await);
    front.incident("gate-member", &ana).await;
    let before = front.state();
    let request = front.done(&ana, &ben, "restrict_gate", &[("how", "member"), ("allow", "")]).await;
    assert_ended(&request, RequestState::Verified);
    assert_eq!(servers(OUTSIDE, front.shop).await, ["neighbour"], "the others are left alone");
    assert!(front.map().is_empty());
    assert_eq!(incident(&ana).await.incident.measures, [Action::RestrictGate]);
    front.restored(&ana, &ben).await;
    assert_eq!(front.state(), before);
    assert_eq!(servers(OUTSIDE, front.shop).await, ["neighbour", "victim"]);
}

/// Without addresses to knock from nothing is called verified by a knock.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_probed_says_so() {
    let stage = Stage::with(quell_tests::Portal::builder()).await;
    let mut front = Front::on(stage, "gate-unprobed").await;
    let (ana, ben) = (front.stage.trusted("ana").await, front.stage.approver("ben").await);
    front.incident("gate-unprobed", &ana).await;
    let seen = confirm(&ana, (1, &front.balancer, "shop"), "restrict_gate").await;
    let knocks = &seen.probes[1..];
    assert!(knocks.len() == 2 && knocks.iter().all(|it| it.contains("not probed")), "{:?}", seen.probes);
    let request = front.restricted(&ana, &ben).await;
    assert!(request.detail.contains("From outside: not probed. gates.outside is not set."), "{}", request.detail);
    assert!(still_open(&ana).await.contains("not probed from outside"));
    assert_eq!(page(OUTSIDE, front.shop).await, None);
}

/// The container was removed: the gate must still come back.
#[tokio::test(flavor = "multi_thread")]
async fn a_gate_is_restored_without_its_container() {
    let mut front = Front::set("gate-gone").await;
    let (ana, ben) = (front.stage.trusted("ana").await, front.stage.approver("ben").await);
    front.incident("gate-gone", &ana).await;
    front.restricted(&ana, &ben).await;
    front.stage.engine.docker(&["rm", "-f", &front.victim]).expect("removed");
    let found = gates(&ana, 1).await;
    assert!(found.trouble.is_some() && found.gates.len() == 1, "{found:?}");
    front.restored(&ana, &ben).await;
    assert!(front.map().is_empty());
}
