//! One log line a request: method, route template, status, time, correlation id. Never a path, query, body or cookie:
//! paths hold tokens.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    http::HeaderValue,
    middleware::Next,
    response::Response,
};

use super::errors::CORRELATION;

/// Writes the line, and names a failure of ours so that it can be found.
pub async fn log(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    let status = response.status();
    let route = route.as_ref().map_or("-", MatchedPath::as_str);
    let ms = begun.elapsed().as_secs_f64() * 1_000.0;
    if status.is_server_error() {
        let known = response.headers().get(CORRELATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let id = known.unwrap_or_else(quell_core::ids::mint);
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(CORRELATION, value);
        }
        tracing::error!(method = method.as_str(), route, status = status.as_u16(), ms, correlation_id = id, "request");
    } else if route.starts_with("/intake/") && status.is_success() {
        // Thousands a second in a storm.
        tracing::debug!(method = method.as_str(), route, status = status.as_u16(), ms, "request");
    } else {
        tracing::info!(method = method.as_str(), route, status = status.as_u16(), ms, "request");
    }
    response
}
