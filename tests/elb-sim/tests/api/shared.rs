//! Version 2: shared load balancers and their whitelists.

use serde_json::{Value, json};

use crate::{
    HTTPS, LAB, POOL_WEB, PROJECT, SHARED_80,
    client::{Answer, Client},
};

async fn call(client: &Client, method: &str, path: &str, body: Option<Value>) -> Answer {
    client.send(method, &format!("/v2/{PROJECT}/elb{path}"), body).await
}

#[tokio::test]
async fn a_whitelist_lives_from_its_creation_to_its_end() {
    let client = Client::start().await;
    let wanted =
        json!({ "listener_id": SHARED_80, "enable_whitelist": true, "whitelist": "203.0.113.10,198.51.100.0/24" });
    let made = call(&client, "POST", "/whitelists", Some(json!({ "whitelist": wanted }))).await;
    assert_eq!(made.status, 201, "{made:?}");
    let whitelist = made.body["whitelist"].clone();
    assert_eq!((&whitelist["tenant_id"], &whitelist["whitelist"]), (&json!(PROJECT), &wanted["whitelist"]));
    assert!(made.body.get("request_id").is_none() && made.header("x-request-id").is_some());
    let path = format!("/whitelists/{}", whitelist["id"].as_str().unwrap());
    assert_eq!(call(&client, "GET", &path, None).await.body["whitelist"], whitelist);

    let listed =
        call(&client, "GET", &format!("/whitelists?listener_id={SHARED_80}&enable_whitelist=true"), None).await;
    assert_eq!(listed.body, json!({ "whitelists": [whitelist] }), "without a page");
    let off = call(&client, "PUT", &path, Some(json!({ "whitelist": { "enable_whitelist": false } }))).await;
    assert_eq!((off.status, &off.body["whitelist"]["enable_whitelist"]), (200, &json!(false)));
    assert_eq!(off.body["whitelist"]["whitelist"], wanted["whitelist"], "what is not sent stays");
    let second = call(&client, "POST", "/whitelists", Some(json!({ "whitelist": { "listener_id": SHARED_80 } }))).await;
    assert_eq!(second.refusal(), (409, "ELB.8907"), "one for a listener");
    let elsewhere = client.send("GET", &format!("/v2/{LAB}/elb{path}"), None).await;
    assert_eq!(elsewhere.refusal(), (404, "ELB.9800"));
    assert_eq!(call(&client, "DELETE", &path, None).await.status, 204);
    assert_eq!(call(&client, "GET", &path, None).await.refusal(), (404, "ELB.9800"));
}

#[tokio::test]
async fn a_whitelist_of_a_busy_load_balancer_is_not_changed() {
    let client = Client::start().await;
    client.control("PATCH", "settings", json!({ "pending_ms": 60_000 }));
    let body = json!({ "whitelist": { "listener_id": SHARED_80 } });
    let made = call(&client, "POST", "/whitelists", Some(body)).await;
    let path = format!("/whitelists/{}", made.body["whitelist"]["id"].as_str().unwrap());
    let off = json!({ "whitelist": { "enable_whitelist": false } });
    assert_eq!(call(&client, "PUT", &path, Some(off.clone())).await.refusal(), (409, "ELB.8907"));
    assert_eq!(call(&client, "DELETE", &path, None).await.refusal(), (409, "ELB.8907"));
    client.control("POST", "clock", json!({ "ahead_seconds": 61 }));
    assert_eq!(call(&client, "PUT", &path, Some(off)).await.status, 200);
}

#[tokio::test]
async fn bad_whitelists_are_refused() {
    let client = Client::start().await;
    for (whitelist, refusal) in [
        (json!({}), (400, "ELB.9805")),
        (json!({ "listener_id": HTTPS }), (404, "ELB.9800")),
        (json!({ "listener_id": "none" }), (404, "ELB.9800")),
        (json!({ "listener_id": SHARED_80, "whitelist": ["10.0.0.1"] }), (400, "ELB.9899")),
        (json!({ "listener_id": SHARED_80, "whitelist": "10.0.0.1, 10.0.0.2" }), (400, "ELB.9899")),
        (json!({ "listener_id": SHARED_80, "whitelist": "10.0.0.1-10.0.0.2" }), (400, "ELB.9899")),
        (json!({ "listener_id": SHARED_80, "whitelist": "10.0.0.1,10.0.0.1" }), (400, "ELB.9899")),
        (json!({ "listener_id": SHARED_80, "whitelist": "10.0.0.1," }), (400, "ELB.9899")),
        (json!({ "listener_id": SHARED_80, "enable_whitelist": "yes" }), (400, "ELB.9899")),
        (json!({ "listener_id": SHARED_80, "enabled": true }), (400, "ELB.9899")),
    ] {
        let answer = call(&client, "POST", "/whitelists", Some(json!({ "whitelist": whitelist }))).await;
        assert_eq!(answer.refusal(), refusal, "{whitelist}");
    }
    assert_eq!(call(&client, "GET", "/whitelists", None).await.body, json!({ "whitelists": [] }));
    let bare = call(&client, "POST", "/whitelists", Some(json!({ "whitelist": { "listener_id": SHARED_80 } }))).await;
    assert_eq!(
        (&bare.body["whitelist"]["enable_whitelist"], &bare.body["whitelist"]["whitelist"]),
        (&json!(true), &json!(""))
    );
}

#[tokio::test]
async fn lists_know_shared_load_balancers_only() {
    let client = Client::start().await;
    assert_eq!(
        call(&client, "GET", "/loadbalancers", None).await.ids("loadbalancers"),
        ["99a64301-8a2a-46ab-a1ae-f275c46f3c74"]
    );
    let listeners = call(&client, "GET", "/listeners", None).await;
    assert_eq!(listeners.ids("listeners"), [SHARED_80]);
    assert!(listeners.body.get("page_info").is_none());
    assert_eq!(listeners.body["listeners"][0]["tenant_id"], PROJECT);
    let pools = call(&client, "GET", "/pools?member_address=192.168.20.11", None).await;
    let pool = pools.ids("pools")[0];
    let members = call(&client, "GET", &format!("/pools/{pool}/members?address=192.168.20.11"), None).await;
    assert_eq!(members.body["members"][0]["protocol_port"], 8080);
    let dedicated = call(&client, "GET", &format!("/pools/{POOL_WEB}/members"), None).await;
    assert_eq!(dedicated.refusal(), (404, "ELB.9800"));
    assert_eq!(call(&client, "GET", "/members", None).await.refusal(), (404, "APIGW.0101"), "there is no such list");
}
