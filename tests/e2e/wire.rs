//! A TCP proxy in front of the portal that can be cut and mended: a browser behind it loses its live stream and nothing else.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
};

/// A proxy; ends with the value.
pub struct Wire {
    port: u16,
    whole: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Wire {
    /// Listens in front of the portal at `base`.
    pub async fn to(base: &str) -> Self {
        let port: u16 = base.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a base with a port");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let own = listener.local_addr().unwrap().port();
        let (whole, state) = watch::channel(true);
        let task = tokio::spawn(accept(listener, SocketAddr::from((Ipv4Addr::LOCALHOST, port)), state));
        Self { port: own, whole, task }
    }

    /// `http://localhost:<port>`: another address of the same portal; cookies do not know ports.
    pub fn base(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Closes every connection and refuses new ones.
    pub fn cut(&self) {
        self.whole.send_replace(false);
    }

    /// Lets connections through again.
    pub fn mend(&self) {
        self.whole.send_replace(true);
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, portal: SocketAddr, state: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    while let Ok((mut browser, _)) = listener.accept().await {
        let mut state = state.clone();
        if !*state.borrow() {
            continue;
        }
        connections.spawn(async move {
            let Ok(mut portal) = TcpStream::connect(portal).await else { return };
            // Whatever ends first: either side is done, or the wire is cut.
            tokio::select! {
                _ = copy_bidirectional(&mut browser, &mut portal) => {}
                _ = state.wait_for(|whole| !whole) => {}
            }
        });
        while connections.try_join_next().is_some() {}
    }
}
