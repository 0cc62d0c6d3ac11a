//! `SDK-HMAC-SHA256`: from a request to its signature. Pure; knows nothing of who may do what.
//!
//! What is signed is a canonical form of the request: method, path, query, the chosen headers, and the hash of the
//! body. The forms of path and query have traps: the path ends in a slash that the request has not, the query is sorted
//! before it is encoded, and a space is `%20`, never `+`.

use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest as _, Sha256};

/// The name of the algorithm: the first word of the header and of the string to sign.
pub const ALGORITHM: &str = "SDK-HMAC-SHA256";
/// What stands in place of the body's hash when a body that is not JSON is left unsigned.
pub const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
/// Everything but letters, digits and `-_.~` is encoded.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A request, as it is signed.
#[derive(Debug)]
pub struct Signed<'a> {
    /// `GET`
    pub method: &'a str,
    /// As on the wire: still encoded.
    pub path: &'a str,
    /// As on the wire, without the `?`.
    pub query: &'a str,
    /// The signed headers: lower-case names, sorted, with their values.
    pub headers: &'a [(String, String)],
    /// What stands for the body: see [`payload_hash`].
    pub payload_hash: &'a str,
}

impl Signed<'_> {
    /// The six parts, one to a line; the headers take several.
    pub fn canonical(&self) -> String {
        let headers: String = self.headers.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
        let path = canonical_path(self.path);
        let query = canonical_query(self.query);
        [self.method, &path, &query, &headers, &self.names(), self.payload_hash].join("\n")
    }

    /// `content-type;host;x-sdk-date`
    pub fn names(&self) -> String {
        self.headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(";")
    }

    /// What is signed in the end; `date` is the value of `X-Sdk-Date`.
    pub fn string_to_sign(&self, date: &str) -> String {
        format!("{ALGORITHM}\n{date}\n{}", hex::encode(Sha256::digest(self.canonical())))
    }

    /// The signature with this secret key, in hex.
    pub fn signature(&self, secret: &str, date: &str) -> String {
        hex::encode(self.mac(secret, date).finalize().into_bytes())
    }

    /// Whether that is the signature. Compares in constant time, as the vendor surely does.
    pub fn is_signature(&self, signature: &str, secret: &str, date: &str) -> bool {
        // The vendor writes lower-case hex; another form of the same bytes is not what it describes.
        let lower = !signature.bytes().any(|byte| byte.is_ascii_uppercase());
        lower && hex::decode(signature).is_ok_and(|bytes| self.mac(secret, date).verify_slice(&bytes).is_ok())
    }

    /// The whole `Authorization` header.
    pub fn authorization(&self, access: &str, secret: &str, date: &str) -> String {
        let signature = self.signature(secret, date);
        format!("{ALGORITHM} Access={access}, SignedHeaders={}, Signature={signature}", self.names())
    }

    fn mac(&self, secret: &str, date: &str) -> Hmac<Sha256> {
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length");
        mac.chain_update(self.string_to_sign(date))
    }
}

/// What stands for the body: of an empty one always its hash, else the value of `X-Sdk-Content-Sha256` if there is one.
pub fn payload_hash(body: &[u8], header: Option<&str>) -> String {
    match header {
        Some(value) if !body.is_empty() => value.to_owned(),
        _ => hex::encode(Sha256::digest(body)),
    }
}

/// Decoded, cut at the slashes, every part encoded again, and a slash at the end. An encoded slash becomes a real one.
fn canonical_path(path: &str) -> String {
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    let mut path = decoded.split('/').map(encode).collect::<Vec<_>>().join("/");
    if !path.ends_with('/') {
        path.push('/');
    }
    path
}

/// All pairs, sorted as they are meant, then encoded.
fn canonical_query(query: &str) -> String {
    let mut pairs = pairs(query);
    pairs.sort();
    pairs.iter().map(|(key, value)| format!("{}={}", encode(key), encode(value))).collect::<Vec<_>>().join("&")
}

/// The pairs of a query, decoded, in their order. A `+` is a plus: only `%20` is a space.
pub fn pairs(query: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts.map(|part| part.split_once('=').unwrap_or((part, ""))).map(|(k, v)| (decoded(k), decoded(v))).collect()
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_queries_take_their_canonical_form() {
        for (path, canonical) in [
            ("/v3/p/elb/listeners", "/v3/p/elb/listeners/"),
            ("/v3/p/elb/listeners/", "/v3/p/elb/listeners/"),
            ("/v5/p/kubernetes/%2Fweb-1/container", "/v5/p/kubernetes//web-1/container/"),
            ("/topics/urn:smn:x/publish", "/topics/urn%3Asmn%3Ax/publish/"),
            ("/", "/"),
        ] {
            assert_eq!(canonical_path(path), canonical);
        }
        assert_eq!(canonical_query("b=2&a=%20&b=1&c"), "a=%20&b=1&b=2&c=");
        assert_eq!(canonical_query("a=x+y"), "a=x%2By", "a plus is no space");
        assert_eq!(canonical_query(""), "");
    }

    #[test]
    fn the_header_stands_for_a_body_only_when_there_is_one() {
        assert_eq!(payload_hash(b"x", Some(UNSIGNED)), UNSIGNED);
        assert_eq!(payload_hash(b"", Some(UNSIGNED)), hex::encode(Sha256::digest(b"")));
    }
}
