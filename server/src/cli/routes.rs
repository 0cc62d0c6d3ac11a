//! `quell routes`: the role matrix as the portal holds it, for auditors and for the test that compares it.

use crate::http::routes;

/// One line a route: method, path and the permission's word, `anyone`, `token` or `signed-in`.
pub(super) fn print() {
    for route in routes::all() {
        tell!("{} {} {}", route.method, route.path, route.who);
    }
}
