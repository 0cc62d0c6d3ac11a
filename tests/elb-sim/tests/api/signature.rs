//! Who gets through the gateway, and who does not.

use elb_sim::{
    clock::{Clock, sdk_date},
    sign::{Signed, payload_hash},
};
use serde_json::json;

use crate::{
    FOREIGN, LAB, PROJECT,
    client::{Client, Key},
};

const REFUSED: (u16, &str) = (401, "APIGW.0301");

fn listeners(project: &str) -> String {
    format!("/v3/{project}/elb/listeners")
}

#[tokio::test]
async fn a_right_signature_gets_through_and_a_wrong_one_does_not() {
    let client = Client::start().await;
    let target = format!("{}?name=a%20b%2F%E6%94%AF&id=2&id=1", listeners(PROJECT));
    let answer = client.send("GET", &target, None).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("x-request-id"), answer.body["request_id"].as_str());

    let wrong = client.signed(&Key::new("HPQ7EXAMPLEACCESSKEY", "wrong"), "GET", &target, None).await;
    assert_eq!(wrong.refusal(), REFUSED);
    assert_eq!(wrong.body["error_msg"], "Incorrect IAM authentication information: verify aksk signature fail");
    assert_eq!(wrong.header("x-request-id"), wrong.body["request_id"].as_str());
    let unknown = client.signed(&Key::new("NOBODY", "wrong"), "GET", &target, None).await;
    assert_eq!(unknown.refusal(), REFUSED);
}

#[tokio::test]
async fn what_was_signed_is_what_must_come() {
    let client = Client::start().await;
    let target = format!("/v3/{PROJECT}/elb/ipgroups");
    let body = json!({ "ipgroup": { "ip_list": [{ "ip": "192.0.2.1" }] } }).to_string();
    let sign = || client.sign(&Key::portal(), Clock::default().now(), "POST", &target, &body, &[]);
    let sent = async |target: &str, headers: &[(String, String)], body: &str| {
        client.raw("POST", target, headers, body).await.unwrap()
    };
    assert_eq!(sent(&target, &sign(), &body).await.status, 201);
    assert_eq!(sent(&target, &sign(), &body.replace("192.0.2.1", "192.0.2.2")).await.refusal(), REFUSED);
    assert_eq!(sent(&format!("{target}?name=x"), &sign(), &body).await.refusal(), REFUSED);
    for (name, value) in [("host", "elb.example"), ("x-sdk-date", "20260311T083015Z"), ("content-type", "text/plain")] {
        let mut headers = sign();
        headers.iter_mut().find(|(key, _)| key == name).unwrap().1 = value.into();
        assert_eq!(sent(&target, &headers, &body).await.refusal(), REFUSED, "{name}");
    }
}

#[tokio::test]
async fn the_header_has_one_form_only() {
    let client = Client::start().await;
    let target = listeners(PROJECT);
    let good = client.sign(&Key::portal(), Clock::default().now(), "GET", &target, "", &[]);
    let (_, header) = good.last().unwrap();
    for wrong in [
        header.replace("SDK-HMAC-SHA256 ", "V11-HMAC-SHA256 "),
        header.replace(", Signed", ",Signed"),
        header.replace("host;", ""),
        header.replace("content-type;host", "host;content-type"),
        header.replace(";x-sdk-date", ""),
        header.replace("x-sdk-date", "x-sdk-date;x-that-is-not-there"),
        format!("{header}00"),
        String::new(),
    ] {
        let mut headers = good.clone();
        headers.last_mut().unwrap().1 = wrong.clone();
        let answer = client.raw("GET", &target, &headers, "").await.unwrap();
        assert_eq!(answer.refusal(), REFUSED, "{wrong}");
    }
}

#[tokio::test]
async fn signed_headers_are_sorted_and_lower_case_even_when_the_signature_is_right() {
    let client = Client::start().await;
    let (path, key, host) = (listeners(PROJECT), Key::portal(), client.host());
    let date = sdk_date(Clock::default().now());
    for (names, status) in [(["host", "x-sdk-date"], 200), (["x-sdk-date", "host"], 401), (["Host", "x-sdk-date"], 401)]
    {
        let value = |name: &str| if name.eq_ignore_ascii_case("host") { host.clone() } else { date.clone() };
        let headers = names.map(|name| (name.to_owned(), value(name)));
        let hash = payload_hash(b"", None);
        let signed = Signed { method: "GET", path: &path, query: "", headers: &headers, payload_hash: &hash };
        let authorization = signed.authorization(&key.access, &key.secret, &date);
        let sent = [("x-sdk-date".into(), date.clone()), ("authorization".into(), authorization)];
        let answer = client.raw("GET", &path, &sent, "").await.unwrap();
        assert_eq!(answer.status, status, "{names:?}: {answer:?}");
    }
}

