//! Knocking at a gate as a client would, to see whether it lets us through.
//!
//! Owns: what an open, a closed and a silent connection say. Must not know: what kind of load balancer it is, nor its rules.
//!
//! A load balancer may refuse before a connection stands (no answer, a reset) or right after it (HAProxy accepts, looks at
//! the address and resets). So what counts is whether the connection stays, or brings a byte; the answer's meaning does not:
//! a 403 comes from somebody behind the rule that closes connections.

use std::{
    io::{Error, ErrorKind},
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use quell_core::ports::Knock;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

/// Longest wait for a connection: longer than one lost packet takes to be sent again.
const CONNECT: Duration = Duration::from_secs(4);
/// How long a connection must stay to count as let through; a refusal comes within one way there and back.
const STAY: Duration = Duration::from_millis(1_500);

/// Connects, from this address of ours when one is given; asks for the head of `/` where HTTP is spoken.
pub(super) async fn knock(gate: SocketAddr, http: bool, from: Option<IpAddr>) -> Knock {
    let stream = match timeout(CONNECT, connect(gate, from)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(Step::Ours(cause))) => return Knock::NotProbed(not_probed(&cause)),
        Ok(Err(Step::Theirs(cause))) => return refused_or_not_probed(&cause),
        Err(_) => return Knock::Refused(format!("It did not answer within {} seconds.", CONNECT.as_secs())),
    };
    match timeout(STAY, first_byte(stream, gate, http)).await {
        // It stays open without a word, as a server does that waits for its client or for its back end.
        Err(_) | Ok(Ok(true)) => Knock::Through,
        Ok(Ok(false)) => Knock::Refused("It closed the connection without a byte.".to_owned()),
        Ok(Err(cause)) if is_end(&cause) => Knock::Refused("It reset the connection without a byte.".to_owned()),
        Ok(Err(cause)) => Knock::NotProbed(not_probed(&cause)),
    }
}

/// Whose doing it is that there is no connection.
enum Step {
    Ours(Error),
    Theirs(Error),
}

async fn connect(gate: SocketAddr, from: Option<IpAddr>) -> Result<TcpStream, Step> {
    let socket = if gate.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }.map_err(Step::Ours)?;
    if let Some(from) = from {
        socket.bind(SocketAddr::new(from, 0)).map_err(Step::Ours)?;
    }
    socket.connect(gate).await.map_err(Step::Theirs)
}

/// Did a byte come, or the end?
async fn first_byte(mut stream: TcpStream, gate: SocketAddr, http: bool) -> Result<bool, Error> {
    if http {
        let head = format!("HEAD / HTTP/1.1\r\nHost: {gate}\r\nUser-Agent: quell\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await?;
    }
    Ok(stream.read(&mut [0; 1]).await? > 0)
}

fn refused_or_not_probed(cause: &Error) -> Knock {
    if is_end(cause) {
        Knock::Refused("It refused the connection.".to_owned())
    } else if cause.kind() == ErrorKind::TimedOut {
        Knock::Refused("It did not answer.".to_owned())
    } else {
        Knock::NotProbed(not_probed(cause))
    }
}

fn is_end(cause: &Error) -> bool {
    use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(cause.kind(), ConnectionRefused | ConnectionReset | ConnectionAborted | BrokenPipe)
}

fn not_probed(cause: &Error) -> String {
    let words = match cause.kind() {
        ErrorKind::AddrNotAvailable => "The address to knock from is not one of this machine.",
        ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable => "There is no way there from this machine.",
        ErrorKind::PermissionDenied => "This machine's own rules do not let the portal connect there.",
        _ => return format!("The portal could not knock: {cause}."),
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    const HERE: &str = "127.0.0.1:0";

    /// A listener that does this with each connection.
    async fn gate<F>(answer: impl Fn(TcpStream) -> F + Send + 'static) -> SocketAddr
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind(HERE).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                answer(stream).await;
            }
        });
        address
    }

    fn is_refused(knock: &Knock) -> bool {
        matches!(knock, Knock::Refused(_))
    }

    #[tokio::test]
    async fn a_closed_port_and_a_connection_that_is_closed_at_once_refuse() {
        let listener = std::net::TcpListener::bind(HERE).expect("a port");
        let closed = listener.local_addr().expect("an address");
        drop(listener);
        let curt = gate(|stream| async move { drop(stream) }).await;
        let reset = gate(|stream| async move { stream.set_zero_linger().expect("an option") }).await;
        for http in [false, true] {
            for address in [closed, curt, reset] {
                let knock = knock(address, http, None).await;
                assert!(is_refused(&knock), "{address} {http}: {knock:?}");
            }
        }
    }

    #[tokio::test]
    async fn a_byte_or_a_connection_that_stays_lets_through() {
        let greets = gate(|mut stream| async move { stream.write_all(b"220 ready\r\n").await.expect("written") }).await;
        let (kept, mut keeper) = tokio::sync::mpsc::unbounded_channel();
        let waits = gate(move |stream| {
            let sent = kept.send(stream);
            async move { sent.expect("kept") }
        })
        .await;
        let forbids = gate(|mut stream| async move {
            let mut asked = [0; 512];
            let read = stream.read(&mut asked).await.expect("a request");
            assert!(asked[..read].starts_with(b"HEAD / HTTP/1.1\r\nHost: 127.0.0.1"));
            stream.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n").await.expect("written");
        })
        .await;
        assert_eq!(knock(greets, false, None).await, Knock::Through);
        assert_eq!(knock(waits, false, None).await, Knock::Through);
        assert!(keeper.try_recv().is_ok());
        assert_eq!(knock(forbids, true, None).await, Knock::Through);
    }

    #[tokio::test]
    async fn from_an_address_that_is_not_ours_nobody_knocks() {
        let waits = gate(|_| std::future::pending()).await;
        for from in ["192.0.2.1", "2001:db8::1", "::1"] {
            let knock = knock(waits, false, from.parse().ok()).await;
            assert!(matches!(knock, Knock::NotProbed(_)), "{from}: {knock:?}");
        }
        let (seen, mut from) = tokio::sync::mpsc::unbounded_channel();
        let notes = gate(move |stream| {
            let sent = seen.send(stream.peer_addr().expect("a peer").ip());
            async move { sent.expect("noted") }
        })
        .await;
        assert!(is_refused(&knock(notes, false, "127.0.0.7".parse().ok()).await));
        assert_eq!(from.recv().await, "127.0.0.7".parse().ok());
    }
}
