//! Groups of addresses: their life and their quotas.

use serde_json::{Value, json};

use crate::{LAB, OFFICE, client::Client};

fn made(ip_list: Value) -> Value {
    json!({ "ipgroup": { "name": "quarantine", "description": "d", "ip_list": ip_list } })
}

#[tokio::test]
async fn a_group_lives_from_its_creation_to_its_end() {
    let client = Client::start().await;
    let entries = json!([
        { "ip": "203.0.113.10", "description": "SOC jump host" },
        { "ip": "198.51.100.0/24", "description": "" },
        { "ip": "10.12.3.1-10.12.3.10", "description": "forensics" },
        { "ip": "2001:db8::/32", "description": "" },
    ]);
    let answer = client.call("POST", "/ipgroups", made(entries.clone())).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let group = answer.body["ipgroup"].clone();
    assert_eq!((&group["ip_list"], &group["listeners"]), (&entries, &json!([])));
    assert_eq!((&group["enterprise_project_id"], &group["created_at"]), (&json!("0"), &group["updated_at"]));
    let id = group["id"].as_str().unwrap();
    let path = format!("/ipgroups/{id}");
    assert_eq!(client.get(&path).await.body["ipgroup"], group);
    assert_eq!(client.get("/ipgroups").await.ids("ipgroups"), [OFFICE, id]);
    assert_eq!(client.send("GET", &format!("/v3/{LAB}/elb{path}"), None).await.refusal(), (404, "ELB.8904"));

    let update = json!({ "ipgroup": { "name": "n", "ip_list": [{ "ip": "192.0.2.1" }] } });
    let updated = client.call("PUT", &path, update).await;
    let changed = &updated.body["ipgroup"];
    assert_eq!((&changed["name"], &changed["description"]), (&json!("n"), &json!("d")));
    assert_eq!(changed["ip_list"], json!([{ "ip": "192.0.2.1", "description": "" }]), "the whole list is replaced");

    let gone = client.call("DELETE", &path, json!(null)).await;
    assert_eq!((gone.status, &gone.body), (204, &Value::Null));
    assert!(gone.header("x-request-id").is_some());
    assert_eq!(client.get(&path).await.refusal(), (404, "ELB.8904"));
}

#[tokio::test]
async fn a_group_is_found_by_an_entry_as_it_is_written() {
    let client = Client::start().await;
    let entries = json!([{ "ip": "10.0.0.1-10.0.0.9" }, { "ip": "10.0.1.0/24" }]);
    let id = client.call("POST", "/ipgroups", made(entries)).await.body["ipgroup"]["id"].as_str().unwrap().to_owned();
    let found = async |query: &str| client.get(&format!("/ipgroups?{query}")).await.ids("ipgroups").len();
    assert_eq!(found("ip_list=10.0.0.1-10.0.0.9").await, 1);
    assert_eq!(found("ip_list=10.0.0.1").await, 0);
    assert_eq!(found("ip_list=10.0.1.0%2F24").await, 1);
    assert_eq!(found("name=quarantine").await, 1);
    assert_eq!(found(&format!("id={id}&id={OFFICE}")).await, 2);
    assert_eq!(found("enterprise_project_id=all_granted_eps").await, 2);
    assert_eq!(found("enterprise_project_id=1").await, 0);
}

#[tokio::test]
async fn quotas_are_kept_and_told() {
    let client = Client::start().await;
    client.control("PATCH", "settings", json!({ "quotas": { "ipgroup": 2 } }));
    assert_eq!(client.call("POST", "/ipgroups", made(json!([]))).await.status, 201, "an empty group can be made");
    let refused = client.call("POST", "/ipgroups", made(json!([]))).await;
    assert_eq!(refused.refusal(), (409, "ELB.8905"));
    assert_eq!(refused.body["error_msg"], "Quota exceeded for resources: ['ipgroup']");
    let told = client.get("/quotas/details?quota_key=ipgroup&quota_key=ipgroup_max_length").await;
    assert_eq!(
        told.body["quotas"],
        json!([
            { "quota_key": "ipgroup", "quota_limit": 2, "used": 2, "unit": "count" },
            { "quota_key": "ipgroup_max_length", "quota_limit": 300, "used": 1, "unit": "count" },
        ])
    );
    assert_eq!(client.get("/quotas/details").await.body["quotas"].as_array().unwrap().len(), 4);
    assert_eq!(client.get("/quotas/details?quota_key=none").await.refusal(), (400, "ELB.8902"));
}

#[tokio::test]
async fn bad_bodies_are_refused_by_field() {
    let client = Client::start().await;
    for (body, field) in [
        (json!({ "ipgroup": { "name": "x" } }), "ip_list"),
        (json!({ "ipgroup": { "ip_list": null } }), "ip_list"),
        (json!({ "ipgroup": { "ip_list": ["10.0.0.1"] } }), "ip_list"),
        (json!({ "ipgroup": { "ip_list": [{ "description": "x" }] } }), "ip"),
        (json!({ "ipgroup": { "ip_list": [{ "ip": "10.0.0.300" }] } }), "ip"),
        (json!({ "ipgroup": { "ip_list": [{ "ip": "10.0.0.1/8" }] } }), "ip"),
        (json!({ "ipgroup": { "ip_list": [{ "ip": "0.0.0.0" }, { "ip": "0.0.0.0/32" }] } }), "ip"),
        (json!({ "ipgroup": { "ip_list": [{ "ip": "10.0.0.1", "description": "x".repeat(256) }] } }), "description"),
        (json!({ "ipgroup": { "ip_list": [{ "ip": "10.0.0.1", "note": "x" }] } }), "note"),
        (json!({ "ipgroup": { "ip_list": [], "name": 1 } }), "name"),
        (json!({ "ipgroup": { "ip_list": [], "name": "x".repeat(256) } }), "name"),
        (json!({ "ipgroup": { "ip_list": [], "enterprise_project_id": "" } }), "enterprise_project_id"),
        (json!({ "ipgroup": { "ip_list": [], "id": "x" } }), "id"),
        (json!({ "ipgroup": [] }), "ipgroup"),
        (json!({}), "ipgroup"),
    ] {
        let answer = client.call("POST", "/ipgroups", body.clone()).await;
        assert_eq!(answer.refusal(), (400, "ELB.8902"), "{body}");
        assert_eq!(answer.body["error_msg"], format!("Invalid input for '{field}'."), "{body}");
    }
    assert_eq!(client.get("/ipgroups").await.ids("ipgroups"), [OFFICE]);
}
