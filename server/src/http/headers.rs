//! Security headers, on every answer: pages, files, JSON, errors.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use super::web::Web;

/// The number used once that inline scripts of this one answer carry. Minted here, handed to Leptos by `pages`.
#[derive(Clone)]
pub struct CspNonce(pub Arc<str>);

/// For answers that are no page: nothing may load, frame or run them.
const CLOSED: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; frame-ancestors 'none'; form-action 'none'; base-uri 'none'; object-src 'none'",
);

const SAME_ON_ALL: [(HeaderName, HeaderValue); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    // Not `no-referrer`: then a form's answer could not lead back to its page.
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"),
    ),
];

const HSTS: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Headers for everything that can answer a browser with a page.
pub async fn page(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    // 122 random bits or more, as text: what ids::secret() gives is twice what CSP asks for.
    let nonce: Arc<str> = quell_core::ids::secret().split_at(32).0.into();
    request.extensions_mut().insert(CspNonce(nonce.clone()));
    let mut response = next.run(request).await;
    if is_page(response.headers()) {
        let policy = format!(
            "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; \
             img-src 'self' data:; font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
        );
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
        }
    }
    finish(&web, response)
}

/// Headers for what is never a page: no random number is spent on it.
pub async fn plain(State(web): State<Web>, request: Request, next: Next) -> Response {
    finish(&web, next.run(request).await)
}

fn is_page(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/html"))
}

fn finish(web: &Web, mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in SAME_ON_ALL {
        headers.insert(name, value);
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(CLOSED);
    headers.entry(header::CACHE_CONTROL).or_insert(NO_STORE);
    if web.https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
    response
}
