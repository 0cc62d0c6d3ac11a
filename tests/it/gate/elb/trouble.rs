//! What goes wrong on the way: nothing is sent twice that may have been done, and nothing is believed that is not read back.

use std::time::Duration;

use quell_core::ports::{GateError, Gates as _};
use quell_domain::{gate::Rules, ids::GateKey};
use serde_json::{Value, json};

use super::{Cloud, HTTPS, OFFICE_GROUP, SOC, brief, list, patience};

const LISTENERS: &str = "/v3/*/elb/listeners/*";

fn on_bind(fault: &str, more: Value) -> Value {
    let mut rule = json!({ "fault": fault, "method": "PUT", "path": LISTENERS });
    if let (Value::Object(rule), Value::Object(more)) = (&mut rule, more) {
        rule.extend(more);
    }
    rule
}

#[tokio::test]
async fn what_was_certainly_not_done_is_done_again() {
    for fault in ["throttle", "conflict"] {
        let cloud = Cloud::start().await;
        cloud.fault(&on_bind(fault, json!({ "times": 2 })));
        cloud.restrict_https().await.expect("at the third try");
        assert_eq!(cloud.count("PUT", "/listeners/"), 3, "{fault}");
        assert!(cloud.rules(HTTPS).await.is_restricted_to(&list(SOC)));
    }
}

#[tokio::test]
async fn patience_has_an_end_and_nothing_is_changed() {
    for fault in ["throttle", "conflict"] {
        let cloud = Cloud::patient(brief()).await;
        cloud.fault(&on_bind(fault, json!({ "times": 0 })));
        let error = cloud.restrict_https().await.expect_err(fault);
        assert!(matches!(error, GateError::Busy(_)), "{fault}: {error}");
        assert_eq!(cloud.rules(HTTPS).await, Rules::open());
    }
    let cloud = Cloud::start().await;
    cloud.fault(&on_bind("throttle", json!({ "times": 0, "retry_after": 3_600 })));
    let error = cloud.restrict_https().await.expect_err("an hour is too long");
    assert!(matches!(error, GateError::Busy(_)), "{error}");
    assert_eq!(cloud.count("PUT", "/listeners/"), 1);
}

#[tokio::test]
async fn questions_are_asked_again() {
    for fault in ["throttle", "error500", "drop"] {
        let cloud = Cloud::start().await;
        cloud.fault(&json!({ "fault": fault, "times": 2, "method": "GET" }));
        assert_eq!(cloud.rules(HTTPS).await, Rules::open(), "{fault}");
    }
    let cloud = Cloud::patient(brief()).await;
    cloud.fault(&json!({ "fault": "error500", "times": 0, "method": "GET" }));
    let error = cloud.gates.read(&cloud.balancer, &GateKey::new(HTTPS)).await.expect_err("broken");
    assert!(matches!(&error, GateError::Refused { status: 500, request: Some(_), .. }), "{error}");
}

#[tokio::test]
async fn a_load_balancer_that_is_still_at_it_is_waited_for() {
    let cloud = Cloud::start().await;
    cloud.control("PATCH", "settings", &json!({ "pending_ms": 300 }));
    cloud.restrict_https().await.expect("restricted");
    let now = cloud.read(HTTPS).await;
    cloud.restore(HTTPS, &Rules::open(), &now.rules).await.expect("restored, as soon as it can be");
    assert!(cloud.rules(HTTPS).await.is_restored_to(&Rules::open()));
}

#[tokio::test]
async fn silence_after_a_change_is_no_answer_and_it_is_not_sent_again() {
    let cloud = Cloud::patient(quell_effects::Patience { change: Duration::from_secs(3), ..patience() }).await;
    cloud.fault(&on_bind("hang", json!({})));
    let error = cloud.restrict_https().await.expect_err("silence");
    assert!(matches!(error, GateError::NoAnswer(_)), "{error}");
    assert_eq!(cloud.count("PUT", "/listeners/"), 1);
    assert_eq!(cloud.rules(HTTPS).await, Rules::open());
}

