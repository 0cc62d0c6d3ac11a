//! The role matrix: every route with who may use it. The gate reads it, `quell routes` prints it, tests compare it with
//! what is really served; a route that is missing here is closed.

use std::fmt;

use quell_app::endpoints::{ENDPOINTS, Method};
use quell_domain::policy::Permission;

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Anybody.
    Anyone,
    /// Whoever has an alarm source's token in the path.
    Token,
    /// Anybody who is signed in.
    SignedIn,
    /// Signed in and holding this.
    May(Permission),
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Anyone => "anyone",
            Self::Token => "token",
            Self::SignedIn => "signed-in",
            Self::May(permission) => permission.word(),
        })
    }
}

/// One route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The template.
    pub path: &'static str,
    /// Who.
    pub who: Who,
}

const fn get(path: &'static str, who: Who) -> Route {
    Route { method: "GET", path, who }
}

const fn post(path: &'static str, who: Who) -> Route {
    Route { method: "POST", path, who }
}

/// Routes that are neither pages nor server functions.
pub const PLAIN: &[Route] = &[
    get("/healthz", Who::Anyone),
    get("/readyz", Who::Anyone),
    get("/favicon.ico", Who::Anyone),
    get("/pkg/{*file}", Who::Anyone),
    post("/intake/{token}", Who::Token),
    post("/intake/{kind}/{token}", Who::Token),
    get("/live", Who::SignedIn),
    get("/api/v1/openapi.json", Who::SignedIn),
    get("/evidence/{item}/download", Who::May(Permission::ReadEvidence)),
    get("/dead-letters/{letter}/download", Who::May(Permission::ManageSources)),
    get("/audit/export", Who::May(Permission::ReadAudit)),
];

/// Pages.
pub const PAGES: &[Route] = &[
    get("/", Who::SignedIn),
    get("/login", Who::Anyone),
    get("/setup/{token}", Who::Anyone),
    get("/incidents", Who::May(Permission::ReadIncidents)),
    get("/incidents/merge", Who::May(Permission::ReadIncidents)),
    get("/incidents/isolate", Who::May(Permission::ReadIncidents)),
    get("/incidents/bulk/{bulk}", Who::May(Permission::ReadIncidents)),
    get("/incidents/{number}", Who::May(Permission::ReadIncidents)),
    get("/incidents/{number}/actions/{action}", Who::May(Permission::ReadIncidents)),
    get("/incidents/{number}/gates", Who::May(Permission::ReadIncidents)),
    get("/incidents/{number}/gates/{action}", Who::May(Permission::ReadIncidents)),
    get("/incidents/{number}/life/{step}", Who::May(Permission::ReadIncidents)),
    get("/incidents/{number}/playbook", Who::May(Permission::ReadIncidents)),
    get("/approvals", Who::May(Permission::ReadIncidents)),
    get("/approvals/{request}", Who::May(Permission::ReadIncidents)),
    get("/evidence/{item}", Who::May(Permission::ReadIncidents)),
    get("/audit", Who::May(Permission::ReadAudit)),
    get("/admin/people", Who::May(Permission::ManagePeople)),
    get("/admin/nodes", Who::May(Permission::ManageNodes)),
    get("/admin/balancers", Who::May(Permission::ManageGates)),
    get("/admin/policy", Who::May(Permission::ManagePolicy)),
    get("/admin/policy/draft", Who::May(Permission::ManagePolicy)),
    get("/admin/playbooks", Who::May(Permission::ManagePolicy)),
    get("/admin/playbooks/draft", Who::May(Permission::ManagePolicy)),
    get("/admin/changes", Who::May(Permission::ManagePolicy)),
    get("/admin/changes/{change}", Who::May(Permission::ManagePolicy)),
    get("/admin/sources", Who::May(Permission::ManageSources)),
    get("/me", Who::May(Permission::OwnAccount)),
    get("/me/prove", Who::May(Permission::OwnAccount)),
    get("/me/code-app", Who::May(Permission::OwnAccount)),
    get("/me/passkey", Who::May(Permission::OwnAccount)),
    get("/me/tokens", Who::May(Permission::OwnAccount)),
    get("/help/api", Who::SignedIn),
];

/// Server functions that need no permission but also make no sense for nobody.
const NEEDS_SESSION: &[&str] = &["/api/v1/session/sign_out"];

/// Everything there is.
pub fn all() -> Vec<Route> {
    let endpoints = ENDPOINTS.iter().map(|endpoint| Route {
        method: match endpoint.method {
            Method::Get => "GET",
            Method::Post => "POST",
        },
        path: endpoint.path,
        who: match endpoint.permission {
            Some(permission) => Who::May(permission),
            None if NEEDS_SESSION.contains(&endpoint.path) => Who::SignedIn,
            None => Who::Anyone,
        },
    });
    PLAIN.iter().chain(PAGES).copied().chain(endpoints).collect()
}

/// May whoever has a good token ask for this route? What exactly that token may do is decided behind the gate. Server
/// functions that need no permission are about a browser's own session.
pub fn takes_token(template: Option<&str>) -> bool {
    !ENDPOINTS.iter().any(|endpoint| Some(endpoint.path) == template && endpoint.permission.is_none())
}

/// Is this route open to somebody who is not signed in? An unknown one is not.
pub fn is_open(template: Option<&str>) -> bool {
    static OPEN: std::sync::LazyLock<std::collections::HashSet<&'static str>> = std::sync::LazyLock::new(|| {
        all().iter().filter(|route| matches!(route.who, Who::Anyone | Who::Token)).map(|route| route.path).collect()
    });
    template.is_some_and(|template| OPEN.contains(template))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_server_function_is_in_the_table_and_the_other_way_round() {
        let served: BTreeSet<(String, String)> =
            server_fn::axum::server_fn_paths().map(|(path, method)| (method.to_string(), path.to_owned())).collect();
        let listed: BTreeSet<(String, String)> = all()
            .iter()
            .filter(|route| route.path.starts_with("/api/") && !PLAIN.contains(route))
            .map(|route| (route.method.to_owned(), route.path.to_owned()))
            .collect();
        assert_eq!(served, listed);
    }

    #[test]
    fn every_page_is_in_the_table_and_the_other_way_round() {
        let served: BTreeSet<String> =
            super::super::pages::list().iter().map(|listing| listing.path().to_owned()).collect();
        let listed: BTreeSet<String> = PAGES.iter().map(|route| route.path.to_owned()).collect();
        assert_eq!(served, listed);
    }

    #[test]
    fn what_is_unknown_is_closed() {
        assert!(!is_open(None));
        assert!(!is_open(Some("/incidents")));
        assert!(!is_open(Some("/nowhere")));
        assert!(is_open(Some("/login")));
        assert!(is_open(Some("/api/v1/session/sign_in")));
        assert!(!is_open(Some("/api/v1/session/sign_out")));
    }
}
