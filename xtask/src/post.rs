//! The smallest HTTP client that can post a fixture and ask for readiness: HTTP/1.1, loopback, one request a connection.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use crate::sh;

/// What came back: the body is not needed, its start is kept for error texts.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The whole answer as text, head included.
    pub text: String,
}

/// Asks for a path.
pub fn get(address: &str, path: &str) -> sh::Result<Answer> {
    exchange(address, &format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"), &[])
}

/// Posts a body.
pub fn post(address: &str, path: &str, kind: &str, body: &[u8]) -> sh::Result<Answer> {
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    exchange(address, &head, body)
}

fn exchange(address: &str, head: &str, body: &[u8]) -> sh::Result<Answer> {
    talk(address, head, body).map_err(|error| format!("no answer from http://{address}: {error}")).and_then(|text| {
        let status = text.split(' ').nth(1).and_then(|word| word.parse().ok());
        status.map(|status| Answer { status, text }).ok_or_else(|| format!("http://{address} does not speak HTTP"))
    })
}

fn talk(address: &str, head: &str, body: &[u8]) -> std::io::Result<String> {
    let address: SocketAddr = address.parse().map_err(std::io::Error::other)?;
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(2))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_status_and_sends_the_body() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut seen = Vec::new();
            let mut buffer = [0; 1024];
            while !seen.ends_with(b"hello") {
                let n = stream.read(&mut buffer).unwrap();
                seen.extend_from_slice(&buffer[..n]);
            }
            stream.write_all(b"HTTP/1.1 413 Too Large\r\n\r\n").unwrap();
            String::from_utf8(seen).unwrap()
        });
        assert_eq!(post(&address, "/x", "text/plain", b"hello").unwrap().status, 413);
        assert!(server.join().unwrap().starts_with("POST /x HTTP/1.1\r\n"));
    }
}
