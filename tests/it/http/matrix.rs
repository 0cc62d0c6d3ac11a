//! Who may use what: every route, every role, and nobody. The table below is for reading; what the portal holds and what it
//! serves must be equal to it, and a route that is missing in one of the two fails the test.

mod by_token;

use std::collections::{BTreeMap, BTreeSet};

use quell_domain::policy::{Permission, Role, decide};
use quell_tests::{Client, Page, Portal, client::send};
use reqwest::{Method, StatusCode, header::ACCEPT};

use super::{entries, ledger};

/// method, path, who: a permission, `signed-in`, `token` or `anyone`.
const TABLE: &str = "
GET /healthz anyone
GET /readyz anyone
GET /favicon.ico anyone
GET /pkg/{*file} anyone
POST /intake/{token} token
POST /intake/{kind}/{token} token
GET /live signed-in
GET /api/v1/openapi.json signed-in
GET /evidence/{item}/download evidence.read
GET /dead-letters/{letter}/download sources.manage
GET /audit/export audit.read
GET / signed-in
GET /login anyone
GET /setup/{token} anyone
GET /incidents incidents.read
GET /incidents/merge incidents.read
GET /incidents/isolate incidents.read
GET /incidents/bulk/{bulk} incidents.read
GET /incidents/{number} incidents.read
GET /incidents/{number}/actions/{action} incidents.read
GET /incidents/{number}/gates incidents.read
GET /incidents/{number}/gates/{action} incidents.read
GET /incidents/{number}/life/{step} incidents.read
GET /incidents/{number}/playbook incidents.read
GET /approvals incidents.read
GET /approvals/{request} incidents.read
GET /evidence/{item} incidents.read
GET /audit audit.read
GET /admin/people people.manage
GET /admin/nodes nodes.manage
GET /admin/balancers gates.manage
GET /admin/policy policy.manage
GET /admin/policy/draft policy.manage
GET /admin/playbooks policy.manage
GET /admin/playbooks/draft policy.manage
GET /admin/changes policy.manage
GET /admin/changes/{change} policy.manage
GET /admin/sources sources.manage
GET /me me
GET /me/prove me
GET /me/code-app me
GET /me/passkey me
GET /me/tokens me
GET /help/api signed-in
POST /api/v1/session/sign_in anyone
POST /api/v1/session/sign_out signed-in
POST /api/v1/session/setup anyone
GET /api/v1/me/show me
POST /api/v1/me/theme anyone
POST /api/v1/me/password me
GET /api/v1/factors/list me
POST /api/v1/factors/rename me
POST /api/v1/factors/remove me
POST /api/v1/factors/recovery me
GET /api/v1/code_app/show me
POST /api/v1/code_app/begin me
POST /api/v1/code_app/add me
GET /api/v1/passkey/show me
POST /api/v1/passkey/begin me
POST /api/v1/passkey/add me
GET /api/v1/proof/show me
POST /api/v1/proof/give me
POST /api/v1/proof/passkey me
GET /api/v1/tokens/list me
POST /api/v1/tokens/create me
POST /api/v1/tokens/revoke me
POST /api/v1/tokens/revoke_all people.manage
GET /api/v1/incidents/queue incidents.read
GET /api/v1/incidents/show incidents.read
GET /api/v1/incidents/choices incidents.read
POST /api/v1/incidents/acknowledge incidents.triage
POST /api/v1/incidents/assign incidents.triage
POST /api/v1/incidents/verdict incidents.triage
POST /api/v1/incidents/note incidents.triage
POST /api/v1/incidents/choose incidents.triage
GET /api/v1/life/show incidents.read
POST /api/v1/life/reopen incidents.triage
POST /api/v1/life/close incidents.triage
POST /api/v1/life/merge incidents.triage
POST /api/v1/life/unmerge incidents.triage
POST /api/v1/life/start_analysis incidents.triage
POST /api/v1/life/finish_analysis incidents.triage
GET /api/v1/steps/show incidents.read
POST /api/v1/steps/skip incidents.triage
POST /api/v1/steps/take_back incidents.triage
POST /api/v1/steps/restored incidents.triage
GET /api/v1/actions/confirm incidents.read
POST /api/v1/actions/request actions.contain
GET /api/v1/gates/show incidents.read
GET /api/v1/gates/confirm incidents.read
POST /api/v1/gates/request actions.contain
GET /api/v1/owners/list incidents.read
GET /api/v1/bulk/show incidents.read
POST /api/v1/bulk/triage incidents.triage
GET /api/v1/bulk/choices incidents.read
POST /api/v1/bulk/merge incidents.triage
POST /api/v1/bulk/undo incidents.triage
GET /api/v1/bulk/confirm incidents.read
POST /api/v1/bulk/isolate actions.contain
GET /api/v1/approvals/list incidents.read
GET /api/v1/approvals/show incidents.read
POST /api/v1/approvals/decide actions.decide
POST /api/v1/approvals/withdraw actions.contain
POST /api/v1/approvals/review actions.decide
GET /api/v1/evidence/show incidents.read
POST /api/v1/evidence/collect evidence.collect
POST /api/v1/evidence/cancel evidence.collect
GET /api/v1/audit/list audit.read
POST /api/v1/audit/verify audit.read
GET /api/v1/people/list people.manage
POST /api/v1/people/create people.manage
POST /api/v1/people/roles people.manage
POST /api/v1/people/disable people.manage
POST /api/v1/people/enable people.manage
POST /api/v1/people/reset_factors people.manage
POST /api/v1/people/reset_password people.manage
GET /api/v1/nodes/list nodes.manage
POST /api/v1/nodes/add nodes.manage
POST /api/v1/nodes/accept nodes.manage
POST /api/v1/nodes/access nodes.manage
POST /api/v1/nodes/check nodes.manage
POST /api/v1/nodes/remove nodes.manage
POST /api/v1/nodes/labels nodes.manage
POST /api/v1/nodes/addresses nodes.manage
GET /api/v1/balancers/list gates.manage
POST /api/v1/balancers/add gates.manage
POST /api/v1/balancers/access gates.manage
POST /api/v1/balancers/check gates.manage
POST /api/v1/balancers/remove gates.manage
GET /api/v1/policy/show policy.manage
GET /api/v1/drafts/show policy.manage
POST /api/v1/drafts/save policy.manage
GET /api/v1/playbooks/show policy.manage
POST /api/v1/playbooks/use incidents.playbook
GET /api/v1/playbook_drafts/show policy.manage
POST /api/v1/playbook_drafts/save policy.manage
GET /api/v1/changes/list policy.manage
GET /api/v1/changes/show policy.manage
POST /api/v1/changes/decide policy.manage
POST /api/v1/changes/withdraw policy.manage
GET /api/v1/sources/list sources.manage
POST /api/v1/sources/add sources.manage
POST /api/v1/sources/revoke sources.manage
";

