//! The pages. Each loads its data through the same guarded functions as everybody else, and is a pure function of it.

pub mod approval;
pub mod approvals;
pub mod asking;
pub mod audit;
pub mod balancers;
pub mod bulk;
pub mod by_others;
pub mod change;
pub mod changes;
pub mod chooser;
pub mod confirm;
pub mod container_facts;
pub mod drafts;
pub mod enrol;
pub mod evidence;
pub mod factors;
pub mod facts;
pub mod fields;
pub mod frame;
pub mod gates;
pub mod help;
pub mod incident;
pub mod isolate;
pub mod life;
pub mod login;
pub mod me;
pub mod merge;
pub mod nodes;
pub mod not_found;
pub mod people;
pub mod playbooks;
pub mod policy;
pub mod prove;
pub mod queue;
pub mod sources;
pub mod steps;
pub mod tokens;
pub mod triage;

use axum::extract::Query;
use http::request::Parts;
use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    hooks::use_params_map,
    path,
};
use quell_domain::policy::{Permission, Role, decide};

/// The page that a person with these roles starts from.
#[must_use]
pub fn home(roles: &[Role]) -> &'static str {
    let may = |permission| decide(roles, permission).is_ok();
    if may(Permission::Triage) || may(Permission::Contain) {
        "/incidents"
    } else if may(Permission::ReadAudit) {
        "/audit"
    } else if may(Permission::ReadIncidents) {
        "/incidents"
    } else if may(Permission::ManageNodes) {
        "/admin/nodes"
    } else {
        "/me"
    }
}

/// All pages by address. Each is rendered in one go, so that it works with scripts off and has an honest status.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <Routes fallback=not_found::unknown>
                <Route path=path!("/") view=not_found::start ssr=SsrMode::Async/>
                <Route path=path!("/login") view=login::login ssr=SsrMode::Async/>
                <Route path=path!("/setup/:token") view=login::setup ssr=SsrMode::Async/>
                <Route path=path!("/incidents") view=queue::page ssr=SsrMode::Async/>
                <Route path=path!("/incidents/merge") view=merge::page ssr=SsrMode::Async/>
                <Route path=path!("/incidents/isolate") view=isolate::page ssr=SsrMode::Async/>
                <Route path=path!("/incidents/bulk/:bulk") view=bulk::page ssr=SsrMode::Async/>
                <Route path=path!("/incidents/:number") view=incident::page ssr=SsrMode::Async/>
                <Route path=path!("/incidents/:number/actions/:action") view=confirm::page ssr=SsrMode::Async/>
                <Route path=path!("/incidents/:number/gates") view=gates::page ssr=SsrMode::Async/>
                <Route path=path!("/incidents/:number/gates/:action") view=gates::confirm::page ssr=SsrMode::Async/>
                <Route path=path!("/incidents/:number/life/:step") view=life::page ssr=SsrMode::Async/>
                <Route path=path!("/incidents/:number/playbook") view=steps::page ssr=SsrMode::Async/>
                <Route path=path!("/approvals") view=approvals::page ssr=SsrMode::Async/>
                <Route path=path!("/approvals/:request") view=approval::page ssr=SsrMode::Async/>
                <Route path=path!("/evidence/:item") view=evidence::page ssr=SsrMode::Async/>
                <Route path=path!("/audit") view=audit::page ssr=SsrMode::Async/>
                <Route path=path!("/admin/people") view=people::page ssr=SsrMode::Async/>
                <Route path=path!("/admin/nodes") view=nodes::page ssr=SsrMode::Async/>
                <Route path=path!("/admin/balancers") view=balancers::page ssr=SsrMode::Async/>
                <Route path=path!("/admin/policy") view=policy::page ssr=SsrMode::Async/>
                <Route path=path!("/admin/policy/draft") view=policy::draft::page ssr=SsrMode::Async/>
                <Route path=path!("/admin/playbooks") view=playbooks::page ssr=SsrMode::Async/>
                <Route path=path!("/admin/playbooks/draft") view=playbooks::draft::page ssr=SsrMode::Async/>
                <Route path=path!("/admin/changes") view=changes::page ssr=SsrMode::Async/>
                <Route path=path!("/admin/changes/:change") view=change::page ssr=SsrMode::Async/>
                <Route path=path!("/admin/sources") view=sources::page ssr=SsrMode::Async/>
                <Route path=path!("/me") view=me::page ssr=SsrMode::Async/>
                <Route path=path!("/me/prove") view=prove::page ssr=SsrMode::Async/>
                <Route path=path!("/me/code-app") view=enrol::code_app ssr=SsrMode::Async/>
                <Route path=path!("/me/passkey") view=enrol::passkey ssr=SsrMode::Async/>
                <Route path=path!("/me/tokens") view=tokens::page ssr=SsrMode::Async/>
                <Route path=path!("/help/api") view=help::page ssr=SsrMode::Async/>
            </Routes>
        </Router>
    }
}

/// A part of the page's path.
fn param(name: &str) -> String {
    use_params_map().with_untracked(|params| params.get(name).unwrap_or_default())
}

/// The number in the page's path; 0, which no incident has, when it is none.
fn number() -> i64 {
    param("number").parse().unwrap_or_default()
}

/// A word of the page's query; empty when it is not there.
///
/// Read from the request: the router's own map is decoded twice, and makes a blank of a typed `%20`.
fn query(name: &str) -> String {
    queries(name).into_iter().next().unwrap_or_default()
}

/// All values of a word of the page's query.
fn queries(name: &str) -> Vec<String> {
    let fields = use_context::<Parts>().and_then(|parts| Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).ok());
    let fields = fields.map(|Query(fields)| fields).unwrap_or_default();
    fields.into_iter().filter(|(field, _)| field == name).map(|(_, value)| value).collect()
}
