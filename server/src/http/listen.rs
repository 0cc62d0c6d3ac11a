//! Connections: how many there may be, and how long one may say nothing.
//!
//! Whoever can reach the listener can open connections, without a name and without a word. Those from this machine and
//! from listed proxies have places of their own; all others together have a few, enough to be told that they are wrong
//! here.

use std::{
    net::{IpAddr, SocketAddr},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use axum::{Extension, Router, extract::ConnectInfo};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
};
use tokio_util::task::TaskTracker;
use tower::Layer as _;

/// Connections from this machine and from proxies.
const KNOWN: usize = 4_096;
/// Connections from everywhere else, all together.
const STRANGERS: usize = 64;
/// How long a stranger may take to say what it wants.
const HURRY: Duration = Duration::from_secs(10);
/// The same for those who keep connections for later: longer than proxies do, so that it is they who close.
const PATIENCE: Duration = Duration::from_secs(180);
/// After a connection could not be taken: most likely there is no descriptor for it.
const PAUSE: Duration = Duration::from_millis(200);

/// Who connects, and what they may have of us.
pub struct Places {
    proxies: Vec<IpAddr>,
    known: Arc<Semaphore>,
    strangers: Arc<Semaphore>,
    hurry: Duration,
    patience: Duration,
}

impl Places {
    /// As many as this process has descriptors for; half of them stay for files, databases and engines.
    pub fn new(proxies: Vec<IpAddr>) -> Self {
        let descriptors = usize::try_from(most_descriptors()).unwrap_or(usize::MAX);
        Self {
            proxies,
            known: Arc::new(Semaphore::new(KNOWN.min(descriptors / 2))),
            strangers: Arc::new(Semaphore::new(STRANGERS)),
            hurry: HURRY,
            patience: PATIENCE,
        }
    }

    /// A place for a connection and how long it may say nothing; none when all are taken.
    fn take(&self, peer: SocketAddr) -> Option<(OwnedSemaphorePermit, Duration)> {
        let ip = peer.ip().to_canonical();
        let (places, patience) = if ip.is_loopback() || self.proxies.contains(&ip) {
            (&self.known, self.patience)
        } else {
            (&self.strangers, self.hurry)
        };
        Some((places.clone().try_acquire_owned().ok()?, patience))
    }
}

/// Raises the number of files and connections that may be open to what the system allows, and says it.
fn most_descriptors() -> u64 {
    let mut limit = getrlimit(Resource::Nofile);
    let now = limit.current;
    limit.current = limit.maximum;
    match setrlimit(Resource::Nofile, limit) {
        Ok(()) => limit.maximum,
        Err(_) => now,
    }
    .unwrap_or(u64::MAX)
}

/// Answers connections until the portal stops, and then those that are open.
pub async fn serve(listener: TcpListener, app: Router, places: Places, mut shutdown: watch::Receiver<bool>) {
    let open = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = ended(&mut shutdown) => break,
        };
        match accepted {
            Ok((stream, peer)) => match places.take(peer) {
                Some((place, patience)) => {
                    let answering = answer(stream, peer, app.clone(), patience, shutdown.clone());
                    open.spawn(async move {
                        answering.await;
                        drop(place);
                    });
                }
                None => tracing::debug!(%peer, "no place for another connection"),
            },
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    drop(listener);
    open.close();
    open.wait().await;
}

async fn answer(
    stream: TcpStream,
    peer: SocketAddr,
    app: Router,
    patience: Duration,
    mut shutdown: watch::Receiver<bool>,
) {
    let service = TowerToHyperService::new(Extension(ConnectInfo(peer)).layer(app));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(patience);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = ended(&mut shutdown) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "a connection ended early");
    }
}

/// Returns when the portal stops.
async fn ended(shutdown: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone, which is an end as well.
    let _ = shutdown.wait_for(|end| *end).await;
}

