//! What is written about calling the portal is so: a public validator accepts the document, answers fit it, and the
//! commands on the help page work as they stand there.

use std::{
    path::PathBuf,
    process::{Command, Output},
    time::Duration,
};

use quell_app::{
    endpoints::{ENDPOINTS, Method as Verb},
    help,
};
use quell_tests::{Client, Page, Portal, client::send, portal::target, wait_for};
use reqwest::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::ask;

/// The validator that `cargo xtask setup` installs, or one on the PATH.
fn validator() -> PathBuf {
    let own = target().join("openapi/bin/openapi-spec-validator");
    if own.is_file() { own } else { PathBuf::from("openapi-spec-validator") }
}

fn said(out: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
}

fn check(document: &Value) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("openapi.json");
    std::fs::write(&file, document.to_string()).expect("written");
    let mut command = Command::new(validator());
    command.args(["--schema", "3.1"]).arg(&file);
    command.output().unwrap_or_else(|error| panic!("no validator ({error}): run `cargo xtask setup`"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_validator_accepts_the_document() {
    let portal = Portal::start().await;
    assert_eq!(ask(&portal.client(), "/api/v1/openapi.json").await.status, StatusCode::UNAUTHORIZED);
    let document = ask(&portal.person("ann", &["analyst"]).await, "/api/v1/openapi.json").await.json();
    assert_eq!(document["servers"][0]["url"], portal.base());
    let out = check(&document);
    assert!(out.status.success(), "{}", said(&out));
    // It does look.
    let mut broken = document.clone();
    broken["paths"]["/live"]["get"]["responses"] = json!({ "200": { "content": 1 } });
    assert!(!check(&broken).status.success(), "the validator takes anything");
    for endpoint in ENDPOINTS {
        let verb = if endpoint.method == Verb::Post { "post" } else { "get" };
        assert!(document["paths"][endpoint.path][verb].is_object(), "{}", endpoint.path);
    }
    let people = &document["paths"]["/api/v1/people/list"]["get"];
    assert_eq!(people["security"], json!([{ "session": [] }]), "no token manages people");
}

/// Does a value fit a schema? As much of JSON Schema as the document uses.
fn fits(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return fits(document, document.pointer(&reference[1..]).ok_or(reference)?, value);
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let allowed = |wanted: &Value| wanted.as_str() == Some(kind);
    let types = &schema["type"];
    if !types.is_null() && !allowed(types) && !types.as_array().is_some_and(|all| all.iter().any(allowed)) {
        return Err(format!("{value} is no {types}"));
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        return Err(format!("{value} is none of {}", schema["enum"]));
    }
    let no_items = Vec::new();
    for item in value.as_array().unwrap_or(&no_items) {
        fits(document, &schema["items"], item)?;
    }
    if value.is_object() {
        let required = schema["required"].as_array().unwrap_or(&no_items);
        if let Some(missing) = required.iter().find(|name| value[name.as_str().unwrap_or_default()].is_null()) {
            return Err(format!("{missing} is missing in {value}"));
        }
        for (name, property) in schema["properties"].as_object().unwrap_or(&Map::new()) {
            value.get(name).map_or(Ok(()), |value| fits(document, property, value))?;
        }
    }
    Ok(())
}

/// Something for a field, made from what the document says of it.
fn made(schema: &Value) -> String {
    match (schema["enum"].as_array(), schema["type"].as_str()) {
        (Some(words), _) => words[0].as_str().unwrap_or_default().to_owned(),
        (None, Some("integer")) => "999999".to_owned(),
        _ => "nothing real".to_owned(),
    }
}

/// Calls an operation as the document says, with every field.
async fn call(who: &Client, path: &str, verb: &str, operation: &Value) -> Page {
    if verb == "post" {
        let form = &operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]["properties"];
        let fields: Vec<(String, String)> = form
            .as_object()
            .map(|all| all.iter().map(|(name, schema)| (name.clone(), made(schema))).collect())
            .unwrap_or_default();
        return send(who.request(Method::POST, path).form(&fields)).await;
    }
    let (mut path, mut query) = (path.to_owned(), Vec::new());
    for parameter in operation["parameters"].as_array().unwrap_or(&Vec::new()) {
        let name = parameter["name"].as_str().expect("a name").to_owned();
        if parameter["in"] == "path" {
            path = path.replace(&format!("{{{name}}}"), "nothing-real");
        } else {
            query.push((name, made(&parameter["schema"])));
        }
    }
    let encoded = reqwest::Url::parse_with_params("http://localhost", &query).expect("an address");
    send(who.request(Method::GET, &format!("{path}?{}", encoded.query().unwrap_or_default()))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_fit_the_document() {
    let portal = Portal::start().await;
    let password = portal.add_person("ann", &["analyst", "responder", "auditor"]);
    let ann = portal.client();
    ann.sign_in("ann", &password).await;
    let script = ann.with_token(&ann.make_token("x", "respond", &password).await);
    let document = ask(&script, "/api/v1/openapi.json").await.json();
    let (mut done, mut refused) = (0, 0);
    for (path, verbs) in document["paths"].as_object().expect("paths") {
        for (verb, operation) in verbs.as_object().expect("verbs").iter().filter(|_| path != "/live") {
            // Rows of a form are no one text: these are asked for by hand in the matrix.
            if path.ends_with("drafts/save") {
                continue;
            }
            let page = call(&script, path, verb, operation).await;
            let takes_token = operation["security"].to_string().contains("token");
            // What every field ticked asks for (break-glass) needs a person, not a token.
            let forbidden = page.status == StatusCode::FORBIDDEN && !page.text().contains("fresh proof");
            assert_eq!(takes_token, !forbidden, "{path}: {}", page.text());
            let told = &operation["responses"][page.status.as_str()];
            let elsewhere = told["$ref"].as_str().and_then(|reference| document.pointer(&reference[1..]));
            let response = elsewhere.unwrap_or(told);
            assert!(response.is_object(), "{path}: {} is not told of", page.status);
            let media = page.headers["content-type"].to_str().expect("text").split(';').next().expect("a type");
            let content = &response["content"][media];
            assert!(content.is_object(), "{path}: {media} is not told of");
            if media == "application/json" {
                fits(&document, &content["schema"], &page.json()).unwrap_or_else(|why| panic!("{path}: {why}"));
            }
            *if page.status == StatusCode::OK { &mut done } else { &mut refused } += 1;
        }
    }
    assert!(done >= 4 && refused >= 20, "{done} done, {refused} refused");
}

/// What needs an engine or an id that there is not, or what would shut the others out.
const NOT_HERE: &[&str] = &[
    "session/setup",
    "me/password",
    "tokens/revoke",
    "incidents/choose",
    "life/merge",
    "life/unmerge",
    "life/start_analysis",
    "life/finish_analysis",
    "steps/skip",
    "steps/take_back",
    "steps/restored",
    "actions/confirm",
    "actions/request",
    "bulk/show",
    "bulk/merge",
    "bulk/undo",
    "bulk/isolate",
    "evidence/show",
    "evidence/collect",
    "evidence/cancel",
    "gates/show",
    "gates/confirm",
    "gates/request",
    "nodes/addresses",
    "balancers/add",
    "balancers/access",
    "balancers/check",
    "balancers/remove",
    "nodes/accept",
    "nodes/access",
    "nodes/add",
    "nodes/check",
    "nodes/remove",
    "sources/revoke",
    // What needs another person, a factor or a fresh proof.
    "changes/show",
    "changes/decide",
    "changes/withdraw",
    "drafts/save",
    "playbook_drafts/save",
    "playbooks/use",
    "nodes/labels",
    "people/reset_factors",
    "approvals/show",
    "approvals/decide",
    "approvals/withdraw",
    "approvals/review",
    "factors/rename",
    "factors/remove",
    "factors/recovery",
    "code_app/show",
    "code_app/begin",
    "code_app/add",
    "passkey/show",
    "passkey/begin",
    "passkey/add",
    "proof/give",
    "proof/passkey",
];

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_on_the_help_page_work() {
    let portal = Portal::start().await;
    let password = portal.add_person("ann", &["analyst", "responder", "auditor", "admin"]);
    let ann = portal.client();
    ann.sign_in("ann", &password).await;
    let bob = portal.person("bob", &["analyst"]).await;
    let person = bob.get("/api/v1/me/show").await.json()["id"].as_str().expect("an id").to_owned();
    let token = ann.make_token("x", "respond", &password).await;
    let source = portal.add_source("drill", "quell", None);
    let body = r#"{"quell":1,"rule":"Drill","severity":"low","message":"A drill"}"#;
    assert_eq!(portal.client().post_bytes(&source, "application/json", body).await.status, StatusCode::OK);
    wait_for("the incident", Duration::from_secs(30), async || {
        (ask(&ann, "/api/v1/incidents/show?number=1").await.status == StatusCode::OK).then_some(())
    })
    .await;

    let page = ann.read("/help/api").await;
    let page = page.replace("&quot;", "\"").replace("&#x27;", "'").replace("&#39;", "'");
    let folder = tempfile::tempdir().expect("a folder");
    let run = |line: &str| {
        let mut command = Command::new("sh");
        command.args(["-c", &line.replacen("curl ", "curl -sS -w '\\n%{http_code}' ", 1)]).current_dir(folder.path());
        command.env("QUELL_TOKEN", &token).env("PASSWORD", &password).env("PERSON", &person);
        let out = command.output().expect("a shell");
        assert!(out.status.success(), "{line}: {}", said(&out));
        let said = said(&out);
        let (body, status) = said.rsplit_once('\n').expect("a status");
        (status.parse::<u16>().expect("a number"), body.to_owned())
    };
    for endpoint in ENDPOINTS.iter().filter(|endpoint| help::short(endpoint) != "session/sign_out") {
        let line = help::curl(endpoint, &portal.base());
        assert!(page.contains(&line), "not on the page: {line}");
        let (status, body) = run(&line);
        let short = help::short(endpoint);
        if NOT_HERE.contains(&short) {
            assert!([200, 403, 404, 409, 422, 503].contains(&status), "{line}: {status} {body}");
            assert!(!body.contains("no such field") && !body.contains("is missing or"), "{line}: {body}");
        } else {
            assert_eq!(status, 200, "{line}: {body}");
        }
    }
    for plain in help::PLAIN.iter().filter(|plain| plain.path != "/live") {
        let line = help::curl_plain(plain, &portal.base());
        assert!(page.contains(&line), "not on the page: {line}");
        let (status, body) = run(&line);
        assert_eq!(status, if plain.part.is_some() { 404 } else { 200 }, "{line}: {body}");
    }
    let sign_out = ENDPOINTS.iter().find(|endpoint| help::short(endpoint) == "session/sign_out").expect("it");
    assert_eq!(run(&help::curl(sign_out, &portal.base())).0, 200);
}