struct Route {
    method: Method,
    path: &'static str,
    who: &'static str,
}

fn table() -> Vec<Route> {
    let rows = TABLE.lines().filter(|line| !line.is_empty()).map(|line| {
        let mut words = line.split(' ');
        let mut word = || words.next().expect("three words");
        let method = if word() == "GET" { Method::GET } else { Method::POST };
        Route { method, path: word(), who: word() }
    });
    rows.collect()
}

/// Something for every field, so that the question is who asks and not what.
fn value(field: &str) -> &'static str {
    match field {
        "number" | "incident" | "before" | "n" | "bulk" | "version" => "999999",
        "measure" => "pause",
        "scope" => "read",
        "days" => "30",
        "theme" => "dark",
        "press" => "preview",
        "decision" => "refuse",
        "endpoint" => "unix:///nonexistent/engine.sock",
        "kind" => "falco",
        "action" => "pause",
        "closing" => "benign",
        "into" | "of" => "INC-999998",
        "analyst" | "responder" | "approver" | "auditor" | "admin" => "on",
        "after" | "class" | "add" | "view" | "outcome" | "q" | "code" | "actor" | "back" | "next" => "",
        "labels" => "eu, production",
        "addresses" => "10.0.0.5",
        _ => "nothing-real-here",
    }
}

