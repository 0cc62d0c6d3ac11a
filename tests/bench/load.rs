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

async fn one(address: SocketAddr, path: String, bodies: Arc<Vec<Bytes>>, next: Arc<AtomicUsize>) -> Vec<Duration> {
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut times = Vec::new();
    while let Some(body) = bodies.get(next.fetch_add(1, Ordering::Relaxed)) {
        let request = Request::post(&path)
            .header(header::HOST, "localhost")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(body.clone()))
            .unwrap();
        let begun = Instant::now();
        let answer = sender.send_request(request).await.unwrap();
        let status = answer.status();
        let said = answer.into_body().collect().await.unwrap().to_bytes();
        times.push(begun.elapsed());
        assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&said));
    }
    times
}