#[tokio::test]
async fn silence_after_a_question_is_asked_again() {
    let cloud = Cloud::patient(quell_effects::Patience { read: Duration::from_secs(3), ..patience() }).await;
    cloud.fault(&json!({ "fault": "hang", "method": "GET", "path": LISTENERS }));
    assert_eq!(cloud.rules(HTTPS).await, Rules::open());
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_work_leaves_it_to_be_read() {
    for fault in [on_bind("drop", json!({})), on_bind("error500", json!({ "after": true }))] {
        let cloud = Cloud::start().await;
        cloud.fault(&fault);
        let error = cloud.restrict_https().await.expect_err("no whole answer");
        assert!(matches!(error, GateError::NoAnswer(_)), "{error}");
        assert_eq!(cloud.count("PUT", "/listeners/"), 1);
        assert!(cloud.rules(HTTPS).await.is_restricted_to(&list(SOC)), "it was done all the same");
        cloud.restrict_https().await.expect("it is so already");
        assert_eq!(cloud.count("PUT", "/listeners/"), 1);
    }
}

#[tokio::test]
async fn what_is_said_to_be_done_and_is_not_is_found_out() {
    let cloud = Cloud::start().await;
    cloud.fault(&on_bind("lie", json!({})));
    let error = cloud.restrict_https().await.expect_err("a lie");
    assert!(matches!(&error, GateError::Garbled(words) if words.contains("Everybody may connect")), "{error}");
    assert!(!cloud.rules(HTTPS).await.is_restricted_to(&list(SOC)));
}

#[tokio::test]
async fn what_somebody_else_changed_is_not_overwritten() {
    let cloud = Cloud::start().await;
    let theirs = json!({ "ipgroup_id": OFFICE_GROUP, "enable_ipgroup": true, "type": "white" });
    let theirs = json!({ "ipgroup": theirs });
    cloud.control("PATCH", &format!("listeners/{HTTPS}"), &theirs);
    let error = cloud.restrict_https().await.expect_err("changed since");
    let GateError::Conflict(found) = error else { panic!("{error}") };
    assert_eq!((found.list.as_deref(), cloud.changes()), (Some(OFFICE_GROUP), 0));

    cloud.restrict(HTTPS, SOC, &found).await.expect("decided");
    let restricted = cloud.rules(HTTPS).await;
    cloud.control("PATCH", &format!("listeners/{HTTPS}"), &theirs);
    let changes = cloud.changes();
    let error = cloud.restore(HTTPS, &Rules::open(), &restricted).await.expect_err("changed since");
    let GateError::Conflict(found) = error else { panic!("{error}") };
    assert_eq!((found.list.as_deref(), cloud.changes()), (Some(OFFICE_GROUP), changes));

    cloud.restore(HTTPS, &Rules::open(), &found).await.expect("decided");
    assert!(cloud.rules(HTTPS).await.is_restored_to(&Rules::open()), "their group is not left behind");
}

#[tokio::test]
async fn a_change_while_we_wait_is_seen() {
    let cloud = Cloud::start().await;
    cloud.control("PATCH", "settings", &json!({ "pending_ms": 60_000 }));
    let restricting = async { cloud.restrict_https().await.expect_err("changed since") };
    let another_hand = async {
        let asked = async || (cloud.count("GET", "/loadbalancers") > 2).then_some(());
        quell_tests::wait_for("that Quell waits", Duration::from_secs(10), asked).await;
        let theirs = json!({ "ipgroup_id": OFFICE_GROUP, "enable_ipgroup": true, "type": "white" });
        cloud.control("PATCH", &format!("listeners/{HTTPS}"), &json!({ "ipgroup": theirs }));
    };
    // Another change keeps the load balancer busy.
    let gate = cloud.read(HTTPS).await;
    cloud.gates.weigh(&cloud.balancer, &gate.key, &gate.members[0], 2).await.expect("weighed");
    cloud.control("DELETE", "calls", &Value::Null);
    let (error, ()) = tokio::join!(restricting, another_hand);
    assert!(matches!(error, GateError::Conflict(_)), "{error}");
}

#[tokio::test]
async fn nobody_listens() {
    let cloud = Cloud::patient(brief()).await;
    let Cloud { sim, gates, balancer, folder: _folder } = cloud;
    let address = sim.url();
    drop(sim);
    let refused = async || std::net::TcpStream::connect(address.trim_start_matches("http://")).is_err().then_some(());
    quell_tests::wait_for("that nobody listens", Duration::from_secs(10), refused).await;
    let error = gates.restrict(&balancer, &GateKey::new(HTTPS), &list(SOC), &Rules::open()).await.expect_err("nobody");
    assert!(matches!(error, GateError::Unreachable(_)), "{error}");
}
