//! Problems as answers: JSON for programs, a small page for people, the honest status for both.

use axum::{
    Json,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse as _, Response},
};
use quell_app::guard::wants_page;
use quell_domain::{Code, Problem};

/// Names the log lines of a request that failed through our fault.
pub const CORRELATION: HeaderName = HeaderName::from_static("x-correlation-id");

/// Seconds that a throttled or refused caller should wait at least.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("30");

/// How a program may prove itself. Browsers do not ask for a password because of it.
const BEARER: HeaderValue = HeaderValue::from_static("Bearer");

/// The problem as JSON.
pub fn json(problem: &Problem) -> Response {
    marked(Json(problem).into_response(), problem)
}

/// The problem as the caller likes it.
pub fn answer(problem: &Problem, headers: &HeaderMap, style: &str) -> Response {
    if wants_page(headers) { marked(Html(page(problem, style)).into_response(), problem) } else { json(problem) }
}

/// Sets what a problem says about itself in status and headers.
pub fn marked(mut response: Response, problem: &Problem) -> Response {
    *response.status_mut() = StatusCode::from_u16(problem.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(id) = problem.correlation_id.as_deref().and_then(|id| HeaderValue::from_str(id).ok()) {
        response.headers_mut().insert(CORRELATION, id);
    }
    if problem.code == Code::Unauthenticated {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, BEARER);
    }
    if matches!(problem.code, Code::Throttled | Code::Unavailable) {
        response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
    }
    response
}

/// For what happens before or outside of the pages. Plain on purpose: it must work when nothing else does.
fn page(problem: &Problem, style: &str) -> String {
    let id =
        problem.correlation_id.as_deref().map_or_else(String::new, |id| format!("<p>Reference: {}</p>", escaped(id)));
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Quell</title><link rel=\"stylesheet\" href=\"{}\"></head><body><main><h1>That did not work</h1><p>{}</p>{id}\
         <p><a href=\"/\">Go on</a></p></main></body></html>",
        escaped(style),
        escaped(&problem.to_string()),
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_caller_sent_is_never_markup() {
        let page = page(&Problem::new(Code::Invalid, "<script>x</script>"), "/pkg/a.css");
        assert!(page.contains("&lt;script&gt;") && !page.contains("<script"));
    }
}
