//! Restricting, reading and restoring by IP groups: from every state that a listener can be in, and again after a crash.

use quell_domain::gate::{ListKind, Rules};
use serde_json::json;

use super::{Cloud, HTTPS, OFFICE, OFFICE_GROUP, SOC, brief, list};

#[tokio::test]
async fn nothing_was_attached() {
    let cloud = Cloud::start().await;
    let before = cloud.rules(HTTPS).await;
    assert_eq!(before, Rules::open());

    let done = cloud.restrict(HTTPS, SOC, &before).await.expect("restricted");
    assert!(done.requests.len() >= 4 && done.requests.iter().all(|id| id.len() == 32), "{:?}", done.requests);
    let restricted = cloud.rules(HTTPS).await;
    assert!(restricted.is_restricted_to(&list(SOC)), "{restricted:?}");
    let group = restricted.list.clone().expect("a group");
    assert!(done.words.contains(&group), "{}", done.words);
    assert!(cloud.groups().iter().any(|it| it["id"] == *group && it["name"] == format!("quell-{HTTPS}")));

    cloud.restore(HTTPS, &before, &restricted).await.expect("restored");
    let after = cloud.rules(HTTPS).await;
    assert!(after.is_restored_to(&before) && !after.enforced, "{after:?}");
    assert_eq!(after.list.as_ref(), Some(&group), "it stays attached, out of force");

    cloud.restrict(HTTPS, "203.0.113.9", &after).await.expect("restricted again");
    let again = cloud.rules(HTTPS).await;
    assert!(again.is_restricted_to(&list("203.0.113.9")), "{again:?}");
    assert_eq!((again.list, cloud.own_groups()), (Some(group), 1), "the group is used again");
}

#[tokio::test]
async fn somebody_elses_group_comes_back_with_its_switch_and_type() {
    for (enabled, kind) in [(true, "white"), (false, "white"), (true, "black"), (false, "black")] {
        let cloud = Cloud::start().await;
        let theirs = json!({ "ipgroup_id": OFFICE_GROUP, "enable_ipgroup": enabled, "type": kind });
        cloud.control("PATCH", &format!("listeners/{OFFICE}"), &json!({ "ipgroup": theirs }));
        let before = cloud.rules(OFFICE).await;
        assert_eq!((before.enforced, before.ours), (enabled, false));
        assert_eq!(before.kind, if kind == "white" { ListKind::Only } else { ListKind::AllBut });
        assert_eq!(before.entries, ["203.0.113.0/24"]);

        cloud.restrict(OFFICE, SOC, &before).await.expect("restricted");
        let restricted = cloud.rules(OFFICE).await;
        assert!(restricted.is_restricted_to(&list(SOC)), "{restricted:?}");
        cloud.restore(OFFICE, &before, &restricted).await.expect("restored");
        assert_eq!(cloud.rules(OFFICE).await, before);
    }
}

#[tokio::test]
async fn several_groups_come_back() {
    let cloud = Cloud::start().await;
    let second = cloud.new_group("partners", "198.51.100.99").await;
    let theirs = json!({ "ipgroup_id": format!("{OFFICE_GROUP},{second}"), "enable_ipgroup": true, "type": "white" });
    cloud.control("PATCH", &format!("listeners/{OFFICE}"), &json!({ "ipgroup": theirs }));
    let before = cloud.rules(OFFICE).await;
    assert_eq!(before.entries, ["198.51.100.99", "203.0.113.0/24"], "of both");

    cloud.restrict(OFFICE, SOC, &before).await.expect("restricted");
    let restricted = cloud.rules(OFFICE).await;
    assert!(restricted.is_restricted_to(&list(SOC)), "{restricted:?}");
    cloud.restore(OFFICE, &before, &restricted).await.expect("restored");
    assert_eq!(cloud.rules(OFFICE).await, before);
}

#[tokio::test]
async fn doing_it_again_sends_nothing() {
    let cloud = Cloud::start().await;
    let open = Rules::open();
    cloud.restrict(HTTPS, SOC, &open).await.expect("restricted");
    let changes = cloud.changes();
    let done = cloud.restrict(HTTPS, SOC, &open).await.expect("it is");
    assert!(done.words.contains("already"), "{}", done.words);
    assert_eq!(cloud.changes(), changes);

    let restricted = cloud.rules(HTTPS).await;
    cloud.restore(HTTPS, &open, &restricted).await.expect("restored");
    let changes = cloud.changes();
    cloud.restore(HTTPS, &open, &restricted).await.expect("it is");
    assert_eq!(cloud.changes(), changes);
}

#[tokio::test]
async fn one_list_of_ours_follows_another_and_comes_back() {
    let cloud = Cloud::start().await;
    cloud.restrict_https().await.expect("restricted");
    let first = cloud.rules(HTTPS).await;
    cloud.restrict(HTTPS, "203.0.113.9", &first).await.expect("restricted");
    let second = cloud.rules(HTTPS).await;
    assert!(second.is_restricted_to(&list("203.0.113.9")), "{second:?}");
    cloud.restore(HTTPS, &first, &second).await.expect("restored");
    assert_eq!(cloud.rules(HTTPS).await, first);
    assert_eq!(cloud.own_groups(), 1);
}

#[tokio::test]
async fn a_crash_between_making_and_binding_leaves_nothing_double() {
    let cloud = Cloud::patient(brief()).await;
    cloud.fault(&json!({ "fault": "conflict", "times": 0, "method": "PUT", "path": "/v3/*/elb/listeners/*" }));
    cloud.restrict_https().await.expect_err("not bound");
    assert_eq!((cloud.own_groups(), cloud.rules(HTTPS).await), (1, Rules::open()));
    cloud.control("DELETE", "faults", &json!(null));
    cloud.restrict(HTTPS, "203.0.113.9", &Rules::open()).await.expect("restricted");
    assert!(cloud.rules(HTTPS).await.is_restricted_to(&list("203.0.113.9")), "with the newer list");
    assert_eq!(cloud.own_groups(), 1);
}

#[tokio::test]
async fn a_group_that_was_made_without_an_answer_is_found_again() {
    let cloud = Cloud::start().await;
    cloud.fault(&json!({ "fault": "drop", "method": "POST", "path": "/v3/*/elb/ipgroups" }));
    let error = cloud.restrict_https().await.expect_err("nobody knows");
    assert!(matches!(error, quell_core::ports::GateError::NoAnswer(_)), "{error}");
    assert_eq!(cloud.count("POST", "/elb/ipgroups"), 1, "it is not sent again");
    cloud.restrict_https().await.expect("restricted");
    assert_eq!(cloud.own_groups(), 1);
}

#[tokio::test]
async fn three_hundred_entries_fit() {
    let cloud = Cloud::start().await;
    let many: Vec<String> = (0..300).map(|n| format!("198.18.{}.{}", n / 250, n % 250 + 1)).collect();
    cloud.restrict(HTTPS, &many.join(" "), &Rules::open()).await.expect("restricted");
    assert_eq!(cloud.rules(HTTPS).await.entries.len(), 300);
}
