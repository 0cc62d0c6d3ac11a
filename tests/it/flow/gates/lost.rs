//! Somebody else changes a restricted gate: it is noticed, told with an alarm, and decided on; never overwritten silently.

use quell_domain::{
    action::{Action, RequestState},
    gate::HoldState,
    incident::IncidentState,
};
use reqwest::StatusCode;

use super::stage::{Front, OUTSIDE, builder, confirm, gate, hold_state, page, waiting};
use crate::flow::stage::{Stage, assert_ended, incident};

impl Front {
    async fn is_lost(&self, who: &quell_tests::Client) {
        self.stage.until(who, "the loss", |page| page.incident.measures.is_empty().then_some(())).await;
        let shown = incident(who).await;
        assert_eq!((shown.incident.state, shown.incident.contained_at), (IncidentState::Containing, None));
        assert_eq!(shown.alarms[0].alarm.rule, "Gate no longer restricted");
        assert!(shown.timeline.iter().any(|event| event.code == "gate.lost"));
        assert!(shown.still_open.iter().any(|it| it.contains("somebody else changed it")), "{:?}", shown.still_open);
        assert_eq!(hold_state(who, 1).await, Some(HoldState::Lost));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_that_forgets_is_noticed_and_can_be_restricted_again() {
    let mut front = Front::set("gate-reload").await;
    let (ana, ben) = (front.stage.trusted("ana").await, front.stage.approver("ben").await);
    front.incident("gate-reload", &ana).await;
    front.restricted(&ana, &ben).await;
    front.haproxy.reload();
    front.is_lost(&ana).await;
    assert!(page(OUTSIDE, front.shop).await.is_some());

    front.restricted(&ana, &ben).await;
    let shown = incident(&ana).await;
    assert_eq!(
        (shown.incident.state, shown.incident.measures),
        (IncidentState::Containing, vec![Action::RestrictGate])
    );
    assert_eq!(gate(&ana, 1).await.holds.len(), 1);
    front.restored(&ana, &ben).await;
    assert!(front.map().is_empty());
    front.stage.assert_audit_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_hand_set_is_shown_and_replaced_only_by_decision() {
    let mut front = Front::set("gate-conflict").await;
    let (ana, ben) = (front.stage.trusted("ana").await, front.stage.approver("ben").await);
    front.incident("gate-conflict", &ana).await;
    front.restricted(&ana, &ben).await;
    let map = front.haproxy.path("shop.map").display().to_string();
    front.haproxy.ask(&format!("add map {map} 198.51.100.0/24 open"));
    front.is_lost(&ana).await;
    let theirs = front.map();

    let seen = confirm(&ana, (1, &front.balancer, "shop"), "restore_gate").await;
    assert!(seen.conflict && seen.former.is_some() && seen.mine.is_some());
    let refused = front.ask_for(&ana, "restore_gate", &[]).await;
    assert!(refused.location().is_none_or(|path| !path.starts_with("/approvals/")), "{:?}", refused.location());
    assert_eq!(front.map(), theirs);

    let request = front.done(&ana, &ben, "restore_gate", &[("over", "yes")]).await;
    assert_ended(&request, RequestState::Verified);
    assert!(front.map().is_empty(), "as before Quell: {:?}", front.map());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_hand_set_may_stay() {
    let mut front = Front::set("gate-leave").await;
    let (ana, ben) = (front.stage.trusted("ana").await, front.stage.approver("ben").await);
    front.incident("gate-leave", &ana).await;
    front.restricted(&ana, &ben).await;
    let map = front.haproxy.path("shop.map").display().to_string();
    front.haproxy.ask(&format!("clear map {map}"));
    front.haproxy.ask(&format!("add map {map} 198.51.100.0/24 closed"));
    front.is_lost(&ana).await;
    let theirs = front.map();
    let request = front.done(&ana, &ben, "restore_gate", &[("leave", "yes")]).await;
    assert_ended(&request, RequestState::Verified);
    assert_eq!(front.map(), theirs);
    assert!(gate(&ana, 1).await.holds.is_empty());
    assert_eq!(incident(&ana).await.incident.state, IncidentState::Triage);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_that_cannot_be_read_is_unknown_and_not_lost() {
    let mut front = Front::set("gate-unknown").await;
    let (ana, ben) = (front.stage.trusted("ana").await, front.stage.approver("ben").await);
    front.incident("gate-unknown", &ana).await;
    front.restricted(&ana, &ben).await;
    front.haproxy.kill_9();
    front
        .stage
        .until(&ana, "unknown", |page| {
            page.still_open.iter().any(|it| it.contains("whether it is still restricted is not known")).then_some(())
        })
        .await;
    let shown = incident(&ana).await;
    assert_eq!((shown.incident.state, shown.incident.alarm_count), (IncidentState::Containing, 1));
    // Restoring says why not, and changes nothing.
    let page = front.ask_for(&ana, "restore_gate", &[]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    assert!(page.location().is_none_or(|path| !path.starts_with("/approvals/")));
}

/// A withdrawn request leaves nothing.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_withdrawn_holds_nothing() {
    let mut front = Front::set("gate-withdrawn").await;
    let ana = front.stage.trusted("ana").await;
    front.incident("gate-withdrawn", &ana).await;
    let request = waiting(&front.ask_for(&ana, "restrict_gate", &[]).await);
    ana.post_form("/api/v1/approvals/withdraw", &[("request", &request)]).await;
    assert_ended(&front.stage.end_of(&ana, &request).await, RequestState::Withdrawn);
    assert!(front.map().is_empty() && gate(&ana, 1).await.holds.is_empty());
}

/// A front end that a new way does not name would count as gone, and what there was would be given up.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_stays_in_reach() {
    let mut front = Front::set("gate-reach").await;
    let (ana, ben) = (front.stage.trusted("ana").await, front.stage.approver("ben").await);
    front.incident("gate-reach", &ana).await;
    let socket = front.haproxy.path("admin.sock").display().to_string();
    let route = format!("other = shop_be @ {}", front.haproxy.path("shop.map").display());
    let words = ["balancer", "access", "edge", "--kind", "haproxy", "--socket", &socket, "--route", &route];
    front.restricted(&ana, &ben).await;
    let refused = front.stage.portal.try_quell(&words);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("An incident holds one of its gates"), "{refused:?}");
    front.restored(&ana, &ben).await;
    assert!(front.map().is_empty());
    front.stage.portal.quell(&words);
}

/// Between the answer and the reading back. What there was before Quell is not forgotten for that.
#[tokio::test(flavor = "multi_thread")]
async fn a_hand_that_comes_before_the_reading_back_leaves_a_decision() {
    let flag = tempfile::NamedTempFile::new().expect("a file");
    let path = flag.path().to_str().expect("a path");
    let portal = builder().env("QUELL_FAILPOINT", "action.after_engine").env("QUELL_FAILPOINT_WHILE", path);
    let mut front = Front::on(Stage::with(portal).await, "gate-hasty").await;
    let (ana, ben) = (front.stage.trusted("ana").await, front.stage.approver("ben").await);
    front.incident("gate-hasty", &ana).await;
    let request = waiting(&front.ask_for(&ana, "restrict_gate", &[]).await);
    front.stage.decide(&ben, &request, "approved", &[]).await;
    front.stage.at_failpoint("action.after_engine").await;
    let map = front.haproxy.path("shop.map").display().to_string();
    front.haproxy.ask(&format!("add map {map} 198.51.100.0/24 open"));
    drop(flag);
    assert_ended(&front.stage.end_of(&ana, &request).await, RequestState::Failed);
    assert_eq!(hold_state(&ana, 1).await, Some(HoldState::Lost));
    let request = front.done(&ana, &ben, "restore_gate", &[("over", "yes")]).await;
    assert_ended(&request, RequestState::Verified);
    assert!(front.map().is_empty(), "as before Quell: {:?}", front.map());
}

/// What else is held is a measure still, so that the incident cannot be merged away over it.
#[tokio::test(flavor = "multi_thread")]
async fn one_hold_that_is_lost_leaves_the_other_a_measure() {
    let mut front = Front::set("gate-two").await;
    let (ana, ben) = (front.stage.trusted("ana").await, front.stage.approver("ben").await);
    front.incident("gate-two", &ana).await;
    front.restricted(&ana, &ben).await;
    let out = front.done(&ana, &ben, "restrict_gate", &[("how", "member")]).await;
    assert_ended(&out, RequestState::Verified);
    let map = front.haproxy.path("shop.map").display().to_string();
    front.haproxy.ask(&format!("clear map {map}"));
    let lost = |page: &quell_domain::view::IncidentPage| page.timeline.iter().any(|event| event.code == "gate.lost");
    front.stage.until(&ana, "the loss", |page| lost(page).then_some(())).await;
    assert_eq!(incident(&ana).await.incident.measures, [Action::RestrictGate]);
    assert_eq!(hold_state(&ana, 1).await, Some(HoldState::Held), "the container's own back end is out of service");
}
