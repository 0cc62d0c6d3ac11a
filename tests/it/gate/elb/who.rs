//! Who we are to the cloud: keys, temporary keys, passwords; and that none of these is ever told.

use std::sync::Arc;

use quell_core::ports::{Clock, GateError, Gates as _};
use quell_domain::{
    Timestamp,
    gate::{BalancerAccess, Rules},
    ids::GateKey,
    time::MINUTE,
};
use quell_effects::{Balancers, SystemClock};
use serde_json::json;

use super::{Cloud, HTTPS, PASSWORD, SECRET, Seed, keys, list, login, patience};

const TOKENS: &str = "/v3/auth/tokens";

async fn by_login() -> Cloud {
    Cloud::with(Seed::builtin(), &login(), false, patience()).await
}

async fn bar(cloud: &Cloud) -> (&'static str, String) {
    let error = cloud.gates.read(&cloud.balancer, &GateKey::new(HTTPS)).await.expect_err("barred");
    let said = format!("{error} {error:?} {:?}", cloud.gates);
    for secret in [SECRET, "Sicret", PASSWORD, "hunter2"] {
        assert!(!said.contains(secret), "{said}");
    }
    let GateError::Barred { field, words, .. } = error else { panic!("{error}") };
    (field, words)
}

#[tokio::test]
async fn a_password_is_exchanged_for_one_token() {
    let cloud = by_login().await;
    cloud.restrict_https().await.expect("restricted");
    assert!(cloud.rules(HTTPS).await.enforced);
    assert_eq!(cloud.count("POST", TOKENS), 1, "kept for all that follows");
}

#[tokio::test]
async fn a_token_that_ended_is_renewed_also_for_a_change() {
    let cloud = by_login().await;
    let open = cloud.rules(HTTPS).await;
    cloud.control("POST", "expire", &json!(null));
    cloud.restrict(HTTPS, "203.0.113.9", &open).await.expect("restricted");
    assert_eq!(cloud.count("POST", TOKENS), 2);
    let member = cloud.read(HTTPS).await.members[0].clone();
    cloud.control("POST", "expire", &json!(null));
    cloud.gates.weigh(&cloud.balancer, &GateKey::new(HTTPS), &member, 0).await.expect("weighed");
    assert_eq!(cloud.count("POST", TOKENS), 3);
}

#[tokio::test]
async fn a_user_who_is_shut_out_is_told_so() {
    let cloud = by_login().await;
    cloud.rules(HTTPS).await;
    cloud.control("PATCH", "users/soc-portal", &json!({ "enabled": false }));
    cloud.control("POST", "expire", &json!(null));
    assert_eq!(bar(&cloud).await.0, "credentials");
}

#[tokio::test]
async fn what_is_wrong_is_named_without_the_secret() {
    let cloud = Cloud::start().await;
    for wrong in [
        keys().replace("Secret", "Sicret"),
        keys().replace("HPQ7", "HPQ8"),
        login().replace(PASSWORD, "hunter2"),
        login().replace("acme", "other"),
        "secret_key = hunter2".to_owned(),
        keys() + "security_token = 'hunter2'",
    ] {
        cloud.credentials(&wrong);
        assert_eq!(bar(&cloud).await.0, "credentials", "{wrong}");
    }
    assert_eq!(cloud.changes(), 0);
    cloud.credentials(&keys());
    assert_eq!(cloud.rules(HTTPS).await, Rules::open(), "a mended file counts at once");
}

#[tokio::test]
async fn temporary_keys_work_until_they_end() {
    let cloud = Cloud::start().await;
    let identity = json!({ "methods": ["token"], "token": { "duration_seconds": 900 } });
    let body = json!({ "auth": { "identity": identity } });
    let made = cloud.by_another_hand("/v3.0/OS-CREDENTIAL/securitytokens", body).await;
    let of = |name: &str| made["credential"][name].as_str().expect("text").to_owned();
    let text = format!(
        "access_key = '{}'\nsecret_key = '{}'\nsecurity_token = '{}'",
        of("access"),
        of("secret"),
        of("securitytoken")
    );
    cloud.credentials(&text);
    cloud.restrict_https().await.expect("restricted");
    assert!(cloud.rules(HTTPS).await.is_restricted_to(&list(super::SOC)));
    let facts = cloud.gates.facts(&cloud.balancer.access).await.expect("facts");
    assert!(facts.warnings.iter().any(|words| words.contains("temporary")), "{:?}", facts.warnings);
    cloud.control("POST", "expire", &json!(null));
    assert_eq!(bar(&cloud).await.0, "credentials");
}

#[tokio::test]
async fn a_permission_that_is_missing_is_named_and_nothing_is_changed() {
    let cloud = Cloud::start().await;
    let all_but_binding =
        ["elb:listeners:get", "elb:loadbalancers:list", "elb:pools:list", "elb:members:list", "elb:ipgroups:*"];
    cloud.control("PATCH", "users/soc-portal", &json!({ "allow": all_but_binding }));
    let error = cloud.restrict_https().await.expect_err("not allowed");
    let GateError::Refused { status: 403, message, request: Some(_), .. } = &error else { panic!("{error}") };
    assert!(message.contains("elb:listeners:put"), "{message}");
    assert_eq!(cloud.rules(HTTPS).await, Rules::open());
}

#[tokio::test]
async fn clocks_that_differ_are_warned_of_before_they_bar() {
    let mut cloud = Cloud::start().await;
    cloud.gates = Balancers::new(Arc::new(Ahead(7 * MINUTE))).with_patience(patience());
    let facts = cloud.gates.facts(&cloud.balancer.access).await.expect("facts");
    assert!(facts.warnings[0].contains("ahead of"), "{:?}", facts.warnings);
    cloud.gates = Balancers::new(Arc::new(Ahead(-60 * MINUTE))).with_patience(patience());
    let (field, words) = bar(&cloud).await;
    assert!(field == "credentials" && words.contains("clock"), "{words}");
}

/// A clock that is wrong by so many microseconds.
struct Ahead(i64);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        SystemClock.now().plus(self.0)
    }
}

#[tokio::test]
async fn a_password_needs_the_address_of_iam() {
    let mut cloud = by_login().await;
    let BalancerAccess::Elb { iam_base, .. } = &mut cloud.balancer.access else { panic!("ELB") };
    *iam_base = None;
    assert_eq!(bar(&cloud).await.0, "iam_base");
}
