//! What must not happen: bad input, stale pages, gates that somebody else changed meanwhile. Nothing is sent then.

use quell_domain::action::RequestState;
use quell_tests::wait_for;
use reqwest::StatusCode;

use super::stage::{Front, LIST, builder, confirm, gate, request, waiting};
use crate::flow::stage::{PATIENCE, Stage, assert_ended, incident};

/// What somebody else writes into the map.
fn by_another_hand(front: &Front) {
    let map = front.haproxy.path("shop.map").display().to_string();
    front.haproxy.ask(&format!("add map {map} 198.51.100.0/24 closed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_names_its_field_and_nothing_is_sent() {
    let mut front = Front::set("gate-input").await;
    let ana = front.stage.trusted("ana").await;
    front.incident("gate-input", &ana).await;
    let at = (1, front.balancer.clone());
    let seen = confirm(&ana, (at.0, &at.1, "shop"), "restrict_gate").await.fingerprint.expect("seen").to_string();
    let many: Vec<String> = (0..301).map(|n| format!("198.18.{}.{}", n / 250, n % 250 + 1)).collect();
    for allow in ["", "0.0.0.0/0", "::/0", "203.0.113.7/24", "203.0.113.256", &many.join(",")] {
        let page = request(&ana, (at.0, &at.1, "shop"), "restrict_gate", &seen, &[("allow", allow)]).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{allow}: {}", page.text());
        let form = [
            ("number", "1"),
            ("balancer", at.1.as_str()),
            ("gate", "shop"),
            ("action", "restrict_gate"),
            ("allow", allow),
            ("detail", "it must be done"),
            ("accepts_impact", "yes"),
            ("fingerprint", seen.as_str()),
        ];
        let page = ana.post_json_answer("/api/v1/gates/request", &form).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{allow}: {}", page.text());
        assert_eq!(page.json()["fields"][0]["field"], "allow", "{}", page.text());
    }
    for (field, more) in [
        ("how", [("how", "politely")].as_slice()),
        ("accepts_impact", &[("accepts_impact", "")]),
        ("detail", &[("detail", "")]),
    ] {
        let mut form = vec![
            ("number", "1"),
            ("balancer", at.1.as_str()),
            ("gate", "shop"),
            ("action", "restrict_gate"),
            ("allow", LIST),
            ("detail", "it must be done"),
            ("accepts_impact", "yes"),
            ("fingerprint", seen.as_str()),
        ];
        form.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        form.extend_from_slice(more);
        let page = ana.post_json_answer("/api/v1/gates/request", &form).await;
        assert_eq!(page.json()["fields"][0]["field"], field, "{}", page.text());
    }
    assert!(front.map().is_empty());
    assert!(incident(&ana).await.requests.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_stale_asks_for_nothing() {
    let mut front = Front::set("gate-stale").await;
    let ana = front.stage.trusted("ana").await;
    front.incident("gate-stale", &ana).await;
    let seen =
        confirm(&ana, (1, &front.balancer, "shop"), "restrict_gate").await.fingerprint.expect("seen").to_string();
    by_another_hand(&front);
    request(&ana, (1, &front.balancer, "shop"), "restrict_gate", &seen, &[]).await;
    assert!(incident(&ana).await.requests.is_empty());
    // An action on a gate is asked for at the gate.
    let fields = [("number", "1"), ("action", "restrict_gate"), ("detail", "x"), ("fingerprint", seen.as_str())];
    let answer = ana.post_json_answer("/api/v1/actions/request", &fields).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_before_the_approval_cannot_be_approved() {
    let mut front = Front::set("gate-changed").await;
    let (ana, ben) = (front.stage.trusted("ana").await, front.stage.approver("ben").await);
    front.incident("gate-changed", &ana).await;
    let request = waiting(&front.ask_for(&ana, "restrict_gate", &[]).await);
    by_another_hand(&front);
    let map = front.map();
    front.stage.decide(&ben, &request, "approved", &[]).await;
    let shown = crate::flow::stage::approval(&ben, &request).await;
    assert_eq!((shown.request.state, shown.possible.allowed), (RequestState::AwaitingApproval, false));
    assert_eq!(shown.gate.expect("a gate").changed[0].fact, "Who may connect");
    assert_eq!(front.map(), map, "nothing was sent");
}

/// Between the approval and the call.
#[tokio::test(flavor = "multi_thread")]
async fn what_changed_in_the_last_moment_makes_it_void() {
    let flag = tempfile::NamedTempFile::new().expect("a file");
    let path = flag.path().to_str().expect("a path");
    let portal = builder().env("QUELL_FAILPOINT", "action.after_consume").env("QUELL_FAILPOINT_WHILE", path);
    let mut front = Front::on(Stage::with(portal).await, "gate-void").await;
    let (ana, ben) = (front.stage.trusted("ana").await, front.stage.approver("ben").await);
    front.incident("gate-void", &ana).await;
    let request = waiting(&front.ask_for(&ana, "restrict_gate", &[]).await);
    front.stage.decide(&ben, &request, "approved", &[]).await;
    front.stage.at_failpoint("action.after_consume").await;
    by_another_hand(&front);
    let map = front.map();
    drop(flag);
    let ended = front.stage.end_of(&ana, &request).await;
    assert_ended(&ended, RequestState::Void);
    assert!(ended.detail.contains("Who may connect"), "{}", ended.detail);
    assert_eq!(front.map(), map);
    assert!(gate(&ana, 1).await.holds.is_empty(), "nothing is held");
}

/// A load balancer that is gone leaves the request failed, with why, and nothing held.
#[tokio::test(flavor = "multi_thread")]
async fn a_load_balancer_that_is_gone_says_so() {
    let mut front = Front::set("gate-silent").await;
    let (ana, ben) = (front.stage.trusted("ana").await, front.stage.approver("ben").await);
    front.incident("gate-silent", &ana).await;
    let request = waiting(&front.ask_for(&ana, "restrict_gate", &[]).await);
    front.haproxy.kill_9();
    let page = front.stage.decide(&ben, &request, "approved", &[]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    let shown = crate::flow::stage::approval(&ben, &request).await;
    assert_eq!(shown.request.state, RequestState::AwaitingApproval);
    let words = shown.gate.and_then(|gate| gate.trouble).expect("trouble");
    assert!(words.contains("load balancer"), "{words}");
    let found = wait_for("the page", PATIENCE, async || Some(super::stage::gates(&ana, 1).await)).await;
    assert_eq!(found.silent.len(), 1, "{found:?}");
}

/// Whoever has the container's former address by then is not meant.
#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_moved_to_another_address_makes_it_void() {
    let mut front = Front::set("gate-moved").await;
    let (ana, ben) = (front.stage.trusted("ana").await, front.stage.approver("ben").await);
    front.incident("gate-moved", &ana).await;
    let before = front.state();
    let request = waiting(&front.ask_for(&ana, "restrict_gate", &[("how", "member")]).await);
    let docker = |words: &[&str]| front.stage.engine.docker(words).unwrap_or_else(|said| panic!("{words:?}: {said}"));
    let format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
    let address = docker(&["inspect", "--format", format, &front.victim]);
    let (network, _) = address.rsplit_once('.').expect("an address");
    docker(&["network", "disconnect", "gate-moved", &front.victim]);
    docker(&["network", "connect", "--ip", &format!("{network}.14"), "gate-moved", &front.victim]);
    front.stage.decide(&ben, &request, "approved", &[]).await;
    let ended = front.stage.end_of(&ana, &request).await;
    assert_ended(&ended, RequestState::Void);
    assert!(ended.detail.contains("Addresses"), "{}", ended.detail);
    assert_eq!(front.state(), before);
}
