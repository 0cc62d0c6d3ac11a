//! Control: the state, the log, and the other hand.

use serde_json::json;

use crate::{
    HTTPS, OFFICE, TCP_8443,
    client::{Client, Key},
};

#[tokio::test]
async fn the_log_says_what_was_called_and_holds_no_secret() {
    let client = Client::start().await;
    let token = client.token(json!({ "project": { "name": "cn-north-4" } })).await;
    client.call("PUT", &format!("/listeners/{HTTPS}"), json!({ "listener": { "name": "n" } })).await;
    client.with_token(&token, "GET", &format!("/v3/{}/elb/ipgroups?limit=1", crate::PROJECT), None).await;
    let refused = client.signed(&Key::new("HPQ7EXAMPLEACCESSKEY", "wrong"), "GET", "/v3/projects", None).await;
    let log = client.control("GET", "calls", json!({}));
    let calls = log["calls"].as_array().unwrap();
    let brief = |at: usize| (calls[at]["method"].as_str().unwrap(), calls[at]["status"].as_u64().unwrap());
    assert_eq!([brief(0), brief(1), brief(2), brief(3)], [("POST", 201), ("PUT", 200), ("GET", 200), ("GET", 401)]);
    assert_eq!(calls[1]["caller"], "key HPQ7EXAMPLEACCESSKEY");
    assert_eq!(calls[1]["body"], json!({ "listener": { "name": "n" } }));
    assert!(calls[2]["caller"].as_str().unwrap().starts_with("token …"));
    assert!(calls[2]["path"].as_str().unwrap().ends_with("/elb/ipgroups?limit=1"));
    assert_eq!(calls[3]["request_id"], refused.body["request_id"]);

    let state = client.control("GET", "state", json!({}));
    for secret in [token.as_str(), "exampleSecretKey", "example-portal-password"] {
        assert!(!log.to_string().contains(secret) && !state.to_string().contains(secret));
    }
    client.control("DELETE", "calls", json!({}));
    assert_eq!(client.control("GET", "calls", json!({})), json!({ "calls": [] }));
}

#[tokio::test]
async fn another_hand_changes_and_removes_objects() {
    let client = Client::start().await;
    let listener = format!("listeners/{TCP_8443}");
    client.control("PATCH", &listener, json!({ "ipgroup": { "enable_ipgroup": false } }));
    let shown = client.get(&format!("/{listener}")).await.body["listener"].clone();
    assert_eq!(shown["ipgroup"], json!({ "ipgroup_id": OFFICE, "enable_ipgroup": false, "type": "white" }));
    assert_ne!(shown["updated_at"], shown["created_at"]);
    client.control("PATCH", &listener, json!({ "ipgroup": null, "protection_status": "consoleProtection" }));
    let shown = client.get(&format!("/{listener}")).await.body["listener"].clone();
    assert_eq!((&shown["ipgroup"], &shown["protection_status"]), (&json!(null), &json!("consoleProtection")));
    client.control("PATCH", &format!("ipgroups/{OFFICE}"), json!({ "ip_list": [{ "ip": "192.0.2.1" }] }));
    client.control("DELETE", &format!("ipgroups/{OFFICE}"), json!({}));
    assert_eq!(client.get(&format!("/ipgroups/{OFFICE}")).await.refusal(), (404, "ELB.8904"));
    assert_eq!(client.control("GET", "state", json!({}))["elb"]["ipgroups"], json!([]));
    client.control(
        "PATCH",
        "loadbalancers/26403ec6-d537-4a31-a63e-294b44831734",
        json!({ "provisioning_status": "PENDING_DELETE" }),
    );
    let refused = client.call("PUT", &format!("/{listener}"), json!({ "listener": { "name": "n" } })).await;
    assert_eq!(refused.refusal(), (409, "ELB.8907"));
}

#[tokio::test]
async fn a_wrong_call_of_control_says_why() {
    let client = Client::start().await;
    let why =
        |method: &str, path: &str, body: serde_json::Value| client.simulator.control(method, path, &body).unwrap_err();
    assert_eq!(why("GET", "nothing", json!({})), "control knows no GET nothing");
    assert_eq!(why("PATCH", "listeners/none", json!({})), "there is no listener none");
    assert_eq!(why("PATCH", "things/none", json!({})), "there is no kind of object things");
    assert_eq!(why("DELETE", "pools/none", json!({})), "there is no pool none");
    assert!(why("PATCH", "settings", json!({ "quirk": true })).starts_with("unknown field `quirk`"));
    assert!(why("PATCH", &format!("listeners/{HTTPS}"), json!({ "protocol_port": "x" })).starts_with("invalid type"));
}

#[tokio::test]
async fn control_answers_over_the_network_too() {
    let client = Client::start().await;
    let answer = client.raw("POST", "/_sim/faults", &[], r#"{"fault": "throttle"}"#).await.unwrap();
    assert_eq!((answer.status, &answer.body["faults"][0]["fault"]), (200, &json!("throttle")));
    assert_eq!(client.get("/listeners").await.status, 429);
    assert_eq!(client.raw("GET", "/_sim/nothing", &[], "").await.unwrap().status, 400);
    let policy = json!({ "allow": ["elb:listeners:list"] });
    assert_eq!(client.control("PATCH", "users/soc-portal", policy)["allow"], json!(["elb:listeners:list"]));
    assert_eq!(client.get("/ipgroups").await.refusal(), (403, "ELB.9803"));
}
