//! Filters and paging of every list.

use serde_json::json;

use crate::{HTTPS, SHARED_80, TCP_8443, client::Client};

#[tokio::test]
async fn pages_go_forwards_and_backwards() {
    let client = Client::start().await;
    let page = async |query: &str| {
        let answer = client.get(&format!("/listeners?{query}")).await;
        let ids: Vec<String> = answer.ids("listeners").into_iter().map(str::to_owned).collect();
        (ids, answer.body["page_info"].clone())
    };
    let (ids, info) = page("limit=2").await;
    assert_eq!(ids, [HTTPS, TCP_8443]);
    assert_eq!(info, json!({ "previous_marker": HTTPS, "next_marker": TCP_8443, "current_count": 2 }));
    let (ids, info) = page(&format!("limit=2&marker={TCP_8443}")).await;
    assert_eq!(ids, [SHARED_80]);
    assert_eq!(info, json!({ "previous_marker": SHARED_80, "current_count": 1 }));
    let (ids, _) = page(&format!("limit=2&marker={SHARED_80}&page_reverse=true")).await;
    assert_eq!(ids, [HTTPS, TCP_8443]);
    let (ids, _) = page(&format!("limit=1&marker={SHARED_80}&page_reverse=true")).await;
    assert_eq!(ids, [TCP_8443]);
    let (ids, _) = page("limit=2&page_reverse=true").await;
    assert_eq!(ids, [TCP_8443, SHARED_80]);
    let (ids, info) = page(&format!("limit=2&marker={SHARED_80}")).await;
    assert_eq!((ids.len(), info), (0, json!({ "previous_marker": null, "current_count": 0 })));
    let (ids, info) = page(&format!("limit=1&marker={HTTPS}&protocol=TCP")).await;
    assert_eq!((ids, &info["next_marker"]), (vec![TCP_8443.to_owned()], &json!(TCP_8443)));

    client.control("PATCH", "settings", json!({ "next_marker_always": true }));
    let (_, info) = page("limit=3").await;
    assert_eq!(info, json!({ "previous_marker": HTTPS, "next_marker": SHARED_80, "current_count": 3 }));
}

#[tokio::test]
async fn several_values_are_or_and_several_keys_are_and() {
    let client = Client::start().await;
    let ids = async |query: &str| client.get(&format!("/listeners?{query}")).await.ids("listeners").len();
    assert_eq!(ids(&format!("id={HTTPS}&id={SHARED_80}")).await, 2);
    assert_eq!(ids(&format!("id={HTTPS}&id={SHARED_80}&protocol=TCP")).await, 1);
    assert_eq!(ids("protocol_port=443&protocol_port=80").await, 2);
    assert_eq!(ids(&format!("loadbalancer_id={}", crate::WEB_LB)).await, 2);
    assert_eq!(ids("http2_enable=true").await, 0);
    assert_eq!(ids("name=listener-tcp").await, 0, "the whole name");
}

#[tokio::test]
async fn bad_queries_are_refused_by_key() {
    let client = Client::start().await;
    for list in ["/listeners", "/ipgroups", "/members", "/pools", "/loadbalancers", "/l7policies"] {
        assert_eq!(client.get(list).await.status, 200, "{list}");
        for (query, key) in [
            ("limit=2001", "limit"),
            ("limit=-1", "limit"),
            ("limit=x", "limit"),
            ("limit=1&limit=2", "limit"),
            ("marker=x", "marker"),
            ("limit=2&marker=", "marker"),
            ("limit=2&marker=x", "marker"),
            ("page_reverse=true", "page_reverse"),
            ("limit=2&page_reverse=yes", "page_reverse"),
            ("nome=x", "nome"),
            ("offset=1", "offset"),
        ] {
            let answer = client.get(&format!("{list}?{query}")).await;
            assert_eq!(answer.refusal(), (400, "ELB.8902"), "{list}?{query}");
            assert_eq!(answer.body["error_msg"], format!("Invalid input for '{key}'."), "{list}?{query}");
        }
    }
    for query in ["/listeners?protocol_port=x", "/listeners?admin_state_up=1", "/members?weight=full"] {
        assert_eq!(client.get(query).await.refusal(), (400, "ELB.8902"), "{query}");
    }
    assert_eq!(client.get(&format!("/listeners/{HTTPS}?fields=id")).await.refusal(), (400, "ELB.8902"));
}

#[tokio::test]
async fn every_field_of_the_samples_is_there() {
    let client = Client::start().await;
    // The fields of the vendor's models that are always present; the reference's appendix A.
    let lists = [
        (
            "listeners",
            "admin_state_up connection_limit default_pool_id insert_headers ipgroup loadbalancers tags updated_at",
        ),
        (
            "pools",
            "healthmonitor_id lb_algorithm listeners loadbalancers members session_persistence slow_start vpc_id",
        ),
        ("members", "availability_zone ip_version member_type operating_status pool_id status subnet_cidr_id weight"),
        (
            "loadbalancers",
            "eips frozen_scene global_eips guaranteed listeners operating_status pools provisioning_status",
        ),
        ("ipgroups", "created_at description enterprise_project_id id ip_list listeners name project_id updated_at"),
        ("l7policies", "action id listener_id redirect_pool_id rules"),
    ];
    for (kind, fields) in lists {
        let answer = client.get(&format!("/{kind}")).await;
        for field in fields.split(' ') {
            assert!(answer.body[kind][0].get(field).is_some(), "{kind}: {field}");
        }
    }
    client.control("PATCH", "settings", json!({ "times_without_z": true }));
    let listener = client.get(&format!("/listeners/{HTTPS}")).await;
    assert_eq!(listener.body["listener"]["created_at"], "2026-01-10T02:10:30");
}
