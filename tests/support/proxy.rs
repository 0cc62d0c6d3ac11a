//! A recording proxy in front of an engine's socket: says what was asked of the engine, and can spoil the answer.

mod edits;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Instant,
};

use bytes::Bytes;
use futures::{StreamExt as _, stream};
use http::{Request, Response};
use http_body_util::{BodyExt as _, BodyStream, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::{Frame, Incoming};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{UnixListener, UnixStream},
    task::{JoinHandle, JoinSet},
};

use quell_domain::node::Node;

pub use self::edits::Edits;
use crate::engine::node_at;

type Fault = Box<dyn std::error::Error + Send + Sync>;
type Body = UnsyncBoxBody<Bytes, Fault>;

/// What happens to a request that a rule matches.
#[derive(Debug, Clone)]
pub enum Behaviour {
    /// The engine is not asked; no answer ever comes.
    Hang,
    /// The engine is not asked; the connection is closed.
    Close,
    /// The engine does it; no answer ever comes.
    ActThenHang,
    /// The engine does it; the connection is closed.
    ActThenClose,
    /// The engine is not asked; this status comes with Docker's error form.
    Refuse(u16, String),
    /// The engine's body breaks off after this many bytes, with the connection.
    Cut(usize),
    /// The engine's body ends after this many bytes as if it were whole.
    Short(usize),
    /// The engine's body is whole, and this text follows it.
    Append(String),
    /// The engine's body is whole, and comes with at most about this many bytes a second, for as long as the rule is there
    /// when the answer begins.
    Slow(usize),
    /// The engine's description of a container comes with an edited fact.
    Edit(Arc<Edits>),
}

/// One request as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// `POST`
    pub method: String,
    /// `/v1.41/containers/<id>/pause`, with its query.
    pub path: String,
}

/// When a request came and when the engine's answer began.
#[derive(Debug, Clone)]
pub struct Timed {
    /// What was asked.
    pub call: Call,
    /// When it came in.
    pub came: Instant,
    /// When the engine answered, if it was asked and did.
    pub answered: Option<Instant>,
}

impl Call {
    fn matches(&self, method: &str, part: &str) -> bool {
        self.method == method && self.path.contains(part)
    }
}

#[derive(Debug, Default)]
struct State {
    /// The engine's socket.
    engine: PathBuf,
    calls: Vec<Timed>,
    /// Method, part of the path, what happens.
    rules: Vec<(String, String, Behaviour)>,
}

