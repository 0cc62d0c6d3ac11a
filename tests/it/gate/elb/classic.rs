//! Whitelists, for classic shared load balancers.

use quell_core::ports::{GateError, Gates as _};
use quell_domain::gate::Rules;
use serde_json::{Value, json};

use super::{Cloud, EDGE, HTTPS, PROJECT, SOC, Seed, keys, list, patience};

async fn classic() -> Cloud {
    Cloud::with(Seed::builtin(), &keys(), true, patience()).await
}

impl Cloud {
    fn whitelists(&self) -> Vec<Value> {
        self.control("GET", "state", &Value::Null)["elb"]["whitelists"].as_array().expect("whitelists").clone()
    }

    async fn new_whitelist(&self, text: &str, enabled: bool) {
        let whitelist = json!({ "listener_id": EDGE, "enable_whitelist": enabled, "whitelist": text });
        self.by_another_hand(&format!("/v2/{PROJECT}/elb/whitelists"), json!({ "whitelist": whitelist })).await;
    }
}

#[tokio::test]
async fn there_was_none() {
    let cloud = classic().await;
    let before = cloud.rules(EDGE).await;
    assert_eq!(before, Rules::open());
    cloud.restrict(EDGE, SOC, &before).await.expect("restricted");
    let restricted = cloud.rules(EDGE).await;
    assert!(restricted.is_restricted_to(&list(SOC)), "{restricted:?}");
    let now = cloud.whitelists();
    assert_eq!((now.len(), &now[0]["enable_whitelist"]), (1, &json!(true)));

    cloud.restrict(EDGE, "203.0.113.9", &restricted).await.expect("another list");
    let second = cloud.rules(EDGE).await;
    assert!(second.is_restricted_to(&list("203.0.113.9")), "{second:?}");
    cloud.restore(EDGE, &restricted, &second).await.expect("restored");
    assert_eq!(cloud.rules(EDGE).await, restricted);

    cloud.restore(EDGE, &before, &restricted).await.expect("restored");
    assert_eq!(cloud.rules(EDGE).await, before);
    assert!(cloud.whitelists().is_empty());
    assert_eq!(cloud.own_groups(), 0, "no group is made");
}

#[tokio::test]
async fn somebody_elses_text_and_switch_come_back_as_they_were() {
    for (text, enabled) in [("203.0.113.10,198.51.100.0/24", true), ("203.0.113.10,198.51.100.0/24", false)] {
        let cloud = classic().await;
        cloud.new_whitelist(text, enabled).await;
        let before = cloud.rules(EDGE).await;
        assert_eq!((before.enforced, before.ours, before.entries.join(",").as_str()), (enabled, false, text));
        let whitelist = cloud.whitelists()[0].clone();

        cloud.restrict(EDGE, SOC, &before).await.expect("restricted");
        let restricted = cloud.rules(EDGE).await;
        assert!(restricted.is_restricted_to(&list(SOC)), "{restricted:?}");
        cloud.restore(EDGE, &before, &restricted).await.expect("restored");
        assert_eq!(cloud.rules(EDGE).await, before);
        assert_eq!(cloud.whitelists(), [whitelist]);
    }
}

#[tokio::test]
async fn another_hand_is_seen() {
    let cloud = classic().await;
    cloud.new_whitelist("203.0.113.10", true).await;
    let changes = cloud.changes();
    let error = cloud.restrict(EDGE, SOC, &Rules::open()).await.expect_err("changed since");
    assert!(matches!(&error, GateError::Conflict(found) if found.entries == ["203.0.113.10"]), "{error}");
    assert_eq!(cloud.changes(), changes);
}

#[tokio::test]
async fn an_answer_that_was_lost_leads_to_no_second_whitelist() {
    let cloud = classic().await;
    cloud.fault(&json!({ "fault": "drop", "method": "POST", "path": "/v2/*/elb/whitelists" }));
    let error = cloud.restrict(EDGE, SOC, &Rules::open()).await.expect_err("nobody knows");
    assert!(matches!(error, GateError::NoAnswer(_)), "{error}");
    cloud.restrict(EDGE, SOC, &Rules::open()).await.expect("it is so already");
    assert_eq!((cloud.count("POST", "/elb/whitelists"), cloud.whitelists().len()), (1, 1));
}

#[tokio::test]
async fn dedicated_load_balancers_have_none() {
    let cloud = classic().await;
    assert!(cloud.read(HTTPS).await.locked.is_some_and(|words| words.contains("v3")));
    let error = cloud.restrict_https().await.expect_err("locked");
    assert!(matches!(error, GateError::NotOffered(_)), "{error}");
    let facts = cloud.gates.facts(&cloud.balancer.access).await.expect("facts");
    assert!(facts.version.contains("v2"), "{}", facts.version);
    assert!(facts.warnings.iter().any(|words| words.contains("dedicated")), "{:?}", facts.warnings);
}

#[tokio::test]
async fn a_group_in_force_stands_in_the_way() {
    let cloud = classic().await;
    let theirs = json!({ "ipgroup_id": super::OFFICE_GROUP, "enable_ipgroup": true, "type": "white" });
    cloud.control("PATCH", &format!("listeners/{EDGE}"), &json!({ "ipgroup": theirs }));
    let error = cloud.restrict(EDGE, SOC, &Rules::open()).await.expect_err("both at once");
    assert!(matches!(error, GateError::NotOffered(_)), "{error}");
    assert!(cloud.whitelists().is_empty());
}
