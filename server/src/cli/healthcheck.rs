//! `quell healthcheck`: for container engines and service managers that need a command.

use std::{net::SocketAddr, time::Duration};

use clap::Args;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::Context;
use crate::{config::Overrides, failure::Failure};

/// Ask a running portal whether it is ready.
#[derive(Args)]
pub struct Healthcheck {
    /// Where it listens, when not where the configuration says.
    #[arg(long)]
    listen: Option<String>,
}

impl Healthcheck {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let mut address = context.load(&Overrides { listen: self.listen })?.listen;
        if address.ip().is_unspecified() {
            address.set_ip(if address.is_ipv4() {
                std::net::Ipv4Addr::LOCALHOST.into()
            } else {
                std::net::Ipv6Addr::LOCALHOST.into()
            });
        }
        let answer = tokio::time::timeout(Duration::from_secs(5), status(address)).await;
        match answer {
            Ok(Ok(line)) if line.contains(" 200 ") => {
                tell!("ready");
                Ok(())
            }
            Ok(Ok(_)) => Err(Failure::new("The portal runs but is not ready.")),
            Ok(Err(error)) => Err(Failure::new(format!("No portal answers on {address}: {error}."))),
            Err(_) => Err(Failure::new(format!("The portal on {address} did not answer within 5 seconds."))),
        }
    }
}

/// The status line of `/readyz`. One request does not need an http client.
async fn status(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await?;
    let mut answer = [0; 64];
    let mut length = 0;
    while length < answer.len() && !answer[..length].contains(&b'\n') {
        let read = stream.read(&mut answer[length..]).await?;
        if read == 0 {
            break;
        }
        length += read;
    }
    Ok(String::from_utf8_lossy(&answer[..length]).into_owned())
}