#[tokio::test]
async fn a_date_is_good_for_fifteen_minutes_in_either_direction() {
    let client = Client::start().await;
    let target = listeners(PROJECT);
    let minute = 60_000;
    for (minutes, status) in [(-16, 401), (-14, 200), (0, 200), (14, 200), (16, 401)] {
        let at = Clock::default().now() + minutes * minute;
        let headers = client.sign(&Key::portal(), at, "GET", &target, "", &[]);
        let answer = client.raw("GET", &target, &headers, "").await.unwrap();
        assert_eq!(answer.status, status, "{minutes} minutes: {answer:?}");
    }
}

#[tokio::test]
async fn a_body_that_is_not_json_may_be_unsigned_and_no_hash_may_be_false() {
    let client = Client::start().await;
    let target = format!("/v3/{PROJECT}/elb/ipgroups");
    let more = |hash| [("x-sdk-content-sha256", hash), ("content-type", "text/plain")];
    let now = Clock::default().now();
    let unsigned = client.sign(&Key::portal(), now, "POST", &target, "x", &more("UNSIGNED-PAYLOAD"));
    let answer = client.raw("POST", &target, &unsigned, "another").await.unwrap();
    assert_eq!(answer.refusal(), (400, "ELB.8902"), "through the gateway, and no JSON");
    let false_hash = client.sign(&Key::portal(), now, "POST", &target, "x", &more("00"));
    assert_eq!(client.raw("POST", &target, &false_hash, "x").await.unwrap().refusal(), REFUSED);
}

#[tokio::test]
async fn a_signature_or_a_token_and_not_both() {
    let client = Client::start().await;
    let target = listeners(PROJECT);
    assert_eq!(client.raw("GET", &target, &[], "").await.unwrap().refusal(), REFUSED);
    let token = client.token(json!({ "project": { "id": PROJECT } })).await;
    let mut both = client.sign(&Key::portal(), Clock::default().now(), "GET", &target, "", &[]);
    both.push(("x-auth-token".into(), token));
    assert_eq!(client.raw("GET", &target, &both, "").await.unwrap().refusal(), REFUSED);
}

#[tokio::test]
async fn a_key_reaches_the_projects_of_its_account_and_does_what_its_user_may() {
    let client = Client::start().await;
    assert_eq!(client.send("GET", &listeners(LAB), None).await.ids("listeners"), [""; 0]);
    assert_eq!(client.send("GET", &listeners(FOREIGN), None).await.refusal(), (403, "ELB.8903"));
    assert_eq!(client.send("GET", &listeners("nothing"), None).await.refusal(), (403, "ELB.8903"));
    let named =
        client.sign(&Key::portal(), Clock::default().now(), "GET", &listeners(PROJECT), "", &[("x-project-id", LAB)]);
    assert_eq!(client.raw("GET", &listeners(PROJECT), &named, "").await.unwrap().refusal(), (403, "ELB.8903"));

    let reader = Key::reader();
    assert_eq!(client.signed(&reader, "GET", &listeners(PROJECT), None).await.status, 200);
    let body = json!({ "ipgroup": { "ip_list": [] } });
    let refused = client.signed(&reader, "POST", &format!("/v3/{PROJECT}/elb/ipgroups"), Some(body)).await;
    assert_eq!(refused.refusal(), (403, "ELB.9803"));
    assert_eq!(refused.body["error_msg"], "Policy doesn't allow elb:ipgroups:create to be performed.");
}

#[tokio::test]
async fn what_is_not_published_does_not_exist() {
    let client = Client::start().await;
    for (method, target) in [
        ("GET", format!("/v3/{PROJECT}/elb/listeners/")),
        ("GET", format!("/v3/{PROJECT}/elb/flavors")),
        ("DELETE", format!("/v3/{PROJECT}/elb/listeners/x")),
        ("GET", "/v2.0/lbaas/whitelists".into()),
        ("GET", "/".into()),
    ] {
        let answer = client.send(method, &target, None).await;
        assert_eq!(answer.refusal(), (404, "APIGW.0101"), "{method} {target}");
    }
    client.control("PATCH", "settings", json!({ "old_gateway": true }));
    assert_eq!(client.send("GET", "/", None).await.refusal(), (404, "APIG.0101"));
}
