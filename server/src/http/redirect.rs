//! Where a browser may be sent: only to paths of ours, written so that nothing in them can break a header.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use quell_app::guard;

/// 303 to a path of ours; anything else becomes `/`.
pub fn see_other(path: &str) -> Response {
    location(guard::own_path(path).unwrap_or("/"))
}

/// 303 to the sign-in page, which leads on to `next`.
pub fn to_sign_in(next: &str) -> Response {
    match guard::own_path(next) {
        None | Some("/") => location("/login"),
        Some(next) => location(&format!("/login?next={}", escaped(next))),
    }
}

/// 303 to the page for a fresh proof, which leads on to `next`.
pub fn to_proof(next: &str) -> Response {
    location(&format!("/me/prove?next={}", escaped(guard::own_path(next).unwrap_or("/me"))))
}

fn location(path: &str) -> Response {
    let value = HeaderValue::from_str(path).unwrap_or_else(|_| HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, value)]).into_response()
}

/// Path and query of the page that a form was on, when that page is ours.
pub fn referer(headers: &HeaderMap, origins: &[String]) -> Option<String> {
    let uri: Uri = headers.get(header::REFERER)?.to_str().ok()?.parse().ok()?;
    let origin = format!("{}://{}", uri.scheme_str()?, uri.authority()?.as_str().to_ascii_lowercase());
    let path = uri.path_and_query()?.as_str();
    let ours = guard::own_path(path).filter(|_| origins.contains(&origin));
    ours.map(str::to_owned)
}

/// As the value of `next`: these would end it or be read as something else.
fn escaped(path: &str) -> String {
    path.replace('%', "%25").replace('+', "%2B").replace('?', "%3F").replace('=', "%3D").replace('&', "%26")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(referer_value: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::REFERER, HeaderValue::from_str(referer_value).expect("value"));
        referer(&headers, &["http://localhost:8080".to_owned()])
    }

    #[test]
    fn a_form_leads_back_only_to_our_own_pages() {
        assert_eq!(
            from("http://localhost:8080/incidents?q=a%20b&view=mine").as_deref(),
            Some("/incidents?q=a%20b&view=mine")
        );
        for foreign in [
            "http://evil.example/x",
            "http://localhost:8081/x",
            "http://localhost:8080//evil.example",
            "x",
            "https://localhost:8080/",
        ] {
            assert_eq!(from(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn the_way_on_after_signing_in_is_one_value() {
        let response = to_sign_in("/incidents?view=mine&q=x");
        assert_eq!(response.headers()[header::LOCATION], "/login?next=/incidents%3Fview%3Dmine%26q%3Dx");
        let response = to_sign_in("/incidents?q=web%20api+x");
        assert_eq!(response.headers()[header::LOCATION], "/login?next=/incidents%3Fq%3Dweb%2520api%2Bx");
        assert_eq!(to_sign_in("//evil.example").headers()[header::LOCATION], "/login");
        let response = to_proof("/incidents/7/actions/kill?seen=1");
        assert_eq!(response.headers()[header::LOCATION], "/me/prove?next=/incidents/7/actions/kill%3Fseen%3D1");
        assert_eq!(to_proof("https://evil.example").headers()[header::LOCATION], "/me/prove?next=/me");
        assert_eq!(see_other("https://evil.example").headers()[header::LOCATION], "/");
    }
}
