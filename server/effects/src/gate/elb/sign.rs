//! Huawei Cloud's signature of requests, `SDK-HMAC-SHA256`: what is sent comes in, the value of its header comes out.
//! Knows neither the network nor the clock.

use aws_lc_rs::{digest, hmac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use secrecy::{ExposeSecret as _, SecretString};

/// The header with the moment of signing.
pub(super) const DATE: &str = "X-Sdk-Date";
const ALGORITHM: &str = "SDK-HMAC-SHA256";
/// All but `A–Z a–z 0–9 - _ . ~`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A request as it will be sent.
pub(super) struct Unsigned<'a> {
    pub method: &'a str,
    /// As in the URL.
    pub path: &'a str,
    /// Names and values, neither encoded nor sorted.
    pub query: &'a [(&'a str, String)],
    /// All headers that are set by us; `Host` and [`DATE`] must be among them.
    pub headers: &'a [(&'a str, String)],
    /// The very bytes.
    pub body: &'a [u8],
}

/// The query as it is signed, which is also how it must be sent.
pub(super) fn query(pairs: &[(&str, String)]) -> String {
    let mut pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    // By what they are, not by what they look like encoded.
    pairs.sort_unstable();
    let written: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    written.join("&")
}

impl Unsigned<'_> {
    /// The value of `Authorization`.
    pub(super) fn authorization(&self, access: &str, secret: &SecretString) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
        let signature = hex::encode(hmac::sign(&key, self.to_sign().as_bytes()));
        format!("{ALGORITHM} Access={access}, SignedHeaders={}, Signature={signature}", self.signed_names())
    }

    fn to_sign(&self) -> String {
        let date = self.signed().into_iter().find(|(name, _)| name.eq_ignore_ascii_case(DATE));
        let date = date.map(|(_, value)| value).unwrap_or_default();
        format!("{ALGORITHM}\n{date}\n{}", sha256(self.canonical().as_bytes()))
    }

    fn canonical(&self) -> String {
        let headers: String = self.signed().iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        [self.method, &path(self.path), &query(self.query), &headers, &self.signed_names(), &sha256(self.body)]
            .join("\n")
    }

    fn signed_names(&self) -> String {
        self.signed().into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(";")
    }

    /// Every header but those with `_` in their names, which gateways drop.
    fn signed(&self) -> Vec<(String, &str)> {
        let headers = self.headers.iter().filter(|(name, _)| !name.contains('_'));
        let mut signed: Vec<_> = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim())).collect();
        signed.sort_unstable();
        signed
    }
}

/// Decoded, encoded again segment by segment, and with a slash at the end that is not sent.
fn path(sent: &str) -> String {
    let decoded = percent_decode_str(sent).decode_utf8_lossy();
    let mut path = decoded.split('/').map(encoded).collect::<Vec<_>>().join("/");
    if !path.ends_with('/') {
        path.push('/');
    }
    path
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, bytes))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// Made by running the vendor's own signer.
    const VECTORS: &str = include_str!("fixtures/sdk_hmac_sha256_vectors.json");

    fn plain(value: &Value) -> String {
        value.as_str().map_or_else(|| value.to_string(), str::to_owned)
    }

    #[test]
    fn requests_are_signed_as_the_vendor_signs_them() {
        let vectors: Vec<Value> = serde_json::from_str(VECTORS).expect("vectors");
        assert_eq!(vectors.len(), 4);
        for vector in &vectors {
            let pairs = vector["query"].as_array().expect("a query").iter();
            let pairs: Vec<(&str, String)> =
                pairs.map(|pair| (pair[0].as_str().expect("a name"), plain(&pair[1]))).collect();
            let headers = vector["headers_in"].as_object().expect("headers").iter();
            let mut headers: Vec<(&str, String)> = headers.map(|(name, value)| (name.as_str(), plain(value))).collect();
            headers.push(("Host", plain(&vector["host"])));
            let (method, path, body) = (plain(&vector["method"]), plain(&vector["path"]), plain(&vector["body"]));
            let unsigned =
                Unsigned { method: &method, path: &path, query: &pairs, headers: &headers, body: body.as_bytes() };
            assert_eq!(unsigned.canonical(), plain(&vector["canonical_request"]));
            assert_eq!(unsigned.to_sign(), plain(&vector["string_to_sign"]));
            let secret = SecretString::from(plain(&vector["sk"]));
            let authorization = unsigned.authorization(&plain(&vector["ak"]), &secret);
            assert_eq!(authorization, plain(&vector["authorization"]));
            assert!(authorization.ends_with(&plain(&vector["signature"])));
            let target = if pairs.is_empty() { path.clone() } else { format!("{path}?{}", query(&pairs)) };
            assert_eq!(target, plain(&vector["request_target"]), "what is sent has no slash at its end");
        }
    }

    #[test]
    fn paths_are_decoded_before_they_are_encoded() {
        for (sent, signed) in [
            ("", "/"),
            ("/", "/"),
            ("/a/urn:smn:x", "/a/urn%3Asmn%3Ax/"),
            ("/a%2Fb/c%20d", "/a/b/c%20d/"),
            ("/%E6%94%AF~_-./", "/%E6%94%AF~_-./"),
        ] {
            assert_eq!(path(sent), signed, "{sent}");
        }
    }

    #[test]
    fn headers_are_trimmed_sorted_and_without_underlines() {
        let headers = [
            ("X-Sdk-Date", "20260311T083015Z".to_owned()),
            ("Host", "127.0.0.1:8080".to_owned()),
            ("X_Odd", "1".to_owned()),
            ("Content-Type", "  a  b ".to_owned()),
        ];
        let unsigned = Unsigned { method: "GET", path: "/", query: &[], headers: &headers, body: b"" };
        assert_eq!(unsigned.signed_names(), "content-type;host;x-sdk-date");
        assert!(unsigned.canonical().contains("\ncontent-type:a  b\nhost:127.0.0.1:8080\n"));
        assert_eq!(query(&[("b", String::new()), ("a", "2".to_owned()), ("a", "10".to_owned())]), "a=10&a=2&b=");
    }
}
