//! A TCP connection to a node, or why there is none.

use std::{io::ErrorKind, net::SocketAddr};

use quell_core::ports::EngineError;
use tokio::net::{TcpStream, lookup_host};

use super::barred;

pub(super) async fn connect(host: &str, port: u16) -> Result<TcpStream, EngineError> {
    let places: Vec<SocketAddr> = match lookup_host((host, port)).await {
        Ok(found) => found.collect(),
        Err(cause) => return Err(barred("endpoint", "The machine's name is not known here.", cause)),
    };
    let stream = TcpStream::connect(&*places).await.map_err(|cause| {
        let words = match cause.kind() {
            ErrorKind::ConnectionRefused => "Nothing listens at this port.",
            ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => "There is no way to this machine.",
            ErrorKind::TimedOut => "Nobody answers there.",
            _ => "The machine cannot be connected to.",
        };
        barred("endpoint", words, cause)
    })?;
    // Small requests must not wait for company. A connection without this is only slower.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}
