//! One request and its whole answer over a connection of its own: a kept one may be dead when it is used next, and then
//! nobody knows whether a change was sent. Here a failed connect always means that nothing was sent.

use std::time::{Duration, UNIX_EPOCH};

use quell_core::ports::GateError;
use quell_domain::Timestamp;
use reqwest::{Certificate, Client, RequestBuilder, Response, header::HeaderMap, redirect, retry};
use rustls::{CertificateError as Bad, Error as TlsError};
use secrecy::SecretString;

use super::refusal::Trouble;
use crate::{
    cause::{chain, of_tls},
    files::{barred, read},
};

/// Most bytes read of an answer: a page of entries has far less.
const LONGEST: usize = 4 * 1_024 * 1_024;

/// A whole answer.
pub(super) struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
    /// The load balancer's id of the request, as its header tells it.
    pub request: Option<String>,
    /// Its clock.
    pub date: Option<Timestamp>,
    /// How long it asks us to wait.
    pub retry_after: Option<Duration>,
    /// A token, from IAM.
    pub token: Option<SecretString>,
}

/// A client that goes nowhere by itself: no redirects, no proxies, no second tries. With a CA, only that one's certificates
/// count.
pub(super) fn client(ca: Option<&str>, connect: Duration) -> Result<Client, GateError> {
    let mut builder = Client::builder()
        .connect_timeout(connect)
        .http1_only()
        .no_proxy()
        .pool_max_idle_per_host(0)
        .redirect(redirect::Policy::none())
        .referer(false)
        .retry(retry::never());
    if let Some(path) = ca {
        let text = read("ca", "CA certificate", path)?;
        let found = Certificate::from_pem_bundle(text.as_bytes()).ok().filter(|found| !found.is_empty());
        let words = "The CA certificate file holds no certificate in PEM form.";
        builder = builder.tls_certs_only(found.ok_or_else(|| barred("ca", words, path))?);
    }
    Ok(builder.build().map_err(|cause| barred("ca", "TLS cannot be used.", chain(&cause)))?)
}

/// Sends it and waits for the whole answer, but not for longer than `limit`, which is longer than connecting may take.
pub(super) async fn send(request: RequestBuilder, limit: Duration, write: bool) -> Result<Answer, Trouble> {
    let answer = async {
        let response = request.send().await.map_err(|cause| no_answer(&cause, write))?;
        whole(response).await.map_err(|words| lost(words, write))
    };
    match tokio::time::timeout(limit, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(lost(format!("no whole answer within {} seconds", limit.as_secs_f32()), write)),
    }
}

async fn whole(mut response: Response) -> Result<Answer, String> {
    let status = response.status().as_u16();
    let headers = std::mem::take(response.headers_mut());
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(|cause| chain(&cause))? {
        body.extend_from_slice(&part);
        if body.len() > LONGEST {
            return Err("the answer does not end".to_owned());
        }
    }
    let text = |name: &str| text(&headers, name);
    Ok(Answer {
        status,
        body,
        request: text("X-Request-Id"),
        date: text("Date").as_deref().and_then(moment),
        retry_after: text("Retry-After").and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs),
        token: text("X-Subject-Token").map(SecretString::from),
    })
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn moment(date: &str) -> Option<Timestamp> {
    let since = httpdate::parse_http_date(date).ok()?.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_micros()).ok().map(Timestamp)
}

/// A change that got no whole answer may have been made; a question may be asked again.
fn lost(words: String, write: bool) -> Trouble {
    if write { Trouble::Over(GateError::NoAnswer(words)) } else { Trouble::Again(GateError::Unreachable(words), None) }
}

fn no_answer(error: &reqwest::Error, write: bool) -> Trouble {
    if !error.is_connect() {
        return lost(chain(error), write);
    }
    match of_tls(error) {
        None => Trouble::Again(GateError::Unreachable(chain(error)), None),
        Some(cause) => {
            let (field, words) = match cause {
                TlsError::InvalidCertificate(Bad::UnknownIssuer | Bad::BadSignature) => {
                    ("ca", "The interface's certificate does not come from a CA that is trusted here.")
                }
                TlsError::InvalidCertificate(_) => ("elb_base", "The interface's certificate is not acceptable."),
                _ => ("elb_base", "What answers there does not speak TLS as it should."),
            };
            Trouble::Over(barred(field, words, cause).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_of_an_answer_is_read() {
        assert_eq!(moment("Wed, 11 Mar 2026 08:30:15 GMT").map(Timestamp::clock).as_deref(), Some("08:30:15"));
        assert_eq!(moment("yesterday"), None);
    }

    #[tokio::test]
    async fn nothing_was_sent_where_nobody_listens() {
        let client = client(None, Duration::from_secs(1)).expect("a client");
        // Bound and dropped: nobody listens there.
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port").port();
        for write in [false, true] {
            let request = client.get(format!("http://127.0.0.1:{port}/"));
            let trouble = send(request, Duration::from_secs(5), write).await.err().expect("nobody");
            assert!(matches!(trouble, Trouble::Again(GateError::Unreachable(_), None)), "{trouble:?}");
        }
    }

    #[test]
    fn a_ca_that_is_none_is_named() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let path = file.path().to_str().expect("a path");
        for path in [path, "/nonexistent/ca.pem"] {
            let error = client(Some(path), Duration::from_secs(1)).expect_err("no CA");
            assert!(matches!(error, GateError::Barred { field: "ca", .. }), "{error}");
        }
    }
}
