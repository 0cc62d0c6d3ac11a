//! Back ends, and the way from an address to the listeners in front of it.

use elb_sim::Seed;
use serde_json::{Value, json};

use crate::{HTTPS, MEMBER, POOL_CANARY, POOL_WEB, SHARED_80, TCP_8443, client::Client};

fn member() -> String {
    format!("/pools/{POOL_WEB}/members/{MEMBER}")
}

#[tokio::test]
async fn from_an_address_to_everything_in_front_of_it() {
    let client = Client::start().await;
    assert_eq!(client.get("/members?address=192.168.10.21&protocol_port=30080").await.ids("members"), [MEMBER]);
    assert_eq!(client.get("/members?address=192.168.10.21&protocol_port=30081").await.ids("members"), [""; 0]);
    assert_eq!(client.get("/pools?member_address=192.168.10.21").await.ids("pools"), [POOL_WEB]);
    assert_eq!(client.get("/listeners?member_address=192.168.10.21").await.ids("listeners"), [HTTPS]);
    assert_eq!(client.get("/listeners?member_address=172.16.3.18").await.ids("listeners"), [TCP_8443]);
    assert_eq!(client.get("/listeners?member_address=192.168.20.11").await.ids("listeners"), [SHARED_80]);
    assert_eq!(
        client.get("/loadbalancers?member_address=192.168.20.11&guaranteed=false").await.ids("loadbalancers").len(),
        1
    );
    let instance = "/listeners?member_instance_id=71aa06a5-2e82-4855-acbc-c548e34f365d";
    assert_eq!(client.get(instance).await.ids("listeners"), [HTTPS]);
}

#[tokio::test]
async fn a_pool_behind_a_forwarding_policy_is_found_by_its_listener_and_does_not_name_it() {
    let client = Client::start().await;
    assert_eq!(client.get(&format!("/pools?listener_id={HTTPS}")).await.ids("pools"), [POOL_WEB, POOL_CANARY]);
    assert_eq!(client.get(&format!("/pools/{POOL_CANARY}")).await.body["pool"]["listeners"], json!([]));
    let policies = client.get(&format!("/l7policies?redirect_pool_id={POOL_CANARY}")).await;
    assert_eq!(policies.body["l7policies"][0]["listener_id"], HTTPS);
    assert_eq!(client.get("/listeners?member_address=192.168.10.23").await.ids("listeners"), [HTTPS]);
}

#[tokio::test]
async fn a_weight_of_zero_drains_a_member_and_a_delete_removes_it() {
    let client = Client::start().await;
    let answer = client.call("PUT", &member(), json!({ "member": { "weight": 0 } })).await;
    assert_eq!((answer.status, &answer.body["member"]["weight"]), (200, &json!(0)));
    assert_eq!(client.get("/members?weight=0").await.ids("members"), [MEMBER]);
    assert_eq!(client.get(&member()).await.body["member"]["status"][0]["listener_id"], HTTPS);
    for body in [
        json!({ "member": { "weight": 101 } }),
        json!({ "member": { "weight": -1 } }),
        json!({ "member": { "weight": null } }),
        json!({ "member": { "weight": "0" } }),
        json!({ "member": { "address": "10.0.0.1" } }),
        json!({ "weight": 0 }),
    ] {
        assert_eq!(client.call("PUT", &member(), body.clone()).await.refusal(), (400, "ELB.8902"), "{body}");
    }
    let other_pool = format!("/pools/{POOL_CANARY}/members/{MEMBER}");
    assert_eq!(client.get(&other_pool).await.refusal(), (404, "ELB.8904"));
    assert_eq!(client.call("DELETE", &member(), json!(null)).await.status, 204);
    assert_eq!(client.get(&member()).await.refusal(), (404, "ELB.8904"));
}

#[tokio::test]
async fn a_member_of_a_busy_load_balancer_is_not_changed() {
    let client = Client::start().await;
    let weight = |weight: u8| json!({ "member": { "weight": weight } });
    client.control("PATCH", "settings", json!({ "pending_ms": 60_000 }));
    assert_eq!(client.call("PUT", &member(), weight(0)).await.status, 200);
    assert_eq!(client.call("PUT", &member(), weight(1)).await.refusal(), (409, "ELB.8907"));
    assert_eq!(client.call("DELETE", &member(), json!(null)).await.refusal(), (409, "ELB.8907"));
    client.control("POST", "clock", json!({ "ahead_seconds": 61 }));
    assert_eq!(client.call("PUT", &member(), weight(1)).await.body["member"]["weight"], 1);
}

#[tokio::test]
async fn members_may_come_without_their_pool() {
    let client = Client::start().await;
    client.control("PATCH", "settings", json!({ "members_without_pool": true }));
    for shown in
        [client.get("/members").await.body["members"][0].clone(), client.get(&member()).await.body["member"].clone()]
    {
        for field in ["pool_id", "loadbalancer_id", "loadbalancers"] {
            assert!(shown.get(field).is_none(), "{field}");
        }
    }
    assert_eq!(client.get(&format!("/members?pool_id={POOL_CANARY}")).await.ids("members").len(), 1);
}

#[tokio::test]
async fn three_hundred_members_come_in_pages_and_each_once() {
    let client = Client::with(Seed::builtin().with_members(300)).await;
    let listener = client.get("/listeners?name=listener-many").await.body["listeners"][0].clone();
    let path = format!("/pools/{}/members?limit=100", listener["default_pool_id"].as_str().unwrap());
    let (mut seen, mut marker) = (Vec::new(), String::new());
    for page in 0..3 {
        let answer = client.get(&format!("{path}{marker}")).await;
        assert_eq!(answer.body["page_info"]["current_count"], 100);
        seen.extend(answer.ids("members").into_iter().map(str::to_owned));
        let next = &answer.body["page_info"]["next_marker"];
        assert_eq!(next.is_null(), page == 2, "absent on the last page");
        marker = format!("&marker={}", next.as_str().unwrap_or_default());
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 300);
    assert_eq!(
        client.get("/listeners?member_address=10.20.1.50").await.ids("listeners"),
        [listener["id"].as_str().unwrap()]
    );
}

#[tokio::test]
async fn the_tree_shows_everything_below_a_load_balancer() {
    let client = Client::start().await;
    let tree = client.get(&format!("/loadbalancers/{}/statuses", crate::WEB_LB)).await;
    let top = &tree.body["statuses"]["loadbalancer"];
    assert_eq!((&top["provisioning_status"], &top["operating_status"]), (&json!("ACTIVE"), &json!("ONLINE")));
    let addresses = |pool: &Value| -> Vec<Value> {
        pool["members"].as_array().unwrap().iter().map(|member| member["address"].clone()).collect()
    };
    let https = &top["listeners"][0];
    assert_eq!(https["id"], HTTPS);
    assert_eq!(addresses(&https["pools"][0]), ["192.168.10.21", "192.168.10.22"]);
    assert_eq!(addresses(&https["pools"][1]), ["192.168.10.23"]);
    assert_eq!(https["l7policies"][0]["name"], "policy-canary");
    assert_eq!(top["pools"].as_array().unwrap().len(), 3);
}
