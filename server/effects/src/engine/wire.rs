//! One HTTP/1.1 request over one connection to an engine's Unix socket; used by the typed client and for raw bytes.
//!
//! A connection per request: a kept one may be dead when it is used next, and then nobody knows whether a pause was
//! sent. Here a failed connect always means that nothing was sent.

use std::{error::Error as StdError, path::PathBuf, time::Duration};

use bollard::{BollardRequest, Docker, errors::Error};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, Uri, header::HOST, uri::PathAndQuery};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{
    body::{Body, Incoming},
    client::conn::http1,
};
use hyper_util::rt::TokioIo;
use quell_core::ports::EngineError;
use quell_domain::text;
use tokio::net::UnixStream;

/// Longest wait for a connection; a socket on the same machine takes microseconds.
const CONNECT: Duration = Duration::from_secs(5);
/// Most bytes read of an error's body.
const ERROR_BODY: usize = 64 * 1_024;
/// Most characters kept of an engine's words.
const WORDS: usize = 300;

/// Where an engine listens.
#[derive(Debug, Clone)]
pub(super) struct Wire {
    socket: PathBuf,
}

/// Why no answer began.
pub(super) enum Trouble {
    /// Nothing was sent.
    Connect(String),
    /// Something may have been.
    Sent(hyper::Error),
}

impl Wire {
    pub(super) fn to(endpoint: &str) -> Result<Self, EngineError> {
        match endpoint.strip_prefix("unix://") {
            Some(path) if path.starts_with('/') => Ok(Self { socket: PathBuf::from(path) }),
            _ => Err(EngineError::Unreachable("the endpoint is not a Unix socket".to_owned())),
        }
    }

    /// The typed client over this wire.
    pub(super) fn docker(&self) -> Result<Docker, EngineError> {
        let wire = self.clone();
        let transport = move |request: BollardRequest| {
            let wire = wire.clone();
            async move {
                wire.send(unversioned(request)).await.map_err(|trouble| match trouble {
                    Trouble::Connect(why) => Error::SocketNotFoundError(why),
                    Trouble::Sent(err) => Error::HyperResponseError { err },
                })
            }
        };
        // The caller limits the whole call, body too; the client's own limit (headers only) must not be first.
        const NEVER_FIRST: u64 = 24 * 3_600;
        Docker::connect_with_custom_transport(
            transport,
            Some("http://engine"),
            NEVER_FIRST,
            bollard::API_DEFAULT_VERSION,
        )
        .map_err(|cause| EngineError::Unreachable(cause.to_string()))
    }

    /// Asks for raw bytes; an answer that is not 2xx is an error.
    pub(super) async fn get(&self, path: &str) -> Result<Response<Incoming>, EngineError> {
        let request = Request::get(path)
            .body(Empty::<Bytes>::new())
            .map_err(|cause| EngineError::Unreachable(cause.to_string()))?;
        let response = self.send(request).await.map_err(|trouble| match trouble {
            Trouble::Connect(why) => EngineError::Unreachable(why),
            Trouble::Sent(cause) => EngineError::NoAnswer(chain(&cause)),
        })?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body =
            Limited::new(response.into_body(), ERROR_BODY).collect().await.map(http_body_util::Collected::to_bytes);
        Err(refusal(status.as_u16(), &message(&body.unwrap_or_default())))
    }

    async fn send<B>(&self, mut request: Request<B>) -> Result<Response<Incoming>, Trouble>
    where
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        let stream = match tokio::time::timeout(CONNECT, UnixStream::connect(&self.socket)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(cause)) => return Err(Trouble::Connect(format!("{}: {cause}", self.socket.display()))),
            Err(_) => {
                return Err(Trouble::Connect(format!("{}: nobody accepts the connection", self.socket.display())));
            }
        };
        request.headers_mut().insert(HOST, HeaderValue::from_static("engine"));
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(Trouble::Sent)?;
        // Ends when the answer was read or dropped. Its error reaches the reader through the body.
        tokio::spawn(connection);
        sender.send_request(request).await.map_err(Trouble::Sent)
    }
}

/// Takes the version off the path (`/v1.53/info` → `/info`): engines refuse versions newer than themselves, and without
/// one they answer in the newest that they know.
fn unversioned<B>(mut request: Request<B>) -> Request<B> {
    let path = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
    let rest = path.strip_prefix("/v1.").and_then(|rest| rest.find('/').map(|at| &rest[at..])).unwrap_or(path);
    if let Ok(uri) = rest.parse::<Uri>() {
        *request.uri_mut() = uri;
    }
    request
}

/// What a status and its words mean.
pub(super) fn refusal(status: u16, message: &str) -> EngineError {
    if status == StatusCode::NOT_FOUND.as_u16() {
        EngineError::NotFound
    } else {
        EngineError::Refused { status, message: text::cut(message, WORDS) }
    }
}

/// The words in `{"message": …}`, or all of them.
fn message(body: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct Words {
        message: String,
    }
    serde_json::from_slice::<Words>(body)
        .map_or_else(|_| String::from_utf8_lossy(body).into_owned(), |words| words.message)
}

/// An error and its causes: hyper tells the interesting part in the cause.
pub(super) fn chain(error: &dyn StdError) -> String {
    let mut out = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        if !out.contains(&words) {
            out.push_str(": ");
            out.push_str(&words);
        }
        next = cause.source();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_leave_the_path_and_nothing_else() {
        for (from, to) in [
            ("http://engine/v1.53/containers/json?all=true", "/containers/json?all=true"),
            ("http://engine/info", "/info"),
            ("http://engine/v2/x", "/v2/x"),
        ] {
            let request = unversioned(Request::get(from).body(()).expect("a request"));
            assert_eq!(request.uri().path_and_query().map(PathAndQuery::as_str), Some(to));
        }
    }

    #[test]
    fn words_are_cut_and_404_is_not_found() {
        assert!(matches!(refusal(404, "No such container"), EngineError::NotFound));
        let EngineError::Refused { status: 409, message } = refusal(409, &"x".repeat(1_000)) else { panic!("refused") };
        assert_eq!(message.chars().count(), WORDS + 1);
        assert_eq!(super::message(b"{\"message\":\"Container is already paused\"}\n"), "Container is already paused");
        assert_eq!(super::message(b"plain"), "plain");
    }

    #[tokio::test]
    async fn an_endpoint_that_nobody_serves_is_unreachable() {
        let wire = Wire::to("unix:///nonexistent/engine.sock").expect("an endpoint");
        assert!(matches!(wire.get("/info").await, Err(EngineError::Unreachable(_))));
        for bad in ["tcp://127.0.0.1:2375", "unix://relative", ""] {
            assert!(matches!(Wire::to(bad), Err(EngineError::Unreachable(_))), "{bad}");
        }
    }
}
