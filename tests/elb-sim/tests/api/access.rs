//! The access control of a listener.

use serde_json::{Value, json};

use crate::{HTTPS, OFFICE, TCP_8443, WEB_LB, client::Client};

fn listener(id: &str) -> String {
    format!("/listeners/{id}")
}

async fn group(client: &Client, ip_list: Value) -> String {
    let made = client.call("POST", "/ipgroups", json!({ "ipgroup": { "name": "q", "ip_list": ip_list } })).await;
    made.body["ipgroup"]["id"].as_str().unwrap().to_owned()
}

async fn put(client: &Client, id: &str, ipgroup: Value) -> crate::client::Answer {
    client.call("PUT", &listener(id), json!({ "listener": { "ipgroup": ipgroup } })).await
}

#[tokio::test]
async fn restrict_read_back_and_restore() {
    let client = Client::start().await;
    let before = client.get(&listener(TCP_8443)).await.body["listener"].clone();
    let quarantine = group(&client, json!([{ "ip": "203.0.113.10" }])).await;
    let wanted = json!({ "ipgroup_id": quarantine, "enable_ipgroup": true, "type": "white" });
    let answer = put(&client, TCP_8443, wanted.clone()).await;
    assert_eq!((answer.status, &answer.body["listener"]["ipgroup"]), (200, &wanted));
    let now = client.get(&listener(TCP_8443)).await.body["listener"].clone();
    assert_eq!(now["ipgroup"], wanted);
    assert_ne!(now["updated_at"], before["updated_at"]);
    let users = client.get(&format!("/ipgroups/{quarantine}/related-listeners")).await;
    assert_eq!(users.body, json!({ "listeners": [{ "id": TCP_8443 }] }), "without an id of the request");

    let in_use = client.call("DELETE", &format!("/ipgroups/{quarantine}"), json!(null)).await;
    assert_eq!(in_use.refusal(), (409, "ELB.8907"));
    let restored = put(&client, TCP_8443, before["ipgroup"].clone()).await;
    assert_eq!(restored.body["listener"]["ipgroup"], before["ipgroup"]);
    assert_eq!(client.call("DELETE", &format!("/ipgroups/{quarantine}"), json!(null)).await.status, 204);
}

#[tokio::test]
async fn a_listener_that_had_no_group_keeps_it_attached_when_it_is_switched_off() {
    let client = Client::start().await;
    assert_eq!(client.get(&listener(HTTPS)).await.body["listener"]["ipgroup"], Value::Null);
    assert_eq!(put(&client, HTTPS, json!({ "enable_ipgroup": false })).await.refusal(), (400, "ELB.8902"));
    put(&client, HTTPS, json!({ "ipgroup_id": OFFICE, "enable_ipgroup": true, "type": "black" })).await;
    let off = put(&client, HTTPS, json!({ "enable_ipgroup": false })).await;
    let wanted = json!({ "ipgroup_id": OFFICE, "enable_ipgroup": false, "type": "black" });
    assert_eq!((off.status, &off.body["listener"]["ipgroup"]), (200, &wanted));
    assert_eq!(client.call("DELETE", &format!("/ipgroups/{OFFICE}"), json!(null)).await.refusal(), (409, "ELB.8907"));
    assert_eq!(put(&client, HTTPS, json!(null)).await.refusal(), (400, "ELB.8902"));
    client.control("PATCH", "settings", json!({ "null_detaches": true }));
    assert_eq!(put(&client, HTTPS, json!(null)).await.body["listener"]["ipgroup"], Value::Null);
}

#[tokio::test]
async fn a_group_that_is_bound_without_the_switch_is_attached_and_not_enforced() {
    let client = Client::start().await;
    let bound = put(&client, HTTPS, json!({ "ipgroup_id": OFFICE })).await;
    let wanted = json!({ "ipgroup_id": OFFICE, "enable_ipgroup": false, "type": "white" });
    assert_eq!(bound.body["listener"]["ipgroup"], wanted);
    let changed = put(&client, TCP_8443, json!({ "type": "black" })).await;
    assert_eq!(
        changed.body["listener"]["ipgroup"],
        json!({ "ipgroup_id": OFFICE, "enable_ipgroup": true, "type": "black" }),
        "what is not sent stays"
    );
}

