//! People, sources and nodes by command.

use quell_tests::{Portal, portal::labelled};
use reqwest::StatusCode;

#[tokio::test(flavor = "multi_thread")]
async fn people_come_and_go() {
    let portal = Portal::start().await;
    let said = portal.quell(&[
        "user",
        "add",
        "--login",
        "Ann",
        "--name",
        "Ann Example",
        "--role",
        "analyst",
        "--role",
        "responder",
    ]);
    assert!(said.lines().last().is_some_and(|line| line.starts_with("password: ")), "{said}");
    let first = labelled(&said, "password: ");
    assert!(first.len() >= 16);
    assert_eq!(portal.quell(&["user", "list"]).trim(), "ann\tAnn Example\tanalyst,responder\tactive");
    let ann = portal.client();
    ann.sign_in("ann", &first).await;

    portal.add_person("root", &["admin"]);
    portal.quell(&["user", "roles", "ann", "--role", "admin"]);
    assert_eq!(ann.get("/incidents").await.status, StatusCode::FORBIDDEN, "from the next request on");
    let second = labelled(&portal.quell(&["user", "reset-password", "ann"]), "password: ");
    assert_ne!(first, second);
    assert_eq!(portal.client().try_sign_in("ann", &first).await.location(), Some("/login"));
    portal.client().sign_in("ann", &second).await;
    portal.quell(&["user", "disable", "ann"]);
    assert!(portal.quell(&["user", "list"]).contains("ann\tAnn Example\tadmin\tdisabled"));
    let last = portal.try_quell(&["user", "disable", "root"]);
    assert_eq!(last.status.code(), Some(1), "somebody must be left who can let people in");
    assert_eq!(portal.client().try_sign_in("ann", &second).await.location(), Some("/login"));

    let twice = portal.try_quell(&["user", "add", "--login", "ann", "--name", "Other", "--role", "admin"]);
    assert_eq!(twice.status.code(), Some(1));
    let no_role = portal.try_quell(&["user", "add", "--login", "bob", "--name", "Bob", "--role", "root"]);
    assert_eq!(no_role.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&no_role.stderr).contains("analyst, responder, approver, auditor or admin"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_source_is_refused() {
    let portal = Portal::start().await;
    // The whole address: of this machine as long as nobody says otherwise.
    let said = portal.quell(&["source", "add", "--name", "whole", "--kind", "quell"]);
    assert!(labelled(&said, "url: ").starts_with("http://localhost:8080/intake/quell/"), "{said}");
    let path = portal.add_source("falco-1", "falco", None);
    assert!(path.starts_with("/intake/falco/"));
    let post = async |path: &str| portal.client().post_bytes(path, "application/json", "{}").await.status;
    assert_eq!(post(&path).await, StatusCode::OK);
    assert_eq!(post(&path.replace("/falco/", "/falcosidekick/")).await, StatusCode::NOT_FOUND);
    portal.quell(&["source", "revoke", "falco-1"]);
    assert!(portal.quell(&["source", "list"]).starts_with("falco-1\tfalco\trevoked"));
    quell_tests::wait_for("the refusal", std::time::Duration::from_secs(5), async || {
        (post(&path).await == StatusCode::NOT_FOUND).then_some(())
    })
    .await;
    let token = path.rsplit('/').next().expect("a token");
    assert!(!portal.log().contains(token), "the log holds no token");
    assert!(!portal.quell(&["audit", "export"]).contains(token), "nor does the trail");
}

#[test]
fn a_node_that_does_not_answer_is_told() {
    let portal = Portal::builder().prepare();
    let out = portal.try_quell(&["node", "add", "--name", "n1", "--endpoint", "tcp://10.0.0.1:2375"]);
    assert_eq!(out.status.code(), Some(1));
    let out = portal.try_quell(&["node", "check", "nowhere"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&out.stderr).contains("There is no node nowhere"));
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_listed_and_revoked() {
    let portal = Portal::start().await;
    let password = portal.add_person("ann", &["analyst"]);
    let ann = portal.client();
    ann.sign_in("ann", &password).await;
    let secret = ann.make_token("night check", "incidents.read", &password).await;
    let script = ann.with_token(&secret);
    let listed = portal.quell(&["token", "list"]);
    let cells: Vec<&str> = listed.trim().split('\t').collect();
    assert_eq!(cells[1..5], ["ann", "night check", "incidents.read", "active"], "{listed}");
    assert_eq!(cells[6], "never used");
    assert!(!listed.contains(&secret));
    assert_eq!(script.get("/api/v1/incidents/queue").await.status, StatusCode::OK);
    assert!(portal.quell(&["token", "list"]).contains(" from 127.0.0.1"));
    portal.quell(&["token", "revoke", cells[0]]);
    assert_eq!(script.get("/api/v1/incidents/queue").await.status, StatusCode::UNAUTHORIZED);
    assert!(portal.quell(&["token", "list"]).contains("\trevoked\t"));
    assert_eq!(portal.try_quell(&["token", "revoke", cells[0]]).status.code(), Some(1), "it is revoked already");
    assert_eq!(portal.try_quell(&["token", "revoke", "nothing"]).status.code(), Some(1));
}
