//! Passwords, tokens and projects.

use serde_json::json;

use crate::{FOREIGN, LAB, PROJECT, client::Client};

fn listeners(project: &str) -> String {
    format!("/v3/{project}/elb/listeners")
}

#[tokio::test]
async fn a_password_gives_a_token_for_one_project() {
    let client = Client::start().await;
    for scope in [json!({ "project": { "name": "cn-north-4" } }), json!({ "project": { "id": PROJECT } })] {
        let answer = client.login("soc-portal", "example-portal-password", scope).await;
        assert_eq!(answer.status, 201);
        let token = answer.header("x-subject-token").unwrap();
        assert!(token.len() > 4000, "tokens are long");
        let told = &answer.body["token"];
        assert_eq!(told["project"]["id"], PROJECT, "{told}");
        assert_eq!(told["user"]["domain"]["name"], "acme-account");
        assert!(told["expires_at"].as_str().unwrap().ends_with("000Z"));
        assert!(!answer.body.to_string().contains("password\":\"example"));
        assert_eq!(client.with_token(token, "GET", &listeners(PROJECT), None).await.status, 200);
        for other in [LAB, FOREIGN] {
            let refused = client.with_token(token, "GET", &listeners(other), None).await;
            assert_eq!(refused.refusal(), (403, "ELB.8903"), "{other}");
        }
    }
}

#[tokio::test]
async fn a_token_for_the_account_is_good_for_no_project() {
    let client = Client::start().await;
    let token = client.token(json!({ "domain": { "name": "acme-account" } })).await;
    assert_eq!(client.with_token(&token, "GET", &listeners(PROJECT), None).await.refusal(), (403, "ELB.8903"));
    let projects = client.with_token(&token, "GET", "/v3/projects", None).await;
    assert_eq!(projects.ids("projects"), [PROJECT, LAB]);
}

#[tokio::test]
async fn a_token_ends_by_itself_or_by_another_hand() {
    let client = Client::start().await;
    let project = json!({ "project": { "id": PROJECT } });
    let token = client.token(project.clone()).await;
    client.control("POST", "clock", json!({ "ahead_seconds": 24 * 3600 - 60 }));
    assert_eq!(client.with_token(&token, "GET", &listeners(PROJECT), None).await.status, 200);
    client.control("POST", "clock", json!({ "ahead_seconds": 24 * 3600 + 60 }));
    assert_eq!(client.with_token(&token, "GET", &listeners(PROJECT), None).await.refusal(), (401, "ELB.1103"));

    let token = client.token(project.clone()).await;
    client.control("POST", "expire", json!({}));
    assert_eq!(client.with_token(&token, "GET", &listeners(PROJECT), None).await.refusal(), (401, "ELB.1103"));
    let at_home = client.with_token(&token, "GET", "/v3/projects", None).await;
    assert_eq!((at_home.status, &at_home.body["error"]["code"]), (401, &json!(401)));

    let token = client.token(project.clone()).await;
    client.control("PATCH", "users/soc-portal", json!({ "enabled": false }));
    assert_eq!(client.with_token(&token, "GET", &listeners(PROJECT), None).await.refusal(), (401, "ELB.1103"));
    let login = client.login("soc-portal", "example-portal-password", project).await;
    assert_eq!(
        login.body,
        json!({ "error_msg": "You are not authorized to perform the requested action.", "error_code": "IAM.0003" })
    );
    assert_eq!(login.status, 403);
}

#[tokio::test]
async fn a_wrong_password_and_a_wrong_name_are_told_alike() {
    let client = Client::start().await;
    let project = json!({ "project": { "id": PROJECT } });
    for (name, password) in [("soc-portal", "wrong"), ("nobody", "example-portal-password")] {
        let answer = client.login(name, password, project.clone()).await;
        assert_eq!(answer.status, 401);
        let error = json!({ "code": 401, "message": "The username or password is wrong.", "title": "Unauthorized" });
        assert_eq!(answer.body, json!({ "error": error }));
        assert!(answer.header("x-subject-token").is_none());
    }
}

#[tokio::test]
async fn a_malformed_login_is_refused_by_field() {
    let client = Client::start().await;
    let good = json!({ "auth": {
        "identity": { "methods": ["password"], "password": { "user": {
            "name": "soc-portal", "password": "example-portal-password", "domain": { "name": "acme-account" } } } },
        "scope": { "project": { "id": PROJECT } },
    }});
    let headers = [("content-type".to_owned(), "application/json".to_owned())];
    for (pointer, value, status) in [
        ("/auth/identity/methods", json!(["token"]), 400),
        ("/auth/identity/password/user/password", json!(1), 400),
        ("/auth/identity/password/user/domain", json!({}), 400),
        ("/auth/identity/password/user", json!({ "password": "x" }), 400),
        ("/auth/scope", json!({}), 400),
        ("/auth/scope", json!({ "project": { "id": PROJECT }, "domain": { "name": "acme-account" } }), 400),
        ("/auth/scope", json!({ "project": { "name": "cn-north-9" } }), 404),
        ("/auth/scope", json!({ "project": { "id": FOREIGN } }), 404),
        ("/auth/scope", json!({ "domain": { "name": "other-account" } }), 403),
        ("/auth", json!([]), 400),
    ] {
        let mut body = good.clone();
        *body.pointer_mut(pointer).unwrap() = value.clone();
        let answer = client.raw("POST", "/v3/auth/tokens", &headers, &body.to_string()).await.unwrap();
        assert_eq!(answer.status, status, "{pointer} {value}: {answer:?}");
    }
    let mut unknown = good.clone();
    unknown["auth"]["extra"] = json!(1);
    assert_eq!(client.raw("POST", "/v3/auth/tokens", &headers, &unknown.to_string()).await.unwrap().status, 400);
    let catalog = |answer: &crate::client::Answer| answer.body["token"]["catalog"].as_array().unwrap().len();
    let with = client.raw("POST", "/v3/auth/tokens", &headers, &good.to_string()).await.unwrap();
    let without = client.raw("POST", "/v3/auth/tokens?nocatalog=true", &headers, &good.to_string()).await.unwrap();
    assert_eq!((catalog(&with) > 0, catalog(&without)), (true, 0));
}

#[tokio::test]
async fn projects_are_those_of_the_account() {
    let client = Client::start().await;
    assert_eq!(client.send("GET", "/v3/projects", None).await.ids("projects"), [PROJECT, LAB]);
    let one = client.send("GET", "/v3/projects?name=cn-north-4", None).await;
    assert_eq!(one.ids("projects"), [PROJECT]);
    assert_eq!(one.body["projects"][0]["enabled"], true);
    let account = client.send("GET", "/v3/auth/domains", None).await;
    assert_eq!(account.body["domains"][0]["name"], "acme-account");
    assert_eq!(client.send("GET", "/v3/projects?nome=x", None).await.refusal(), (400, "IAM.0007"));
    assert_eq!(client.raw("GET", "/v3/projects", &[], "").await.unwrap().refusal(), (401, "APIGW.0301"));
}