#[tokio::test]
async fn a_bad_value_is_named_and_nothing_is_changed() {
    let client = Client::start().await;
    let empty = group(&client, json!([])).await;
    let before = client.get(&listener(HTTPS)).await.body["listener"].clone();
    let missing = "00000000-0000-4000-8000-000000000000";
    for (ipgroup, refusal, field) in [
        (json!({ "ipgroup_id": null, "enable_ipgroup": true, "type": "white" }), (400, "ELB.8902"), "ipgroup_id"),
        (json!({ "ipgroup_id": "", "enable_ipgroup": true, "type": "white" }), (400, "ELB.8902"), "ipgroup_id"),
        (json!({ "ipgroup_id": empty, "enable_ipgroup": true, "type": "white" }), (400, "ELB.8902"), "ipgroup_id"),
        (
            json!({ "ipgroup_id": format!("{OFFICE},{OFFICE}"), "enable_ipgroup": true }),
            (400, "ELB.8902"),
            "ipgroup_id",
        ),
        (json!({ "ipgroup_id": OFFICE, "enable_ipgroup": "true" }), (400, "ELB.8902"), "enable_ipgroup"),
        (json!({ "ipgroup_id": OFFICE, "type": "White" }), (400, "ELB.8902"), "type"),
        (json!({ "ipgroup_id": OFFICE, "enabled": true }), (400, "ELB.8902"), "enabled"),
        (json!([]), (400, "ELB.8902"), "ipgroup"),
        (json!({ "ipgroup_id": missing, "enable_ipgroup": true, "type": "white" }), (404, "ELB.8904"), missing),
    ] {
        let answer = put(&client, HTTPS, ipgroup.clone()).await;
        assert_eq!(answer.refusal(), refusal, "{ipgroup}");
        assert!(answer.body["error_msg"].as_str().unwrap().contains(field), "{ipgroup}: {answer:?}");
    }
    for listener_body in [
        json!({ "listener": { "protocol_port": 444 } }),
        json!({ "listener": { "member_timeout": 301 } }),
        json!({ "listener": { "name": "x".repeat(256) } }),
        json!({ "listener": { "default_pool_id": "e5220480-f6e4-40e5-aa15-9b7a633ebca8" } }),
        json!({ "listener": {}, "more": {} }),
        json!({ "listner": {} }),
        json!([]),
    ] {
        let answer = client.call("PUT", &listener(HTTPS), listener_body.clone()).await;
        assert_eq!(answer.refusal(), (400, "ELB.8902"), "{listener_body}");
    }
    let half = json!({ "listener": { "name": "new", "ipgroup": { "ipgroup_id": missing } } });
    assert_eq!(client.call("PUT", &listener(HTTPS), half).await.status, 404);
    assert_eq!(client.get(&listener(HTTPS)).await.body["listener"], before);
}

#[tokio::test]
async fn several_groups_as_far_as_the_quota_goes() {
    let client = Client::start().await;
    let other = group(&client, json!([{ "ip": "192.0.2.1" }])).await;
    let both = json!({ "ipgroup_id": format!("{OFFICE},{other}"), "enable_ipgroup": true, "type": "white" });
    assert_eq!(put(&client, HTTPS, both.clone()).await.body["listener"]["ipgroup"], both);
    assert_eq!(client.get(&format!("/ipgroups/{other}")).await.body["ipgroup"]["listeners"], json!([{ "id": HTTPS }]));
    client.control("PATCH", "settings", json!({ "quotas": { "ipgroups_per_listener": 1 } }));
    assert_eq!(put(&client, TCP_8443, both).await.refusal(), (409, "ELB.8905"));
    client.control("PATCH", "settings", json!({ "quotas": { "ipgroup_bindings": 1 } }));
    let other = json!({ "ipgroup_id": other, "enable_ipgroup": true, "type": "white" });
    assert_eq!(put(&client, TCP_8443, other).await.refusal(), (409, "ELB.8905"));
}

#[tokio::test]
async fn a_load_balancer_that_is_busy_refuses_changes_until_it_is_active() {
    let client = Client::start().await;
    client.control("PATCH", "settings", json!({ "pending_ms": 60_000, "update_answers_202": true }));
    let on = json!({ "ipgroup_id": OFFICE, "enable_ipgroup": true, "type": "white" });
    assert_eq!(put(&client, HTTPS, on.clone()).await.status, 202);
    let status = async || {
        let shown = client.get(&format!("/loadbalancers/{WEB_LB}")).await;
        shown.body["loadbalancer"]["provisioning_status"].as_str().unwrap().to_owned()
    };
    assert_eq!(status().await, "PENDING_UPDATE");
    assert_eq!(put(&client, TCP_8443, on.clone()).await.refusal(), (409, "ELB.8907"));
    client.control("PATCH", &format!("loadbalancers/{WEB_LB}"), json!({ "pending_until": 0 }));
    assert_eq!(status().await, "ACTIVE");
    assert_eq!(put(&client, TCP_8443, on).await.status, 202);
}

#[tokio::test]
async fn other_fields_can_be_changed_too() {
    let client = Client::start().await;
    let body = json!({ "listener": { "description": "cut off", "client_timeout": 30, "default_pool_id": null } });
    let answer = client.call("PUT", &listener(HTTPS), body).await;
    let changed = &answer.body["listener"];
    assert_eq!((&changed["description"], &changed["client_timeout"]), (&json!("cut off"), &json!(30)));
    assert_eq!(client.get("/listeners?default_pool_id=").await.ids("listeners"), [HTTPS]);
    assert_eq!(client.get("/listeners/none").await.refusal(), (404, "ELB.8904"));
}