/// Rows of a table are sent cell by cell.
fn sent_as(field: &'static str) -> &'static str {
    match field {
        "rules" => "rules[0][labels]",
        "steps" => "steps[0][title]",
        "targets" => "targets[0][contain]",
        field => field,
    }
}

async fn call(who: &Client, route: &Route) -> Page {
    let path = route
        .path
        .replace("{number}", "999999")
        .replace("{bulk}", "999999")
        .replace("{action}", "pause")
        .replace("{step}", "close")
        .replace("{kind}", "falco")
        .replace("{*file}", "nothing.js")
        .replace("{token}", "nothing")
        .replace("{letter}", "nothing")
        .replace("{change}", "nothing")
        .replace("{item}", "nothing");
    let endpoint = quell_app::endpoints::ENDPOINTS.iter().find(|endpoint| endpoint.path == route.path);
    let fields: Vec<(&str, &str)> =
        endpoint.iter().flat_map(|endpoint| endpoint.fields).map(|field| (sent_as(field), value(field))).collect();
    if route.method == Method::POST {
        return if route.who == "token" {
            who.post_bytes(&path, "application/json", "{}").await
        } else {
            who.post_json_answer(&path, &fields).await
        };
    }
    let query: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let path = if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) };
    let accept = if endpoint.is_some() || path == "/live" { "application/json" } else { "text/html" };
    let request = who.request(Method::GET, &path).header(ACCEPT, accept);
    if path == "/live" {
        // It never ends by itself: the head of the answer is all there is to see.
        let answer = request.send().await.expect("an answer");
        return Page { status: answer.status(), headers: answer.headers().clone(), body: Vec::new() };
    }
    send(request).await
}

/// May somebody with these roles? `None` is nobody.
fn may(who: &str, roles: Option<&[Role]>) -> bool {
    match (who, roles) {
        ("anyone" | "token", _) | ("signed-in", Some(_)) => true,
        (_, None) => false,
        (word, Some(roles)) => {
            let permission = Permission::from_word(word).unwrap_or_else(|| panic!("{word} is no permission"));
            decide(roles, permission).is_ok()
        }
    }
}

#[test]
fn the_portal_holds_this_table() {
    let told = Portal::builder().prepare().quell(&["routes"]);
    let mut told: Vec<&str> = told.lines().collect();
    let mut table: Vec<&str> = TABLE.lines().filter(|line| !line.is_empty()).collect();
    told.sort_unstable();
    table.sort_unstable();
    assert_eq!(told, table);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_for_every_role_and_nobody() {
    let portal = Portal::start().await;
    let ledger = ledger(&portal).await;
    // In the order of the roles; each starts anew where a call ended the session.
    let mut passwords = BTreeMap::new();
    for role in Role::ALL {
        passwords.insert(role.word(), portal.add_person(role.word(), &[role.word()]));
    }
    let (mut wrong, mut forbidden) = (Vec::new(), BTreeSet::new());
    for role in [None].into_iter().chain(Role::ALL.iter().map(Some)) {
        let who = portal.client();
        if let Some(role) = role {
            who.sign_in(role.word(), &passwords[role.word()]).await;
        }
        let name = role.map_or("nobody", |role| role.word());
        for route in table().iter().filter(|route| route.path != "/api/v1/session/sign_out") {
            let before = entries(&ledger).await;
            let page = call(&who, route).await;
            // Who is asked for a fresh proof may.
            let asked = page.status == StatusCode::FORBIDDEN && page.text().contains("\"code\":\"step_up\"");
            let refused = matches!(page.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) && !asked
                || page.location().is_some_and(|place| place.starts_with("/login"));
            // These two say no to a wrong password or link, not to a caller.
            let own_no = matches!(route.path, "/api/v1/session/sign_in" | "/api/v1/session/setup");
            let expected = may(route.who, role.map(std::slice::from_ref));
            if refused == expected && !own_no {
                wrong.push(format!("{name} {} {} gives {}", route.method, route.path, page.status));
            }
            if page.status.is_server_error() && !route.path.starts_with("/api/v1/nodes/") {
                wrong.push(format!("{name} {} {} breaks: {} {}", route.method, route.path, page.status, page.text()));
            }
            let leaves_trace = entries(&ledger).await > before;
            let changes = route.method == Method::POST && route.path.starts_with("/api/");
            // Of many refusals of one permission to one person the first is told in any case.
            if role.is_some() && !expected && forbidden.insert((name, route.who)) && !leaves_trace {
                wrong.push(format!("{name} {} was refused without a trace", route.path));
            }
            if changes && page.status == StatusCode::OK && !leaves_trace && route.path != "/api/v1/me/theme" {
                wrong.push(format!("{name} {} changed something without a trace", route.path));
            }
        }
        if role.is_some() {
            let before = entries(&ledger).await;
            let page = who.post_json_answer("/api/v1/session/sign_out", &[]).await;
            assert_eq!(
                (page.status, entries(&ledger).await),
                (StatusCode::OK, before + 1),
                "{name} signs out, and it is recorded"
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(forbidden.len() > 10, "{forbidden:?}");
}
