//! One HTTP/1.1 request over one stream to an engine: its Unix socket, TLS, or SSH; used by the typed client and for raw
//! bytes. The only place that opens such a stream, and so the one that refuses an engine nobody accepted.
//!
//! A stream per request: a kept one may be dead when it is used next, and then nobody knows whether a pause was sent. Here
//! a failed connect always means that nothing was sent.

mod capped;
mod net;
mod ssh;
mod tls;

use std::{
    error::Error as StdError,
    fmt::Display,
    path::PathBuf,
    sync::{Arc, OnceLock},
    time::Duration,
};

use bollard::{BollardRequest, Docker, errors::Error};
use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderValue, Request, Response, StatusCode, Uri, header::HOST, uri::PathAndQuery};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{
    body::{Body, Incoming},
    client::conn::http1,
};
use hyper_util::rt::TokioIo;
use quell_core::ports::EngineError;
use quell_domain::{
    Timestamp,
    node::{Access, Certificate, Node},
    text,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::UnixStream,
    sync::{OnceCell, oneshot},
};

use self::capped::Capped;
pub(super) use crate::cause::chain;
use crate::files;

/// Longest wait for a connection; a socket on the same machine takes microseconds.
const CONNECT: Duration = Duration::from_secs(5);
/// The same over the network, with all that is said before the first request. Shorter than the wait for an answer, so that what
/// stands in the way is told as such.
const CONNECT_FAR: Duration = Duration::from_secs(8);
/// Most bytes of an answer that is held in memory whole: a list of more containers than any machine runs.
const TOLD: usize = 32 * 1_024 * 1_024;
/// Most bytes read of an error's body.
const ERROR_BODY: usize = 64 * 1_024;
/// Most characters kept of an engine's words.
const WORDS: usize = 300;

/// How an engine is reached, for one call of the port.
#[derive(Clone)]
pub(super) struct Wire {
    way: Arc<Way>,
    now: Timestamp,
}

enum Way {
    Unix(PathBuf),
    Tls(tls::Tls),
    Ssh(ssh::Ssh),
}

/// Why no answer began.
pub(super) enum Trouble {
    /// Nothing was sent, or nothing that was is listened to.
    Connect(EngineError),
    /// Something may have been.
    Sent(hyper::Error),
}

/// What carries bytes both ways.
trait Line: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Line for T {}

impl Wire {
    /// To a node's own engine. While another one waits there to be accepted, there is no way.
    pub(super) fn to(node: &Node, now: Timestamp) -> Result<Self, EngineError> {
        if node.stranger.is_some() {
            return Err(EngineError::Stranger);
        }
        Ok(Self::by(&node.access, now))
    }

    /// To whichever engine answers, which may be asked who it is.
    pub(super) fn by(access: &Access, now: Timestamp) -> Self {
        let way = match access.clone() {
            Access::Unix { socket } => Way::Unix(PathBuf::from(socket)),
            Access::Tls { host, port, ca, certificate, key } => {
                Way::Tls(tls::Tls { host, port, ca, certificate, key, seen: OnceLock::new() })
            }
            Access::Ssh { user, host, port, socket, key, host_key } => {
                Way::Ssh(ssh::Ssh { user, host, port, socket, key, host_key, session: OnceCell::new() })
            }
        };
        Self { way: Arc::new(way), now }
    }

    /// The certificates that the first connection was made with.
    pub(super) fn certificates(&self) -> Vec<Certificate> {
        match &*self.way {
            Way::Tls(tls) => tls.seen.get().cloned().unwrap_or_default(),
            Way::Unix(_) | Way::Ssh(_) => Vec::new(),
        }
    }

    /// The typed client over this wire.
    pub(super) fn docker(&self) -> Result<Docker, EngineError> {
        let wire = self.clone();
        let transport = move |request: BollardRequest| {
            let wire = wire.clone();
            async move {
                wire.send(unversioned(request), Some(TOLD)).await.map_err(|trouble| match trouble {
                    Trouble::Connect(why) => Error::IOError { err: std::io::Error::other(why) },
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
        let response = self.send(request, None).await.map_err(|trouble| match trouble {
            Trouble::Connect(why) => why,
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

    /// `most`: of the answer, bytes; none where whoever asked reads it piece by piece.
    async fn send<B>(&self, mut request: Request<B>, most: Option<usize>) -> Result<Response<Incoming>, Trouble>
    where
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        let line = self.connect().await.map_err(Trouble::Connect)?;
        let stream: Box<dyn Line> = match most {
            Some(most) => Box::new(Capped::new(line, most)),
            None => line,
        };
        request.headers_mut().insert(HOST, HeaderValue::from_static("engine"));
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(Trouble::Sent)?;
        let (ended, end) = oneshot::channel();
        // Ends when the answer was read or dropped. Its error reaches the reader through the body.
        tokio::spawn(async move { connection.await.map_err(|cause| ended.send(cause)) });
        match sender.send_request(request).await {
            Ok(response) => Ok(response),
            Err(cause) => {
                // A connection that ended before the request was on its way keeps the reason to itself.
                let cause = if cause.is_canceled() { end.await.unwrap_or(cause) } else { cause };
                Err(tls::refused_later(&cause).map_or(Trouble::Sent(cause), Trouble::Connect))
            }
        }
    }

    async fn connect(&self) -> Result<Box<dyn Line>, EngineError> {
        let far = async |opened: BoxFuture<'_, Result<Box<dyn Line>, EngineError>>| {
            let late = |_| Err(barred("endpoint", "Nobody answered there in time.", "silence"));
            tokio::time::timeout(CONNECT_FAR, opened).await.unwrap_or_else(late)
        };
        match &*self.way {
            Way::Unix(socket) => {
                let opened = tokio::time::timeout(CONNECT, UnixStream::connect(socket)).await;
                let why = match opened {
                    Ok(Ok(stream)) => return Ok(Box::new(stream)),
                    Ok(Err(cause)) => cause.to_string(),
                    Err(_) => "nobody accepts the connection".to_owned(),
                };
                Err(EngineError::Unreachable(format!("{}: {why}", socket.display())))
            }
            Way::Tls(tls) => far(Box::pin(async { Ok(Box::new(tls.connect(self.now).await?) as _) })).await,
            Way::Ssh(ssh) => far(Box::pin(async { Ok(Box::new(ssh.open().await?) as _) })).await,
        }
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

/// What stands in the way, by the form's field that names it.
fn barred(field: &'static str, words: impl Into<String>, cause: impl Display) -> EngineError {
    files::barred(field, words, cause).into()
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
        let access = Access::Unix { socket: "/nonexistent/engine.sock".to_owned() };
        let wire = Wire::by(&access, Timestamp(0));
        assert!(matches!(wire.get("/info").await, Err(EngineError::Unreachable(_))));
    }
}