#[cfg(test)]
mod tests {
    use axum::{
        body::{Body, Bytes},
        routing::get,
    };
    use futures::{StreamExt as _, stream};
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        sync::Notify,
        task::JoinHandle,
        time::timeout,
    };

    use super::*;

    const SOON: Duration = Duration::from_secs(10);

    fn places(known: usize, patience: Duration) -> Places {
        let (known, strangers) = (Arc::new(Semaphore::new(known)), Arc::new(Semaphore::new(1)));
        Places { proxies: vec!["10.0.0.1".parse().expect("address")], known, strangers, patience, hurry: HURRY }
    }

    async fn listen(app: Router, places: Places) -> (SocketAddr, watch::Sender<bool>, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
        let address = listener.local_addr().expect("address");
        let (stop, shutdown) = watch::channel(false);
        (address, stop, tokio::spawn(serve(listener, app, places, shutdown)))
    }

    /// Everything until the other side closes.
    async fn rest(stream: &mut TcpStream) -> String {
        let mut bytes = Vec::new();
        // Being reset is being closed as well.
        let _ = timeout(SOON, stream.read_to_end(&mut bytes)).await.expect("closed in time");
        String::from_utf8(bytes).expect("text")
    }

    async fn asked(address: SocketAddr) -> String {
        let mut stream = TcpStream::connect(address).await.expect("connected");
        let _ = stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
        rest(&mut stream).await
    }

    #[test]
    fn strangers_leave_room_for_those_who_belong_here() {
        let places = places(2, PATIENCE);
        let take = |peer: &str| places.take(SocketAddr::new(peer.parse().expect("address"), 1));
        let stranger = take("192.0.2.1").expect("room");
        assert_eq!(stranger.1, HURRY);
        assert!(take("2001:db8::1").is_none(), "one place for all of them");
        let (here, proxy) = (take("::ffff:127.0.0.1").expect("room"), take("10.0.0.1").expect("room"));
        assert_eq!((here.1, proxy.1), (PATIENCE, PATIENCE));
        assert!(take("127.0.0.1").is_none());
        drop((stranger, here));
        assert!(take("192.0.2.2").is_some() && take("::1").is_some(), "a closed connection makes room");
    }

    #[test]
    fn everything_the_system_allows_is_used() {
        let most = most_descriptors();
        assert_eq!(getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX), most);
    }

    #[tokio::test]
    async fn who_says_nothing_is_not_waited_for() {
        let app = Router::new().route("/", get(|| async { "here" }));
        let (address, _stop, _server) = listen(app, places(2, Duration::from_millis(300))).await;
        let mut silent = TcpStream::connect(address).await.expect("connected");
        let mut slow = TcpStream::connect(address).await.expect("connected");
        slow.write_all(b"GET / HTTP/1.1\r\nhost").await.expect("sent");
        assert_eq!(asked(address).await, "", "no place");
        assert_eq!(rest(&mut silent).await, "");
        assert!(!rest(&mut slow).await.contains("here"));
        assert!(asked(address).await.ends_with("here"), "their places are free again");
    }

    #[tokio::test]
    async fn an_answer_may_take_longer_and_is_finished_when_the_portal_stops() {
        let more = Arc::new(Notify::new());
        let told = more.clone();
        let app = Router::new().route(
            "/",
            get(move || async move {
                let last = stream::once(async move {
                    told.notified().await;
                    Bytes::from("end")
                });
                let first = stream::iter([Bytes::from("begin")]);
                Body::from_stream(first.chain(last).map(Ok::<_, std::convert::Infallible>))
            }),
        );
        let (address, stop, server) = listen(app, places(2, Duration::from_millis(300))).await;
        let answer = tokio::spawn(asked(address));
        // Opened later and closed for its silence: so long the answer went on.
        let mut silent = TcpStream::connect(address).await.expect("connected");
        assert_eq!(rest(&mut silent).await, "");
        stop.send(true).expect("listening");
        more.notify_one();
        let answer = answer.await.expect("no panic");
        assert!(answer.contains("begin") && answer.contains("end"), "{answer}");
        timeout(SOON, server).await.expect("ended").expect("no panic");
        assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
    }
}
