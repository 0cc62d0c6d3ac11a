//! Temporary keys.

use serde_json::{Value, json};

use crate::{
    PROJECT,
    client::{Client, Key},
};

const CREATE: &str = "/v3.0/OS-CREDENTIAL/securitytokens";

fn wanted(identity: Value) -> Option<Value> {
    Some(json!({ "auth": { "identity": identity } }))
}

fn key(answer: &Value) -> Key {
    let text = |name: &str| answer["credential"][name].as_str().unwrap().to_owned();
    Key { access: text("access"), secret: text("secret"), security_token: Some(text("securitytoken")) }
}

#[tokio::test]
async fn a_temporary_key_needs_its_security_token_and_ends() {
    let client = Client::start().await;
    let listeners = format!("/v3/{PROJECT}/elb/listeners");
    let token = client.token(json!({ "project": { "id": PROJECT } })).await;
    let identity = json!({ "methods": ["token"], "token": { "duration_seconds": 3600 } });
    let answer = client.with_token(&token, "POST", CREATE, wanted(identity)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let key = key(&answer.body);
    assert_eq!(client.signed(&key, "GET", &listeners, None).await.status, 200);

    let bare = Key { security_token: None, ..key.clone() };
    assert_eq!(client.signed(&bare, "GET", &listeners, None).await.refusal(), (401, "APIGW.0301"));
    let other = Key { security_token: Some("another".into()), ..key.clone() };
    assert_eq!(client.signed(&other, "GET", &listeners, None).await.refusal(), (401, "APIGW.0301"));
    let with_permanent = Key { security_token: key.security_token.clone(), ..Key::portal() };
    assert_eq!(client.signed(&with_permanent, "GET", &listeners, None).await.refusal(), (401, "APIGW.0301"));

    client.control("POST", "expire", json!({}));
    assert_eq!(client.signed(&key, "GET", &listeners, None).await.refusal(), (401, "APIGW.0301"));
}

#[tokio::test]
async fn the_security_token_must_be_signed() {
    let client = Client::start().await;
    let listeners = format!("/v3/{PROJECT}/elb/listeners");
    let made = client.send("POST", CREATE, wanted(json!({ "methods": ["token"] }))).await;
    let key = key(&made.body);
    let bare = Key { security_token: None, ..key.clone() };
    let mut headers = client.sign(&bare, elb_sim::clock::Clock::default().now(), "GET", &listeners, "", &[]);
    headers.push(("x-security-token".into(), key.security_token.unwrap()));
    assert_eq!(client.raw("GET", &listeners, &headers, "").await.unwrap().refusal(), (401, "APIGW.0301"));
}

#[tokio::test]
async fn an_agency_gives_one_too() {
    let client = Client::start().await;
    let role = |agency: &str, domain: &str| {
        let role = json!({ "agency_name": agency, "domain_name": domain });
        json!({ "methods": ["assume_role"], "assume_role": role })
    };
    let made = client.send("POST", CREATE, wanted(role("soc-agency", "acme-account"))).await;
    assert_eq!(made.status, 201);
    assert_eq!(client.signed(&key(&made.body), "GET", &format!("/v3/{PROJECT}/elb/listeners"), None).await.status, 200);
    for (agency, domain) in [("soc-agency", "other-account"), ("nothing", "acme-account")] {
        let refused = client.send("POST", CREATE, wanted(role(agency, domain))).await;
        assert_eq!(refused.refusal(), (404, "IAM.0004"));
    }
}

#[tokio::test]
async fn bad_wishes_are_refused() {
    let client = Client::start().await;
    for identity in [
        json!({ "methods": ["token"], "token": { "duration_seconds": 899 } }),
        json!({ "methods": ["token"], "token": { "duration_seconds": 86_401 } }),
        json!({ "methods": ["token"], "token": { "forever": true } }),
        json!({ "methods": ["password"] }),
        json!({ "methods": ["assume_role"], "assume_role": { "agency_name": "soc-agency" } }),
    ] {
        let answer = client.send("POST", CREATE, wanted(identity.clone())).await;
        assert_eq!(answer.refusal(), (400, "IAM.0007"), "{identity}");
    }
    let named = json!({ "methods": ["token"], "token": { "id": "not a token" } });
    assert_eq!(client.send("POST", CREATE, wanted(named)).await.status, 401);
}