/// A proxy; ends with the value.
#[derive(Debug)]
pub struct Proxy {
    folder: tempfile::TempDir,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Listens on a socket of its own in front of `engine`.
    pub fn start(engine: &Path) -> Self {
        let folder = tempfile::Builder::new().prefix("quell-prx-").tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("proxy.sock")).unwrap();
        let state = Arc::new(Mutex::new(State { engine: engine.to_path_buf(), ..State::default() }));
        let task = tokio::spawn(accept(listener, Arc::clone(&state)));
        Self { folder, state, task }
    }

    /// `unix:///…/proxy.sock`
    pub fn endpoint(&self) -> String {
        format!("unix://{}", self.folder.path().join("proxy.sock").display())
    }

    /// A node whose engine answers here.
    pub fn node(&self) -> Node {
        node_at(&self.endpoint())
    }

    /// From now on, another engine answers.
    pub fn lead_to(&self, engine: &Path) {
        self.state.lock().unwrap().engine = engine.to_path_buf();
    }

    /// From now on, requests with this method and this part in their path behave so. The first rule that matches counts.
    pub fn on(&self, method: &str, part: &str, behaviour: Behaviour) {
        self.state.lock().unwrap().rules.push((method.into(), part.into(), behaviour));
    }

    /// Forgets the rules. What hangs goes on hanging.
    pub fn clear_rules(&self) {
        self.state.lock().unwrap().rules.clear();
    }

    /// Every request so far, spoiled ones included.
    pub fn calls(&self) -> Vec<Call> {
        self.timed().into_iter().map(|timed| timed.call).collect()
    }

    /// The same, with their times.
    pub fn timed(&self) -> Vec<Timed> {
        self.state.lock().unwrap().calls.clone()
    }

    /// How many requests with this method had this part in their path.
    pub fn count(&self, method: &str, part: &str) -> usize {
        self.state.lock().unwrap().calls.iter().filter(|it| it.call.matches(method, part)).count()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: UnixListener, state: Arc<Mutex<State>>) {
    // Dropped with this task: every connection ends with the proxy.
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        connections.spawn(async move {
            let answer = hyper::service::service_fn(|request| handle(request, &state));
            // An error here is a connection that a rule or the client closed.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn handle(request: Request<Incoming>, state: &Mutex<State>) -> Result<Response<Body>, Fault> {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let call = Call { method: request.method().to_string(), path };
    let (engine, place, behaviour) = {
        let mut state = state.lock().unwrap();
        let rule = state.rules.iter().find(|(method, part, _)| call.matches(method, part));
        let behaviour = rule.map(|(.., behaviour)| behaviour.clone());
        state.calls.push(Timed { call, came: Instant::now(), answered: None });
        (state.engine.clone(), state.calls.len() - 1, behaviour)
    };
    match behaviour {
        Some(Behaviour::Hang) => std::future::pending().await,
        Some(Behaviour::Close) => Err("closed by a rule".into()),
        Some(Behaviour::Refuse(status, message)) => refuse(status, &message),
        behaviour => {
            let answer = forward(request, &engine).await?;
            state.lock().unwrap().calls[place].answered = Some(Instant::now());
            spoil(answer, behaviour).await
        }
    }
}

async fn forward(request: Request<Incoming>, engine: &Path) -> Result<Response<Incoming>, Fault> {
    let stream = TokioIo::new(UnixStream::connect(engine).await?);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await?;
    // Ends by itself when the answer has been read or dropped.
    tokio::spawn(connection);
    Ok(sender.send_request(request).await?)
}

async fn spoil(answer: Response<Incoming>, behaviour: Option<Behaviour>) -> Result<Response<Body>, Fault> {
    let (mut head, body) = answer.into_parts();
    let frames = |body: Incoming| BodyStream::new(body).map(|frame| frame.map_err(Fault::from));
    let body = match behaviour {
        Some(Behaviour::ActThenHang) => std::future::pending().await,
        Some(Behaviour::ActThenClose) => return Err("closed by a rule".into()),
        Some(Behaviour::Cut(bytes)) => {
            let broken = stream::once(async {
                // Lets the server send what came before: it throws that away when the error follows at once.
                tokio::task::yield_now().await;
                Err::<Frame<Bytes>, Fault>("cut by a rule".into())
            });
            StreamBody::new(first(frames(body), bytes).chain(broken)).boxed_unsync()
        }
        Some(Behaviour::Short(bytes)) => StreamBody::new(first(frames(body), bytes)).boxed_unsync(),
        Some(Behaviour::Append(text)) => {
            let tail = stream::once(async { Ok(Frame::data(Bytes::from(text))) });
            StreamBody::new(frames(body).chain(tail)).boxed_unsync()
        }
        Some(Behaviour::Edit(edits)) => {
            let told = String::from_utf8(body.collect().await?.to_bytes().to_vec())?;
            Full::new(restarted(&told, edits.look()).into()).map_err(|never| match never {}).boxed_unsync()
        }
        Some(Behaviour::Slow(rate)) => StreamBody::new(slowly(frames(body), rate)).boxed_unsync(),
        _ => StreamBody::new(frames(body)).boxed_unsync(),
    };
    // The body may no longer have the length that was promised; without it the answer is sent in chunks.
    if !matches!(head.headers.get("content-length").map(|value| value.as_bytes()), None | Some(b"0")) {
        head.headers.remove("content-length");
    }
    Ok(Response::from_parts(head, body))
}

/// The description of a container, with another count of restarts.
fn restarted(told: &str, times: usize) -> String {
    let (before, rest) = told.split_once("\"RestartCount\":").expect("a container's description");
    let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    format!("{before}\"RestartCount\":{times}{after}")
}

/// The data frames in small parts, twenty times a second.
fn slowly(
    frames: impl futures::Stream<Item = Result<Frame<Bytes>, Fault>> + Send + 'static,
    rate: usize,
) -> impl futures::Stream<Item = Result<Frame<Bytes>, Fault>> + Send + 'static {
    let part = (rate / 20).max(1);
    let parts = frames.flat_map(move |frame| {
        let mut data = frame.ok().and_then(|frame| frame.into_data().ok()).unwrap_or_default();
        let mut parts = Vec::with_capacity(data.len() / part + 1);
        while !data.is_empty() {
            parts.push(Ok(Frame::data(data.split_to(part.min(data.len())))));
        }
        stream::iter(parts)
    });
    parts.then(|part| async {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        part
    })
}

/// The data frames up to `bytes`, the last one cut.
fn first(
    frames: impl futures::Stream<Item = Result<Frame<Bytes>, Fault>> + Send + 'static,
    bytes: usize,
) -> impl futures::Stream<Item = Result<Frame<Bytes>, Fault>> + Send + 'static {
    frames.scan(bytes, |left, frame| {
        let data = frame.ok().and_then(|frame| frame.into_data().ok()).unwrap_or_default();
        let take = data.len().min(*left);
        *left -= take;
        std::future::ready((take > 0).then(|| Ok(Frame::data(data.slice(..take)))))
    })
}

fn refuse(status: u16, message: &str) -> Result<Response<Body>, Fault> {
    let body = serde_json::json!({ "message": message }).to_string();
    let body = Full::new(Bytes::from(body)).map_err(|never| match never {}).boxed_unsync();
    Ok(Response::builder().status(status).header("content-type", "application/json").body(body)?)
}
