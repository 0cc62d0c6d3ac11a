//! Requests that another site makes a browser send: refused before anything is read.
//!
//! Server functions have no such protection of their own. What comes with a token needs none. Browsers say where a request comes from in `Sec-Fetch-Site`
//! and, on every POST, in `Origin`; what says neither is refused. The cookie's `SameSite=Lax` is the second line.

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, MatchedPath, Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::Response,
};
use quell_app::bearer;
use quell_domain::Problem;

use super::{errors, web::Web};

const FORM: &str = "application/x-www-form-urlencoded";

/// Lets through what a page of ours sent.
pub async fn check(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    if bearer::token(request.uri().path(), request.headers()).is_some() {
        by_token(request.headers_mut());
        return next.run(request).await;
    }
    let refused = match *request.method() {
        // A page may be opened from anywhere; data may not be read from elsewhere.
        Method::GET | Method::HEAD => {
            bearer::is_data(request.uri().path()) && says_foreign(request.headers(), &web.origins)
        }
        _ => !is_own(request.headers(), &web.origins) || !is_form(request.headers()),
    };
    if refused {
        let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str);
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip().to_string());
        // That it cannot be recorded is in the log; refused it is all the same.
        let _ = web.portal.record_foreign(peer, request.method().as_str(), route).await;
        let problem =
            Problem::forbidden("This request did not come from a page of this portal, so it was not carried out.");
        return errors::answer(&problem, request.headers(), &web.assets.url("quell.css"));
    }
    next.run(request).await
}

/// No browser sends a token by itself, so no other site can make it. The token decides: no cookie counts beside it, and
/// whoever writes down headers does not write down this one.
fn by_token(headers: &mut HeaderMap) {
    headers.remove(header::COOKIE);
    if let Some(value) = headers.get_mut(header::AUTHORIZATION) {
        value.set_sensitive(true);
    }
}

/// Does a header say that it comes from elsewhere?
fn says_foreign(headers: &HeaderMap, origins: &[String]) -> bool {
    let site = headers.get("sec-fetch-site").map(|value| matches!(value.as_bytes(), b"same-origin" | b"none"));
    let origin = headers.get(header::ORIGIN).map(|value| is_listed(value.as_bytes(), origins));
    site == Some(false) || origin == Some(false)
}

/// Does a header say that it comes from us, and none that it does not? `none` (typed into the address bar) is no POST.
fn is_own(headers: &HeaderMap, origins: &[String]) -> bool {
    let site = headers.get("sec-fetch-site").map(|value| value.as_bytes() == b"same-origin");
    let origin = headers.get(header::ORIGIN).map(|value| is_listed(value.as_bytes(), origins));
    match (site, origin) {
        (Some(false), _) | (_, Some(false)) | (None, None) => false,
        (Some(true), _) | (None, Some(true)) => true,
    }
}

fn is_listed(origin: &[u8], origins: &[String]) -> bool {
    origins.iter().any(|own| own.as_bytes() == origin)
}

/// Other sites can send `text/plain` without asking first; we never do.
fn is_form(headers: &HeaderMap) -> bool {
    match headers.get(header::CONTENT_TYPE) {
        Some(value) => value
            .to_str()
            .is_ok_and(|text| text.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(FORM))),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn a_post_must_say_that_it_is_ours() {
        let origins = ["http://localhost:8080".to_owned()];
        let own = |pairs: &[(&'static str, &'static str)]| is_own(&headers(pairs), &origins);
        assert!(own(&[("sec-fetch-site", "same-origin")]));
        assert!(own(&[("origin", "http://localhost:8080")]));
        for bad in [
            &[][..],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("origin", "null")],
            &[("origin", "http://localhost:8081")],
            // A name that was made to point at us: the browser thinks it is the same site, but the name is not ours.
            &[("sec-fetch-site", "same-origin"), ("origin", "http://evil.example:8080")],
        ] {
            assert!(!own(bad), "{bad:?}");
        }
    }

    #[test]
    fn data_is_not_given_to_other_sites() {
        let origins = ["http://localhost:8080".to_owned()];
        assert!(says_foreign(&headers(&[("sec-fetch-site", "cross-site")]), &origins));
        assert!(says_foreign(&headers(&[("origin", "https://evil.example")]), &origins));
        assert!(!says_foreign(&headers(&[("sec-fetch-site", "none")]), &origins));
        assert!(!says_foreign(&headers(&[]), &origins), "a program of one's own");
    }

    #[test]
    fn only_forms_change_things() {
        assert!(is_form(&headers(&[("content-type", "application/x-www-form-urlencoded; charset=utf-8")])));
        assert!(!is_form(&headers(&[("content-type", "text/plain")])));
        assert!(!is_form(&headers(&[])));
    }
}
