//! Tokens of scripts, in `Authorization: Bearer …`: where they count, and reading them.
//!
//! Where they count they decide: no cookie is looked at beside one. Pages know no tokens.

use http::{HeaderMap, header::AUTHORIZATION, request::Parts};
use quell_core::Caller;
use quell_domain::ids::Digest;

use crate::guard;

/// Is this data, which programs ask for, and not a page?
#[must_use]
pub fn is_data(path: &str) -> bool {
    path.starts_with("/api/") || path == "/live" || path.ends_with("/download") || path == "/audit/export"
}

/// The token that a request came with, where tokens count.
#[must_use]
pub fn token<'a>(path: &str, headers: &'a HeaderMap) -> Option<&'a [u8]> {
    let value = headers.get(AUTHORIZATION).filter(|_| is_data(path))?.as_bytes();
    let blank = value.iter().position(|byte| *byte == b' ').unwrap_or(value.len());
    let (scheme, token) = value.split_at(blank);
    scheme.eq_ignore_ascii_case(b"bearer").then(|| token.trim_ascii())
}

/// Who a request with a token comes from; none when it came without. Not yet trusted.
#[must_use]
pub fn caller(parts: &Parts) -> Option<Caller> {
    let token = token(parts.uri.path(), &parts.headers)?;
    Some(Caller::Token { hash: Digest::of(token), address: guard::address(parts) })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn sent(path: &str, value: &'static str) -> Option<String> {
        let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static(value))]);
        token(path, &headers).map(|token| String::from_utf8_lossy(token).into_owned())
    }

    #[test]
    fn a_token_counts_for_data_and_not_for_pages() {
        for path in ["/api/v1/incidents/queue", "/live", "/evidence/0199/download", "/audit/export"] {
            assert_eq!(sent(path, "Bearer qk_1").as_deref(), Some("qk_1"), "{path}");
        }
        for path in ["/", "/incidents", "/audit", "/me", "/login"] {
            assert_eq!(sent(path, "Bearer qk_1"), None, "{path}");
        }
    }

    #[test]
    fn other_schemes_are_no_tokens() {
        assert_eq!(sent("/live", "bearer  qk_1 ").as_deref(), Some("qk_1"));
        for empty in ["Bearer", "Bearer "] {
            assert_eq!(sent("/live", empty).as_deref(), Some(""), "a token that nobody has");
        }
        for other in ["Basic cWs6Xw==", "Bearers qk_1", "", " "] {
            assert_eq!(sent("/live", other), None, "{other}");
        }
    }

    #[test]
    fn files_leave_a_trace_and_are_asked_for_by_our_pages_only() {
        for data in
            ["/api/v1/people/list", "/live", "/evidence/0199/download", "/dead-letters/7/download", "/audit/export"]
        {
            assert!(is_data(data), "{data}");
        }
        // Pages are linked to from mails and chats.
        for page in ["/", "/incidents/1", "/evidence/0199", "/audit", "/login"] {
            assert!(!is_data(page), "{page}");
        }
    }
}
