//! A detector that never tires: many connections, each sending its next request when the last was answered.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, StatusCode, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, task::JoinSet};

/// What came of it.
pub struct Outcome {
    /// From the first request to the last answer.
    pub wall: Duration,
    /// Of each request.
    pub times: Vec<Duration>,
}

/// Sends every body once over so many connections; panics when one is not accepted.
pub async fn send(address: SocketAddr, path: &str, bodies: Vec<Bytes>, connections: usize) -> Outcome {
    let (bodies, next) = (Arc::new(bodies), Arc::new(AtomicUsize::new(0)));
    let mut tasks = JoinSet::new();
    let begun = Instant::now();
    for _ in 0..connections {
        tasks.spawn(one(address, path.to_owned(), Arc::clone(&bodies), Arc::clone(&next)));
    }
    let times = tasks.join_all().await.concat();
    Outcome { wall: begun.elapsed(), times }
}

/// What came of an offer.
pub struct Offered {
    /// Which of the bodies were accepted, by their place.
    pub accepted: Vec<usize>,
    /// Of each request.
    pub times: Vec<Duration>,
}

/// Offers so many bodies a second, each once and in order, over so many connections. What is not sent when the time is
/// over is never sent. Nothing may be refused.
pub async fn offer(
    address: SocketAddr,
    path: &str,
    bodies: Vec<Bytes>,
    connections: usize,
    each_second: u32,
) -> Offered {
    let (bodies, next) = (Arc::new(bodies), Arc::new(AtomicUsize::new(0)));
    let begun = Instant::now();
    let due = move |n: usize| begun + Duration::from_secs(1) / each_second * u32::try_from(n).unwrap();
    let end = due(bodies.len());
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let (bodies, next, path) = (Arc::clone(&bodies), Arc::clone(&next), path.to_owned());
        tasks.spawn(async move {
            let mut agent = Agent::connect(address, path).await;
            let (mut accepted, mut times) = (Vec::new(), Vec::new());
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                let Some(body) = bodies.get(n).filter(|_| Instant::now() < end) else { break };
                tokio::time::sleep_until(due(n).into()).await;
                times.push(agent.send(body).await);
                accepted.push(n);
            }
            (accepted, times)
        });
    }
    let (accepted, times): (Vec<_>, Vec<_>) = tasks.join_all().await.into_iter().unzip();
    Offered { accepted: accepted.concat(), times: times.concat() }
}

async fn one(address: SocketAddr, path: String, bodies: Arc<Vec<Bytes>>, next: Arc<AtomicUsize>) -> Vec<Duration> {
    let mut agent = Agent::connect(address, path).await;
    let mut times = Vec::new();
    while let Some(body) = bodies.get(next.fetch_add(1, Ordering::Relaxed)) {
        times.push(agent.send(body).await);
    }
    times
}

/// One connection of a detector.
struct Agent {
    path: String,
    sender: http1::SendRequest<Full<Bytes>>,
}

impl Agent {
    async fn connect(address: SocketAddr, path: String) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        Self { path, sender }
    }

    /// How long the answer took.
    async fn send(&mut self, body: &Bytes) -> Duration {
        let request = Request::post(&self.path)
            .header(header::HOST, "localhost")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(body.clone()))
            .unwrap();
        let begun = Instant::now();
        let answer = self.sender.send_request(request).await.unwrap();
        let status = answer.status();
        let said = answer.into_body().collect().await.unwrap().to_bytes();
        let took = begun.elapsed();
        assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&said));
        took
    }
}
