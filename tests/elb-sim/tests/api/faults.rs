//! What control can make go wrong.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::{HTTPS, OFFICE, PROJECT, client::Client};

fn listener() -> String {
    format!("/v3/{PROJECT}/elb/listeners/{HTTPS}")
}

fn whitelist() -> Value {
    json!({ "listener": { "ipgroup": { "ipgroup_id": OFFICE, "enable_ipgroup": true, "type": "white" } } })
}

async fn enforced(client: &Client) -> bool {
    client.send("GET", &listener(), None).await.body["listener"]["ipgroup"]["enable_ipgroup"] == true
}

/// A change of the listener of which no answer may come.
async fn attempt(client: &Client) -> Option<u16> {
    let body = whitelist().to_string();
    let now = elb_sim::clock::Clock::default().now();
    let headers = client.sign(&crate::client::Key::portal(), now, "PUT", &listener(), &body, &[]);
    client.raw("PUT", &listener(), &headers, &body).await.map(|answer| answer.status)
}

#[tokio::test]
async fn throttled_as_often_as_told() {
    let client = Client::start().await;
    client.control(
        "POST",
        "faults",
        json!({ "fault": "throttle", "times": 2, "path": "/v3/*/listeners*", "retry_after": 7 }),
    );
    assert_eq!(client.get("/ipgroups").await.status, 200, "another path");
    for _ in 0..2 {
        let answer = client.send("GET", &listener(), None).await;
        assert_eq!((answer.refusal(), answer.header("retry-after")), ((429, "APIGW.0308"), Some("7")));
        assert!(answer.body["error_msg"].as_str().unwrap().starts_with("The throttling threshold has been reached"));
    }
    assert_eq!(client.send("GET", &listener(), None).await.status, 200);
}

#[tokio::test]
async fn a_conflict_or_an_error_does_nothing_unless_told_so() {
    let client = Client::start().await;
    for (fault, refusal) in [("conflict", (409, "ELB.8907")), ("error500", (500, "ELB.8906"))] {
        client.control("POST", "faults", json!({ "fault": fault, "method": "PUT" }));
        assert_eq!(client.send("PUT", &listener(), Some(whitelist())).await.refusal(), refusal);
        assert!(!enforced(&client).await, "{fault}");
    }
    client.control("POST", "faults", json!({ "fault": "error500", "method": "PUT", "after": true }));
    assert_eq!(client.send("PUT", &listener(), Some(whitelist())).await.refusal(), (500, "ELB.8906"));
    assert!(enforced(&client).await);

    client.control("POST", "faults", json!({ "fault": "error500", "path": "/v3/auth/tokens" }));
    let login = client.login("soc-portal", "example-portal-password", json!({ "project": { "id": PROJECT } })).await;
    assert_eq!(login.refusal(), (500, "IAM.0006"));
}

#[tokio::test]
async fn a_lie_answers_as_if_it_were_done() {
    let client = Client::start().await;
    client.control("POST", "faults", json!({ "fault": "lie" }));
    assert!(!enforced(&client).await, "a look is never a lie");
    let answer = client.send("PUT", &listener(), Some(whitelist())).await;
    assert_eq!((answer.status, &answer.body["listener"]["ipgroup"]["enable_ipgroup"]), (200, &json!(true)));
    assert!(!enforced(&client).await);
    assert_eq!(client.send("PUT", &listener(), Some(whitelist())).await.status, 200);
    assert!(enforced(&client).await);
}

#[tokio::test]
async fn a_connection_is_cut_after_the_work_or_before_it() {
    let client = Client::start().await;
    client.control("POST", "faults", json!({ "fault": "drop", "method": "PUT", "after": false }));
    assert_eq!(attempt(&client).await, None);
    assert!(!enforced(&client).await);
    client.control("POST", "faults", json!({ "fault": "drop", "method": "PUT" }));
    assert_eq!(attempt(&client).await, None);
    assert!(enforced(&client).await);
    let calls = client.control("GET", "calls", json!({}));
    assert_eq!((&calls["calls"][0]["end"], &calls["calls"][0]["fault"]), (&json!("cut"), &json!("drop")));
}

#[tokio::test]
async fn a_call_hangs_until_it_is_let_go() {
    for after in [false, true] {
        let client = Arc::new(Client::start().await);
        client.control("POST", "faults", json!({ "fault": "hang", "method": "PUT", "after": after }));
        let hanging = tokio::spawn({
            let client = Arc::clone(&client);
            async move { attempt(&client).await }
        });
        let fault = || client.control("GET", "calls", json!({}))["calls"][0]["fault"].clone();
        while fault() != "hang" {
            tokio::task::yield_now().await;
        }
        assert_eq!(enforced(&client).await, after);
        assert!(!hanging.is_finished());
        client.control("POST", "release", json!({}));
        assert_eq!(hanging.await.unwrap(), Some(200));
        assert!(enforced(&client).await);
    }
}

#[tokio::test]
async fn a_rule_without_an_end_stays_until_it_is_removed() {
    let client = Client::start().await;
    client.control("POST", "faults", json!({ "fault": "throttle", "times": 0 }));
    for _ in 0..3 {
        assert_eq!(client.send("GET", &listener(), None).await.status, 429);
    }
    assert_eq!(client.control("GET", "faults", json!({}))["faults"][0]["times"], 0);
    client.control("DELETE", "faults", json!({}));
    assert_eq!(client.send("GET", &listener(), None).await.status, 200);
    assert!(client.simulator.control("POST", "faults", &json!({ "fault": "explode" })).is_err());
}
