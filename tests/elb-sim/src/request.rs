//! A request as it came in, read whole. Knows nothing of what it asks for.

use axum::{body::Body, http};
use percent_encoding::percent_decode_str;

use crate::sign;

/// A longer body is not read: the vendor's longest has 300 addresses.
const LONGEST_BODY: usize = 1024 * 1024;

/// A request.
#[derive(Debug)]
pub struct Request {
    /// `GET`
    pub method: String,
    /// As on the wire: still encoded.
    pub path: String,
    /// As on the wire, without the `?`; empty when there is none.
    pub query: String,
    /// The parts of the path, decoded. A slash at the end makes an empty last part.
    pub parts: Vec<String>,
    /// The pairs of the query, decoded, in their order.
    pub pairs: Vec<(String, String)>,
    /// Lower-case names; a header that came twice is here twice.
    pub headers: Vec<(String, String)>,
    /// The exact bytes.
    pub body: Vec<u8>,
}

impl Request {
    /// Reads all of it. None when the body is too long or breaks off.
    pub async fn read(request: http::Request<Body>) -> Option<Self> {
        let (head, body) = request.into_parts();
        let body = axum::body::to_bytes(body, LONGEST_BODY).await.ok()?.to_vec();
        let path = head.uri.path().to_owned();
        let query = head.uri.query().unwrap_or_default().to_owned();
        let decoded = |part| percent_decode_str(part).decode_utf8_lossy().into_owned();
        let parts = path.strip_prefix('/').unwrap_or(&path).split('/').map(decoded).collect();
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
        let (method, pairs) = (head.method.to_string(), sign::pairs(&query));
        Some(Self { method, path, query, parts, pairs, headers, body })
    }

    /// The value of a header, trimmed. None when it is not there, or there more than once.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(key, _)| key == name);
        let (_, value) = values.next()?;
        values.next().is_none().then(|| value.trim())
    }

    /// Whether there is such a header, however often.
    pub fn has_header(&self, name: &str) -> bool {
        self.headers.iter().any(|(key, _)| key == name)
    }

    /// The values of a query key, in their order.
    pub fn values<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// Path and query, as on the wire.
    pub fn target(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }
}
