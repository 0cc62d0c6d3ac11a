//! Adding and removing single addresses of a group.

use serde_json::{Value, json};

use crate::{OFFICE, client::Client};

fn list(entries: Value) -> Value {
    json!({ "ipgroup": { "ip_list": entries } })
}

fn path(what: &str) -> String {
    format!("/ipgroups/{OFFICE}/iplist/{what}")
}

#[tokio::test]
async fn what_is_new_is_added_and_what_is_there_described_anew() {
    let client = Client::start().await;
    let more = json!([
        { "ip": "192.0.2.77", "description": "analyst" },
        { "ip": "203.0.113.0/24", "description": "office, second floor" },
    ]);
    let answer = client.call("POST", &path("create-or-update"), list(more)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.body["ipgroup"]["ip_list"],
        json!([
            { "ip": "203.0.113.0/24", "description": "office, second floor" },
            { "ip": "192.0.2.77", "description": "analyst" },
        ])
    );
    let less = client
        .call("POST", &path("batch-delete"), list(json!([{ "ip": "203.0.113.0/24" }, { "ip": "192.0.2.9" }])))
        .await;
    assert_eq!(less.body["ipgroup"]["ip_list"], json!([{ "ip": "192.0.2.77", "description": "analyst" }]));
    assert_eq!(client.get(&format!("/ipgroups/{OFFICE}")).await.body["ipgroup"], less.body["ipgroup"]);
}

#[tokio::test]
async fn a_group_that_a_listener_uses_is_not_emptied() {
    let client = Client::start().await;
    let all = list(json!([{ "ip": "203.0.113.0/24" }]));
    assert_eq!(client.call("POST", &path("batch-delete"), all.clone()).await.refusal(), (400, "ELB.8902"));
    let put = client.call("PUT", &format!("/ipgroups/{OFFICE}"), list(json!([]))).await;
    assert_eq!(put.refusal(), (400, "ELB.8902"));
    client.control("PATCH", "settings", json!({ "empty_groups": true }));
    assert_eq!(client.call("POST", &path("batch-delete"), all).await.body["ipgroup"]["ip_list"], json!([]));
}

#[tokio::test]
async fn three_hundred_addresses_and_not_one_more() {
    let client = Client::start().await;
    let many = |count: usize| -> Value {
        (0..count).map(|number| json!({ "ip": format!("10.1.{}.{}", number / 250, number % 250) })).collect()
    };
    let created = client.call("POST", "/ipgroups", list(many(301))).await;
    assert_eq!(created.refusal(), (409, "ELB.8905"));
    assert_eq!(client.call("POST", "/ipgroups", list(many(300))).await.status, 201);
    assert_eq!(client.call("POST", &path("create-or-update"), list(many(299))).await.status, 200);
    let one_more = list(json!([{ "ip": "10.9.9.9" }]));
    assert_eq!(client.call("POST", &path("create-or-update"), one_more).await.refusal(), (409, "ELB.8905"));
}

#[tokio::test]
async fn bad_entries_are_refused() {
    let client = Client::start().await;
    for (what, body) in [
        ("create-or-update", json!({ "ipgroup": {} })),
        ("create-or-update", list(json!([{ "ip": "nonsense" }]))),
        ("create-or-update", json!({ "ipgroup": { "ip_list": [], "note": "x" } })),
        ("batch-delete", json!({ "ipgroup": {} })),
        ("batch-delete", list(json!([{ "ip": "10.0.0.1", "description": "x" }]))),
    ] {
        assert_eq!(client.call("POST", &path(what), body.clone()).await.refusal(), (400, "ELB.8902"), "{what} {body}");
    }
    let nowhere = client.call("POST", "/ipgroups/none/iplist/batch-delete", list(json!([]))).await;
    assert_eq!(nowhere.refusal(), (404, "ELB.8904"));
}
